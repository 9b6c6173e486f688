//! The store: feeds in files, small state in a journal, an index beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::proof::Nodes as _;
use commonwheel_ledger::store::{Position, Store, StoreError, Table};
use commonwheel_ledger::tree::Frontier;
use commonwheel_record::body::SealedBody;
use commonwheel_record::{Domain, FeedId, Hash, Manifest, NetworkId};

use crate::feed::{Disk, Feed};
use crate::headers;
use crate::layout::FeedDir;
use crate::state::State;
use crate::tiles::Tree;

const UNKNOWN_FEED: StoreError = StoreError::Refused("unknown feed");

/// How a data directory is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The network whose feeds it holds.
    pub network: NetworkId,
    /// Feeds that this node writes: damaged ones are an error and never set aside.
    pub own: BTreeSet<FeedId>,
    /// How long sled may take to open before the index is given up and built anew; zero to do without an index.
    pub index_wait: Duration,
}

impl Options {
    /// Returns the options for a network, without feeds of one's own.
    #[must_use]
    pub const fn new(network: NetworkId) -> Self {
        Self { network, own: BTreeSet::new(), index_wait: crate::index::OPEN_WAIT }
    }
}

/// A [`Store`] in files; see [`crate::layout`] for their format.
#[derive(Debug)]
pub struct FileStore {
    pub(crate) data: PathBuf,
    pub(crate) network: NetworkId,
    pub(crate) disk: Disk,
    pub(crate) feeds: BTreeMap<FeedId, Feed>,
    pub(crate) state: State,
    /// Feeds that were written to since the last commit, or that the index had no room for then.
    pub(crate) changed: BTreeSet<FeedId>,
    /// The feed whose entry bundles wait in memory to be rewritten; those of one feed at most do.
    pub(crate) rewriting: Option<FeedId>,
    /// Why a write failed: from then on it is not known what is on disk.
    pub(crate) failed: Option<StoreError>,
    /// Held for as long as the store is open.
    pub(crate) _lock: File,
}

impl FileStore {
    /// Returns the data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Returns how many bodies of a feed are held.
    #[must_use]
    pub fn body_count(&self, feed: &FeedId) -> u64 {
        self.feeds.get(feed).map_or(0, |feed| feed.held.count())
    }

    /// Makes headers missing: erased ones, or corrupt ones that are to be fetched again.
    ///
    /// After the next commit their bytes are in none of the node's files.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Refused`] for a position that is not held.
    pub fn mark_missing(&mut self, feed: &FeedId, indices: &[u64]) -> Result<(), StoreError> {
        self.rewrite_only(feed)?;
        self.write(feed, |feed, disk| indices.iter().try_for_each(|index| feed.drop_header(disk, *index)))
    }

    /// Returns a hash over all that the feeds' files say: manifests, heads, trees, and which bodies are held.
    ///
    /// It is the same after the index was rebuilt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn state_hash(&self) -> Result<Hash, StoreError> {
        let mut hasher = commonwheel_record::Hasher::new(Domain::STATE, &self.network);
        for (id, feed) in &self.feeds {
            hasher.update(id.as_bytes());
            let head = feed.head.map(|head| head.head);
            hasher.update(&head.map_or(u64::MAX, |head| head.size).to_be_bytes());
            hasher.update(&head.map(|head| head.root).unwrap_or_default().0);
            hasher.update(&feed.size().to_be_bytes());
            hasher.update(&feed.frontier()?.root().0);
            let held = feed.held.words();
            hasher.update(&(held.len() as u64).to_be_bytes());
            held.iter().for_each(|word| hasher.update(&word.to_be_bytes()));
        }
        Ok(hasher.finish())
    }

    /// Commits, and waits until the index knows everything.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn close(mut self) -> Result<(), StoreError> {
        self.commit()
    }

    fn feed(&self, feed: &FeedId) -> Result<&Feed, StoreError> {
        self.feeds.get(feed).ok_or(UNKNOWN_FEED)
    }

    /// Changes a feed. Once the disk has failed nothing is written any more.
    pub(crate) fn write<T>(
        &mut self,
        feed: &FeedId,
        change: impl FnOnce(&mut Feed, &mut Disk) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.check_failed()?;
        let found = self.feeds.get_mut(feed).ok_or(UNKNOWN_FEED)?;
        self.changed.insert(*feed);
        let result = change(found, &mut self.disk);
        self.note_failure(result)
    }

    /// Writes out the entry bundles of another feed that wait in memory.
    fn rewrite_only(&mut self, feed: &FeedId) -> Result<(), StoreError> {
        match self.rewriting.replace(*feed) {
            Some(other) if other != *feed && self.feeds.contains_key(&other) => {
                self.write(&other, Feed::flush_rewrites)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn check_failed(&self) -> Result<(), StoreError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn note_failure<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error @ StoreError::Io { .. }) = &result {
            self.failed = Some(error.clone());
        }
        result
    }
}

impl Store for FileStore {
    fn feeds(&self) -> Vec<FeedId> {
        self.feeds.keys().copied().collect()
    }

    fn manifest(&self, feed: &FeedId) -> Option<&Manifest> {
        self.feeds.get(feed).map(|feed| &feed.manifest)
    }

    fn create(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        self.check_failed()?;
        let id = manifest.id();
        if self.feeds.contains_key(&id) {
            return Ok(());
        }
        if manifest.network != self.network {
            return Err(StoreError::Refused("manifest of another network"));
        }
        let dir = FeedDir::new(&self.data, &id);
        let staged = self.disk.files.stage(&dir.manifest(), &manifest.encode());
        self.note_failure(staged)?;
        self.feeds.insert(id, Feed::new(dir, manifest.clone()));
        Ok(())
    }

    fn head(&self, feed: &FeedId) -> Option<&SignedHead> {
        self.feeds.get(feed)?.head.as_ref()
    }

    fn set_head(&mut self, feed: &FeedId, head: &SignedHead) -> Result<(), StoreError> {
        if head.head.feed != *feed {
            return Err(StoreError::Refused("head of another feed"));
        }
        self.write(feed, |feed, _| {
            if feed.head.is_some_and(|held| head.head.size < held.head.size) {
                return Err(StoreError::Refused("head smaller than the one held"));
            }
            feed.head_changed |= feed.head != Some(*head);
            feed.head = Some(*head);
            Ok(())
        })
    }

    fn size(&self, feed: &FeedId) -> u64 {
        self.feeds.get(feed).map_or(0, Feed::size)
    }

    fn frontier(&self, feed: &FeedId) -> Frontier {
        self.feeds.get(feed).and_then(|feed| feed.frontier().ok()).unwrap_or_default()
    }

    fn append(&mut self, feed: &FeedId, positions: &[Position<'_>]) -> Result<(), StoreError> {
        headers::check_appended(positions)?;
        self.write(feed, |feed, disk| {
            feed.append_entries(disk, positions)?;
            feed.append_hashes(&mut disk.files, positions.iter().map(|position| position.hash))
        })
    }

    fn node(&self, feed: &FeedId, level: u8, index: u64) -> Result<Hash, StoreError> {
        Tree { feed: self.feed(feed)?, disk: &self.disk }.node(level, index)
    }

    fn leaf_hashes(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        self.feed(feed)?.leaf_hashes(&self.disk, start, end)
    }

    fn headers(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.feed(feed)?.headers(&self.disk, start, end)
    }

    fn fill_header(&mut self, feed: &FeedId, index: u64, header: &[u8]) -> Result<(), StoreError> {
        self.rewrite_only(feed)?;
        self.write(feed, |feed, disk| feed.fill_header(disk, index, header))
    }

    fn held(&self, feed: &FeedId, start: u64, end: u64) -> Vec<bool> {
        let feed = self.feeds.get(feed);
        (start..end).map(|index| feed.is_some_and(|feed| feed.held.get(index))).collect()
    }

    fn body(&self, feed: &FeedId, index: u64) -> Result<Option<SealedBody>, StoreError> {
        self.feed(feed)?.body(&self.disk, index)
    }

    fn put_bodies(&mut self, feed: &FeedId, bodies: &[(u64, SealedBody)]) -> Result<(), StoreError> {
        self.write(feed, |feed, disk| feed.put_bodies(disk, bodies))
    }

    fn erase_bodies(&mut self, feed: &FeedId, indices: &[u64]) -> Result<(), StoreError> {
        self.write(feed, |feed, disk| feed.erase_bodies(disk, indices))
    }

    fn state(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        self.state.get(table, key)
    }

    fn states(&self, table: Table) -> Vec<(&[u8], &[u8])> {
        self.state.rows(table)
    }

    fn set_state(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        self.check_failed()?;
        self.state.set(table, key, value)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.check_failed()?;
        let committed = self.commit_files();
        self.note_failure(committed)?;
        let told = self.tell_index();
        self.note_failure(told)
    }
}

#[cfg(test)]
mod tests {
    use commonwheel_ledger::tree::leaf_hash;
    use commonwheel_record::manifest::{FeedAudience, Purpose};
    use commonwheel_record::{CollectiveId, SecretKey};

    use super::*;

    fn manifest(n: u8) -> Manifest {
        Manifest {
            version: 1,
            collective: CollectiveId([n; 32]),
            purpose: Purpose::Data,
            audience: FeedAudience::Public,
            writer: SecretKey::from_seed(&[n; 32]).public(),
            network: NetworkId::named("test"),
            prologue: None,
        }
    }

    /// A store with three feeds of three leaves each.
    fn filled(data: &Path) -> (FileStore, [FeedId; 3]) {
        let (mut store, _) = FileStore::open(data, &Options::new(NetworkId::named("test"))).unwrap();
        let ids = [1, 2, 3].map(|n| manifest(n).id());
        for n in 1..=3 {
            store.create(&manifest(n)).unwrap();
            let leaves = [[n, 0], [n, 1], [n, 2]];
            let positions =
                leaves.each_ref().map(|leaf| Position { hash: leaf_hash(leaf), header: Some(leaf) });
            store.append(&manifest(n).id(), &positions).unwrap();
        }
        store.commit().unwrap();
        (store, ids)
    }

    #[test]
    fn may_be_shared_between_threads() {
        fn check<T: Send + Sync>() {}
        check::<FileStore>();
        check::<crate::FileGuard>();
    }

    #[test]
    fn rewritten_bundles_of_one_feed_at_most_wait_in_memory() {
        let data = tempfile::tempdir().unwrap();
        let (mut store, ids) = filled(data.path());
        for (n, id) in (1..).zip(&ids) {
            store.mark_missing(id, &[1]).unwrap();
            let waiting = store.feeds.values().filter(|feed| !feed.rewrites.is_empty()).count();
            assert_eq!(waiting, 1);
            assert_eq!(store.headers(&ids[0], 0, 9).unwrap(), [Some(vec![1, 0]), None, Some(vec![1, 2])]);
            store.fill_header(id, 1, &[n, 1]).unwrap();
            store.mark_missing(id, &[1]).unwrap();
        }
        store.commit().unwrap();
        assert!(store.feeds.values().all(|feed| feed.rewrites.is_empty()));
        assert_eq!(store.headers(&ids[2], 1, 2).unwrap(), [None]);
    }

    #[test]
    fn after_a_failed_write_nothing_is_written_any_more() {
        let data = tempfile::tempdir().unwrap();
        let (mut store, ids) = filled(data.path());
        let entries = store.feeds[&ids[0]].dir.path().join("entries");
        // A file where a directory is to be.
        std::fs::remove_dir_all(&entries).unwrap();
        std::fs::write(&entries, b"").unwrap();
        store.disk.files.forget_below(&entries);
        let positions = [Position { hash: leaf_hash(b"leaf"), header: Some(b"leaf") }];
        let failed = store.append(&ids[0], &positions).unwrap_err();
        assert!(matches!(failed, StoreError::Io { .. }));
        assert_eq!(store.append(&ids[1], &positions), Err(failed.clone()));
        assert_eq!(store.commit(), Err(failed.clone()));
        assert_eq!(store.set_state(Table::Node, b"k", Some(b"v")), Err(failed));
        assert_eq!(store.size(&ids[1]), 3, "it still answers");
    }
}
