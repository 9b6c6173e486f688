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

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::StoreError;
use commonwheel_record::{FeedId, Manifest, NetworkId};

pub(crate) use mend::mended_headers;
use mend::one_bit;
pub(crate) use settle::count_hashes;

use crate::error::io;
use crate::feed::{Disk, Feed};
use crate::index::Marks;
use crate::layout::{FeedDir, NEW, with_suffix};
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
    if is_unborn(&dir)? {
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
    if !feed.load_tree(disk, &mut repairs)? {
        return Ok(Recovered::Damaged("hash tiles"));
    }
    let leaves = feed.size();
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

/// Says whether a directory holds nothing but what was never put in place.
fn is_unborn(dir: &FeedDir) -> Result<bool, StoreError> {
    let path = dir.path();
    for entry in fs::read_dir(path).map_err(io("list", path))? {
        let name = entry.map_err(io("list", path))?.file_name();
        if !name.to_string_lossy().ends_with(NEW) {
            return Ok(false);
        }
    }
    Ok(true)
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
    let new = with_suffix(&dir.manifest(), NEW);
    let bytes = disk.files.read(&dir.manifest())?;
    if let Some(manifest) = read(&bytes) {
        settle::remove_unborn(&mut disk.files, &[new])?;
        return Ok(Some(manifest));
    }
    // A power cut can undo the renaming of a manifest and leave what came after it.
    let unborn = disk.files.read(&new)?;
    if let Some(manifest) = read(&unborn) {
        disk.files.stage(&dir.manifest(), &unborn)?;
        disk.files.publish()?;
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
    settle::remove_unborn(&mut disk.files, &[with_suffix(&path, NEW)])?;
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
