//! A feed as the store has it open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::StoreError;
use commonwheel_ledger::tree::Frontier;
use commonwheel_record::{FeedId, Hash, Manifest};

use crate::bodies::Bodies;
use crate::files::Files;
use crate::headers::Loaded;
use crate::held::Held;
use crate::index::Index;
use crate::layout::{BUNDLE, FeedDir, Series};
use crate::lru::{Lru, lock};
use crate::rows::Rows;
use crate::window::Window;

/// Tiles kept in memory, 8 KiB each.
const TILES: usize = 128;
/// Entry bundles kept in memory, some 80 KiB each and 1 MiB at most.
const BUNDLES: usize = 8;
/// Body bundles kept open, 1 KiB each.
const TABLES: usize = 128;

type Cache<K, V> = Mutex<Lru<K, V>>;

/// The disk and what is kept in memory of it, for all feeds.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) files: Files,
    pub(crate) index: Index,
    /// Full tiles by level and number, verified against the tile above.
    pub(crate) tiles: Cache<(FeedId, u8, u64), Arc<Vec<Hash>>>,
    /// Entry bundles, compared with their leaf hashes.
    pub(crate) bundles: Cache<(FeedId, u64), Arc<Loaded>>,
    /// Body bundles' files, open, with what is where in them.
    pub(crate) tables: Cache<(FeedId, u64), Bodies>,
    /// The body bundle that was read last.
    pub(crate) window: Mutex<Window>,
}

/// A feed.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) id: FeedId,
    pub(crate) dir: FeedDir,
    pub(crate) manifest: Manifest,
    pub(crate) head: Option<SignedHead>,
    /// Whether the head is newer than the checkpoint on disk.
    pub(crate) head_changed: bool,
    pub(crate) rows: Rows,
    /// Bytes of the growing entry bundle.
    pub(crate) entries_len: u64,
    pub(crate) held: Held,
    /// Entry bundles that changed in other ways than by growing, until they are written.
    pub(crate) rewrites: BTreeMap<u64, Vec<Option<Vec<u8>>>>,
    /// Body bundles that the index does not know in their present state.
    pub(crate) stale: BTreeSet<u64>,
    /// Leaves that the index knows to be committed.
    pub(crate) marked: u64,
}

impl Disk {
    pub(crate) const fn new(index: Index) -> Self {
        Self {
            files: Files::new(),
            index,
            tiles: Mutex::new(Lru::new(TILES)),
            bundles: Mutex::new(Lru::new(BUNDLES)),
            tables: Mutex::new(Lru::new(TABLES)),
            window: Mutex::new(Window::empty()),
        }
    }

    /// Forgets all that is in memory of a feed's files.
    pub(crate) fn forget(&mut self, feed: &FeedId) {
        lock(&self.tiles).retain(|(id, ..)| id != feed);
        lock(&self.bundles).retain(|(id, _)| id != feed);
        lock(&self.tables).retain(|(id, _)| id != feed);
    }
}

impl Feed {
    /// Makes a feed without leaves.
    pub(crate) fn new(dir: FeedDir, manifest: Manifest) -> Self {
        Self {
            id: manifest.id(),
            dir,
            manifest,
            head: None,
            head_changed: false,
            rows: Rows::default(),
            entries_len: 0,
            held: Held::default(),
            rewrites: BTreeMap::new(),
            stale: BTreeSet::new(),
            marked: 0,
        }
    }

    /// Returns how many leaves are held.
    pub(crate) const fn size(&self) -> u64 {
        self.rows.size()
    }

    /// Returns the right edge of the tree.
    pub(crate) fn frontier(&self) -> Result<Frontier, StoreError> {
        self.rows.frontier().map_err(|_| self.corrupt(self.size(), "tree"))
    }

    /// Cuts a range of positions to those held and splits it at the bounds of bundles: bundle and places in it.
    pub(crate) fn spans(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, std::ops::Range<usize>)> {
        let end = end.min(self.size());
        let bundles = if start < end { start / BUNDLE..(end - 1) / BUNDLE + 1 } else { 0..0 };
        bundles.map(move |bundle| {
            let first = bundle * BUNDLE;
            let from = start.saturating_sub(first) as usize;
            (bundle, from..(end - first).min(BUNDLE) as usize)
        })
    }

    /// Says whether a bundle's 256 positions are all held.
    pub(crate) const fn is_full(&self, bundle: u64) -> bool {
        bundle < self.size() / BUNDLE
    }

    /// Returns where a bundle's leaf hashes or entries are: they bear another name while it grows.
    pub(crate) fn path(&self, series: Series, bundle: u64) -> PathBuf {
        if self.is_full(bundle) { self.dir.full(series, bundle) } else { self.dir.part(series, bundle) }
    }

    pub(crate) fn corrupt(&self, index: u64, what: &'static str) -> StoreError {
        StoreError::Corrupt { feed: self.id, index, what }
    }

    /// Appends bytes to a file that grows until it is full.
    pub(crate) fn grow(
        &self,
        files: &mut Files,
        (series, number): (Series, u64),
        offset: u64,
        bytes: &[u8],
        full: bool,
    ) -> Result<(), StoreError> {
        let (part, done) = (self.dir.part(series, number), self.dir.full(series, number));
        if full && offset == 0 {
            return files.write_at(&done, 0, bytes).map(drop);
        }
        files.write_at(&part, offset, bytes)?;
        if full { files.rename(&part, &done) } else { Ok(()) }
    }
}
