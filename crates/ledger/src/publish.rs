//! Writing one's own feed: append, then sign, and never sign two heads that contradict each other.
//!
//! The order is what keeps a writer from forking itself through any crash: leaves are durable before the guard moves,
//! the guard has moved durably before a head is signed, and no head is signed whose tree does not contain the guard's
//! tip. A store that lost its tail is thereby read-only until it has its own leaves back.

use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::DecodeError;
use commonwheel_record::{FeedId, Hash, Leaf, Manifest, NetworkId, SecretKey};

use crate::note::SignedHead;
use crate::page::BUNDLE;
use crate::proof::{FeedNodes, frontier_at, root_at};
use crate::store::{Position, Store, StoreError, TipGuard};
use crate::tree::{Frontier, leaf_hash};

/// Why nothing was appended or signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The store or the guard failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has no such feed.
    #[error("unknown feed")]
    Feed,
    /// The key is not the feed's writer.
    #[error("not the feed's writer key")]
    Key,
    /// Fewer leaves are held than were signed before: read-only until they are back.
    #[error("only {held} of {signed} leaves that were signed before are held")]
    Behind {
        /// Leaves held.
        held: u64,
        /// Leaves signed.
        signed: u64,
    },
    /// The leaves held are not those that were signed before: read-only.
    #[error("the first {signed} leaves are not those that were signed before")]
    Diverged {
        /// Leaves signed.
        signed: u64,
    },
    /// A leaf is malformed.
    #[error("leaf {index}: {error}")]
    Leaf {
        /// Which of the leaves given, from 0.
        index: usize,
        /// Why.
        error: DecodeError,
    },
    /// A control record's body is missing, or is not the one it commits to: nobody could ever count such a record.
    #[error("leaf {index}: not the body that it commits to")]
    Body {
        /// Which of the leaves given, from 0.
        index: usize,
    },
    /// A leaf belongs in feeds of the other purpose.
    #[error("leaf {index} does not belong in a feed of this purpose")]
    Purpose {
        /// Which of the leaves given, from 0.
        index: usize,
    },
}

/// Appends leaves to a feed of this node's own and returns the first one's position. Nothing is durable or signed yet.
///
/// # Errors
/// [`PublishError`]; nothing was appended then.
pub fn append_own(
    store: &mut (impl Store + ?Sized),
    feed: &FeedId,
    leaves: &[Vec<u8>],
) -> Result<u64, PublishError> {
    let manifest = store.manifest(feed).ok_or(PublishError::Feed)?;
    for (index, leaf) in leaves.iter().enumerate() {
        let decoded = Leaf::decode(leaf).map_err(|error| PublishError::Leaf { index, error })?;
        if decoded.purpose() != manifest.purpose {
            return Err(PublishError::Purpose { index });
        }
    }
    let held = store.size(feed);
    if let Some(signed) = store.head(feed).map(|head| head.head.size).filter(|size| *size > held) {
        return Err(PublishError::Behind { held, signed });
    }
    let positions: Vec<Position<'_>> =
        leaves.iter().map(|leaf| Position { hash: leaf_hash(leaf), header: Some(leaf) }).collect();
    store.append(feed, &positions)?;
    Ok(held)
}

/// Checks that a control record with a personal part comes with its body, before it is appended.
///
/// # Errors
/// [`PublishError::Body`]; [`PublishError::Leaf`] for a malformed leaf.
pub fn check_personal(
    network: &NetworkId,
    index: usize,
    leaf: &[u8],
    body: Option<&SealedBody>,
) -> Result<(), PublishError> {
    let leaf = Leaf::decode(leaf).map_err(|error| PublishError::Leaf { index, error })?;
    let Leaf::Control(control) = leaf else { return Ok(()) };
    let Some(commitment) = control.content.personal() else { return Ok(()) };
    let opens = |body: &SealedBody| commitment.opens(network, &body.salt, &body.bytes);
    if body.is_some_and(opens) { Ok(()) } else { Err(PublishError::Body { index }) }
}

/// Checks that the leaves held continue everything this node signed of a feed, as its guard and its head state it.
///
/// # Errors
/// [`PublishError::Behind`], [`PublishError::Diverged`]: the feed is read-only here; [`PublishError::Store`].
pub fn check_tip(
    store: &(impl Store + ?Sized),
    guard: &impl TipGuard,
    feed: &FeedId,
) -> Result<(), PublishError> {
    let held = store.size(feed);
    let head = store.head(feed).map(|head| (head.head.size, head.head.root));
    for (signed, root) in guard.tip(feed).into_iter().chain(head) {
        if signed > held {
            return Err(PublishError::Behind { held, signed });
        }
        if root_at(&FeedNodes { store, feed }, signed)? != root {
            return Err(PublishError::Diverged { signed });
        }
    }
    Ok(())
}

/// Makes the feed's leaves durable and signs a head over all of them; none if the newest head is that one already.
///
/// # Errors
/// [`PublishError`]; nothing was signed then.
pub fn publish(
    store: &mut (impl Store + ?Sized),
    guard: &mut impl TipGuard,
    key: &SecretKey,
    feed: &FeedId,
) -> Result<Option<SignedHead>, PublishError> {
    let manifest = own_manifest(store, key, feed)?;
    store.commit()?;
    check_tip(store, guard, feed)?;
    let size = store.size(feed);
    let current = store.head(feed).map_or(0, |head| head.head.size);
    let tip = guard.tip(feed);
    let root = verified_root(store, feed, current.max(tip.map_or(0, |(signed, _)| signed)))?;
    if size > 0 && tip != Some((size, root)) {
        guard.advance(feed, tip, (size, root))?;
    }
    if size == current {
        return Ok(None);
    }
    let head = SignedHead::sign(&manifest, key, size, root);
    store.set_head(feed, &head)?;
    store.commit()?;
    Ok(Some(head))
}

fn own_manifest(
    store: &(impl Store + ?Sized),
    key: &SecretKey,
    feed: &FeedId,
) -> Result<Manifest, PublishError> {
    let manifest = store.manifest(feed).ok_or(PublishError::Feed)?;
    if manifest.writer == key.public() { Ok(manifest.clone()) } else { Err(PublishError::Key) }
}

/// Recomputes the root from the tree at `from`, which was signed before, and from the leaves after it as they were
/// stored. One flipped bit between a leaf's bytes and its hash, once signed, would end the feed.
fn verified_root(store: &(impl Store + ?Sized), feed: &FeedId, from: u64) -> Result<Hash, StoreError> {
    let size = store.size(feed);
    let mut edge = frontier_at(&FeedNodes { store, feed }, from)?;
    while edge.size() < size {
        extend_verified(store, feed, &mut edge)?;
    }
    if edge == store.frontier(feed) { Ok(edge.root()) } else { Err(corrupt(feed, size, "frontier")) }
}

/// Appends the next leaves that are stored, at most a bundle's worth, to the edge.
fn extend_verified(
    store: &(impl Store + ?Sized),
    feed: &FeedId,
    edge: &mut Frontier,
) -> Result<(), StoreError> {
    let start = edge.size();
    let hashes = store.leaf_hashes(feed, start, start + BUNDLE)?;
    let headers = store.headers(feed, start, start + BUNDLE)?;
    if hashes.is_empty() || hashes.len() != headers.len() {
        return Err(corrupt(feed, start, "leaves"));
    }
    for (hash, header) in hashes.iter().zip(headers) {
        if header.is_some_and(|header| leaf_hash(&header) != *hash) {
            return Err(corrupt(feed, edge.size(), "header"));
        }
        edge.push(*hash);
    }
    Ok(())
}

fn corrupt(feed: &FeedId, index: u64, what: &'static str) -> StoreError {
    StoreError::Corrupt { feed: *feed, index, what }
}
