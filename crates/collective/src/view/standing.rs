//! An embargo with what lifts it.

use commonwheel_record::control::{Embargo, Lift, Variant};
use commonwheel_record::{Contribution, ContributionKind, Cut, RecordId};

use super::Entry;

/// An embargo that counts, and what ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where the embargo stands.
    pub id: RecordId,
    /// What it says.
    pub embargo: Embargo,
    /// When it is over, in seconds since 1970: as it says, or when what it rests on is over, whichever is first.
    pub ends: Option<u64>,
    /// What lifts it, or a part of it.
    pub lifts: Vec<Entry<Lift>>,
    /// Data feeds: once a settlement has met a preference shift's condition, what the shift still holds for.
    pub settled: Option<Cut>,
}

impl Standing {
    /// Says whether a lift ends it as a whole.
    #[must_use]
    pub fn is_lifted(&self) -> bool {
        self.lifts.iter().any(|lift| lift.content.scope.is_none())
    }

    /// Says whether it changes preferences instead of withholding.
    #[must_use]
    pub const fn is_overlay(&self) -> bool {
        matches!(self.embargo.variant, Variant::EvaluationOnly | Variant::PreferenceShift(_))
    }

    /// Says whether a contribution is in scope, and in no part that was lifted.
    ///
    /// A missing header counts as in scope, and no lift of a part reaches it.
    #[must_use]
    pub fn covers(&self, header: Option<&Contribution>) -> bool {
        self.is_about(header)
            && self.embargo.scope.covers(header)
            && !self.lifts.iter().any(|lift| lifts(&lift.content, header))
    }

    /// A quality freeze is about labels, ratings and corrections, whatever its scope says; the others about all.
    fn is_about(&self, header: Option<&Contribution>) -> bool {
        self.embargo.variant != Variant::QualityFreeze || header.is_none_or(judges)
    }
}

/// Says whether a contribution holds somebody's judgement of an answer.
const fn judges(header: &Contribution) -> bool {
    header.labelled
        || matches!(
            header.kind,
            ContributionKind::Label
                | ContributionKind::Correction
                | ContributionKind::PreferencePair
                | ContributionKind::Feedback
        )
}

fn lifts(lift: &Lift, header: Option<&Contribution>) -> bool {
    lift.scope.as_ref().is_none_or(|part| header.is_some() && part.covers(header))
}
