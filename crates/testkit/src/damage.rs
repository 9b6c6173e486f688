//! Doing to files what disks do.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rng::Rng;

/// Bytes of what a disk loses at once.
const SECTOR: usize = 512;

/// Lists all files below a directory, in order.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("cannot list {}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a listed entry is readable").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Flips one bit of a file that is not empty; returns which one, as `file: bit`.
///
/// # Panics
/// If the file is empty or cannot be rewritten.
pub fn flip(path: &Path, rng: &mut Rng) -> String {
    let bits = 8 * read(path).len() as u64;
    assert!(bits > 0, "{} is empty", path.display());
    flip_at(path, rng.below(bits))
}

/// Flips a certain bit of a file; returns which one, as [`flip`] does.
///
/// # Panics
/// If the file has no such bit or cannot be rewritten.
pub fn flip_at(path: &Path, bit: u64) -> String {
    let mut bytes = read(path);
    let byte = usize::try_from(bit / 8).expect("a file in memory has fewer bytes");
    bytes[byte] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    format!("bit {bit} of {}", path.display())
}

/// Overwrites the sector in the middle of a file with zeros, or all of a file that is no larger; returns which file, for
/// people.
///
/// # Panics
/// If the file cannot be rewritten.
pub fn lose_sector(path: &Path) -> String {
    let mut bytes = read(path);
    let start = bytes.len() / 2 / SECTOR * SECTOR;
    bytes.iter_mut().skip(start).take(SECTOR).for_each(|byte| *byte = 0);
    fs::write(path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    format!("sector at {start} of {}", path.display())
}

/// Reads a file.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// Copies a directory with all that is in it.
///
/// # Panics
/// If it cannot be copied.
pub fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let copy = to.join(file.strip_prefix(from).expect("a listed file lies below its directory"));
        fs::create_dir_all(copy.parent().expect("a file lies in a directory"))
            .expect("a directory can be made");
        fs::copy(&file, &copy).unwrap_or_else(|error| panic!("cannot copy {}: {error}", file.display()));
    }
}
