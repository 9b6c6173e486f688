//! Headers: pages that verify on arrival, or are dropped.

use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use commonwheel_record::fixed_array;
use commonwheel_record::limits::MAX_PERSONAL;
use commonwheel_record::{FeedId, Hash, Salt};
use commonwheel_valve::Refusal;

use crate::limits::{BUNDLE, MAX_HEADER_BUNDLES, MAX_PROOF, PAGE_BYTES};

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
    /// Of a control feed: the first position whose body is wanted too.
    pub bodies: u64,
}

fixed_array!(HeaderRequest { feed, size, root, start, bundles, bodies });

/// The body of a control record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalBytes {
    /// The commitment's salt.
    pub salt: Salt,
    /// The body, at most [`MAX_PERSONAL`] bytes.
    pub bytes: Vec<u8>,
}

impl PersonalBytes {
    /// Returns the body as it is stored.
    #[must_use]
    pub fn sealed(self) -> SealedBody {
        SealedBody { salt: self.salt, submission: None, bytes: self.bytes }
    }

    pub(super) fn encode_into(&self, encoder: &mut Encoder) {
        encoder.bytes(&self.salt);
        encoder.bytes(&self.bytes);
    }

    pub(super) fn decode_from(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (salt, bytes) = (decoder.fixed()?, decoder.bytes()?);
        if bytes.len() > MAX_PERSONAL {
            return Err(DecodeError::TooLong(MAX_PERSONAL));
        }
        Ok(Self { salt, bytes: bytes.to_vec() })
    }
}

impl From<SealedBody> for PersonalBytes {
    fn from(sealed: SealedBody) -> Self {
        Self { salt: sealed.salt, bytes: sealed.bytes }
    }
}

/// One position of a header page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderItem {
    /// The leaf's bytes.
    Header(Vec<u8>),
    /// A control record's bytes, and its body.
    Personal(Vec<u8>, PersonalBytes),
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
            Self::Personal(bytes, body) => bytes.len() + body.bytes.len() + PERSONAL_OVERHEAD,
            Self::Missing(..) => 128,
        }
    }
}

/// Bytes that a body takes in a page beyond its own.
const PERSONAL_OVERHEAD: usize = 48;

/// Leaves bodies out of a page, from the first one that no longer fits: the asker asks for them anew. One always stays, so
/// that every page makes progress.
pub(crate) fn cut_bodies(items: &mut [HeaderItem]) {
    let leaf_bytes = |item: &HeaderItem| match item {
        HeaderItem::Header(bytes) | HeaderItem::Personal(bytes, _) => bytes.len() + PERSONAL_OVERHEAD,
        HeaderItem::Missing(..) => item.size_hint(),
    };
    let mut room = Some(PAGE_BYTES.saturating_sub(items.iter().map(leaf_bytes).sum()));
    let mut any = false;
    for item in items {
        let HeaderItem::Personal(leaf, body) = item else { continue };
        let left = room.and_then(|room| room.checked_sub(body.bytes.len()));
        if left.is_none() && any {
            *item = HeaderItem::Header(std::mem::take(leaf));
        }
        (room, any) = (left, true);
    }
}

impl Encode for HeaderPage {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(3);
        encoder.array(self.items.len());
        for item in &self.items {
            match item {
                HeaderItem::Header(bytes) => encoder.bytes(bytes),
                HeaderItem::Personal(bytes, body) => {
                    encoder.array(3);
                    encoder.bytes(bytes);
                    body.encode_into(encoder);
                }
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
    match decoder.array()? {
        2 => Ok(HeaderItem::Missing(Decode::decode(decoder)?, Decode::decode(decoder)?)),
        3 => Ok(HeaderItem::Personal(decoder.bytes()?.to_vec(), PersonalBytes::decode_from(decoder)?)),
        _ => Err(DecodeError::Unexpected("header item")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn personal(leaf: usize, body: usize) -> HeaderItem {
        HeaderItem::Personal(vec![1; leaf], PersonalBytes { salt: [2; 32], bytes: vec![3; body] })
    }

    fn bodies(items: &[HeaderItem]) -> Vec<usize> {
        let has_body = |item: &HeaderItem| matches!(item, HeaderItem::Personal(..));
        items.iter().enumerate().filter(|(_, item)| has_body(item)).map(|(at, _)| at).collect()
    }

    #[test]
    fn bodies_that_do_not_fit_are_left_to_the_next_page() {
        let mut all: Vec<HeaderItem> = (0..256).map(|_| personal(150, 250)).collect();
        cut_bodies(&mut all);
        assert_eq!(bodies(&all).len(), 256);
        let mut some: Vec<HeaderItem> = (0..256).map(|_| personal(150, 4096)).collect();
        cut_bodies(&mut some);
        let kept = bodies(&some);
        assert_eq!(kept, (0..kept.len()).collect::<Vec<_>>(), "from the first one on");
        assert!((2..256).contains(&kept.len()));
        let mut one: Vec<HeaderItem> = (0..256).map(|_| personal(4096, 4096)).collect();
        one[0] = HeaderItem::Header(vec![1; 4096]);
        cut_bodies(&mut one);
        assert_eq!(bodies(&one), [1]);
        assert!(one.iter().map(HeaderItem::size_hint).sum::<usize>() < 1024 * 1088 - 8 * 1024);
    }

    #[test]
    fn a_page_reads_back_and_a_longer_body_does_not() {
        let page = |body| HeaderPage {
            items: vec![HeaderItem::Header(vec![7]), personal(3, body)],
            left: Vec::new(),
            right: vec![Hash([9; 32])],
        };
        assert_eq!(crate::wire::decode(&crate::wire::encode(&page(MAX_PERSONAL))), Ok(page(MAX_PERSONAL)));
        let long = crate::wire::decode::<HeaderPage>(&crate::wire::encode(&page(MAX_PERSONAL + 1)));
        assert_eq!(long, Err(DecodeError::TooLong(MAX_PERSONAL)));
    }
}
