//! Settlements: a condition of a preference shift was met. Erasures: personal parts of the control log are gone.

use super::close::{WitnessedHead, check_heads};
use super::release::{Range, check_ranges};
use super::{Cut, Party};
use crate::cbor::{DecodeError, fixed_array};
use crate::hash::Hash;
use crate::id::RecordId;
use crate::terms::Condition;

/// States that a preference shift's condition was met; signed by the governance threshold, or resting on a mandate to
/// lift the embargo.
///
/// What was appended while the shift stood keeps it; what comes after `until` does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The embargo.
    pub embargo: RecordId,
    /// The condition that was met, which is the embargo's.
    pub condition: Condition,
    /// The hash of the evidence, kept elsewhere.
    pub evidence: Hash,
    /// With whom, if it is to be said.
    pub with: Option<Party>,
    /// Data feeds: the shift holds for what lies inside.
    pub until: Cut,
    /// The mandate it rests on, if governance did not sign it.
    pub mandate: Option<RecordId>,
}

fixed_array!(Settlement { embargo, condition, evidence, with, until, mandate });

impl Settlement {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.until.check()
    }
}

/// Declares that bodies of control records are erased: votes, reveals, petitions and enrolments of a ballot that is
/// over; signed by the governance threshold.
///
/// It counts if the witnessed heads it embeds are dated after the mandate and the retention that the charter asks for.
/// From then on every node takes the close's result as stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The close whose result stands; none where only enrolments are erased that no ballot rests on.
    pub close: Option<RecordId>,
    /// Positions of control feeds.
    pub ranges: Vec<Range>,
    /// When it was, by the charter's witnesses.
    pub dated_by: Vec<WitnessedHead>,
}

fixed_array!(Erasure { close, ranges, dated_by });

impl Erasure {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_ranges(&self.ranges)?;
        check_heads(&self.dated_by)
    }
}
