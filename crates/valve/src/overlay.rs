//! Evaluation-only and preference-shift: embargoes that change preferences and let bodies pass.

use commonwheel_collective::{Audience, Standing, Views};
use commonwheel_record::control::Variant;
use commonwheel_record::terms::{Preferences, Purpose};

use crate::case::Case;
use crate::cover::embargoed;
use crate::request::Record;
use crate::time::{Clocks, Leases};

/// Returns the preferences that hold for a contribution: what its header says, and what the embargoes in force that
/// cover it or an ancestor lay over that. None if the header is missing.
///
/// They are those for an audience; if none is given, for whomever an embargo refuses. `now` is this node's clock, in
/// seconds since 1970.
#[must_use]
pub fn effective_preferences(
    views: &Views,
    leases: &Leases,
    record: &Record<'_>,
    audience: Option<&Audience>,
    now: u64,
) -> Option<Preferences> {
    // Who answers, and for what purpose, makes no difference to what covers.
    let me = &record.manifest.writer;
    let case = Case::new(views, Clocks { leases, now }, me, record, Purpose::Replicate);
    let own = case.header?.preferences;
    let is_owner = |audience: &Audience| case.is_of_owner(audience);
    // Rule 4: the owner's nodes are refused nothing.
    if audience.is_some_and(is_owner) {
        Some(own)
    } else {
        Some(own.combine(embargoed(&case, audience).laid))
    }
}

/// Returns what an embargo lays over the preferences of what it covers.
pub(crate) const fn laid_by(standing: &Standing) -> Preferences {
    match standing.embargo.variant {
        Variant::EvaluationOnly => Preferences::EVALUATION_ONLY,
        Variant::PreferenceShift(_) => Preferences::NO_TRAINING,
        Variant::QualityFreeze | Variant::Pause | Variant::RateLimit(_) => Preferences::UNSET,
    }
}

/// Says whether a contribution waits for the end of an overlay that covers it: an irrevocable licence would give for good
/// what the overlay denies. A missing header tells no licence, so it may be one of those.
pub(crate) fn queues(case: &Case<'_>) -> bool {
    case.header.is_none_or(|header| header.licence.class().irrevocable())
}
