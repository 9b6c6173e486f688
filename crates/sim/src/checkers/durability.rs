//! I1: what was acknowledged is there, at its index, byte for byte.

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::body::SealedBody;
use commonwheel_record::{FeedId, RecordId};
use commonwheel_sync::NewRecord;

/// Records that a node acknowledged together.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    node: usize,
    feed: FeedId,
    first: u64,
    records: Vec<(blake3::Hash, Option<blake3::Hash>)>,
}

impl Acknowledged {
    pub(crate) fn of(node: usize, feed: FeedId, first: u64, records: &[NewRecord]) -> Self {
        let hashes = |record: &NewRecord| (blake3::hash(&record.leaf), record.body.as_ref().map(body_hash));
        Self { node, feed, first, records: records.iter().map(hashes).collect() }
    }
}

fn body_hash(body: &SealedBody) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&body.salt);
    hasher.update(&body.bytes);
    hasher.finalize()
}

/// Describes what a node acknowledged and does not hold; `may_erase` says which bodies may be gone.
pub(crate) fn lost(
    acknowledged: &[Acknowledged],
    node: usize,
    store: &MemStore,
    may_erase: impl Fn(&RecordId) -> bool,
) -> Vec<String> {
    let mut lost = Vec::new();
    for batch in acknowledged.iter().filter(|batch| batch.node == node) {
        let end = batch.first + batch.records.len() as u64;
        let headers = store.headers(&batch.feed, batch.first, end).unwrap_or_default();
        for (offset, (leaf, body)) in batch.records.iter().enumerate() {
            let index = batch.first + offset as u64;
            let held = headers.get(offset).and_then(Option::as_ref).map(|header| blake3::hash(header));
            let held_body = store.body(&batch.feed, index).ok().flatten().as_ref().map(body_hash);
            let erased = held_body.is_none() && may_erase(&RecordId { feed: batch.feed, index });
            if held != Some(*leaf) || (held_body != *body && !erased) {
                lost.push(format!("node {node} lost or changed acknowledged {}/{index}", batch.feed.short()));
            }
        }
    }
    lost
}
