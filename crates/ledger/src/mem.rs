//! A store and a tip guard in memory, for the simulator and for tests.
//!
//! Writes take effect at once and are remembered until [`Store::commit`] by how to undo them, so a commit costs
//! nothing and [`MemStore::crash`] loses what a real disk may lose: everything since the last commit, save the first
//! few operations that happened to reach it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use commonwheel_record::body::SealedBody;
use commonwheel_record::{FeedId, Hash, Manifest};

use crate::full::FullTree;
use crate::note::SignedHead;
use crate::proof::Nodes as _;
use crate::store::{Position, Store, StoreError, Table, TipGuard};
use crate::tree::{Frontier, leaf_hash};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A [`Store`] in memory. Cloning it is copying a node's disk, unsynced writes included.
#[derive(Clone, Debug, Default)]
pub struct MemStore {
    feeds: BTreeMap<FeedId, Feed>,
    tables: BTreeMap<Table, Rows>,
    /// How to undo each write since the last commit, oldest first.
    journal: Vec<Undo>,
}

#[derive(Clone, Debug)]
struct Feed {
    manifest: Manifest,
    head: Option<SignedHead>,
    tree: FullTree,
    headers: Vec<Option<Vec<u8>>>,
    bodies: BTreeMap<u64, SealedBody>,
}

#[derive(Clone, Debug)]
enum Undo {
    Create(FeedId),
    Head(FeedId, Option<SignedHead>),
    Append(FeedId),
    Header(FeedId, usize),
    Body(FeedId, u64, Option<SealedBody>),
    State(Table, Vec<u8>, Option<Vec<u8>>),
}

const UNKNOWN_FEED: StoreError = StoreError::Refused("unknown feed");

impl MemStore {
    /// Returns how many operations are not committed yet: a position appended, a body put or erased, …, counts as one.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        self.journal.len()
    }

    /// Loses every operation since the last commit but the first `keep`; what is left is durable.
    pub fn crash(&mut self, keep: usize) {
        while self.journal.len() > keep {
            if let Some(undo) = self.journal.pop() {
                self.undo(undo);
            }
        }
        self.journal.clear();
    }

    /// Flips one bit of a stored header, as a disk may; nothing happens where none is held.
    pub fn flip_header(&mut self, feed: &FeedId, index: u64) {
        let headers = self.feeds.get_mut(feed).map(|feed| &mut feed.headers);
        let header = headers.and_then(|headers| headers.get_mut(usize::try_from(index).ok()?)?.as_mut());
        if let Some(byte) = header.and_then(|header| header.last_mut()) {
            *byte ^= 1;
        }
    }

    fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Create(feed) => drop(self.feeds.remove(&feed)),
            Undo::Head(feed, previous) => self.undo_in(&feed, |feed| feed.head = previous),
            Undo::Append(feed) => self.undo_in(&feed, Feed::pop),
            Undo::Header(feed, index) => self.undo_in(&feed, |feed| feed.headers[index] = None),
            Undo::Body(feed, index, previous) => {
                self.undo_in(&feed, |feed| put(&mut feed.bodies, index, previous));
            }
            Undo::State(table, key, previous) => put(self.tables.entry(table).or_default(), key, previous),
        }
    }

    fn undo_in(&mut self, feed: &FeedId, change: impl FnOnce(&mut Feed)) {
        // A feed is undone only after everything that was written to it since.
        if let Some(feed) = self.feeds.get_mut(feed) {
            change(feed);
        }
    }

    fn feed(&self, feed: &FeedId) -> Result<&Feed, StoreError> {
        self.feeds.get(feed).ok_or(UNKNOWN_FEED)
    }

    /// Returns a feed together with the journal of what is done to it.
    fn writable(&mut self, feed: &FeedId) -> Result<(&mut Feed, &mut Vec<Undo>), StoreError> {
        let feed = self.feeds.get_mut(feed).ok_or(UNKNOWN_FEED)?;
        Ok((feed, &mut self.journal))
    }
}

impl Feed {
    fn new(manifest: &Manifest) -> Self {
        Self {
            manifest: manifest.clone(),
            head: None,
            tree: FullTree::default(),
            headers: Vec::new(),
            bodies: BTreeMap::new(),
        }
    }

    fn pop(&mut self) {
        self.headers.pop();
        self.tree.truncate(self.headers.len() as u64);
    }

    /// Cuts a range of positions to those that are held.
    fn cut<'a, T>(&self, rows: &'a [T], start: u64, end: u64) -> &'a [T] {
        let index = |position: u64| usize::try_from(position.min(self.tree.size())).unwrap_or(usize::MAX);
        rows.get(index(start)..index(end)).unwrap_or(&[])
    }
}

/// Sets or removes a map's value.
fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

impl Store for MemStore {
    fn feeds(&self) -> Vec<FeedId> {
        self.feeds.keys().copied().collect()
    }

    fn manifest(&self, feed: &FeedId) -> Option<&Manifest> {
        self.feeds.get(feed).map(|feed| &feed.manifest)
    }

    fn create(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        let id = manifest.id();
        if let Entry::Vacant(slot) = self.feeds.entry(id) {
            slot.insert(Feed::new(manifest));
            self.journal.push(Undo::Create(id));
        }
        Ok(())
    }

    fn head(&self, feed: &FeedId) -> Option<&SignedHead> {
        self.feeds.get(feed)?.head.as_ref()
    }

    fn set_head(&mut self, feed: &FeedId, head: &SignedHead) -> Result<(), StoreError> {
        let (held, journal) = self.writable(feed)?;
        if head.head.feed != *feed {
            return Err(StoreError::Refused("head of another feed"));
        }
        if held.head.is_some_and(|held| head.head.size < held.head.size) {
            return Err(StoreError::Refused("head smaller than the one held"));
        }
        journal.push(Undo::Head(*feed, held.head.replace(*head)));
        Ok(())
    }

    fn size(&self, feed: &FeedId) -> u64 {
        self.feeds.get(feed).map_or(0, |feed| feed.tree.size())
    }

    fn frontier(&self, feed: &FeedId) -> Frontier {
        self.feeds.get(feed).map(|feed| feed.tree.frontier()).unwrap_or_default()
    }

    fn append(&mut self, feed: &FeedId, positions: &[Position<'_>]) -> Result<(), StoreError> {
        let (held, journal) = self.writable(feed)?;
        let matches = |position: &Position<'_>| position.header.is_none_or(|h| leaf_hash(h) == position.hash);
        if !positions.iter().all(matches) {
            return Err(StoreError::Refused("header of another leaf"));
        }
        for position in positions {
            held.tree.push(position.hash);
            held.headers.push(position.header.map(<[u8]>::to_vec));
            journal.push(Undo::Append(*feed));
        }
        Ok(())
    }

    fn node(&self, feed: &FeedId, level: u8, index: u64) -> Result<Hash, StoreError> {
        self.feed(feed)?.tree.node(level, index)
    }

    fn leaf_hashes(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        let feed = self.feed(feed)?;
        Ok(feed.cut(feed.tree.leaves(), start, end).to_vec())
    }

    fn headers(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let feed = self.feed(feed)?;
        Ok(feed.cut(&feed.headers, start, end).to_vec())
    }

    fn fill_header(&mut self, feed: &FeedId, index: u64, header: &[u8]) -> Result<(), StoreError> {
        let (held, journal) = self.writable(feed)?;
        if held.tree.node(0, index)? != leaf_hash(header) {
            return Err(StoreError::Refused("header of another leaf"));
        }
        let index = usize::try_from(index).map_err(|_| StoreError::Refused("position not held"))?;
        let slot = &mut held.headers[index];
        if slot.is_none() {
            *slot = Some(header.to_vec());
            journal.push(Undo::Header(*feed, index));
        }
        Ok(())
    }

    fn held(&self, feed: &FeedId, start: u64, end: u64) -> Vec<bool> {
        let bodies = self.feeds.get(feed).map(|feed| &feed.bodies);
        (start..end).map(|index| bodies.is_some_and(|bodies| bodies.contains_key(&index))).collect()
    }

    fn body(&self, feed: &FeedId, index: u64) -> Result<Option<SealedBody>, StoreError> {
        Ok(self.feed(feed)?.bodies.get(&index).cloned())
    }

    fn put_bodies(&mut self, feed: &FeedId, bodies: &[(u64, SealedBody)]) -> Result<(), StoreError> {
        let (held, journal) = self.writable(feed)?;
        if bodies.iter().any(|(index, _)| *index >= held.tree.size()) {
            return Err(StoreError::Refused("position not held"));
        }
        for (index, body) in bodies {
            if let Entry::Vacant(slot) = held.bodies.entry(*index) {
                slot.insert(body.clone());
                journal.push(Undo::Body(*feed, *index, None));
            }
        }
        Ok(())
    }

    fn erase_bodies(&mut self, feed: &FeedId, indices: &[u64]) -> Result<(), StoreError> {
        let (held, journal) = self.writable(feed)?;
        for index in indices {
            if let Some(body) = held.bodies.remove(index) {
                journal.push(Undo::Body(*feed, *index, Some(body)));
            }
        }
        Ok(())
    }

    fn state(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        self.tables.get(&table)?.get(key).map(Vec::as_slice)
    }

    fn states(&self, table: Table) -> Vec<(&[u8], &[u8])> {
        let rows = self.tables.get(&table).into_iter().flatten();
        rows.map(|(key, value)| (key.as_slice(), value.as_slice())).collect()
    }

    fn set_state(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let rows = self.tables.entry(table).or_default();
        let previous = rows.get(key).cloned();
        put(rows, key.to_vec(), value.map(<[u8]>::to_vec));
        self.journal.push(Undo::State(table, key.to_vec(), previous));
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.journal.clear();
        Ok(())
    }
}

/// A [`TipGuard`] in memory; like the real one it survives every crash of its node.
#[derive(Clone, Debug, Default)]
pub struct MemGuard {
    tips: BTreeMap<FeedId, (u64, Hash)>,
}

impl TipGuard for MemGuard {
    fn tip(&self, feed: &FeedId) -> Option<(u64, Hash)> {
        self.tips.get(feed).copied()
    }

    fn advance(
        &mut self,
        feed: &FeedId,
        from: Option<(u64, Hash)>,
        to: (u64, Hash),
    ) -> Result<(), StoreError> {
        if self.tip(feed) != from {
            return Err(StoreError::Refused("the tip is another one"));
        }
        if from.is_some_and(|(size, _)| to.0 <= size) {
            return Err(StoreError::Refused("the tip can only grow"));
        }
        self.tips.insert(*feed, to);
        Ok(())
    }
}
