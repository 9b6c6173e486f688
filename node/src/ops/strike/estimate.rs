//! What a supplied learning curve says about a share of the data.

use commonwheel_api::ApiError;
use commonwheel_api::types::{CurveShape, Estimate};
use commonwheel_market::curve::{Curve, LABEL, Scale};

use super::super::invalid;

/// A curve that was read, and what it is asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    curve: Curve,
    scale: Scale,
    share: Option<f64>,
}

impl Asked {
    pub(super) fn read(shape: &CurveShape) -> Result<Self, ApiError> {
        let curve = Curve::read(&shape.csv).map_err(|error| {
            invalid(format!("no learning curve: {error}"), "it takes columns `frac`, `large` and `small`")
        })?;
        let scale = Scale::new(shape.worst, shape.best)
            .map_err(|error| invalid(error, "give the scores of a trivial and of a fully trained model"))?;
        if shape.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(invalid("a share lies between 0 and 1", "give it as a fraction, such as 0.2"));
        }
        Ok(Self { curve, scale, share: shape.share })
    }

    /// Asks the curve about the share named, or else about the share withheld; none if there is neither.
    pub(super) fn estimate(&self, withheld: Option<f64>) -> Option<Estimate> {
        let fraction = self.share.or(withheld)?;
        let label = LABEL.to_owned();
        let none =
            Estimate { label, fraction, deletion: None, duplication: None, transfer: None, outside: None };
        Some(match self.curve.effect(&self.scale, fraction) {
            Ok(effect) => Estimate {
                deletion: Some(effect.deletion),
                duplication: Some(effect.duplication),
                transfer: effect.transfer,
                ..none
            },
            Err(outside) => Estimate { outside: Some(outside.to_string()), ..none },
        })
    }
}
