//! What the rest of the node needs from storage, cut from its callers' needs.
//!
//! A store keeps feeds (manifest, head, leaf hashes, headers, bodies) and small state by table and key. Reads see every
//! write at once; writes are durable after [`Store::commit`], and nothing is acknowledged before it.

use commonwheel_record::body::SealedBody;
use commonwheel_record::{FeedId, Hash, Manifest};

use crate::note::SignedHead;
use crate::tree::Frontier;

/// Why a store could not answer. Every one of these is fatal to a running node, save [`StoreError::Refused`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk failed. What was not committed may be lost: stop, reopen, verify.
    #[error("{action} {path}: {why}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: String,
        /// The system's answer.
        why: String,
    },
    /// What was read is not what was written.
    #[error("corrupt {what} of feed {feed} at {index}")]
    Corrupt {
        /// The feed.
        feed: FeedId,
        /// The position, or the tree's level-0 index nearest to it.
        index: u64,
        /// Which part.
        what: &'static str,
    },
    /// The caller asked for something that the store's rules exclude; nothing was changed.
    #[error("{0}")]
    Refused(&'static str),
}

/// A position to append: the leaf's hash, and its header where that is known.
#[derive(Clone, Copy, Debug)]
pub struct Position<'a> {
    /// RFC 6962 leaf hash; of `header`, if that is given: a store relies on it.
    pub hash: Hash,
    /// The leaf's bytes; none for one that is withheld at `commitment`, or erased.
    pub header: Option<&'a [u8]>,
}

/// Small state that is no record, by table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Attestations, by their encoded key.
    Attestations,
    /// Collectives followed, with how they became known.
    Follows,
    /// Peers to dial, by key.
    Peers,
    /// Single values: the highest time seen, …
    Node,
}

/// Storage behind `sync` and the node.
pub trait Store {
    /// Returns every feed, in ascending order.
    fn feeds(&self) -> Vec<FeedId>;

    /// Returns a feed's manifest.
    fn manifest(&self, feed: &FeedId) -> Option<&Manifest>;

    /// Adds an empty feed; one that is there already is left as it is.
    ///
    /// # Errors
    /// [`StoreError`].
    fn create(&mut self, manifest: &Manifest) -> Result<(), StoreError>;

    /// Returns the newest verified head of a feed. It may be ahead of [`Store::size`] while leaves are being fetched.
    fn head(&self, feed: &FeedId) -> Option<&SignedHead>;

    /// Replaces a feed's head. The caller has verified it: the leaves held, and all that are appended later, are of its
    /// tree.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the feed is not there or the head is smaller than the one held.
    fn set_head(&mut self, feed: &FeedId, head: &SignedHead) -> Result<(), StoreError>;

    /// Returns how many leaves are held, from the first on without a gap; 0 for an unknown feed.
    fn size(&self, feed: &FeedId) -> u64;

    /// Returns the right edge of the tree over the leaves held; empty for an unknown feed.
    fn frontier(&self, feed: &FeedId) -> Frontier;

    /// Appends leaves after the last one held.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Refused`] for an unknown feed.
    fn append(&mut self, feed: &FeedId, positions: &[Position<'_>]) -> Result<(), StoreError>;

    /// Returns the hash of the complete subtree of `2^level` leaves that starts at leaf `index << level`.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the subtree is not complete yet.
    fn node(&self, feed: &FeedId, level: u8, index: u64) -> Result<Hash, StoreError>;

    /// Returns leaf hashes of `start..end`, cut to what is held.
    ///
    /// # Errors
    /// [`StoreError`].
    fn leaf_hashes(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Hash>, StoreError>;

    /// Returns the headers of `start..end`, cut to what is held; `None` where a header is missing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn headers(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Adds a header that was missing.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if its leaf hash is not the one held.
    fn fill_header(&mut self, feed: &FeedId, index: u64, header: &[u8]) -> Result<(), StoreError>;

    /// Says, for each of `start..end`, whether its body is held.
    fn held(&self, feed: &FeedId, start: u64, end: u64) -> Vec<bool>;

    /// Returns a body, if held.
    ///
    /// # Errors
    /// [`StoreError`].
    fn body(&self, feed: &FeedId, index: u64) -> Result<Option<SealedBody>, StoreError>;

    /// Adds bodies; the caller has checked them. One that is held already is left as it is.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Refused`] for a position that is not held.
    fn put_bodies(&mut self, feed: &FeedId, bodies: &[(u64, SealedBody)]) -> Result<(), StoreError>;

    /// Removes bodies so that after the next commit none of their bytes is left in the node's files.
    ///
    /// # Errors
    /// [`StoreError`].
    fn erase_bodies(&mut self, feed: &FeedId, indices: &[u64]) -> Result<(), StoreError>;

    /// Returns a value of small state.
    fn state(&self, table: Table, key: &[u8]) -> Option<&[u8]>;

    /// Returns all of a table, in ascending order of keys.
    fn states(&self, table: Table) -> Vec<(&[u8], &[u8])>;

    /// Sets or removes a value of small state.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_state(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError>;

    /// Makes every write so far durable.
    ///
    /// # Errors
    /// [`StoreError`]; after one the store must be reopened.
    fn commit(&mut self) -> Result<(), StoreError>;
}

/// Remembers, outside the store, the newest head each of this node's own feeds was signed at.
///
/// A store that lost its tail must not sign different leaves at positions it already signed: that would be a fork.
pub trait TipGuard {
    /// Returns the newest head allowed to be signed, if any was.
    fn tip(&self, feed: &FeedId) -> Option<(u64, Hash)>;

    /// Moves the tip from exactly `from` to `to`, durably, before a head at `to` may be signed.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the tip is not `from`, or `to` is not larger.
    fn advance(
        &mut self,
        feed: &FeedId,
        from: Option<(u64, Hash)>,
        to: (u64, Hash),
    ) -> Result<(), StoreError>;
}
