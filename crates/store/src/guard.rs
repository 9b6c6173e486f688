//! The tip guard: one small file, outside the store, that a store restored from an older copy cannot take back.
//!
//! The file holds the same table twice, in two slots of 8 KiB: `"CWTG" ‖ version 1 (1) ‖ count (1) ‖ 0 (2) ‖ sequence (8)`,
//! then `feed (32) ‖ size (8) ‖ root (32)` for each feed in ascending order, then 32 bytes of BLAKE3 over all before
//! them. The slot with the higher sequence holds. An advance writes and fsyncs one slot, then the other: a torn write
//! leaves the other slot whole, and a bit that rots in one is made good from the other. After a failed write the guard refuses
//! every advance until it is opened again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use commonwheel_ledger::store::{StoreError, TipGuard};
use commonwheel_record::{FeedId, Hash};

use crate::error::{OpenError, io};
use crate::lock;

const MAGIC: [u8; 5] = *b"CWTG\x01";
const SLOT: usize = 8192;
const HEADER: usize = 16;
const ROW: usize = 72;
const CHECKSUM: usize = 32;

/// Own feeds that a guard can have.
pub const MAX_GUARDED_FEEDS: usize = 64;

type Tips = BTreeMap<FeedId, (u64, Hash)>;

/// A [`TipGuard`] in a file, locked for as long as it is open.
#[derive(Debug)]
pub struct FileGuard {
    path: PathBuf,
    file: File,
    sequence: u64,
    tips: Tips,
    found: GuardFound,
    /// Why a write failed: from then on it is not known what the file says.
    failed: Option<StoreError>,
}

/// What a guard's file was like when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardFound {
    /// It was not there: this is the first start, or the guard was lost. Whoever signed before must not sign on its word.
    Absent,
    /// Both slots agreed.
    Whole,
    /// One slot was torn or damaged and has been written again from the other. After a kill that is as it should be;
    /// otherwise the disk is failing.
    Healed,
}

impl FileGuard {
    /// Returns the feeds whose tip is guarded: those this node writes.
    pub fn feeds(&self) -> impl Iterator<Item = FeedId> {
        self.tips.keys().copied()
    }

    /// Opens the guard at a path, making it if it is not there.
    ///
    /// # Errors
    /// [`OpenError::InUse`] if another process has it open; [`StoreError::Refused`] if both slots are damaged, since
    /// an empty guard in their place would allow a fork.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io("create directory", parent))?;
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(io("open", path))?;
        lock::exclusive(&file, path)?;
        let bytes = fs::read(path).map_err(io("read", path))?;
        let path_buf = path.to_path_buf();
        let (tips, found) = (Tips::new(), GuardFound::Absent);
        let mut guard = Self { path: path_buf, file, sequence: 0, tips, found, failed: None };
        if bytes.is_empty() {
            guard.write()?;
            sync_parent(path)?;
            return Ok(guard);
        }
        let slots = [0, SLOT].map(|start| parse(bytes.get(start..).unwrap_or_default()));
        guard.found =
            if slots[0].is_some() && slots[0] == slots[1] { GuardFound::Whole } else { GuardFound::Healed };
        let newest = slots.into_iter().flatten().max_by_key(|(sequence, _)| *sequence);
        // A guard that never got beyond its first write has signed nothing.
        let unborn = bytes.len() < SLOT;
        match newest {
            Some((sequence, tips)) => (guard.sequence, guard.tips) = (sequence, tips),
            None if unborn => guard.found = GuardFound::Absent,
            None => return Err(StoreError::Refused("both slots of the tip guard are damaged").into()),
        }
        if guard.found != GuardFound::Whole {
            guard.write()?;
        }
        Ok(guard)
    }

    /// Returns what the file was like when it was opened.
    #[must_use]
    pub const fn found(&self) -> GuardFound {
        self.found
    }

    /// Writes both slots, the older one first.
    fn write(&mut self) -> Result<(), StoreError> {
        self.sequence += 1;
        let slot = encode(self.sequence, &self.tips);
        for start in [0, SLOT] {
            self.file.write_all_at(&slot, start as u64).map_err(io("write", &self.path))?;
            self.file.sync_data().map_err(io("sync", &self.path))?;
        }
        Ok(())
    }
}

impl TipGuard for FileGuard {
    fn tip(&self, feed: &FeedId) -> Option<(u64, Hash)> {
        self.tips.get(feed).copied()
    }

    fn advance(
        &mut self,
        feed: &FeedId,
        from: Option<(u64, Hash)>,
        to: (u64, Hash),
    ) -> Result<(), StoreError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        if self.tip(feed) != from {
            return Err(StoreError::Refused("the tip is another one"));
        }
        if from.is_some_and(|(size, _)| to.0 <= size) {
            return Err(StoreError::Refused("the tip can only grow"));
        }
        if from.is_none() && self.tips.len() >= MAX_GUARDED_FEEDS {
            return Err(StoreError::Refused("the tip guard has no room for another feed"));
        }
        self.tips.insert(*feed, to);
        let written = self.write();
        self.failed = written.clone().err();
        written
    }
}

fn encode(sequence: u64, tips: &Tips) -> Vec<u8> {
    let mut slot = MAGIC.to_vec();
    // There are at most MAX_GUARDED_FEEDS.
    slot.extend_from_slice(&[tips.len() as u8, 0, 0]);
    slot.extend_from_slice(&sequence.to_be_bytes());
    for (feed, (size, root)) in tips {
        slot.extend_from_slice(feed.as_bytes());
        slot.extend_from_slice(&size.to_be_bytes());
        slot.extend_from_slice(root.as_bytes());
    }
    let checksum = blake3::hash(&slot);
    slot.extend_from_slice(checksum.as_bytes());
    slot.resize(SLOT, 0);
    slot
}

fn parse(bytes: &[u8]) -> Option<(u64, Tips)> {
    let slot = bytes.get(..SLOT)?;
    let count = usize::from(*slot.strip_prefix(&MAGIC)?.first()?);
    let end = HEADER + ROW * count;
    let (table, rest) = slot.split_at_checked(end)?;
    let (checksum, padding) = rest.split_at_checked(CHECKSUM)?;
    if checksum != blake3::hash(table).as_bytes() || padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    let sequence = u64::from_be_bytes(*table.get(8..HEADER)?.as_array()?);
    let (rows, _) = table[HEADER..].as_chunks::<ROW>();
    let tips = rows.iter().map(|row| {
        let (feed, rest) = row.split_at(32);
        let (size, root) = rest.split_at(8);
        Some((FeedId(*feed.as_array()?), (u64::from_be_bytes(*size.as_array()?), Hash(*root.as_array()?))))
    });
    Some((sequence, tips.collect::<Option<Tips>>()?))
}

fn sync_parent(path: &Path) -> Result<(), StoreError> {
    let parent =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(io("sync", parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: FeedId = FeedId([1; 32]);
    const B: FeedId = FeedId([2; 32]);

    fn tip(size: u64) -> (u64, Hash) {
        (size, Hash([size as u8; 32]))
    }

    fn refused(result: Result<(), StoreError>) -> bool {
        matches!(result, Err(StoreError::Refused(_)))
    }

    #[test]
    fn a_tip_moves_only_from_where_it_is_and_only_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guard/tips");
        let mut guard = FileGuard::open(&path).unwrap();
        assert_eq!((guard.found(), guard.tip(&A)), (GuardFound::Absent, None));
        assert!(refused(guard.advance(&A, Some(tip(1)), tip(2))));
        guard.advance(&A, None, tip(1)).unwrap();
        assert!(refused(guard.advance(&A, None, tip(2))));
        assert!(refused(guard.advance(&A, Some(tip(1)), tip(1))));
        assert!(refused(guard.advance(&A, Some((1, Hash([9; 32]))), tip(2))));
        guard.advance(&B, None, tip(7)).unwrap();
        guard.advance(&A, Some(tip(1)), tip(2)).unwrap();
        drop(guard);
        let guard = FileGuard::open(&path).unwrap();
        assert_eq!(
            (guard.tip(&A), guard.tip(&B), guard.found()),
            (Some(tip(2)), Some(tip(7)), GuardFound::Whole)
        );
    }

    #[test]
    fn one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tips");
        let guard = FileGuard::open(&path).unwrap();
        assert_eq!(FileGuard::open(&path).unwrap_err(), OpenError::InUse(path.clone()));
        drop(guard);
        FileGuard::open(&path).unwrap();
    }

    #[test]
    fn a_torn_slot_is_made_good_from_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tips");
        let mut guard = FileGuard::open(&path).unwrap();
        guard.advance(&A, None, tip(1)).unwrap();
        let before = fs::read(&path).unwrap();
        guard.advance(&A, Some(tip(1)), tip(2)).unwrap();
        drop(guard);
        let after = fs::read(&path).unwrap();
        for cut in 0..=2 * SLOT {
            // The new table reached the disk up to here; beyond is what was there before.
            let torn = [&after[..cut], &before[cut..]].concat();
            if cut > 200 && cut % SLOT > 200 && cut % 1000 != 0 {
                continue;
            }
            fs::write(&path, torn).unwrap();
            let found = FileGuard::open(&path).unwrap().tip(&A);
            let expected = if cut >= SLOT { tip(2) } else { found.unwrap() };
            assert!([tip(1), tip(2)].contains(&expected));
            assert_eq!(found, Some(expected), "cut at {cut}");
        }
    }

    #[test]
    fn no_flipped_bit_changes_a_tip() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tips");
        FileGuard::open(&path).unwrap().advance(&A, None, tip(5)).unwrap();
        let bytes = fs::read(&path).unwrap();
        for bit in (0..8 * bytes.len()).filter(|bit| bit / 8 % SLOT < 130 || bit % 977 == 0) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, flipped).unwrap();
            let guard = FileGuard::open(&path).unwrap();
            assert_eq!((guard.tip(&A), guard.found()), (Some(tip(5)), GuardFound::Healed), "bit {bit}");
        }
    }

    #[test]
    fn with_both_slots_damaged_it_does_not_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tips");
        FileGuard::open(&path).unwrap().advance(&A, None, tip(5)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        (bytes[40], bytes[SLOT + 40]) = (0, 0);
        bytes[41] ^= 1;
        bytes[SLOT + 41] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(FileGuard::open(&path), Err(OpenError::Store(StoreError::Refused(_)))));
    }

    #[test]
    fn has_room_for_so_many_feeds() {
        let dir = tempfile::tempdir().unwrap();
        let mut guard = FileGuard::open(&dir.path().join("tips")).unwrap();
        for feed in 0..MAX_GUARDED_FEEDS {
            guard.advance(&FeedId([feed as u8; 32]), None, tip(1)).unwrap();
        }
        assert!(refused(guard.advance(&FeedId([99; 32]), None, tip(1))));
    }
}
