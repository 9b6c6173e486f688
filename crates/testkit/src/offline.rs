//! What a stopped node's files say, read without the node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use commonwheel_ledger::proof::{FeedNodes, root_at};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::{FeedId, Hash, NetworkId, RecordId};
use commonwheel_store::{FileStore, Options};

use crate::cluster::NETWORK;

/// Opens a stopped node's store.
///
/// # Panics
/// If it cannot be opened.
#[must_use]
pub fn open(data: &Path) -> FileStore {
    let options = Options::new(NetworkId::named(NETWORK));
    let (store, _) =
        FileStore::open(data, &options).unwrap_or_else(|error| panic!("{}: {error}", data.display()));
    store
}

/// Returns every body of a feed that a store holds, by its record.
///
/// # Panics
/// If one cannot be read.
#[must_use]
pub fn record_bodies(store: &FileStore, feed: FeedId) -> BTreeMap<RecordId, Vec<u8>> {
    let body = |index| {
        let body = store.body(&feed, index).expect("a sound store can be read");
        Some((RecordId { feed, index }, body?.bytes))
    };
    (0..store.size(&feed)).filter_map(body).collect()
}

/// Every head that anybody was shown of some feeds; an honest writer never shows two that contradict each other.
#[derive(Clone, Debug, Default)]
pub struct HeadsSeen(BTreeMap<FeedId, BTreeSet<(u64, Hash)>>);

impl HeadsSeen {
    /// Notes a head.
    pub fn note(&mut self, feed: FeedId, size: u64, root: Hash) {
        if size > 0 {
            self.0.entry(feed).or_default().insert((size, root));
        }
    }

    /// Returns how many heads were noted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Checks that each head ever shown is a prefix of what the store holds at the end.
    ///
    /// # Panics
    /// If one is not.
    pub fn assert_prefixes_of(&self, store: &FileStore) {
        for (feed, heads) in &self.0 {
            for (size, root) in heads {
                let held = store.size(feed);
                assert!(*size <= held, "feed {feed} was shown with {size} leaves and has {held}");
                let now = root_at(&FeedNodes { store, feed }, *size).expect("a sound store can be read");
                assert_eq!(now, *root, "feed {feed} was shown with another root at {size} leaves");
            }
        }
    }
}
