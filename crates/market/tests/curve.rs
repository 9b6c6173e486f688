//! Curves read, interpolated and refused.

use commonwheel_market::curve::{Curve, CurveError, LABEL, Outside, Point, Scale, ScaleError};

const FILE: &str = "frac,large,small,frac,note\n0.1,0.9,0.2,7,a\n0.3,0.7,0.4,8,\n0.5,0.3,0.8,9,c\n";

fn near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-12
}

#[test]
fn the_first_of_two_columns_of_one_name_is_read() {
    let curve = Curve::read(FILE).unwrap();
    assert_eq!(curve.points().len(), 3);
    assert_eq!(curve.points()[0], Point { fraction: 0.1, large: 0.9, small: 0.2 });
}

#[test]
fn between_measurements_the_line_is_straight() {
    let curve = Curve::read(FILE).unwrap();
    let scale = Scale::new(0.0, 1.0).unwrap();
    let effect = curve.effect(&scale, 0.4).unwrap();
    assert!(near(effect.deletion, 0.5), "{effect:?}");
    assert!(near(effect.duplication, 0.6), "{effect:?}");
    assert!(near(effect.transfer.unwrap(), 1.2), "{effect:?}");
}

#[test]
fn where_lower_is_better_the_signs_follow() {
    let error = "frac,large,small\n0.1,1.2,1.9\n0.3,1.4,1.7\n";
    let curve = Curve::read(error).unwrap();
    let scale = Scale::new(2.0, 1.0).unwrap();
    let effect = curve.effect(&scale, 0.1).unwrap();
    assert!(near(effect.deletion, 0.2), "{effect:?}");
    assert!(near(effect.duplication, 0.1), "{effect:?}");
    assert!(near(effect.transfer.unwrap(), 0.125), "{effect:?}");
}

#[test]
fn nothing_is_said_outside_what_was_measured() {
    let curve = Curve::read(FILE).unwrap();
    let scale = Scale::new(0.0, 1.0).unwrap();
    for asked in [0.0, 0.099_999, 0.500_001, 1.0, -1.0, f64::INFINITY] {
        let outside = curve.effect(&scale, asked).unwrap_err();
        assert_eq!(outside, Outside { asked, low: 0.1, high: 0.5 });
    }
    assert!(curve.effect(&scale, f64::NAN).is_err());
    assert!(curve.effect(&scale, 0.1).is_ok() && curve.effect(&scale, 0.5).is_ok());
    let text = curve.effect(&scale, 0.75).unwrap_err().to_string();
    assert_eq!(text, "0.75 is outside the measured range, 0.1 to 0.5");
}

#[test]
fn where_nothing_is_left_there_is_no_transfer() {
    let curve = Curve::read("frac,large,small\n0.5,0,1\n").unwrap();
    let effect = curve.effect(&Scale::new(0.0, 1.0).unwrap(), 0.5).unwrap();
    assert_eq!(effect.transfer, None);
    assert!(near(effect.deletion, 1.0));
}

#[test]
fn a_scale_has_two_ends() {
    assert_eq!(Scale::new(0.5, 0.5), Err(ScaleError::Equal));
    for (worst, best) in [
        (f64::NAN, 1.0),
        (0.0, f64::NAN),
        (0.0, f64::INFINITY),
        (f64::NEG_INFINITY, 1.0),
        (f64::MIN, f64::MAX),
    ] {
        assert_eq!(Scale::new(worst, best), Err(ScaleError::NotFinite), "{worst} {best}");
    }
}

#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(Curve::read(text).expect_err("refused").to_string(), message);
}

#[test]
fn what_is_malformed_is_refused_with_its_place() {
    refused("", "line 1: no line of column names");
    refused("\n\nfrac,large,small\n", "line 1: no line of column names");
    refused("frac,large\n0.1,1\n", "line 1: no column `small`");
    refused("Frac,large,small\n0.1,1,1\n", "line 1: no column `frac`");
    refused("frac,large,small\n", "line 2: no measurement");
    refused("frac,large,small\n0.1,1\n", "line 2: 2 cells where 3 columns are named");
    refused("frac,large,small\n0.1,1,1,1\n", "line 2: 4 cells where 3 columns are named");
    refused("frac,large,small\n0.1,1,1\n\n0.2,1,1\n", "line 3: 1 cells where 3 columns are named");
    refused("frac,large,small\n0.1,x,1\n", "line 2, column `large`: `x` is no finite number");
    refused("frac,large,small\n0.1,1,\n", "line 2, column `small`: `` is no finite number");
    refused("frac,large,small\nNaN,1,1\n", "line 2, column `frac`: `NaN` is no finite number");
    refused("frac,large,small\n0.1,inf,1\n", "line 2, column `large`: `inf` is no finite number");
    refused("frac,large,small\n0.1,1e999,1\n", "line 2, column `large`: `1e999` is no finite number");
    refused("frac,large,small\n0.1,1;5,1\n", "line 2, column `large`: `1;5` is no finite number");
    refused("frac,large,small\n1.1,1,1\n", "line 2, column `frac`: 1.1 is no fraction between 0 and 1");
    refused("frac,large,small\n-0.1,1,1\n", "line 2, column `frac`: -0.1 is no fraction between 0 and 1");
    refused(
        "frac,large,small\n0.2,1,1\n0.1,1,1\n",
        "line 3, column `frac`: 0.1 does not follow 0.2: fractions ascend",
    );
    refused(
        "frac,large,small\n0.2,1,1\n0.2,1,1\n",
        "line 3, column `frac`: 0.2 does not follow 0.2: fractions ascend",
    );
    refused("frac,large,small\n\"0.2\",1,1\n", "line 2: quotes, which numbers do not need");
}

#[test]
fn a_curve_is_not_endless() {
    let mut text = "frac,large,small\n".to_owned();
    for line in 0..10_001 {
        text.push_str(&format!("{},1,1\n", f64::from(line) / 20_000.0));
    }
    assert_eq!(Curve::read(&text), Err(CurveError::TooMany { line: 10_002 }));
}

#[test]
fn line_ends_and_marks_of_other_systems_are_read() {
    let text = "\u{feff}frac,large,small\r\n0.1, 0.9 ,0.2\r\n0.3,0.7,0.4\r\n";
    assert_eq!(Curve::read(text).unwrap().points().len(), 2);
}

#[test]
fn an_estimate_is_called_one() {
    assert!(LABEL.contains("estimate") && LABEL.contains("supplied"));
    assert!(!LABEL.contains("damage"));
}
