//! The typed replies: why bytes that were asked for do not come.

use commonwheel_record::RecordId;
use commonwheel_record::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};

/// Why a request for bytes is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No release opens it.
    Unreleased,
    /// Its tier does not allow it.
    Tier,
    /// The asker's region does not allow it.
    Region,
    /// The purpose is denied.
    Purpose,
    /// It needs a grant of this offer.
    Gated(RecordId),
    /// This embargo closes it.
    Withheld(RecordId),
    /// This record withdrew it.
    Erased(RecordId),
    /// It is not here.
    Absent,
    /// Too much is asked at once.
    Busy {
        /// When to ask again, in milliseconds from now.
        retry_after_millis: u64,
    },
    /// The node does not serve it, for a reason other than the record's terms.
    Refused(Policy),
}

/// Why a node does not serve something, whatever its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// A submission's body is asked for through one of its contributions.
    Submission,
    /// No held control log delegates it.
    Unowned,
    /// The owner's control log is forked, or carries what this version must not act around.
    Closed,
    /// The record, or a critical extension of it, is not known to this version.
    Unknown,
    /// A steward's control log is not held.
    StewardMissing,
    /// The request is malformed. The codes 5 and 6 are not used.
    Malformed = 7,
}

impl Policy {
    /// Every policy, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::Submission,
        Self::Unowned,
        Self::Closed,
        Self::Unknown,
        Self::StewardMissing,
        Self::Malformed,
    ];

    /// Returns the integer that stands for the policy on the wire.
    #[must_use]
    pub const fn code(self) -> u64 {
        self as u64
    }

    /// Returns the policy an integer stands for.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|policy| policy.code() == code)
    }

    /// Returns the policy's name, as people and JSON write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Unowned => "unowned",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
            Self::StewardMissing => "steward-missing",
            Self::Malformed => "malformed",
        }
    }
}

impl Refusal {
    /// Returns the reply's name, as people and JSON write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreleased => "unreleased",
            Self::Tier => "tier",
            Self::Region => "region",
            Self::Purpose => "purpose",
            Self::Gated(_) => "gated",
            Self::Withheld(_) => "withheld",
            Self::Erased(_) => "erased",
            Self::Absent => "absent",
            Self::Busy { .. } => "busy",
            Self::Refused(_) => "refused",
        }
    }

    /// Returns the record the reply names: an offer, an embargo or a withdrawal.
    #[must_use]
    pub const fn record(&self) -> Option<RecordId> {
        match self {
            Self::Gated(record) | Self::Withheld(record) | Self::Erased(record) => Some(*record),
            _ => None,
        }
    }

    const fn code(&self) -> u64 {
        match self {
            Self::Unreleased => 0,
            Self::Tier => 1,
            Self::Region => 2,
            Self::Purpose => 3,
            Self::Gated(_) => 4,
            Self::Withheld(_) => 5,
            Self::Erased(_) => 6,
            Self::Absent => 7,
            Self::Busy { .. } => 8,
            Self::Refused(_) => 9,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gated(record) | Self::Withheld(record) | Self::Erased(record) => {
                write!(f, "{}({record})", self.name())
            }
            Self::Busy { retry_after_millis } => write!(f, "busy({retry_after_millis} ms)"),
            Self::Refused(policy) => write!(f, "refused({})", policy.name()),
            _ => f.write_str(self.name()),
        }
    }
}

/// `[code]`, or `[code, argument]`.
impl Encode for Refusal {
    fn encode(&self, encoder: &mut Encoder) {
        let plain =
            matches!(self, Self::Unreleased | Self::Tier | Self::Region | Self::Purpose | Self::Absent);
        encoder.array(if plain { 1 } else { 2 });
        encoder.uint(self.code());
        match self {
            Self::Gated(record) | Self::Withheld(record) | Self::Erased(record) => record.encode(encoder),
            Self::Busy { retry_after_millis } => encoder.uint(*retry_after_millis),
            Self::Refused(policy) => encoder.uint(policy.code()),
            Self::Unreleased | Self::Tier | Self::Region | Self::Purpose | Self::Absent => {}
        }
    }
}

impl Decode for Refusal {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 1) => Ok(Self::Unreleased),
            (1, 1) => Ok(Self::Tier),
            (2, 1) => Ok(Self::Region),
            (3, 1) => Ok(Self::Purpose),
            (4, 2) => Decode::decode(decoder).map(Self::Gated),
            (5, 2) => Decode::decode(decoder).map(Self::Withheld),
            (6, 2) => Decode::decode(decoder).map(Self::Erased),
            (7, 1) => Ok(Self::Absent),
            (8, 2) => Ok(Self::Busy { retry_after_millis: decoder.uint()? }),
            (9, 2) => Policy::from_code(decoder.uint()?)
                .map(Self::Refused)
                .ok_or(DecodeError::Unexpected("refusal policy")),
            _ => Err(DecodeError::Unexpected("refusal")),
        }
    }
}

#[cfg(test)]
mod tests {
    use commonwheel_record::{FeedId, cbor};

    use super::*;

    #[test]
    fn every_reply_round_trips_and_no_two_share_an_encoding() {
        let record = RecordId { feed: FeedId([7; 32]), index: 9 };
        let mut replies = vec![
            Refusal::Unreleased,
            Refusal::Tier,
            Refusal::Region,
            Refusal::Purpose,
            Refusal::Gated(record),
            Refusal::Withheld(record),
            Refusal::Erased(record),
            Refusal::Absent,
            Refusal::Busy { retry_after_millis: 1500 },
        ];
        replies.extend(Policy::ALL.iter().map(|policy| Refusal::Refused(*policy)));
        let encoded: std::collections::BTreeSet<Vec<u8>> = replies.iter().map(cbor::encode).collect();
        assert_eq!(encoded.len(), replies.len());
        for reply in replies {
            assert_eq!(cbor::decode(&cbor::encode(&reply), 64), Ok(reply), "{reply}");
        }
    }

    #[test]
    fn refuses_unknown_codes_and_missing_arguments() {
        for bytes in [
            &[0x81, 0x0a][..],
            &[0x81, 0x04],
            &[0x82, 0x00, 0x00],
            &[0x82, 0x09, 0x05],
            &[0x82, 0x09, 0x18, 0x63],
            &[],
        ] {
            assert!(cbor::decode::<Refusal>(bytes, 64).is_err(), "{bytes:?}");
        }
    }
}
