//! A feed's tree: RFC 6962 hashes over leaves that are only ever appended.
//!
//! A tree of `n` leaves is a row of complete subtrees, one for each bit of `n`, the largest first: its [`Frontier`].
//! That row is all one needs to append and to compute the root, so verifying a feed takes constant memory.

use commonwheel_record::Hash;
use sha2::{Digest, Sha256};

use crate::proof::ProofError;

/// The most leaves a tree may have. Other C2SP software reads sizes as signed 64-bit integers.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// The root of a tree without leaves: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// Hashes a leaf: `SHA-256(0x00 ‖ leaf)`.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(leaf);
    Hash(hasher.finalize().into())
}

/// Hashes an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [1; 65];
    input[1..33].copy_from_slice(&left.0);
    input[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(input).into())
}

/// Joins neighbouring subtrees, the largest first, into the root over all of them.
pub(crate) fn join(subtrees: impl DoubleEndedIterator<Item = Hash>) -> Hash {
    subtrees.rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
}

/// Lists, from left to right, the largest complete subtrees that together hold exactly the leaves `start..end`.
///
/// Each is `(level, index)`: the `2^level` leaves from `index << level` on. From 0 they are the peaks of a tree of
/// `end` leaves. Elsewhere they grow as far as the alignment of `start` lets them, then shrink with the bits of
/// `end`. There are at most 126; none if `start >= end`.
pub fn cover(start: u64, end: u64) -> impl Iterator<Item = (u8, u64)> {
    let mut at = start;
    std::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        let level = at.trailing_zeros().min(left.ilog2());
        let subtree = (u8::try_from(level).ok()?, at >> level);
        at += 1 << level;
        Some(subtree)
    })
}

/// The right edge of a tree: the peaks of its complete subtrees.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// One hash for each bit of `size`, the largest subtree first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Makes the edge of a tree of `size` leaves from its peaks, the largest first.
    ///
    /// # Errors
    /// [`ProofError::Bounds`] beyond [`MAX_SIZE`]; [`ProofError::Length`] unless there is one peak for each bit.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Self, ProofError> {
        if size > MAX_SIZE {
            return Err(ProofError::Bounds);
        }
        if peaks.len() != peak_count(size) {
            return Err(ProofError::Length);
        }
        Ok(Self { size, peaks })
    }

    /// Returns how many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the peaks, the largest subtree first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Returns the tree's RFC 6962 root.
    #[must_use]
    pub fn root(&self) -> Hash {
        join(self.peaks.iter().copied())
    }

    /// Appends a leaf, given by its hash.
    pub fn push(&mut self, leaf: Hash) {
        self.join_last(self.size.trailing_ones() as usize, leaf);
        self.size += 1;
    }

    /// Appends a complete subtree of `2^level` leaves.
    ///
    /// # Errors
    /// [`ProofError::Bounds`] if the tree's size is no multiple of `2^level`, or would exceed [`MAX_SIZE`].
    pub fn append_subtree(&mut self, level: u8, hash: Hash) -> Result<(), ProofError> {
        let width = 1_u64.checked_shl(u32::from(level)).ok_or(ProofError::Bounds)?;
        if self.size & (width - 1) != 0 || width > MAX_SIZE - self.size {
            return Err(ProofError::Bounds);
        }
        self.join_last((self.size >> level).trailing_ones() as usize, hash);
        self.size += width;
        Ok(())
    }

    /// Replaces the last `count` peaks by their join with `hash`, as an odometer carries.
    fn join_last(&mut self, count: usize, hash: Hash) {
        let kept = self.peaks.len() - count;
        let joined = self.peaks.drain(kept..).rev().fold(hash, |right, left| node_hash(&left, &right));
        self.peaks.push(joined);
    }
}

impl Extend<Hash> for Frontier {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// Returns how many peaks a tree of `size` leaves has.
const fn peak_count(size: u64) -> usize {
    size.count_ones() as usize
}
