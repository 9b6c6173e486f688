//! A feed's headers on disk: appending, reading them verified, filling and dropping them.

use std::sync::Arc;

use commonwheel_ledger::store::{Position, StoreError};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::limits::MAX_LEAF;

use crate::entries::{self, Checked, Slot};
use crate::feed::{Disk, Feed};
use crate::held::place;
use crate::layout::{BUNDLE, Series, WIDTH};
use crate::lru::lock;

/// Rewritten bundles that wait in memory for a commit.
const MAX_REWRITES: usize = 32;

/// An entry bundle in memory.
#[derive(Debug)]
pub(crate) struct Loaded {
    bytes: Vec<u8>,
    checked: Checked,
}

/// Refuses headers of impossible lengths, before anything is written.
///
/// That a header is its leaf's the caller knows: it has computed the hash, or verified a page by it. To compute it once
/// more is half of what an append costs, so only builds for tests do.
pub(crate) fn check_appended(positions: &[Position<'_>]) -> Result<(), StoreError> {
    check(positions, cfg!(debug_assertions))
}

fn check(positions: &[Position<'_>], hashes_too: bool) -> Result<(), StoreError> {
    let refused = positions.iter().find_map(|position| {
        let header = position.header?;
        // No bytes would read back as missing.
        if !(1..=MAX_LEAF).contains(&header.len()) {
            Some("header of an impossible length")
        } else if hashes_too && leaf_hash(header) != position.hash {
            Some("header of another leaf")
        } else {
            None
        }
    });
    refused.map_or(Ok(()), |why| Err(StoreError::Refused(why)))
}

impl Feed {
    /// Appends entries behind the last one; to be called before their hashes are appended.
    pub(crate) fn append_entries(
        &mut self,
        disk: &mut Disk,
        positions: &[Position<'_>],
    ) -> Result<(), StoreError> {
        let first = self.size() / BUNDLE;
        if self.rewrites.contains_key(&first) {
            self.flush_rewrites(disk)?;
        }
        lock(&disk.bundles).remove(&(self.id, first));
        let mut bundle = first;
        let mut rest = positions;
        let mut room = WIDTH - place(self.size());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(room.min(rest.len()));
            let mut bytes = Vec::new();
            now.iter().for_each(|position| entries::push(&mut bytes, position.header));
            let full = now.len() == room;
            self.grow(&mut disk.files, (Series::Entries, bundle), self.entries_len, &bytes, full)?;
            self.entries_len = if full { 0 } else { self.entries_len + bytes.len() as u64 };
            (bundle, rest, room) = (bundle + 1, later, WIDTH);
        }
        Ok(())
    }

    /// Returns the headers of a range of positions, cut to what is held.
    pub(crate) fn headers(
        &self,
        disk: &Disk,
        start: u64,
        end: u64,
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut headers = Vec::new();
        for (bundle, places) in self.spans(start, end) {
            if let Some(rewrite) = self.rewrites.get(&bundle) {
                headers.extend_from_slice(&rewrite[places]);
                continue;
            }
            let loaded = self.load(disk, bundle)?;
            for place in places {
                headers.push(
                    loaded
                        .header(place)
                        .map_err(|()| self.corrupt(bundle * BUNDLE + place as u64, "header"))?,
                );
            }
        }
        Ok(headers)
    }

    /// Adds a header that was missing.
    pub(crate) fn fill_header(
        &mut self,
        disk: &mut Disk,
        index: u64,
        header: &[u8],
    ) -> Result<(), StoreError> {
        let hash = self.row_hash(disk, 0, index)?;
        check(&[Position { hash, header: Some(header) }], true)?;
        self.change(disk, index, |slot| {
            slot.get_or_insert_with(|| header.to_vec());
        })
    }

    /// Drops a header, so that it is missing.
    pub(crate) fn drop_header(&mut self, disk: &mut Disk, index: u64) -> Result<(), StoreError> {
        self.row_hash(disk, 0, index)?;
        self.change(disk, index, |slot| *slot = None)
    }

    fn change(
        &mut self,
        disk: &mut Disk,
        index: u64,
        change: impl FnOnce(&mut Option<Vec<u8>>),
    ) -> Result<(), StoreError> {
        let bundle = index / BUNDLE;
        if !self.rewrites.contains_key(&bundle) {
            if self.rewrites.len() >= MAX_REWRITES {
                self.flush_rewrites(disk)?;
            }
            let loaded = self.load(disk, bundle)?;
            // What is corrupt cannot be served any more; it becomes missing, so that it is fetched again.
            let headers =
                (0..loaded.checked.slots.len()).map(|place| loaded.header(place).unwrap_or_default());
            self.rewrites.insert(bundle, headers.collect());
        }
        if let Some(slot) = self.rewrites.get_mut(&bundle).and_then(|headers| headers.get_mut(place(index))) {
            change(slot);
        }
        Ok(())
    }

    /// Puts rewritten bundles where they take the old ones' place at the next sync.
    pub(crate) fn stage_rewrites(&mut self, disk: &mut Disk) -> Result<(), StoreError> {
        for (bundle, headers) in std::mem::take(&mut self.rewrites) {
            let bytes = entries::encode(&headers);
            lock(&disk.bundles).remove(&(self.id, bundle));
            disk.files.stage(&self.path(Series::Entries, bundle), &bytes)?;
            if !self.is_full(bundle) {
                self.entries_len = bytes.len() as u64;
            }
        }
        Ok(())
    }

    /// Writes rewritten bundles out before the commit does.
    pub(crate) fn flush_rewrites(&mut self, disk: &mut Disk) -> Result<(), StoreError> {
        self.stage_rewrites(disk)?;
        disk.files.publish()
    }

    fn load(&self, disk: &Disk, bundle: u64) -> Result<Arc<Loaded>, StoreError> {
        if let Some(loaded) = lock(&disk.bundles).get(&(self.id, bundle)) {
            return Ok(Arc::clone(loaded));
        }
        let bytes = self.raw_entries(disk, bundle)?;
        let checked = entries::check(&bytes, &self.hashes_of(disk, bundle)?);
        let loaded = Arc::new(Loaded { bytes, checked });
        lock(&disk.bundles).insert((self.id, bundle), Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Reads an entry bundle as it is on disk; empty if it is absent.
    pub(crate) fn raw_entries(&self, disk: &Disk, bundle: u64) -> Result<Vec<u8>, StoreError> {
        let bytes = disk.files.read(&self.path(Series::Entries, bundle))?;
        if !bytes.is_empty() {
            return Ok(bytes);
        }
        // After a kill its name may be a step ahead of the tile's.
        let full = disk.files.read(&self.dir.full(Series::Entries, bundle))?;
        if full.is_empty() { disk.files.read(&self.dir.part(Series::Entries, bundle)) } else { Ok(full) }
    }
}

impl Loaded {
    fn header(&self, place: usize) -> Result<Option<Vec<u8>>, ()> {
        match self.checked.slots.get(place) {
            Some(Slot::Header(span)) => Ok(Some(self.bytes[span.clone()].to_vec())),
            Some(Slot::Missing) => Ok(None),
            Some(Slot::Corrupt) | None => Err(()),
        }
    }
}
