//! A feed's tree on disk: appending leaf hashes, reading hashes back verified.

use std::sync::Arc;

use commonwheel_ledger::proof::Nodes;
use commonwheel_ledger::store::StoreError;
use commonwheel_record::Hash;

use crate::feed::{Disk, Feed};
use crate::files::Files;
use crate::held::place;
use crate::layout::{BUNDLE, HASH, Series, WIDTH};
use crate::lru::lock;
use crate::rows::{self, row_len, subtree};

/// The answer to a question about a subtree that is not held whole.
const INCOMPLETE: StoreError = StoreError::Refused("the subtree is not complete");

impl Feed {
    /// Appends leaf hashes to the tree and its tiles.
    pub(crate) fn append_hashes(
        &mut self,
        files: &mut Files,
        hashes: impl Iterator<Item = Hash>,
    ) -> Result<(), StoreError> {
        let mut written: Vec<usize> =
            (0..=self.rows.levels()).map(|level| self.rows.tail(level).len()).collect();
        let mut full = Vec::new();
        for hash in hashes {
            self.rows.push(hash, |level, number, tile| full.push((level, number, tile.to_vec())));
        }
        for (level, number, tile) in &full {
            let from = written.get_mut(usize::from(*level)).map(std::mem::take).unwrap_or_default();
            self.write_hashes(files, (*level, *number), from, tile)?;
        }
        for level in 0..self.rows.levels() {
            let from = written.get(usize::from(level)).copied().unwrap_or_default();
            let tail = self.rows.tail(level);
            if tail.len() > from {
                self.write_hashes(files, (level, row_len(self.size(), level) / BUNDLE), from, tail)?;
            }
        }
        Ok(())
    }

    /// Writes a tile's hashes from place `from` on.
    fn write_hashes(
        &self,
        files: &mut Files,
        (level, number): (u8, u64),
        from: usize,
        tile: &[Hash],
    ) -> Result<(), StoreError> {
        let offset = (from * HASH) as u64;
        let bytes = rows::bytes(&tile[from..]);
        self.grow(files, (Series::Tile(level), number), offset, &bytes, tile.len() == WIDTH)
    }

    /// Returns leaf hashes of a range of positions, cut to what is held.
    pub(crate) fn leaf_hashes(&self, disk: &Disk, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        let mut hashes = Vec::new();
        for (bundle, places) in self.spans(start, end) {
            hashes.extend_from_slice(&self.hashes_of(disk, bundle)?[places]);
        }
        Ok(hashes)
    }

    /// Returns the leaf hashes held of a bundle.
    pub(crate) fn hashes_of(&self, disk: &Disk, bundle: u64) -> Result<Arc<Vec<Hash>>, StoreError> {
        if self.is_full(bundle) {
            self.tile(disk, 0, bundle)
        } else {
            Ok(Arc::new(self.rows.tail(0).to_vec()))
        }
    }

    /// Returns the hash at a place of a level's row.
    pub(crate) fn row_hash(&self, disk: &Disk, level: u8, index: u64) -> Result<Hash, StoreError> {
        let len = row_len(self.size(), level);
        if index >= len {
            return Err(INCOMPLETE);
        }
        if index / BUNDLE == len / BUNDLE {
            Ok(self.rows.tail(level)[place(index)])
        } else {
            Ok(self.tile(disk, level, index / BUNDLE)?[place(index)])
        }
    }

    /// Returns a full tile that leads to the hash above it, and so in the end to the tiles in memory.
    pub(crate) fn tile(&self, disk: &Disk, level: u8, number: u64) -> Result<Arc<Vec<Hash>>, StoreError> {
        let key = (self.id, level, number);
        if let Some(tile) = lock(&disk.tiles).get(&key) {
            return Ok(Arc::clone(tile));
        }
        let tile = self.raw_tile(disk, level, number)?;
        let leads_up = tile.len() == WIDTH && subtree(&tile) == self.row_hash(disk, level + 1, number)?;
        if !leads_up {
            return Err(self.corrupt((number * BUNDLE) << (8 * level), "hash tile"));
        }
        let tile = Arc::new(tile);
        lock(&disk.tiles).insert(key, Arc::clone(&tile));
        Ok(tile)
    }

    /// Reads a full tile as it is on disk; empty if it is absent.
    pub(crate) fn raw_tile(&self, disk: &Disk, level: u8, number: u64) -> Result<Vec<Hash>, StoreError> {
        Ok(rows::parse(&disk.files.read(&self.dir.full(Series::Tile(level), number))?))
    }
}

/// A feed's tree in its files.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) feed: &'a Feed,
    pub(crate) disk: &'a Disk,
}

impl Nodes for Tree<'_> {
    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        // A tile's row holds every eighth level; the seven between are inside it.
        let (row, height) = (level / 8, level % 8);
        let first = index.checked_mul(1 << height).ok_or(INCOMPLETE)?;
        let count = 1_u64 << height;
        let len = row_len(self.feed.size(), row);
        if first.checked_add(count).is_none_or(|end| end > len) {
            return Err(INCOMPLETE);
        }
        let start = place(first);
        let span = start..start + count as usize;
        if first / BUNDLE == len / BUNDLE {
            return Ok(subtree(&self.feed.rows.tail(row)[span]));
        }
        Ok(subtree(&self.feed.tile(self.disk, row, first / BUNDLE)?[span]))
    }
}
