//! One feed: its manifest, checkpoint, tree and headers.

use std::path::Path;

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::StoreError;
use commonwheel_ledger::tree::EMPTY_ROOT;
use commonwheel_record::attestation::Head;
use commonwheel_record::{FeedId, Hash, Leaf, Manifest, NetworkId};

use super::bodies::{Consents, Header};
use super::report::{Progress, Report, advice};
use super::{stranger, strangers};
use crate::entries::{self, Slot};
use crate::files::Files;
use crate::layout::{BUNDLE, FeedDir, Series};
use crate::recover::count_hashes;
use crate::rows::{self, Rows, row_len};

/// Bundles between two reports of progress.
const PROGRESS_EVERY: u64 = 64;

/// A feed's files, as they are gone through.
struct Walk<'a> {
    dir: FeedDir,
    files: &'a Files,
    manifest: Manifest,
    head: Option<Head>,
    leaves: u64,
    rows: Rows,
}

pub(super) fn verify(
    data: &Path,
    files: &Files,
    network: &NetworkId,
    id: FeedId,
    consents: &mut Consents<'_>,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let dir = FeedDir::new(data, &id);
    let known = ["manifest", "checkpoint", "tile", "entries", "bodies"];
    strangers(dir.path(), |name| known.contains(&name), report)?;
    let manifest = Manifest::decode(&files.read(&dir.manifest())?, network);
    let Some(manifest) = manifest.ok().filter(|manifest| manifest.id() == id) else {
        report.problem(&dir.manifest(), "not the manifest of this feed", advice::FEED);
        return Ok(());
    };
    let head = checkpoint(&dir, files, &manifest, report)?;
    let listing = dir.list(Series::Tile(0))?;
    let leaves = count_hashes(&listing);
    let mut walk = Walk { dir, files, manifest, head, leaves, rows: Rows::default() };
    walk.check_head(report);
    for bundle in 0..leaves.div_ceil(BUNDLE) {
        let leaves_of = walk.bundle(bundle, report)?;
        consents.bundle(&walk.dir, &walk.manifest, bundle, &leaves_of, report)?;
        if bundle % PROGRESS_EVERY == 0 {
            progress(Progress { feed: id, done: bundle * BUNDLE, leaves });
        }
    }
    walk.check_names(report)?;
    walk.check_tails(report)?;
    report.leaves += leaves;
    progress(Progress { feed: id, done: leaves, leaves });
    Ok(())
}

fn checkpoint(
    dir: &FeedDir,
    files: &Files,
    manifest: &Manifest,
    report: &mut Report,
) -> Result<Option<Head>, StoreError> {
    let path = dir.checkpoint();
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files.read(&path)?;
    let note = str::from_utf8(&bytes).ok();
    let head = note.and_then(|note| SignedHead::from_note(manifest, note).ok());
    // What else a note may carry, such as other keys' lines, is not what the store writes.
    let exact = head.filter(|head| Some(head.to_note(manifest).as_str()) == note);
    if exact.is_none() {
        report.problem(&path, "not a checkpoint signed by the feed's writer", advice::FEED);
    }
    Ok(exact.map(|head| head.head))
}

impl Walk<'_> {
    /// Goes through the hashes and entries of a bundle; returns the headers that are there, decoded.
    fn bundle(&mut self, bundle: u64, report: &mut Report) -> Result<Vec<Header>, StoreError> {
        let first = bundle * BUNDLE;
        let count = (self.leaves - first).min(BUNDLE) as usize;
        let mut hashes = rows::parse(&self.read_either(Series::Tile(0), bundle)?);
        hashes.truncate(count);
        for hash in &hashes {
            self.push(*hash, report)?;
        }
        let bytes = self.read_either(Series::Entries, bundle)?;
        let checked = entries::check(&bytes, &hashes);
        let path = self.dir.found(Series::Entries, bundle);
        let is_last = bundle == self.leaves / BUNDLE;
        if checked.garbled || checked.rest > 0 && !is_last {
            report.problem(&path, "bytes that are no entry", advice::HEADER);
        } else if checked.rest > 0 {
            report.unfinished(&path);
        }
        let mut leaves = Vec::new();
        for (index, slot) in (first..).zip(&checked.slots) {
            leaves.push(match slot {
                Slot::Header(span) => self.leaf(index, &bytes[span.clone()], report),
                Slot::Missing => {
                    report.missing_headers += 1;
                    None
                }
                Slot::Corrupt => {
                    let what = format!("the header at {index} and its leaf hash differ");
                    report.problem(&path, what, advice::HEADER);
                    None
                }
            });
        }
        Ok(leaves)
    }

    fn leaf(&self, index: u64, header: &[u8], report: &mut Report) -> Header {
        let path = self.dir.found(Series::Entries, index / BUNDLE);
        match Leaf::decode(header) {
            Ok(leaf) if leaf.purpose() == self.manifest.purpose => {
                report.headers += 1;
                Some((leaf, header.to_vec()))
            }
            Ok(leaf) => {
                let what = format!("the record at {index}, a {}, belongs in another feed", leaf.kind_name());
                report.problem(&path, what, advice::RECORD);
                None
            }
            Err(error) => {
                report.problem(
                    &path,
                    format!("the header at {index} does not decode: {error}"),
                    advice::RECORD,
                );
                None
            }
        }
    }

    /// Adds a leaf hash to the tree, comparing the tiles above level 0 that it completes, and the root at the head.
    fn push(&mut self, hash: Hash, report: &mut Report) -> Result<(), StoreError> {
        let mut full = Vec::new();
        self.rows.push(hash, |level, number, tile| {
            if level > 0 {
                full.push((level, number, rows::bytes(tile)));
            }
        });
        for (level, number, tile) in full {
            if self.read_either(Series::Tile(level), number)? != tile {
                let path = self.dir.found(Series::Tile(level), number);
                report.problem(&path, "not the hashes of the tiles below", advice::TILE);
            }
        }
        self.check_head(report);
        Ok(())
    }

    fn check_head(&self, report: &mut Report) {
        let Some(head) = self.head.filter(|head| head.size == self.rows.size()) else { return };
        let root = self.rows.frontier().map_or(EMPTY_ROOT, |frontier| frontier.root());
        if root != head.root {
            let what = format!("the first {} leaves do not lead to the checkpoint's root", head.size);
            report.problem(&self.dir.series(Series::Tile(0)), what, advice::TILE);
        }
    }

    /// Compares the growing tiles above level 0, and what follows the last whole hash of level 0.
    fn check_tails(&self, report: &mut Report) -> Result<(), StoreError> {
        for level in 0..self.rows.levels() {
            let number = row_len(self.leaves, level) / BUNDLE;
            let path = self.dir.part(Series::Tile(level), number);
            let (found, expected) =
                (self.read_either(Series::Tile(level), number)?, rows::bytes(self.rows.tail(level)));
            if found == expected {
                continue;
            }
            // An append that was stopped leaves part of a hash at level 0, or hashes above not written yet.
            let stopped =
                if level == 0 { found.starts_with(&expected) } else { expected.starts_with(&found) };
            if stopped {
                report.unfinished(&path);
            } else {
                report.problem(&path, "not the hashes of the tiles below", advice::TILE);
            }
        }
        Ok(())
    }

    /// Looks for files that are not there for any leaf held.
    fn check_names(&self, report: &mut Report) -> Result<(), StoreError> {
        let levels = self.rows.levels();
        let is_level =
            |name: &str| name.parse().is_ok_and(|level: u8| level < levels && level.to_string() == name);
        strangers(&self.dir.path().join("tile"), is_level, report)?;
        let tiles = (0..levels).map(|level| (Series::Tile(level), row_len(self.leaves, level)));
        let bundles = [(Series::Entries, self.leaves), (Series::Bodies, self.leaves)];
        for (series, len) in tiles.chain(bundles) {
            let listing = self.dir.list(series)?;
            listing.strangers.iter().for_each(|path| stranger(path, report));
            for found in &listing.files {
                let path = if found.part {
                    self.dir.part(series, found.number)
                } else {
                    self.dir.full(series, found.number)
                };
                let misnamed = series != Series::Bodies && found.part != (found.number >= len / BUNDLE);
                if found.number > len / BUNDLE {
                    report.problem(&path, "nothing leads up to this file", advice::STRANGER);
                } else if misnamed || series == Series::Bodies && found.part {
                    // A stop between two renames leaves a name a step ahead.
                    report.unfinished(&path);
                }
            }
        }
        Ok(())
    }

    fn read_either(&self, series: Series, number: u64) -> Result<Vec<u8>, StoreError> {
        let full = self.files.read(&self.dir.full(series, number))?;
        if full.is_empty() { self.files.read(&self.dir.part(series, number)) } else { Ok(full) }
    }
}
