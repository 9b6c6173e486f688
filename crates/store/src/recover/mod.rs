//! Opening a feed's directory after whatever happened to it.
//!
//! What was acknowledged is there; what was not is kept as far as it is whole and cut where it is torn. Damage that the
//! files themselves can undo is undone. Nothing else is thrown away here: a header or body that is corrupt in the middle
//! is found when it is read, and dropped by a repair.

mod mend;
mod settle;
mod tail;
mod tree;

use std::fs;
use std::ops::AddAssign;
use std::path::PathBuf;

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::StoreError;
use commonwheel_record::{FeedId, Manifest, NetworkId};

pub(crate) use mend::one_bit;
pub(crate) use settle::count_hashes;

use crate::feed::{Disk, Feed};
use crate::index::Marks;
use crate::layout::FeedDir;
use crate::verify::Progress;

/// What was put right in a feed's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// Leaves cut from the end: written, never acknowledged, not whole.
    pub leaves_cut: u64,
    /// Headers that were corrupt and are now missing, to be fetched again.
    pub headers_dropped: u64,
    /// Stretches of body bundles that were corrupt; the bodies in them are to be fetched again.
    pub frames_dropped: u64,
    /// Hash tiles computed anew.
    pub tiles_rewritten: u64,
    /// Manifests and checkpoints in which one flipped bit was found and turned back.
    pub bits_corrected: u64,
}

impl Repairs {
    /// Says whether there was nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Repairs {
    fn add_assign(&mut self, other: Self) {
        self.leaves_cut += other.leaves_cut;
        self.headers_dropped += other.headers_dropped;
        self.frames_dropped += other.frames_dropped;
        self.tiles_rewritten += other.tiles_rewritten;
        self.bits_corrected += other.bits_corrected;
    }
}

/// A feed's directory, opened.
#[derive(Debug)]
pub(crate) enum Recovered {
    /// The feed, with what had to be done.
    Feed(Box<Feed>, Repairs),
    /// It was being made when the store stopped: there is nothing in it.
    Unborn,
    /// Damaged beyond what its files can repair.
    Damaged(&'static str),
}

/// Opens a feed's directory.
pub(crate) fn recover(
    disk: &mut Disk,
    dir: FeedDir,
    id: FeedId,
    network: &NetworkId,
    marks: &Marks,
    progress: &mut dyn FnMut(Progress),
) -> Result<Recovered, StoreError> {
    let mut repairs = Repairs::default();
    let strangers: Vec<PathBuf> = [dir.manifest(), dir.checkpoint()]
        .map(|path| crate::layout::with_suffix(&path, crate::layout::NEW))
        .into_iter()
        .collect();
    settle::remove_unborn(&mut disk.files, &strangers)?;
    if is_unborn(&dir) {
        return Ok(Recovered::Unborn);
    }
    let Some(manifest) = manifest(disk, &dir, id, network, &mut repairs)? else {
        return Ok(Recovered::Damaged("manifest"));
    };
    let Some(head) = checkpoint(disk, &dir, &manifest, &mut repairs)? else {
        return Ok(Recovered::Damaged("checkpoint"));
    };
    let mut feed = Feed::new(dir, manifest);
    feed.head = head;
    let leaves = feed.count_leaves(disk, &mut repairs)?;
    if feed.load_rows(disk, leaves).is_err_and(|error| matches!(error, StoreError::Corrupt { .. })) {
        return Ok(Recovered::Damaged("hash tiles"));
    }
    if !feed.agrees_with_head(disk)? && !feed.mend_tree(disk, &mut repairs)? {
        return Ok(Recovered::Damaged("hash tiles"));
    }
    let covered = feed.head.map(|head| head.head.size).filter(|size| *size <= leaves);
    let trusted = covered.unwrap_or_else(|| marks.committed.min(leaves));
    let size = feed.agreed_size(disk, trusted)?;
    if size < leaves {
        repairs.leaves_cut += leaves - size;
        feed.load_rows(disk, size)?;
    }
    feed.settle_entries(disk, &mut repairs)?;
    feed.settle_bodies(disk, marks, &mut repairs, progress)?;
    Ok(Recovered::Feed(Box::new(feed), repairs))
}

fn is_unborn(dir: &FeedDir) -> bool {
    fs::read_dir(dir.path()).is_ok_and(|mut entries| entries.next().is_none())
}

/// Reads the manifest, whose hash is the directory's name.
fn manifest(
    disk: &mut Disk,
    dir: &FeedDir,
    id: FeedId,
    network: &NetworkId,
    repairs: &mut Repairs,
) -> Result<Option<Manifest>, StoreError> {
    let read = |bytes: &[u8]| Manifest::decode(bytes, network).ok().filter(|manifest| manifest.id() == id);
    let bytes = disk.files.read(&dir.manifest())?;
    if let Some(manifest) = read(&bytes) {
        return Ok(Some(manifest));
    }
    let Some((bytes, manifest)) = one_bit(&bytes, read) else { return Ok(None) };
    disk.files.stage(&dir.manifest(), &bytes)?;
    repairs.bits_corrected += 1;
    Ok(Some(manifest))
}

/// Reads the checkpoint. The outer option is none if there is one that is not its writer's.
fn checkpoint(
    disk: &mut Disk,
    dir: &FeedDir,
    manifest: &Manifest,
    repairs: &mut Repairs,
) -> Result<Option<Option<SignedHead>>, StoreError> {
    let path = dir.checkpoint();
    if !path.exists() {
        return Ok(Some(None));
    }
    let read = |bytes: &[u8]| SignedHead::from_note(manifest, str::from_utf8(bytes).ok()?).ok();
    let bytes = disk.files.read(&path)?;
    if let Some(head) = read(&bytes) {
        return Ok(Some(Some(head)));
    }
    let Some((bytes, head)) = one_bit(&bytes, read) else { return Ok(None) };
    disk.files.stage(&path, &bytes)?;
    repairs.bits_corrected += 1;
    Ok(Some(Some(head)))
}
