//! Header pages: consecutive positions of a feed, each with its header or with its leaf hash alone.
//!
//! A page is verified on arrival against a head, or dropped. It starts on a bundle's boundary and ends on one or at the
//! head, so that whatever is stored of a bundle was verified with it.

use commonwheel_record::Hash;
use commonwheel_record::attestation::Head;
use commonwheel_record::limits::MAX_LEAF;

use crate::proof::{ProofError, RangeProof, verify_range};
use crate::tree::{Frontier, leaf_hash};

/// Positions of a bundle, and of a full C2SP tile: what pages are aligned to.
pub const BUNDLE: u64 = 256;

/// One position of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageEntry {
    /// The leaf's bytes.
    Header(Vec<u8>),
    /// The leaf's hash: the header is withheld or erased.
    Missing(Hash),
}

impl PageEntry {
    /// Returns the position's leaf hash.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        match self {
            Self::Header(header) => leaf_hash(header),
            Self::Missing(hash) => *hash,
        }
    }

    /// Returns the header, if it is there.
    #[must_use]
    pub fn header(&self) -> Option<&[u8]> {
        match self {
            Self::Header(header) => Some(header),
            Self::Missing(_) => None,
        }
    }
}

/// Why a page was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The page is empty, or does not start and end on a multiple of [`BUNDLE`] or at the head.
    #[error("page outside its bounds")]
    Bounds,
    /// A header is empty or longer than [`MAX_LEAF`].
    #[error("header of an impossible length")]
    Header,
    /// The leaves are not those of the head.
    #[error("page: {0}")]
    Proof(#[from] ProofError),
}

/// A page whose leaves are known to be those of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPage {
    /// The leaf hashes, in order.
    pub hashes: Vec<Hash>,
    /// The tree's right edge after the page.
    pub edge: Frontier,
}

/// Checks a page's bounds and returns its end: not empty, from a multiple of [`BUNDLE`] to one, or to the head.
///
/// # Errors
/// [`PageError::Bounds`].
pub fn check_bounds(start: u64, count: u64, size: u64) -> Result<u64, PageError> {
    let end = start.checked_add(count).filter(|end| *end <= size).ok_or(PageError::Bounds)?;
    let aligned = start.is_multiple_of(BUNDLE) && (end.is_multiple_of(BUNDLE) || end == size);
    if count > 0 && aligned { Ok(end) } else { Err(PageError::Bounds) }
}

/// Checks that a page's entries are the leaves of a verified head from `start` on.
///
/// # Errors
/// [`PageError`]; nothing of the page may be kept then.
pub fn verify(
    start: u64,
    entries: &[PageEntry],
    proof: &RangeProof,
    head: &Head,
) -> Result<VerifiedPage, PageError> {
    check_bounds(start, entries.len() as u64, head.size)?;
    // A header of no bytes stands for a missing one on disk, so it must never count as present.
    if entries.iter().filter_map(PageEntry::header).any(|header| !(1..=MAX_LEAF).contains(&header.len())) {
        return Err(PageError::Header);
    }
    let hashes: Vec<Hash> = entries.iter().map(PageEntry::leaf_hash).collect();
    let edge = verify_range(start, &hashes, proof, head.size, &head.root)?;
    Ok(VerifiedPage { hashes, edge })
}
