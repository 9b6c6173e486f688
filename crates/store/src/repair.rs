//! Repairs: what is corrupt is computed again from what is whole, or dropped so that it is fetched again.

use commonwheel_ledger::store::{Store as _, StoreError};
use commonwheel_record::{FeedId, Hash};

use crate::entries;
use crate::feed::{Disk, Feed};
use crate::layout::{BUNDLE, Series, WIDTH};
use crate::lru::lock;
use crate::recover::{Repairs, mended_headers};
use crate::rows::{self, row_len, subtree};
use crate::store::FileStore;
use crate::verify::Progress;

impl FileStore {
    /// Repairs what surrounds a position that was found corrupt, and commits.
    ///
    /// Leaf hashes are computed again from headers where that gives the tree that is known. A header that is not its
    /// leaf's is then missing, a body that is corrupt is no longer held: both are wanted again, and a peer has them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the leaf hashes cannot be repaired: the feed is to be [set
    /// aside](FileStore::set_aside). [`StoreError::Refused`] for an unknown feed or a position not held.
    pub fn repair_at(&mut self, feed: &FeedId, index: u64) -> Result<Repairs, StoreError> {
        let mut repairs = Repairs::default();
        self.write(feed, |feed, disk| {
            if index >= feed.size() {
                return Err(StoreError::Refused("position not held"));
            }
            feed.repair_bundle(disk, index / BUNDLE, &mut repairs)?;
            feed.repair_tails(disk, &mut repairs)
        })?;
        self.commit()?;
        Ok(repairs)
    }

    /// Goes through everything and repairs it as [`FileStore::repair_at`] does, then commits.
    ///
    /// # Errors
    /// As there.
    pub fn repair(
        &mut self,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<(FeedId, Repairs)>, StoreError> {
        let mut done = Vec::new();
        for id in self.feeds() {
            let repairs = self.write(&id, |feed, disk| {
                let mut repairs = Repairs::default();
                feed.repair_tails(disk, &mut repairs)?;
                feed.repair_notes(disk, &mut repairs)?;
                for bundle in 0..feed.size().div_ceil(BUNDLE) {
                    feed.repair_bundle(disk, bundle, &mut repairs)?;
                    progress(Progress { feed: id, done: bundle * BUNDLE, leaves: feed.size() });
                }
                Ok(repairs)
            })?;
            self.commit()?;
            if !repairs.is_empty() {
                done.push((id, repairs));
            }
        }
        Ok(done)
    }

    /// Moves a feed to `feeds.bad/`, without its bodies, so that it is fetched again from the start.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Refused`] for an unknown feed.
    pub fn set_aside(&mut self, feed: &FeedId) -> Result<(), StoreError> {
        self.commit()?;
        if self.feeds.remove(feed).is_none() {
            return Err(StoreError::Refused("unknown feed"));
        }
        let moved = crate::open::set_aside(&mut self.disk, &self.data, feed);
        let moved = moved.and_then(|()| self.disk.files.sync());
        self.note_failure(moved)
    }
}

impl Feed {
    fn repair_bundle(
        &mut self,
        disk: &mut Disk,
        bundle: u64,
        repairs: &mut Repairs,
    ) -> Result<(), StoreError> {
        if self.is_full(bundle) {
            self.repair_tile(disk, bundle, repairs)?;
        }
        self.repair_entries(disk, bundle, repairs)?;
        self.read_bodies(disk, bundle, repairs)
    }

    /// Makes a full level-0 tile one that leads to the hash above it.
    fn repair_tile(&mut self, disk: &mut Disk, bundle: u64, repairs: &mut Repairs) -> Result<(), StoreError> {
        // A copy in memory may be better than the file.
        lock(&disk.tiles).retain(|(feed, ..)| *feed != self.id);
        for level in (1..self.rows.levels()).rev() {
            self.repair_upper_tile(disk, level, bundle >> (8 * level), repairs)?;
        }
        let Err(corrupt) = self.tile(disk, 0, bundle) else { return Ok(()) };
        let (hashes, differs) = self.hashes_from_entries(disk, bundle)?;
        if differs && hashes.len() == WIDTH && subtree(&hashes) == self.row_hash(disk, 1, bundle)? {
            repairs.tiles_rewritten += 1;
            return self.replace_tile(disk, 0, bundle, &hashes);
        }
        Err(corrupt)
    }

    /// Computes a full tile above level 0 again, from the tiles below, if it does not lead to the hash above it.
    fn repair_upper_tile(
        &self,
        disk: &mut Disk,
        level: u8,
        number: u64,
        repairs: &mut Repairs,
    ) -> Result<(), StoreError> {
        let is_full = number < row_len(self.size(), level) / BUNDLE;
        if !is_full || self.tile(disk, level, number).is_ok() {
            return Ok(());
        }
        let below = (number * BUNDLE..(number + 1) * BUNDLE).map(|below| {
            let tile = self.raw_tile(disk, level - 1, below)?;
            Ok(if tile.len() == WIDTH { subtree(&tile) } else { Hash::default() })
        });
        let hashes = below.collect::<Result<Vec<Hash>, StoreError>>()?;
        if subtree(&hashes) == self.row_hash(disk, level + 1, number)? {
            repairs.tiles_rewritten += 1;
            self.replace_tile(disk, level, number, &hashes)?;
        }
        Ok(())
    }

    fn replace_tile(
        &self,
        disk: &mut Disk,
        level: u8,
        number: u64,
        hashes: &[Hash],
    ) -> Result<(), StoreError> {
        disk.files.stage(&self.dir.full(Series::Tile(level), number), &rows::bytes(hashes))?;
        disk.files.publish()
    }

    /// Writes growing tiles again that are not what memory holds, which was verified when they were read.
    fn repair_tails(&self, disk: &mut Disk, repairs: &mut Repairs) -> Result<(), StoreError> {
        for level in 0..self.rows.levels() {
            let tail = rows::bytes(self.rows.tail(level));
            let path = self.dir.part(Series::Tile(level), row_len(self.size(), level) / BUNDLE);
            if disk.files.read(&path)? != tail {
                repairs.tiles_rewritten += 1;
                disk.files.stage(&path, &tail)?;
            }
        }
        disk.files.publish()
    }

    /// Writes the manifest and the checkpoint again if they are not what memory holds.
    fn repair_notes(&self, disk: &mut Disk, repairs: &mut Repairs) -> Result<(), StoreError> {
        let manifest = (self.dir.manifest(), self.manifest.encode());
        let head = self.head.map(|head| (self.dir.checkpoint(), head.to_note(&self.manifest).into_bytes()));
        for (path, bytes) in [Some(manifest), head].into_iter().flatten() {
            if disk.files.read(&path)? != bytes {
                repairs.bits_corrected += 1;
                disk.files.stage(&path, &bytes)?;
            }
        }
        disk.files.publish()
    }

    /// Makes an entry bundle agree with its leaf hashes: one flipped bit is turned back, other damage becomes missing.
    fn repair_entries(
        &mut self,
        disk: &mut Disk,
        bundle: u64,
        repairs: &mut Repairs,
    ) -> Result<(), StoreError> {
        if self.rewrites.contains_key(&bundle) {
            self.stage_rewrites(disk)?;
            disk.files.publish()?;
        }
        let hashes = self.hashes_of(disk, bundle)?;
        let bytes = self.raw_entries(disk, bundle)?;
        let checked = entries::check(&bytes, &hashes);
        if checked.is_clean() {
            return Ok(());
        }
        let headers = mended_headers(&bytes, &checked, &hashes, repairs);
        self.rewrites.insert(bundle, headers);
        self.stage_rewrites(disk)?;
        disk.files.publish()
    }
}
