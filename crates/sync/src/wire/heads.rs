//! Heads: what changed since a peer was last told, or the whole list.
//!
//! A feed is named by a handle, a small number of the server's own; its id and collective are told once, when the asker
//! cannot have heard of it. Handles ascend and are sent as differences: one to three bytes a feed.

use commonwheel_record::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use commonwheel_record::fixed_array;
use commonwheel_record::{CollectiveId, FeedId, Hash, Signature};

use crate::limits::MAX_HEADS;

/// Bytes that a head takes at most, with the feed's and the collective's id.
pub(super) const MAX_HEAD_BYTES: usize = 1 + 9 + 9 + 34 + 66 + 34 + 34;

/// Up to where the asker was told by this instance of the server's store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The server's instance.
    pub instance: u64,
    /// Its arrival counter then.
    pub arrival: u64,
}

fixed_array!(Since { instance, arrival });

/// Asks for heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadsRequest {
    /// What the asker was told before; the whole list if none.
    pub since: Option<Since>,
    /// Continue a list after this handle.
    pub after: Option<u64>,
}

fixed_array!(HeadsRequest { since, after });

/// One feed's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadItem {
    /// The server's handle for the feed.
    pub handle: u64,
    /// The feed and whose it is, where the asker cannot know.
    pub names: Option<(FeedId, CollectiveId)>,
    /// Leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// The writer's signature over the checkpoint.
    pub signature: Signature,
}

/// Heads, by ascending handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadsPage {
    /// The server's instance.
    pub instance: u64,
    /// Its arrival counter, to be remembered once the last page is read.
    pub arrival: u64,
    /// The heads.
    pub items: Vec<HeadItem>,
    /// Whether more follow after the last handle.
    pub more: bool,
}

impl Encode for HeadsPage {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(4);
        encoder.uint(self.instance);
        encoder.uint(self.arrival);
        encoder.array(self.items.len());
        let mut last = 0;
        for item in &self.items {
            encoder.array(if item.names.is_some() { 6 } else { 4 });
            encoder.uint(item.handle - last);
            last = item.handle;
            encoder.uint(item.size);
            item.root.encode(encoder);
            item.signature.encode(encoder);
            if let Some((feed, collective)) = &item.names {
                feed.encode(encoder);
                collective.encode(encoder);
            }
        }
        encoder.bool(self.more);
    }
}

impl Decode for HeadsPage {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(4)?;
        let (instance, arrival, count) = (decoder.uint()?, decoder.uint()?, decoder.array()?);
        if count > MAX_HEADS {
            return Err(DecodeError::Rule("more heads than a page may hold"));
        }
        let mut items = Vec::with_capacity(count);
        let mut last: Option<u64> = None;
        for _ in 0..count {
            let item = head_item(decoder, last)?;
            last = Some(item.handle);
            items.push(item);
        }
        Ok(Self { instance, arrival, items, more: decoder.bool()? })
    }
}

fn head_item(decoder: &mut Decoder<'_>, last: Option<u64>) -> Result<HeadItem, DecodeError> {
    let fields = decoder.array()?;
    if fields != 4 && fields != 6 {
        return Err(DecodeError::Unexpected("head"));
    }
    let step = decoder.uint()?;
    let handle = last.unwrap_or(0).checked_add(step).ok_or(DecodeError::Unexpected("handle"))?;
    if last.is_some() && step == 0 {
        return Err(DecodeError::Rule("handles ascend"));
    }
    let (size, root, signature) = (decoder.uint()?, Decode::decode(decoder)?, Decode::decode(decoder)?);
    let names = match fields {
        6 => Some((Decode::decode(decoder)?, Decode::decode(decoder)?)),
        _ => None,
    };
    Ok(HeadItem { handle, names, size, root, signature })
}
