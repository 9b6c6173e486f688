//! Learning curves: what a model lost in somebody's measurement when a fraction of its data was withheld.
//!
//! A curve is measured by training twice at every fraction: on what is left once the fraction is withheld (`large`), and
//! on the withheld fraction alone (`small`). Against the score of a trivial model (`worst`) and of one trained on
//! everything (`best`) that gives three effects, after Vincent and Hecht, "Can Conscious Data Contribution Help Users to
//! Exert Data Leverage" (CSCW 2021, doi 10.1145/3449177). Whether a higher or a lower score is better does not matter:
//! only where `best` lies seen from `worst` does.
//!
//! ```
//! use commonwheel_market::curve::{Curve, Scale};
//!
//! let curve = Curve::read("frac,large,small\n0.1,0.8,0.2\n0.3,0.6,0.4\n")?;
//! let scale = Scale::new(0.0, 1.0)?;
//! let effect = curve.effect(&scale, 0.2)?;
//! assert!((effect.deletion - 0.3).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod read;

pub use read::CurveError;

/// What every figure that comes from a curve is called: the curve's word about somebody's model, not about anyone else's.
pub const LABEL: &str = "estimate from the supplied curve";

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The fraction of the data that was withheld, 0 to 1.
    pub fraction: f64,
    /// The score of the model trained without the fraction.
    pub large: f64,
    /// The score of the model trained on the fraction alone.
    pub small: f64,
}

/// Measurements in ascending order of their fractions, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<Point>,
}

/// What scores are compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    worst: f64,
    best: f64,
}

/// Why two scores are no scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// One of them is no finite number.
    #[error("worst and best are finite numbers")]
    NotFinite,
    /// They leave nothing between them.
    #[error("worst and best differ")]
    Equal,
}

impl Scale {
    /// Takes the score of a trivial model and that of a model trained on everything. `best` is the smaller one where a
    /// lower score is better.
    ///
    /// # Errors
    /// [`ScaleError`].
    pub fn new(worst: f64, best: f64) -> Result<Self, ScaleError> {
        if !(worst.is_finite() && best.is_finite() && (best - worst).is_finite()) {
            Err(ScaleError::NotFinite)
        } else if (best - worst).abs() > 0.0 {
            Ok(Self { worst, best })
        } else {
            Err(ScaleError::Equal)
        }
    }

    /// Returns how far a score lies on the way from worst, 0, to best, 1; outside both if it lies outside.
    fn gain(&self, score: f64) -> f64 {
        (score - self.worst) / (self.best - self.worst)
    }
}

/// What withholding a fraction did to the measured model, as shares of the gain from worst to best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The share of the gain that is lost without the fraction: the effect of a strike.
    pub deletion: f64,
    /// The share of the gain that the fraction alone gives somebody else.
    pub duplication: f64,
    /// What the fraction alone gives somebody else, against what is left without it; none where nothing is left.
    pub transfer: Option<f64>,
}

/// A fraction between which and the next measurement there is none: a curve says nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{asked} is outside the measured range, {low} to {high}")]
pub struct Outside {
    /// The fraction asked for.
    pub asked: f64,
    /// The smallest fraction measured.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Curve {
    /// Reads comma-separated values: a line of names, then a measurement a line.
    ///
    /// The columns `frac`, `large` and `small` are read, of several with one name the first; all others are left alone.
    /// Fractions ascend from line to line.
    ///
    /// # Errors
    /// [`CurveError`], which names the line and the column.
    pub fn read(text: &str) -> Result<Self, CurveError> {
        read::points(text).map(|points| Self { points })
    }

    /// Returns the measurements in ascending order of their fractions.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Returns what the curve says about a fraction: as measured, or on the straight line between the measurements on
    /// its two sides.
    ///
    /// # Errors
    /// [`Outside`] where no measurement lies on one of the sides: nothing is made up.
    pub fn effect(&self, scale: &Scale, fraction: f64) -> Result<Effect, Outside> {
        let Point { large, small, .. } = self.at(fraction)?;
        let (without, alone) = (scale.gain(large), scale.gain(small));
        let transfer = alone / without;
        let transfer = transfer.is_finite().then_some(transfer);
        Ok(Effect { deletion: 1.0 - without, duplication: alone, transfer })
    }

    fn at(&self, fraction: f64) -> Result<Point, Outside> {
        // NaN lies before nothing and after nothing, so it is outside too.
        let after = self.points.iter().find(|point| point.fraction >= fraction);
        let before = self.points.iter().rev().find(|point| point.fraction <= fraction);
        match (before, after) {
            (Some(before), Some(after)) => Ok(between(before, after, fraction)),
            _ => Err(self.outside(fraction)),
        }
    }

    fn outside(&self, asked: f64) -> Outside {
        let fraction = |point: Option<&Point>| point.map_or(f64::NAN, |point| point.fraction);
        Outside { asked, low: fraction(self.points.first()), high: fraction(self.points.last()) }
    }
}

/// The straight line between two measurements; a measurement itself is returned to the last bit.
fn between(before: &Point, after: &Point, fraction: f64) -> Point {
    let width = after.fraction - before.fraction;
    if width <= 0.0 {
        return *before;
    }
    let part = (fraction - before.fraction) / width;
    let mix = |before: f64, after: f64| (after - before).mul_add(part, before);
    Point { fraction, large: mix(before.large, after.large), small: mix(before.small, after.small) }
}
