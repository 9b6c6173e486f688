//! Planted faults: mistakes that tests must notice.
//!
//! Without the feature `planted-faults` [`is_planted`] is always false and nothing of this is left in a program. With it
//! the environment variable `COMMONWHEEL_FAULT` names the one fault of a run, and `./scripts/test` runs the tests with
//! each in turn: some test must fail. Faults lie in the rules themselves, not beside them, so tests that miss one would
//! miss the same mistake made by hand.

use crate::coded_enum;

coded_enum! {
    /// A mistake somebody could make.
    Fault {
        /// An embargo covers everything, whatever its scope.
        IgnoreScope = 1 "ignore-scope",
        /// An embargo is forgotten on a restart.
        ForgetOnRestart = 2 "forget-on-restart",
        /// A lift of one embargo ends another one.
        ReplayedLift = 3 "replayed-lift",
        /// The position at `from_cut` counts as old.
        FromCutOffByOne = 4 "from-cut-off-by-one",
        /// A member's second vote counts as well.
        DoubleVote = 5 "double-vote",
        /// A steward's embargo covers records that do not name it.
        IgnoreSteward = 6 "ignore-steward",
        /// A tie carries a ballot.
        TieCarries = 7 "tie-carries",
        /// A vote outside the close's cut counts.
        LateVote = 8 "late-vote",
        /// An embargo may begin before the notice is over.
        SkipNotice = 9 "skip-notice",
        /// A targeted embargo refuses nobody.
        IgnoreAudience = 10 "ignore-audience",
        /// One signature is a threshold.
        OneKeySuffices = 11 "one-key-suffices",
        /// An embargo's end passes by the node's own clock.
        EndsByClock = 12 "ends-by-clock",
        /// A rate limit lets one record more through.
        RateOffByOne = 13 "rate-off-by-one",
        /// An enrolment after the opening counts.
        RollAfterOpening = 14 "roll-after-opening",
        /// A close counts with one witness.
        OneWitness = 15 "one-witness",
        /// An overlay reaches records from before it.
        OverlayOnOld = 16 "overlay-on-old",
    }
}

#[cfg(feature = "planted-faults")]
mod planted;

#[cfg(feature = "planted-faults")]
pub use planted::is_planted;

/// Says whether a fault is planted: never, without the feature.
#[cfg(not(feature = "planted-faults"))]
#[must_use]
#[inline]
pub const fn is_planted(_fault: Fault) -> bool {
    false
}
