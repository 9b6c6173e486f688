//! Personal parts: the bodies of control records, which can be erased.

use super::Content;
use super::ballot::Petition;
use super::people::{LeaveNotice, RollEntry};
use super::vote::{RevealBody, VoteBody};
use crate::cbor::{self, DecodeError};
use crate::commit::{Commitment, bucket};
use crate::limits::MAX_PERSONAL;

/// The decoded body of a control record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personal {
    /// Of an enrolment.
    Entry(RollEntry),
    /// Of a leave.
    Notice(LeaveNotice),
    /// Of a ballot that members called.
    Petition(Petition),
    /// Of a vote.
    Vote(VoteBody),
    /// Of a reveal.
    Reveal(RevealBody),
}

impl Content {
    /// Returns what the record says of its body; none for a record without.
    ///
    /// A member's withdrawal has one too, which goes with the submission and is not read here.
    #[must_use]
    pub const fn personal(&self) -> Option<&Commitment> {
        match self {
            Self::Enrolment(enrolment) => Some(&enrolment.entry),
            Self::Leave(leave) => leave.notice.as_ref(),
            Self::Ballot(ballot) => ballot.petition.as_ref(),
            Self::Vote(vote) => Some(&vote.vote),
            Self::Reveal(reveal) => Some(&reveal.reveal),
            _ => None,
        }
    }

    /// Decodes the record's body.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no body of such a record, or it has none.
    pub fn open_personal(&self, bytes: &[u8]) -> Result<Personal, DecodeError> {
        match self {
            Self::Enrolment(_) => {
                let entry: RollEntry = cbor::decode(bytes, MAX_PERSONAL)?;
                entry.check()?;
                Ok(Personal::Entry(entry))
            }
            Self::Leave(_) => cbor::decode(bytes, MAX_PERSONAL).map(Personal::Notice),
            Self::Ballot(_) => {
                let petition: Petition = cbor::decode(bytes, MAX_PERSONAL)?;
                petition.check()?;
                Ok(Personal::Petition(petition))
            }
            Self::Vote(_) => cbor::decode(bytes, MAX_PERSONAL).map(Personal::Vote),
            Self::Reveal(_) => cbor::decode(bytes, MAX_PERSONAL).map(Personal::Reveal),
            _ => Err(DecodeError::Unexpected("body of a record without one")),
        }
    }
}

/// A commitment to the body of a control record, which is shorter than others may be.
pub(super) fn check_personal(commitment: &Commitment) -> Result<(), DecodeError> {
    commitment.check()?;
    if commitment.bucket <= bucket(MAX_PERSONAL) {
        Ok(())
    } else {
        Err(DecodeError::Rule("the body of a control record has at most 4096 bytes"))
    }
}
