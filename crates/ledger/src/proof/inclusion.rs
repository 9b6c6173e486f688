//! That a leaf is in a tree (RFC 9162 §2.1.3).

use commonwheel_record::Hash;

use super::{Nodes, ProofError, REFUSED, split, subroot};
use crate::store::StoreError;
use crate::tree::{MAX_SIZE, node_hash};

/// Proves that the leaf at `index` is in the tree of the first `size` leaves; the hashes go from the leaf upwards.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Refused`] unless `index < size` and the tree has that many leaves.
pub fn inclusion_proof(nodes: &impl Nodes, index: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
    if index >= size || size > MAX_SIZE {
        return Err(REFUSED);
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = split(start, end);
        if index < middle {
            path.push(subroot(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subroot(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Checks that a leaf, given by its hash, is at `index` in the tree of `size` leaves under `root`.
///
/// # Errors
/// [`ProofError`].
pub fn verify_inclusion(
    index: u64,
    leaf: &Hash,
    size: u64,
    root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if index >= size || size > MAX_SIZE {
        return Err(ProofError::Bounds);
    }
    // At each level, the position of the leaf's ancestor and that of the level's last node.
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 {
            hash = node_hash(sibling, &hash);
        } else if node == last {
            // The last node of an odd level has no sibling: it rises until it is a right child.
            let rise = node.trailing_zeros();
            (node, last) = (node >> rise, last >> rise);
            hash = node_hash(sibling, &hash);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}
