//! What a node holds, in the figures by which two nodes are compared.

use commonwheel_record::{CollectiveId, FeedId, Hash};
use serde::{Deserialize, Serialize};

use crate::word;

/// Asks what is held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldingsRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// What is held. Two nodes have converged if their roots and view hashes are equal and neither wants a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingsAnswer {
    /// The hash of every head.
    #[serde(with = "word")]
    pub heads_root: Hash,
    /// The hash of every attestation.
    #[serde(with = "word")]
    pub attestations_root: Hash,
    /// One view a collective, in the order of their ids.
    pub views: Vec<ViewHash>,
    /// In the order of their ids.
    pub feeds: Vec<FeedHoldings>,
}

/// The hash of a collective's view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewHash {
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// The hash.
    #[serde(with = "word")]
    pub hash: Hash,
}

/// What is held of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHoldings {
    /// Which feed.
    #[serde(with = "word")]
    pub id: FeedId,
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// Leaves under the head.
    pub size: u64,
    /// The head's root.
    #[serde(with = "word")]
    pub root: Hash,
    /// Leaves not held yet under the largest head known.
    pub missing_leaves: u64,
    /// Positions held whose header is missing.
    pub missing_headers: u64,
    /// Contributions.
    pub contributions: u64,
    /// Bodies held.
    pub bodies: u64,
    /// Contributions whose body the valve grants this node.
    pub granted: u64,
    /// Bodies granted and not held.
    pub wanted: u64,
}
