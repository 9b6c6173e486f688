//! Bodies of this node's own control records, set aside until record and body are durable together.
//!
//! A power loss may keep a leaf and lose the body written after it. A control record whose body nobody has would keep
//! its collective's bodies closed for ever, so its body is durable before the leaf is written, and found again after.

use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::body::SealedBody;
use commonwheel_record::{FeedId, Hash, Salt};

use crate::local::NewRecord;
use crate::node::Sync;

/// What the names of bodies set aside begin with, in [`Table::Node`].
const PREFIX: &[u8] = b"spare/";

impl<S: Store> Sync<S> {
    /// Makes the bodies of control records durable before their leaves are appended.
    pub(crate) fn set_aside(&mut self, feed: &FeedId, records: &[NewRecord]) -> Result<(), StoreError> {
        let mut any = false;
        for record in records {
            if let Some(body) = &record.body {
                let value = [&body.salt[..], &body.bytes].concat();
                self.store.set_state(Table::Node, &name(feed, &leaf_hash(&record.leaf)), Some(&value))?;
                any = true;
            }
        }
        if any { self.store.commit() } else { Ok(()) }
    }

    /// Puts bodies that a crash cut off back to their leaves, from a position on, which were read without them.
    pub(crate) fn put_back(&mut self, now: u64, feed: &FeedId, first: u64) -> Result<(), StoreError> {
        let size = self.store.size(feed);
        let hashes = self.store.leaf_hashes(feed, first, size)?;
        let held = self.store.held(feed, first, size);
        let lacking = (first..).zip(hashes).zip(held).filter(|(_, held)| !held);
        let spare = |((index, hash), _): ((u64, Hash), bool)| {
            let value = self.store.state(Table::Node, &name(feed, &hash))?;
            let (salt, bytes) = value.split_first_chunk::<{ size_of::<Salt>() }>()?;
            Some((index, SealedBody { salt: *salt, submission: None, bytes: bytes.to_vec() }))
        };
        let bodies: Vec<(u64, SealedBody)> = lacking.filter_map(spare).collect();
        if bodies.is_empty() {
            return Ok(());
        }
        self.store.put_bodies(feed, &bodies)?;
        self.control_filled(now, *feed, first..size)
    }

    /// Forgets what was set aside for a feed, once records and bodies are durable.
    pub(crate) fn forget_spares(&mut self, feed: &FeedId) -> Result<(), StoreError> {
        let prefix = [PREFIX, feed.as_bytes()].concat();
        let rows = self.store.states(Table::Node).into_iter();
        let names: Vec<Vec<u8>> =
            rows.filter(|(name, _)| name.starts_with(&prefix)).map(|(name, _)| name.to_vec()).collect();
        names.iter().try_for_each(|name| self.store.set_state(Table::Node, name, None))
    }
}

fn name(feed: &FeedId, leaf: &Hash) -> Vec<u8> {
    [PREFIX, feed.as_bytes(), leaf.as_bytes()].concat()
}
