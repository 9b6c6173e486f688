//! An embargo with what lifts it.

use commonwheel_record::control::{Embargo, Lift, Variant};
use commonwheel_record::{Contribution, RecordId};

use super::Entry;

/// An embargo that counts, and its lifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where the embargo stands.
    pub id: RecordId,
    /// What it says.
    pub embargo: Embargo,
    /// What lifts it, or a part of it.
    pub lifts: Vec<Entry<Lift>>,
}

impl Standing {
    /// Says whether a lift ends it as a whole.
    #[must_use]
    pub fn is_lifted(&self) -> bool {
        self.lifts.iter().any(|lift| lift.content.scope.is_none())
    }

    /// Says whether this version knows how to act on the variant: on a pause only.
    ///
    /// The others decode, show and travel. A quality freeze withholds by what a body holds; evaluation-only and
    /// preference-shift lay preferences over new records; a rate limit needs the charter's release feed.
    #[must_use]
    pub const fn is_supported(&self) -> bool {
        matches!(self.embargo.variant, Variant::Pause)
    }

    /// Says whether it changes what is served: supported, and not lifted as a whole. Its dates are not asked here.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.is_supported() && !self.is_lifted()
    }

    /// Says whether a contribution is in scope, and in no part that was lifted.
    ///
    /// A missing header counts as in scope, and no lift of a part reaches it.
    #[must_use]
    pub fn covers(&self, header: Option<&Contribution>) -> bool {
        self.embargo.scope.covers(header) && !self.lifts.iter().any(|lift| lifts(&lift.content, header))
    }
}

fn lifts(lift: &Lift, header: Option<&Contribution>) -> bool {
    lift.scope.as_ref().is_none_or(|part| header.is_some() && part.covers(header))
}
