//! Where a node's files are and what is in them: the store's format, version 1.
//!
//! ```text
//! <data>/lock                          held (flock) by the one process that has the directory open
//! <data>/feeds/<feed id, 64 hex>/
//!     manifest                         the feed's manifest, canonical CBOR; its BLAKE3 is the directory's name
//!     checkpoint                       the newest verified head, a C2SP signed note; absent while none is known
//!     tile/<level>/<n>                 full hash tiles
//!     tile/<level>/<n>.part            the growing tile of each level
//!     entries/<n>  entries/<n>.part    headers, 256 positions a bundle
//!     bodies/<n>                       bodies, 256 positions a bundle
//! <data>/feeds.bad/<feed id>-<k>/      others' feeds that were damaged beyond repair, without headers and bodies
//! <data>/state/journal                 small state
//! <data>/index/  index.bad-<k>/        sled; see `index`
//! <data>/index.opening                 there while sled opens: if it is there before, opening killed the process
//! ```
//!
//! **Numbers in paths** are C2SP `tlog-tiles` path elements: decimal, in groups of three digits from the right, each a
//! directory with an `x` before it but the last: 5 is `005`, 1234067 is `x001/x234/067`. Integers in files are
//! big-endian.
//!
//! **Tiles** (C2SP). A tile is a row of 32-byte hashes. Level 0 holds the leaf hashes (`SHA-256(0x00 ‖ leaf)`), complete:
//! also of positions whose header is missing. The hash at place `i` of level `l + 1` is the RFC 6962 hash over tile `i`
//! of level `l`, once that is full. A full tile is 256 hashes, 8,192 bytes, and never changes. The growing tile has
//! the name of the full one with `.part` appended and is renamed when full; it is absent while empty. Levels above 0
//! can be derived from level 0. The number of leaf hashes is the feed's held size; the checkpoint may be ahead of it
//! while leaves are being fetched.
//!
//! **Entry bundles** (C2SP). Positions `256 n .. 256 (n + 1)` in order, each as its header's length (2 bytes) and the
//! header, exactly the leaf's bytes. Length 0: the header is missing (withheld, erased or lost), the leaf hash in the
//! tile stands for it. A header that comes later is put in by writing a new file and renaming it over the old one.
//!
//! **Body bundles.** 12 bytes `"CWB" ‖ version 1 (1) ‖ generation (4) ‖ check (4)`, then frames in any order, at most
//! one for a position:
//!
//! ```text
//! 0xCB ‖ place in the bundle (1) ‖ flags (1) ‖ body length (4) ‖ check (4)
//!   ‖ submission's feed (32, if flag 2) ‖ submission's index (8, if flag 1) ‖ salt (32) ‖ body ‖ check (4)
//! ```
//!
//! Flag 1: a submission is named. Flag 2: it is in another feed than this one. Other flags are 0. Each check is
//! the CRC-32 (zlib's) of `feed id ‖ n (8) ‖ all bytes of the header or frame before the check`; the frame's first one
//! makes its length trustworthy, the one at its end the whole frame. Frames are only ever appended; erasing bodies writes a new
//! file without them, of the next generation, and renames it over the old one.
//!
//! **Order.** Of an append, entries are written before tiles, so after a kill the tiles say what is held and at most
//! the entries are longer. Everything is fsynced before a commit returns; files that are replaced are written as
//! `<name>.new`, fsynced, renamed, and their directory fsynced. A `.new` found on opening was never in force.
//!
//! **On opening** a torn tail is cut: beyond the checkpoint (beyond what is known to be committed, while the checkpoint
//! is ahead) everything from the first leaf hash on that no whole entry backs, bytes after the last whole entry, and the
//! last frame of a body bundle if it is incomplete. Whatever else does not agree is not cut but reported as corrupt when
//! read, until it is repaired.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use commonwheel_ledger::store::StoreError;
use commonwheel_record::FeedId;

use crate::error::io;

/// Positions of a bundle; hashes of a full tile.
pub(crate) const BUNDLE: u64 = commonwheel_ledger::page::BUNDLE;
/// The same, for indexing.
pub(crate) const WIDTH: usize = BUNDLE as usize;
/// Bytes of a hash in a tile.
pub(crate) const HASH: usize = 32;
/// Bytes of a full tile.
pub(crate) const TILE: u64 = BUNDLE * HASH as u64;

/// Suffix of a file that still grows.
pub(crate) const PART: &str = ".part";
/// Suffix of a file that will replace the one without it.
pub(crate) const NEW: &str = ".new";

/// A numbered series of files of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Series {
    /// Hash tiles of a level.
    Tile(u8),
    /// Entry bundles.
    Entries,
    /// Body bundles.
    Bodies,
}

/// A feed's directory.
#[derive(Clone, Debug)]
pub(crate) struct FeedDir(PathBuf);

/// A file of a series, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its number.
    pub(crate) number: u64,
    /// Whether it is named as one that still grows.
    pub(crate) part: bool,
    /// Its length in bytes.
    pub(crate) len: u64,
}

/// What was found of a series.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Its files, by ascending number; a growing one before a full one of the same number.
    pub(crate) files: Vec<Found>,
    /// What does not belong there.
    pub(crate) strangers: Vec<PathBuf>,
}

impl FeedDir {
    pub(crate) fn new(data: &Path, feed: &FeedId) -> Self {
        Self(data.join("feeds").join(feed.to_string()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.0.join("manifest")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    pub(crate) fn series(&self, series: Series) -> PathBuf {
        match series {
            Series::Tile(level) => self.0.join("tile").join(level.to_string()),
            Series::Entries => self.0.join("entries"),
            Series::Bodies => self.0.join("bodies"),
        }
    }

    /// Returns the path of a file that no longer grows.
    pub(crate) fn full(&self, series: Series, number: u64) -> PathBuf {
        self.series(series).join(c2sp(number))
    }

    /// Returns the path of a file that still grows.
    pub(crate) fn part(&self, series: Series, number: u64) -> PathBuf {
        self.series(series).join(c2sp(number) + PART)
    }

    /// Returns the path of a file under the name it has, for telling people of it.
    pub(crate) fn found(&self, series: Series, number: u64) -> PathBuf {
        let part = self.part(series, number);
        if part.exists() { part } else { self.full(series, number) }
    }

    /// Lists what is there of a series.
    pub(crate) fn list(&self, series: Series) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        let root = self.series(series);
        walk(&root, &root, Some(0), &mut listing)?;
        listing.files.sort_by_key(|found| (found.number, !found.part));
        Ok(listing)
    }
}

/// Writes a number as a C2SP path.
pub(crate) fn c2sp(number: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// Returns a path with a suffix appended to its last element.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Lists a directory below a series' root, where numbers begin with `prefix`; a directory that is absent is empty.
fn walk(root: &Path, dir: &Path, prefix: Option<u64>, listing: &mut Listing) -> Result<(), StoreError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io("list", dir))?,
    };
    for entry in entries {
        let entry = entry.map_err(io("list", dir))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let meta = entry.metadata().map_err(io("stat", dir))?;
        let group = name.strip_prefix('x').filter(|_| meta.is_dir());
        if let Some(digits) = group {
            walk(root, &entry.path(), extended(prefix, digits), listing)?;
            continue;
        }
        let (digits, part) = name.strip_suffix(PART).map_or((name.as_str(), false), |rest| (rest, true));
        let number = extended(prefix, digits).filter(|number| {
            // Only the one spelling: no leading groups of zeros.
            meta.is_file() && entry.path() == root.join(c2sp(*number) + if part { PART } else { "" })
        });
        match number {
            Some(number) => listing.files.push(Found { number, part, len: meta.len() }),
            None => listing.strangers.push(entry.path()),
        }
    }
    Ok(())
}

/// Appends a group of three digits to a number.
fn extended(prefix: Option<u64>, digits: &str) -> Option<u64> {
    let shaped = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let group: u64 = digits.parse().ok().filter(|_| shaped)?;
    prefix?.checked_mul(1000)?.checked_add(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_c2sp_paths_and_back() {
        for (number, path) in [(5, "005"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067")] {
            assert_eq!(c2sp(number), path);
        }
    }

    #[test]
    fn lists_what_belongs_and_names_what_does_not() {
        let data = tempfile::tempdir().unwrap();
        let dir = FeedDir::new(data.path(), &FeedId([1; 32]));
        let numbers = [0, 7, 999, 1000, 1_234_067];
        for number in numbers {
            let path = dir.full(Series::Entries, number);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; number as usize % 10]).unwrap();
        }
        fs::write(dir.part(Series::Entries, 1001), b"abc").unwrap();
        for stranger in ["12", "0x1", "001.new", "x000/001.partx"] {
            let path = dir.series(Series::Entries).join(stranger);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        fs::create_dir_all(dir.series(Series::Entries).join("x000")).unwrap();
        fs::write(dir.series(Series::Entries).join("x000/008"), b"").unwrap();
        let listing = dir.list(Series::Entries).unwrap();
        let found: Vec<_> = listing.files.iter().map(|found| (found.number, found.part, found.len)).collect();
        let full = numbers.map(|number| (number, false, number % 10));
        let expected = [full[0], full[1], full[2], full[3], (1001, true, 3), full[4]];
        assert_eq!(found, expected);
        assert_eq!(listing.strangers.len(), 5, "{:?}", listing.strangers);
    }
}
