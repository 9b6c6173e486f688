//! Headers: pages that verify on arrival, or are dropped.

use commonwheel_record::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use commonwheel_record::fixed_array;
use commonwheel_record::{FeedId, Hash};
use commonwheel_valve::Refusal;

use crate::limits::{BUNDLE, MAX_HEADER_BUNDLES, MAX_PROOF};

/// Asks for a consistency proof between two sizes of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofRequest {
    /// The feed.
    pub feed: FeedId,
    /// The smaller size.
    pub from: u64,
    /// The larger size.
    pub to: u64,
    /// The root at the larger size, which names the branch.
    pub root: Hash,
}

fixed_array!(ProofRequest { feed, from, to, root });

/// Asks for headers under a head that the server told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRequest {
    /// The feed.
    pub feed: FeedId,
    /// The head's size.
    pub size: u64,
    /// The head's root, which names the branch.
    pub root: Hash,
    /// The first position, a multiple of 256.
    pub start: u64,
    /// How many bundles at most.
    pub bundles: u64,
}

fixed_array!(HeaderRequest { feed, size, root, start, bundles });

/// One position of a header page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderItem {
    /// The leaf's bytes.
    Header(Vec<u8>),
    /// The leaf's hash alone, and why.
    Missing(Hash, Refusal),
}

/// Headers from the requested start on, to a multiple of 256 or the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderPage {
    /// The positions.
    pub items: Vec<HeaderItem>,
    /// Subtrees that cover what is before the page.
    pub left: Vec<Hash>,
    /// Subtrees that cover what is between the page and the head.
    pub right: Vec<Hash>,
}

impl HeaderItem {
    /// Returns about how many bytes the item takes, rather too many than too few.
    pub(crate) fn size_hint(&self) -> usize {
        match self {
            Self::Header(bytes) => bytes.len() + 3,
            Self::Missing(..) => 128,
        }
    }
}

impl Encode for HeaderPage {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(3);
        encoder.array(self.items.len());
        for item in &self.items {
            match item {
                HeaderItem::Header(bytes) => encoder.bytes(bytes),
                HeaderItem::Missing(hash, why) => {
                    encoder.array(2);
                    hash.encode(encoder);
                    why.encode(encoder);
                }
            }
        }
        self.left.encode(encoder);
        self.right.encode(encoder);
    }
}

impl Decode for HeaderPage {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(3)?;
        let count = decoder.array()?;
        if count as u64 > MAX_HEADER_BUNDLES * BUNDLE {
            return Err(DecodeError::Rule("more headers than a page may hold"));
        }
        let items = (0..count).map(|_| header_item(decoder)).collect::<Result<_, _>>()?;
        let left = super::bounded(Vec::decode(decoder)?, MAX_PROOF)?;
        let right = super::bounded(Vec::decode(decoder)?, MAX_PROOF)?;
        Ok(Self { items, left, right })
    }
}

fn header_item(decoder: &mut Decoder<'_>) -> Result<HeaderItem, DecodeError> {
    if !decoder.at_array() {
        return decoder.bytes().map(|bytes| HeaderItem::Header(bytes.to_vec()));
    }
    decoder.array_of(2)?;
    Ok(HeaderItem::Missing(Decode::decode(decoder)?, Decode::decode(decoder)?))
}
