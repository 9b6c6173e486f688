//! Feeds.

use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey};
use serde::{Deserialize, Serialize};

use crate::word;

/// Asks for the feeds held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedListRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// The feeds held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedListAnswer {
    /// In the order of their ids.
    pub feeds: Vec<FeedShown>,
}

/// A feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedShown {
    /// Its id.
    #[serde(with = "word")]
    pub id: FeedId,
    /// Whose it is.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// What its leaves are.
    #[serde(with = "word")]
    pub purpose: Purpose,
    /// Who may know of it.
    #[serde(with = "word")]
    pub audience: FeedAudience,
    /// The key that signs its checkpoints.
    #[serde(with = "word")]
    pub writer: PublicKey,
    /// Whether this node writes it.
    pub own: bool,
    /// Leaves under its head.
    pub size: u64,
    /// The head's root.
    #[serde(with = "word")]
    pub root: Hash,
    /// Positions whose header is missing.
    pub missing: u64,
    /// Bodies held.
    pub bodies: u64,
    /// Whether a fork proof is held.
    pub forked: bool,
}
