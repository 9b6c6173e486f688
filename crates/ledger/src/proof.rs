//! Proofs over a feed's tree (RFC 6962, RFC 9162): made from complete subtrees, verified from hashes alone.
//!
//! A verifier trusts nothing but a size and a root that a checkpoint signs, always both: the same root could be read as
//! that of a tree of another size. The sizes fix how many hashes a proof has; any other number is refused.

mod consistency;
mod inclusion;
mod range;

use commonwheel_record::{FeedId, Hash};

pub use consistency::{
    consistency_proof, consistency_roots, seeded_consistency_proof, verify_consistency,
    verify_seeded_consistency,
};
pub use inclusion::{inclusion_proof, verify_inclusion};
pub use range::{MAX_COVER, RangeProof, range_proof, verify_range};

use crate::store::{Store, StoreError};
use crate::tree::{self, Frontier, cover};

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The positions are out of order or beyond the tree, or a subtree is not aligned.
    #[error("positions outside the tree")]
    Bounds,
    /// Too few or too many hashes for these positions.
    #[error("wrong number of hashes in the proof")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    Root,
    /// The hashes lead to the larger tree's root, yet from a smaller tree with another root than the one claimed.
    ///
    /// Together with both signed heads, such a consistency path is a fork proof.
    #[error("the larger tree does not contain the smaller")]
    Fork,
}

/// Where the hashes of complete subtrees come from.
pub trait Nodes {
    /// Returns the hash of the complete subtree of `2^level` leaves that starts at leaf `index << level`.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Refused`] if the subtree is not complete.
    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError>;
}

impl<N: Nodes + ?Sized> Nodes for &N {
    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        (**self).node(level, index)
    }
}

/// The subtrees of one feed in a store.
#[derive(Debug)]
pub struct FeedNodes<'a, S: ?Sized> {
    /// The store.
    pub store: &'a S,
    /// The feed.
    pub feed: &'a FeedId,
}

impl<S: Store + ?Sized> Nodes for FeedNodes<'_, S> {
    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        self.store.node(self.feed, level, index)
    }
}

/// Returns the right edge of the tree as it was at `size` leaves.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Refused`] if the tree has fewer leaves.
pub fn frontier_at(nodes: &impl Nodes, size: u64) -> Result<Frontier, StoreError> {
    Frontier::from_peaks(size, hashes(nodes, 0, size)?).map_err(|_| REFUSED)
}

/// Returns the tree's root as it was at `size` leaves.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Refused`] if the tree has fewer leaves.
pub fn root_at(nodes: &impl Nodes, size: u64) -> Result<Hash, StoreError> {
    frontier_at(nodes, size).map(|frontier| frontier.root())
}

/// Answers a prover's caller that asks for a proof about positions outside the tree.
const REFUSED: StoreError = StoreError::Refused("positions outside the tree");

/// Reads the hashes of the subtrees that cover `start..end`.
fn hashes(nodes: &impl Nodes, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
    cover(start, end).map(|(level, index)| nodes.node(level, index)).collect()
}

/// Returns the root over `start..end`, where the proof's splits have aligned `start`.
fn subroot(nodes: &impl Nodes, start: u64, end: u64) -> Result<Hash, StoreError> {
    Ok(tree::join(hashes(nodes, start, end)?.into_iter()))
}

/// Returns where RFC 6962 splits `start..end`: after the largest power of two of leaves that is less than all of them.
const fn split(start: u64, end: u64) -> u64 {
    start + (1 << (end - start - 1).ilog2())
}
