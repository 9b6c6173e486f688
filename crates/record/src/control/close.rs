//! Closes, which end a ballot and count it, and the mandates that rest on them.

use std::collections::BTreeMap;

use super::{Cut, first_broken};
use crate::attestation::Head;
use crate::cbor::{DecodeError, fixed_array};
use crate::hash::Hash;
use crate::id::RecordId;
use crate::key::{PublicKey, Signature};
use crate::limits::{MAX_CONTROL_FEEDS, MAX_KEYS};

/// When a witness saw a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// In seconds since 1970.
    pub time: u64,
    /// The `cosignature/v1`.
    pub signature: Signature,
}

fixed_array!(Stamp { time, signature });

/// A head with the cosignatures of several witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedHead {
    /// The head.
    pub head: Head,
    /// Who cosigned it.
    pub stamps: BTreeMap<PublicKey, Stamp>,
}

fixed_array!(WitnessedHead { head, stamps });

/// Witnessed heads: 1 to 5, in ascending order of their feeds, each once.
pub(super) fn check_heads(heads: &[WitnessedHead]) -> Result<(), DecodeError> {
    first_broken(&[
        ((1..=MAX_CONTROL_FEEDS).contains(&heads.len()), "1 to 5 witnessed heads"),
        (heads.iter().all(|head| head.stamps.len() <= MAX_KEYS), "at most 16 cosignatures of a head"),
        (heads.is_sorted_by(|a, b| a.head.feed < b.head.feed), "heads are in ascending order of their feeds"),
    ])
}

/// What the counted votes amount to, in votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of everybody entitled.
    pub eligible: u64,
    /// Yes.
    pub yes: u64,
    /// No.
    pub no: u64,
    /// Abstentions, and secret votes that nobody revealed.
    pub abstained: u64,
}

fixed_array!(Tally { eligible, yes, no, abstained });

/// Ends a ballot, or the voting of a secret one: names how much of each control feed counts.
///
/// Every head is cosigned by a majority of the charter's witnesses within the charter's grace after the end; a feed
/// that is absent counts as empty. Of several closes the largest size of each feed holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The ballot, by the hash of its signed bytes.
    pub ballot: Hash,
    /// The heads of the control feeds.
    pub heads: Vec<WitnessedHead>,
    /// The result; none where it ends the voting of a secret ballot, before choices are revealed.
    pub result: Option<Tally>,
}

fixed_array!(Close { ballot, heads, result });

impl Close {
    /// Returns the cut that the heads amount to.
    #[must_use]
    pub fn cut(&self) -> Cut {
        Cut(self.heads.iter().map(|witnessed| (witnessed.head.feed, witnessed.head.size)).collect())
    }

    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_heads(&self.heads)
    }
}

/// States that a ballot was carried; what it allows rests on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// The ballot, by the hash of its signed bytes.
    pub ballot: Hash,
    /// The close whose result carried it.
    pub close: RecordId,
}

fixed_array!(Mandate { ballot, close });

impl Mandate {
    pub(super) const fn check(&self) -> Result<(), DecodeError> {
        Ok(())
    }
}
