//! Fork proofs: a feed's writer signed two heads that cannot both be true.
//!
//! A proof is two checkpoints, both valid under the feed's key, and either
//! - their sizes are equal and their roots differ, or
//! - a consistency path in seeded form (see [`crate::proof`]) recomputes the larger root, and yields for the smaller
//!   size a root that the smaller checkpoint does not state.
//!
//! A path that merely fails proves nothing: whoever sent it may have made it up. Every tree begins with the empty one
//! and no head of size 0 has another root, so such a head is never part of a fork.

use commonwheel_record::attestation::ForkEvidence;
use commonwheel_record::cbor::{ByteString, DecodeError};
use commonwheel_record::{FeedId, Hash, Manifest, NetworkId};

use crate::note::{NoteError, SignedHead};
use crate::proof::{ProofError, consistency_roots};

/// Why something is no fork proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// The manifest is malformed.
    #[error("manifest: {0}")]
    Manifest(#[from] DecodeError),
    /// A checkpoint is malformed, or not signed by the feed's key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The first checkpoint is the larger one.
    #[error("checkpoints out of order")]
    Order,
    /// The path does not lead to the larger root, so it says nothing about the feed.
    #[error("fork path: {0}")]
    Path(#[from] ProofError),
    /// Both heads can be true.
    #[error("the heads do not contradict each other")]
    Consistent,
}

/// Makes a fork proof of two heads, given in either order; for equal sizes the path is not used.
///
/// # Errors
/// [`ForkError`] if these do not prove a fork: what this returns always passes [`verify`].
pub fn prove(
    manifest: &Manifest,
    a: &SignedHead,
    b: &SignedHead,
    path: &[Hash],
) -> Result<ForkEvidence, ForkError> {
    let (smaller, larger) = if a.head <= b.head { (a, b) } else { (b, a) };
    let path = if smaller.head.size == larger.head.size { &[] } else { path };
    smaller.verify(manifest)?;
    larger.verify(manifest)?;
    contradicts(smaller, larger, path)?;
    Ok(ForkEvidence {
        manifest: ByteString(manifest.encode()),
        smaller: smaller.to_note(manifest),
        larger: larger.to_note(manifest),
        path: path.to_vec(),
    })
}

/// Checks a fork proof and returns the feed that forked. It needs no trust in its sender.
///
/// # Errors
/// [`ForkError`]: this proves nothing, and is its sender's fault.
pub fn verify(evidence: &ForkEvidence, network: &NetworkId) -> Result<FeedId, ForkError> {
    let (manifest, smaller, larger) = open(evidence, network)?;
    contradicts(&smaller, &larger, &evidence.path)?;
    Ok(manifest.id())
}

/// Reads the manifest and both heads of a fork proof, the smaller first, and verifies their signatures alone.
///
/// # Errors
/// [`ForkError::Manifest`], [`ForkError::Note`].
pub fn open(
    evidence: &ForkEvidence,
    network: &NetworkId,
) -> Result<(Manifest, SignedHead, SignedHead), ForkError> {
    let manifest = Manifest::decode(&evidence.manifest.0, network)?;
    let smaller = SignedHead::from_note(&manifest, &evidence.smaller)?;
    let larger = SignedHead::from_note(&manifest, &evidence.larger)?;
    Ok((manifest, smaller, larger))
}

/// Checks that two verified heads of one feed contradict each other.
pub(crate) fn contradicts(smaller: &SignedHead, larger: &SignedHead, path: &[Hash]) -> Result<(), ForkError> {
    let (smaller, larger) = (&smaller.head, &larger.head);
    if smaller.size > larger.size {
        return Err(ForkError::Order);
    }
    if smaller.size == larger.size {
        return contradicts_at_equal_size(smaller.root != larger.root, path);
    }
    if smaller.size == 0 {
        return Err(ForkError::Consistent);
    }
    let (from_root, to_root) = consistency_roots(smaller.size, larger.size, path)?;
    if to_root != larger.root {
        return Err(ProofError::Root.into());
    }
    if from_root == smaller.root { Err(ForkError::Consistent) } else { Ok(()) }
}

fn contradicts_at_equal_size(roots_differ: bool, path: &[Hash]) -> Result<(), ForkError> {
    match (path.is_empty(), roots_differ) {
        (true, true) => Ok(()),
        (true, false) => Err(ForkError::Consistent),
        (false, _) => Err(ProofError::Length.into()),
    }
}
