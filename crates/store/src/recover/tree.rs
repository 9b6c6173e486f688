//! A feed's tree after a crash: what is there of it, and whether it is the checkpoint's.

use commonwheel_ledger::proof::root_at;
use commonwheel_ledger::store::StoreError;
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::Hash;

use super::Repairs;
use super::settle::{count_hashes, settle};
use crate::entries;
use crate::feed::{Disk, Feed};
use crate::held::place;
use crate::layout::{BUNDLE, HASH, Series, WIDTH};
use crate::rows::{self, Rows, row_len, subtree};
use crate::tiles::Tree;

impl Feed {
    /// Loads the tree as far as it is on disk. Returns whether it is the head's, if need be after mending; if not,
    /// nothing that it may have been mended from is removed.
    pub(super) fn load_tree(&mut self, disk: &mut Disk, repairs: &mut Repairs) -> Result<bool, StoreError> {
        let Some(leaves) = self.count_leaves(disk, repairs)? else { return Ok(false) };
        match self.load_rows(disk, leaves) {
            Err(StoreError::Corrupt { .. }) => return Ok(false),
            result => result?,
        }
        self.regrow_tail(disk, repairs)?;
        Ok(self.agrees_with_head(disk)? || self.mend_tree(disk, repairs)?)
    }

    /// Returns how many leaf hashes are on disk. Gaps that the entries can fill are filled; none if there is another one
    /// before the head.
    fn count_leaves(&self, disk: &mut Disk, repairs: &mut Repairs) -> Result<Option<u64>, StoreError> {
        loop {
            let listing = self.dir.list(Series::Tile(0))?;
            let count = count_hashes(&listing);
            let gap = count / BUNDLE;
            let goes_on = listing.files.iter().any(|found| found.number > gap);
            if !goes_on || !self.fill_gap(disk, gap)? {
                let is_hole = goes_on && self.head.is_some_and(|head| head.head.size > count);
                return Ok(Some(count).filter(|_| !is_hole));
            }
            repairs.tiles_rewritten += 1;
        }
    }

    /// Computes lost leaf hashes at the end of the tree from the entries, if that gives the head's root.
    fn regrow_tail(&mut self, disk: &mut Disk, repairs: &mut Repairs) -> Result<(), StoreError> {
        let Some(head) = self.head.map(|head| head.head).filter(|head| head.size > self.size()) else {
            return Ok(());
        };
        let Some(hashes) = self.hashes_beyond(disk, head.size)? else { return Ok(()) };
        let mut rows = self.rows.clone();
        hashes.iter().for_each(|hash| rows.push(*hash, |_, _, _| {}));
        if rows.frontier().is_ok_and(|frontier| frontier.root() == head.root) {
            repairs.tiles_rewritten += 1;
            self.append_hashes(&mut disk.files, hashes.into_iter())?;
        }
        Ok(())
    }

    /// Hashes the headers from the end of the tree to `end`; none if one is not there.
    fn hashes_beyond(&self, disk: &Disk, end: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        let mut hashes = Vec::new();
        for bundle in self.size() / BUNDLE..end.div_ceil(BUNDLE) {
            let bytes = self.raw_entries(disk, bundle)?;
            let headers = entries::split(&bytes).unwrap_or_default();
            let first = bundle * BUNDLE;
            for index in first.max(self.size())..end.min(first + BUNDLE) {
                let Some(Some(header)) = headers.get(place(index)) else { return Ok(None) };
                hashes.push(leaf_hash(header));
            }
        }
        Ok(Some(hashes))
    }

    /// Makes an absent or short tile from the entries of its positions, if none is missing.
    fn fill_gap(&self, disk: &mut Disk, number: u64) -> Result<bool, StoreError> {
        let bytes = disk.files.read(&self.dir.full(Series::Entries, number))?;
        let headers = entries::split(&bytes).unwrap_or_default();
        let hashes: Option<Vec<Hash>> = headers.iter().map(|header| header.map(leaf_hash)).collect();
        let Some(hashes) = hashes.filter(|hashes| hashes.len() == WIDTH) else { return Ok(false) };
        disk.files.stage(&self.dir.full(Series::Tile(0), number), &rows::bytes(&hashes))?;
        disk.files.publish()?;
        let part = self.dir.part(Series::Tile(0), number);
        if part.exists() {
            disk.files.remove(&part)?;
        }
        Ok(true)
    }

    /// Loads the growing tiles of a tree of `size` leaves, computing what is missing above level 0 and cutting what is
    /// too much.
    pub(super) fn load_rows(&mut self, disk: &mut Disk, size: u64) -> Result<(), StoreError> {
        let mut tails = Vec::new();
        for level in (0..).take_while(|level| row_len(size, *level) > 0) {
            let len = row_len(size, level);
            let have = count_hashes(&self.dir.list(Series::Tile(level))?).min(len);
            let (full, rest) = (len / BUNDLE, len % BUNDLE);
            settle(&mut disk.files, &self.dir, Series::Tile(level), (full, rest * HASH as u64))?;
            if level > 0 && have < len {
                self.write_row(disk, level, have, len)?;
            }
            let bytes = disk.files.read(&self.dir.part(Series::Tile(level), full))?;
            let mut tail = rows::parse(&bytes);
            tail.truncate(rest as usize);
            tails.push(tail);
        }
        for level in tails.len() as u8..=tails.len() as u8 + 1 {
            settle(&mut disk.files, &self.dir, Series::Tile(level), (0, 0))?;
        }
        self.rows = Rows::from_tails(size, tails);
        disk.forget(&self.id);
        Ok(())
    }

    /// Writes hashes `have..len` of a level's row from the tiles below.
    fn write_row(&self, disk: &mut Disk, level: u8, have: u64, len: u64) -> Result<(), StoreError> {
        for number in have / BUNDLE..len.div_ceil(BUNDLE) {
            let start = number * BUNDLE;
            let end = (start + BUNDLE).min(len);
            let tile = (start..end).map(|index| {
                let below = self.raw_tile(disk, level - 1, index)?;
                if below.len() == WIDTH {
                    Ok(subtree(&below))
                } else {
                    Err(self.corrupt((index * BUNDLE) << (8 * (level - 1)), "hash tile"))
                }
            });
            let bytes = rows::bytes(&tile.collect::<Result<Vec<_>, _>>()?);
            let full = end - start == BUNDLE;
            let series = Series::Tile(level);
            let path = if full { self.dir.full(series, number) } else { self.dir.part(series, number) };
            disk.files.stage(&path, &bytes)?;
            disk.files.publish()?;
        }
        Ok(())
    }

    /// Says whether the tree on disk is the head's, as far as it reaches; one that is shorter is not asked.
    fn agrees_with_head(&self, disk: &Disk) -> Result<bool, StoreError> {
        let Some(head) = self.head.map(|head| head.head).filter(|head| head.size <= self.size()) else {
            return Ok(true);
        };
        match root_at(&Tree { feed: self, disk }, head.size) {
            Ok(root) => Ok(root == head.root),
            Err(StoreError::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Rebuilds a tree that is not the head's: the upper levels from level 0, then level 0 from the entries. Returns
    /// whether it is the head's now; if not, level 0 is as it was.
    fn mend_tree(&mut self, disk: &mut Disk, repairs: &mut Repairs) -> Result<bool, StoreError> {
        self.rebuild_levels(disk)?;
        if self.agrees_with_head(disk)? {
            repairs.tiles_rewritten += 1;
            return Ok(true);
        }
        let Some(head) = self.head.map(|head| head.head) else { return Ok(false) };
        let mut rebuilt = Rows::default();
        let mut changed = Vec::new();
        let mut root = None;
        for bundle in 0..self.size().div_ceil(BUNDLE) {
            let (hashes, differs) = self.hashes_from_entries(disk, bundle)?;
            for hash in &hashes {
                rebuilt.push(*hash, |_, _, _| {});
                if rebuilt.size() == head.size {
                    root = rebuilt.frontier().ok().map(|frontier| frontier.root());
                }
            }
            if differs {
                changed.push((bundle, rows::bytes(&hashes)));
            }
        }
        if root != Some(head.root) {
            return Ok(false);
        }
        repairs.tiles_rewritten += changed.len() as u64;
        for (bundle, bytes) in changed {
            disk.files.stage(&self.path(Series::Tile(0), bundle), &bytes)?;
            disk.files.publish()?;
        }
        self.rebuild_levels(disk)?;
        self.agrees_with_head(disk)
    }

    fn rebuild_levels(&mut self, disk: &mut Disk) -> Result<(), StoreError> {
        for level in 1..self.rows.levels().max(1) {
            settle(&mut disk.files, &self.dir, Series::Tile(level), (0, 0))?;
        }
        self.load_rows(disk, self.size())
    }

    /// Returns a bundle's leaf hashes, from its headers where it has them, and whether that differs from its tile.
    pub(crate) fn hashes_from_entries(
        &self,
        disk: &Disk,
        bundle: u64,
    ) -> Result<(Vec<Hash>, bool), StoreError> {
        let tile = rows::parse(&disk.files.read(&self.path(Series::Tile(0), bundle))?);
        let bytes = self.raw_entries(disk, bundle)?;
        let headers = entries::split(&bytes).unwrap_or_default();
        let from_header = |place: usize| headers.get(place).copied().flatten().map(leaf_hash);
        let hashes: Vec<Hash> =
            (0..tile.len()).map(|place| from_header(place).unwrap_or(tile[place])).collect();
        let differs = hashes != tile;
        Ok((hashes, differs))
    }
}
