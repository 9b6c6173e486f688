//! A feed's entries and bodies after a crash: the tail that was never acknowledged is cut.

use commonwheel_ledger::store::StoreError;
use commonwheel_record::Hash;

use super::settle::settle;
use super::{Repairs, mended_headers};
use crate::entries::{self, Slot};
use crate::error::io;
use crate::feed::{Disk, Feed};
use crate::frames::Frame;
use crate::held::place;
use crate::index::{Mark, Marks};
use crate::layout::{BUNDLE, Series};
use crate::lru::lock;
use crate::rows;
use crate::table::Table;
use crate::verify::Progress;

impl Feed {
    /// Returns how many leaves there are up to the first one, from `trusted` on, whose hash no whole entry backs.
    ///
    /// What lies beyond was written after the last commit, for a commit leaves nothing that does not agree; if the disk
    /// broke it since then, it is fetched again.
    pub(super) fn agreed_size(&self, disk: &Disk, trusted: u64) -> Result<u64, StoreError> {
        for bundle in trusted / BUNDLE..self.size().div_ceil(BUNDLE) {
            let first = bundle * BUNDLE;
            let hashes = rows::parse(&disk.files.read(&self.path(Series::Tile(0), bundle))?);
            let checked = entries::check(&self.raw_entries(disk, bundle)?, &hashes);
            let holds = |(slot, hash): (&Slot, &Hash)| match slot {
                Slot::Header(_) => true,
                // Space that was allotted but never written reads as zeros.
                Slot::Missing => *hash != Hash::default(),
                Slot::Corrupt => false,
            };
            let mut slots = (first..).zip(checked.slots.iter().zip(&hashes));
            if let Some((index, _)) = slots.find(|(index, slot)| *index >= trusted && !holds(*slot)) {
                return Ok(index);
            }
        }
        Ok(self.size())
    }

    /// Cuts entries beyond the leaves held, and makes the growing bundle one that can be appended to.
    pub(super) fn settle_entries(
        &mut self,
        disk: &mut Disk,
        repairs: &mut Repairs,
    ) -> Result<(), StoreError> {
        let tail = self.size() / BUNDLE;
        let hashes = self.rows.tail(0).to_vec();
        let bytes = self.raw_entries(disk, tail)?;
        let checked = entries::check(&bytes, &hashes);
        let end = checked.ends.last().copied().unwrap_or(0);
        let whole = !checked.garbled && !checked.slots.contains(&Slot::Corrupt);
        settle(&mut disk.files, &self.dir, Series::Entries, (tail, end as u64))?;
        self.entries_len = end as u64;
        if !whole {
            let headers = mended_headers(&bytes, &checked, &hashes, repairs);
            self.rewrites.insert(tail, headers);
            self.stage_rewrites(disk)?;
            disk.files.publish()?;
        }
        Ok(())
    }

    /// Notes which bodies are held: from the index where it describes the file that is there, else from the file.
    pub(super) fn settle_bodies(
        &mut self,
        disk: &mut Disk,
        marks: &Marks,
        repairs: &mut Repairs,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), StoreError> {
        let bundles = self.size().div_ceil(BUNDLE);
        let listing = self.dir.list(Series::Bodies)?;
        super::settle::remove_unborn(&mut disk.files, &listing.strangers)?;
        for found in listing.files.iter().filter(|found| !found.part) {
            let bundle = found.number;
            if bundle >= bundles {
                disk.files.remove(&self.dir.full(Series::Bodies, bundle))?;
                continue;
            }
            let mark = marks.bundles.get(&bundle).filter(|mark| u64::from(mark.len) == found.len);
            let known = mark.map(|mark| self.describes(disk, bundle, mark)).transpose()?;
            match mark.filter(|_| known == Some(true)) {
                Some(mark) => self.held.set_bits(bundle, mark.held),
                None => self.read_bodies(disk, bundle, repairs)?,
            }
            progress(Progress { feed: self.id, done: bundle * BUNDLE, leaves: self.size() });
        }
        self.drop_bodies_beyond(disk)
    }

    fn describes(&self, disk: &Disk, bundle: u64, mark: &Mark) -> Result<bool, StoreError> {
        let path = self.dir.full(Series::Bodies, bundle);
        let file = disk.files.reader(&path)?;
        let found = self.describe_file(&file, bundle).map_err(io("read", &path))?;
        Ok(found == (Some(mark.generation), mark.len))
    }

    /// Goes through a bundle's file, cuts its torn tail and drops what is corrupt.
    pub(crate) fn read_bodies(
        &mut self,
        disk: &mut Disk,
        bundle: u64,
        repairs: &mut Repairs,
    ) -> Result<(), StoreError> {
        let Some((_, scan)) = self.scan_bodies(bundle)? else { return Ok(()) };
        self.stale.insert(bundle);
        lock(&disk.tables).remove(&(self.id, bundle));
        if !scan.corrupt.is_empty() || scan.generation.is_none() {
            repairs.frames_dropped += scan.corrupt.len() as u64;
            self.rewrite_bodies(disk, bundle, |_| true)?;
            return disk.files.publish();
        }
        if let Some(torn) = scan.torn {
            disk.files.truncate(&self.dir.full(Series::Bodies, bundle), u64::from(torn))?;
        }
        self.held.set_bits(bundle, Table::of(&scan, 0).bits());
        Ok(())
    }

    /// Drops bodies of positions that the crash took: others may come to be there.
    fn drop_bodies_beyond(&mut self, disk: &mut Disk) -> Result<(), StoreError> {
        let (tail, first) = (self.size() / BUNDLE, place(self.size()));
        let beyond = (first as u64..BUNDLE).any(|place| self.held.get(tail * BUNDLE + place));
        if first == 0 || !beyond {
            return Ok(());
        }
        self.rewrite_bodies(disk, tail, |frame: &Frame| usize::from(frame.index) < first)?;
        disk.files.publish()
    }
}
