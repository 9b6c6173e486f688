//! That a tree is the beginning of another (RFC 9162 §2.1.4).
//!
//! If the smaller size is a power of two, RFC 9162 leaves the smaller root out of the proof, since the verifier has
//! it. A verifier who was told another root then learns nothing from the failure. The *seeded* form always begins with
//! the node that both roots are built on, so a path that leads to the larger root and to another smaller one proves a
//! fork, whatever the sizes.

use commonwheel_record::Hash;

use super::{Nodes, ProofError, REFUSED, split, subroot};
use crate::store::StoreError;
use crate::tree::{EMPTY_ROOT, MAX_SIZE, node_hash};

/// Proves, as RFC 9162 does, that the tree of the first `from` leaves is the beginning of that of `to` leaves.
///
/// The proof is empty if `from` is 0 or `to`.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Refused`] unless `from <= to` and the tree has that many leaves.
pub fn consistency_proof(nodes: &impl Nodes, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
    let mut path = seeded_consistency_proof(nodes, from, to)?;
    if from.is_power_of_two() && from < to {
        path.remove(0);
    }
    Ok(path)
}

/// Proves the same in seeded form: the hash of the smaller tree's last complete subtree always comes first.
///
/// # Errors
/// As [`consistency_proof`].
pub fn seeded_consistency_proof(nodes: &impl Nodes, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
    if from > to || to > MAX_SIZE {
        return Err(REFUSED);
    }
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, to);
    let mut path = Vec::new();
    while from < end {
        let middle = split(start, end);
        if from <= middle {
            path.push(subroot(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subroot(nodes, start, middle)?);
            start = middle;
        }
    }
    path.push(subroot(nodes, start, end)?);
    path.reverse();
    Ok(path)
}

/// Checks an RFC 9162 consistency proof between two sizes and roots.
///
/// # Errors
/// [`ProofError`]; [`ProofError::Fork`] cannot occur where `from` is a power of two (see the module's text).
pub fn verify_consistency(
    from: u64,
    from_root: &Hash,
    to: u64,
    to_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if from.is_power_of_two() && from < to {
        let seeded: Vec<Hash> = std::iter::once(from_root).chain(path).copied().collect();
        return verify_seeded_consistency(from, from_root, to, to_root, &seeded);
    }
    verify_seeded_consistency(from, from_root, to, to_root, path)
}

/// Checks a consistency proof in seeded form.
///
/// # Errors
/// [`ProofError`]; [`ProofError::Fork`] if this very path proves that the trees contradict each other.
pub fn verify_seeded_consistency(
    from: u64,
    from_root: &Hash,
    to: u64,
    to_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if from > to || to > MAX_SIZE {
        return Err(ProofError::Bounds);
    }
    if from == 0 || from == to {
        return verify_without_path(from, from_root, to, to_root, path);
    }
    let (smaller, larger) = consistency_roots(from, to, path)?;
    match (smaller == *from_root, larger == *to_root) {
        (true, true) => Ok(()),
        (false, true) => Err(ProofError::Fork),
        (_, false) => Err(ProofError::Root),
    }
}

/// Every tree begins with the empty one, and is consistent with itself.
fn verify_without_path(
    from: u64,
    from_root: &Hash,
    to: u64,
    to_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if !path.is_empty() {
        return Err(ProofError::Length);
    }
    if from == 0 && *from_root != EMPTY_ROOT {
        return Err(ProofError::Root);
    }
    if from == to && from_root != to_root { Err(ProofError::Fork) } else { Ok(()) }
}

/// Computes the roots at `from` and at `to` that a seeded path leads to.
///
/// # Errors
/// [`ProofError::Bounds`] unless `0 < from < to <= MAX_SIZE`; [`ProofError::Length`].
pub fn consistency_roots(from: u64, to: u64, path: &[Hash]) -> Result<(Hash, Hash), ProofError> {
    if from == 0 || from >= to || to > MAX_SIZE {
        return Err(ProofError::Bounds);
    }
    let (seed, siblings) = path.split_first().ok_or(ProofError::Length)?;
    // The seed is the largest complete subtree that ends where the smaller tree does.
    let level = from.trailing_zeros();
    let (mut node, mut last) = ((from - 1) >> level, (to - 1) >> level);
    let (mut smaller, mut larger) = (*seed, *seed);
    for sibling in siblings {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            smaller = node_hash(sibling, &smaller);
            larger = node_hash(sibling, &larger);
            // The last node of an odd level has no sibling: it rises until it is a right child.
            let rise = node.trailing_zeros();
            (node, last) = (node >> rise, last >> rise);
        } else {
            larger = node_hash(&larger, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last == 0 { Ok((smaller, larger)) } else { Err(ProofError::Length) }
}
