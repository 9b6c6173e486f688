//! Releases: they open contributions.

use super::close::{WitnessedHead, check_heads};
use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder, fixed_array};
use crate::id::{FeedId, RecordId};
use crate::limits::MAX_RANGES;
use crate::terms::Licence;

/// Positions `start..end` of a data feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The feed.
    pub feed: FeedId,
    /// The first position.
    pub start: u64,
    /// The position after the last.
    pub end: u64,
}

fixed_array!(Range { feed, start, end });

impl Range {
    /// Says whether the range holds a record.
    #[must_use]
    pub fn contains(&self, record: &RecordId) -> bool {
        self.feed == record.feed && (self.start..self.end).contains(&record.index)
    }
}

/// Ranges are in ascending order, not empty, and do not overlap.
pub(super) fn check_ranges(ranges: &[Range]) -> Result<(), DecodeError> {
    let count = (1..=MAX_RANGES).contains(&ranges.len());
    let filled = ranges.iter().all(|range| range.start < range.end);
    let apart = ranges.windows(2).all(|pair| {
        pair[0].feed < pair[1].feed || (pair[0].feed == pair[1].feed && pair[0].end <= pair[1].start)
    });
    if count && filled && apart {
        Ok(())
    } else {
        Err(DecodeError::Rule("ranges: 1 to 24, ascending, not empty"))
    }
}

/// How far a release opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleaseMode {
    /// To everyone.
    Open,
    /// To those with a grant of the offer.
    Gated(RecordId),
    /// As gated, with bodies sealed to the grantee. Read, and served like gated, by this version.
    Sealed(RecordId),
}

impl Encode for ReleaseMode {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Open => {
                encoder.array(1);
                encoder.uint(0);
            }
            Self::Gated(offer) => {
                encoder.array(2);
                encoder.uint(1);
                offer.encode(encoder);
            }
            Self::Sealed(offer) => {
                encoder.array(2);
                encoder.uint(2);
                offer.encode(encoder);
            }
        }
    }
}

impl Decode for ReleaseMode {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 1) => Ok(Self::Open),
            (1, 2) => Decode::decode(decoder).map(Self::Gated),
            (2, 2) => Decode::decode(decoder).map(Self::Sealed),
            _ => Err(DecodeError::Unexpected("release mode")),
        }
    }
}

/// Opens the contributions of one licence within ranges of data feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The licence bucket: contributions of any other licence inside the ranges stay closed.
    pub licence: Licence,
    /// How far it opens.
    pub mode: ReleaseMode,
    /// Where.
    pub ranges: Vec<Range>,
    /// A head of one of the collective's control feeds: when its charter's witnesses saw it is the release's month.
    pub dated_by: Option<WitnessedHead>,
}

fixed_array!(Release { licence, mode, ranges, dated_by });

impl Release {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.dated_by.as_ref().map_or(Ok(()), |head| check_heads(std::slice::from_ref(head)))?;
        check_ranges(&self.ranges)
    }
}
