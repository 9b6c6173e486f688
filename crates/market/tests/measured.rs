//! The curves that Vincent and Hecht measured: every column that they computed from them is reproduced.
//!
//! The data is not part of the project. It is read beside it, and a test says so where it is absent.

#![expect(clippy::unwrap_used, reason = "what fails to unwrap fails its test")]

use std::path::Path;

use commonwheel_market::curve::{Curve, Scale};

const CLOSE: f64 = 1e-12;

/// Each file's baselines as its description states them, to six digits. Of MovieLens a lower error is better.
const MEASURED: &[(&str, f64, f64)] = &[
    ("ml-10m_32_50_hidden.csv", 0.99, 0.774_372),
    ("pinterest-20_hidden.csv", 0.165_637, 0.699_966),
    ("cifar10_hidden.csv", 0.038_462, 0.944_026),
    ("toxic_hidden.csv", 0.870_569, 0.974_509),
];

fn data(file: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cdc").join(file);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(std::fs::read_to_string(&path).expect("the file can be read"))
}

/// The cells of a column as the file states them, read with nothing but `split`.
fn column(text: &str, name: &str) -> Vec<Option<f64>> {
    let at = text.lines().next().unwrap().split(',').position(|cell| cell == name).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().parse().ok()).collect()
}

/// The baselines in full, of which six digits are stated: a file's last line tells them, in columns about the small model
/// and in differences from the worst, none of which is compared below.
fn baselines(text: &str) -> (f64, f64) {
    let last = |name| column(text, name).pop().unwrap().unwrap();
    let worst = last("large") - last("large_iow");
    (worst, worst + last("small_iow") / last("duplication"))
}

#[track_caller]
fn compare(file: &str, ours: &[f64], theirs: &[Option<f64>], by: f64) -> usize {
    let mut compared = 0;
    for (line, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let Some(theirs) = theirs else { continue };
        assert!((ours - theirs).abs() <= by, "{file}, measurement {line}: {ours} is not {theirs}");
        compared += 1;
    }
    compared
}

fn deletions(curve: &Curve, scale: &Scale) -> Vec<f64> {
    curve.points().iter().map(|point| curve.effect(scale, point.fraction).unwrap().deletion).collect()
}

#[test]
fn every_deletion_is_reproduced() {
    for (file, stated_worst, stated_best) in MEASURED {
        let Some(text) = data(file) else { continue };
        let curve = Curve::read(&text).expect("a good file");
        let (worst, best) = baselines(&text);
        assert!(
            (worst - stated_worst).abs() <= 5e-7 && (best - stated_best).abs() <= 5e-7,
            "{file}: {worst} {best}"
        );
        let stated = column(&text, "deletion");
        let scale = Scale::new(worst, best).expect("a scale");
        assert_eq!(compare(file, &deletions(&curve, &scale), &stated, CLOSE), 13, "{file}");
        // Six digits of the baselines give five of the effect.
        let rounded = Scale::new(*stated_worst, *stated_best).expect("a scale");
        assert_eq!(compare(file, &deletions(&curve, &rounded), &stated, 1e-5), 13, "{file}");
    }
}

#[test]
fn every_duplication_and_transfer_is_reproduced() {
    for (file, ..) in MEASURED {
        let Some(text) = data(file) else { continue };
        let curve = Curve::read(&text).expect("a good file");
        let (worst, best) = baselines(&text);
        let scale = Scale::new(worst, best).expect("a scale");
        let effects = curve.points().iter().map(|point| curve.effect(&scale, point.fraction).unwrap());
        let effects: Vec<_> = effects.collect();
        let duplications: Vec<f64> = effects.iter().map(|effect| effect.duplication).collect();
        let transfers: Vec<f64> = effects.iter().map(|effect| effect.transfer.unwrap()).collect();
        assert_eq!(compare(file, &duplications, &column(&text, "duplication"), CLOSE), 13, "{file}");
        // The authors state no transfer where more than half is withheld.
        assert_eq!(compare(file, &transfers, &column(&text, "transfer"), CLOSE), 7, "{file}");
    }
}

#[test]
fn a_table_of_another_kind_is_refused() {
    let Some(text) = data("achieves_at_hidden.csv") else { return };
    let error = Curve::read(&text).expect_err("no curve");
    assert_eq!(error.to_string(), "line 1: no column `frac`");
}
