//! That consecutive leaves are exactly those of a tree: how a page is verified on arrival.
//!
//! The proof holds the complete subtrees to the left of the range, `0..start`, and those to its right, `end..size`,
//! each as [`cover`] lists them. The verifier lays them down in order: the left ones are the peaks of the tree at
//! `start`; it appends the leaves, which gives the tree at `end`; then it appends the right ones, each of which is
//! aligned to its own width where it is laid, and so arrives at the tree of `size` leaves, whose root is known.

use commonwheel_record::Hash;

use super::{Nodes, ProofError, REFUSED, hashes};
use crate::store::StoreError;
use crate::tree::{Frontier, MAX_SIZE, cover};

/// The most hashes on one side of a range.
pub const MAX_COVER: usize = 126;

/// The complete subtrees on both sides of a range of leaves.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RangeProof {
    /// Those of `0..start`, from left to right.
    pub left: Vec<Hash>,
    /// Those of `end..size`, from left to right.
    pub right: Vec<Hash>,
}

/// Proves which leaves are at `start..end` in the tree of the first `size` leaves.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Refused`] unless `start <= end <= size` and the tree has that many leaves.
pub fn range_proof(nodes: &impl Nodes, start: u64, end: u64, size: u64) -> Result<RangeProof, StoreError> {
    if start > end || end > size || size > MAX_SIZE {
        return Err(REFUSED);
    }
    Ok(RangeProof { left: hashes(nodes, 0, start)?, right: hashes(nodes, end, size)? })
}

/// Checks that `leaves`, given by their hashes, are those from `start` on in the tree of `size` leaves under `root`.
///
/// Returns the tree's right edge after the last of them, so that the next page or an append can go on from there.
///
/// # Errors
/// [`ProofError`]; nothing about the leaves is known then.
pub fn verify_range(
    start: u64,
    leaves: &[Hash],
    proof: &RangeProof,
    size: u64,
    root: &Hash,
) -> Result<Frontier, ProofError> {
    let end = start.checked_add(leaves.len() as u64).ok_or(ProofError::Bounds)?;
    if end > size || size > MAX_SIZE {
        return Err(ProofError::Bounds);
    }
    if proof.right.len() != cover(end, size).count() {
        return Err(ProofError::Length);
    }
    let mut edge = Frontier::from_peaks(start, proof.left.clone())?;
    edge.extend(leaves.iter().copied());
    let mut whole = edge.clone();
    for ((level, _), hash) in cover(end, size).zip(&proof.right) {
        whole.append_subtree(level, *hash)?;
    }
    if whole.root() == *root { Ok(edge) } else { Err(ProofError::Root) }
}
