//! Commonwheel: feed trees, checkpoints, proofs, fork proofs and the store traits.
//!
//! A feed is an RFC 6962 tree whose heads are C2SP checkpoints. This crate is pure: hashes, signatures and a store's
//! answers go in, proofs and verdicts come out. Whoever verifies starts from a feed's manifest, whose key signs a head
//! ([`note`]); everything else about the feed's leaves then follows from hashes alone ([`proof`], [`page`]).

#![warn(missing_docs)]

pub mod cosign;
mod envelope;
pub mod fork;
mod full;
pub mod mem;
pub mod note;
pub mod page;
pub mod proof;
pub mod publish;
pub mod store;
#[cfg(test)]
mod tests;
pub mod tree;

pub use full::FullTree;
pub use note::SignedHead;
pub use tree::Frontier;
