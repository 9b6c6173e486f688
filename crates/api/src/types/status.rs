//! How the node is.

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{Hash, NetworkId, PublicKey};
use serde::{Deserialize, Serialize};

use super::{CollectiveSummary, WaitingCounts};
use crate::word;

/// Asks how the node is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRequest {}

/// How the node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// The software's version.
    pub version: String,
    /// The node's key.
    #[serde(with = "word")]
    pub node: PublicKey,
    /// The key that signs its feeds' heads and, where a charter lists it as witness, those of others.
    #[serde(with = "word")]
    pub writer: PublicKey,
    /// The libp2p name of the same key.
    pub peer_id: String,
    /// Its name, for people.
    pub name: String,
    /// What it is.
    #[serde(with = "word")]
    pub role: NodeRole,
    /// The network it is on.
    pub network: NetworkShown,
    /// When it started.
    pub started: u64,
    /// Its clock now.
    pub now: u64,
    /// Where it listens, as multiaddresses.
    pub listen: Vec<String>,
    /// Whether its writer may sign heads: the tip guard, and the witnesses if the charter names any, have confirmed.
    pub may_write: bool,
    /// Its peers.
    pub peers: PeerCounts,
    /// The hash of every head it holds.
    #[serde(with = "word")]
    pub heads_root: Hash,
    /// The collectives it follows.
    pub collectives: Vec<CollectiveSummary>,
    /// What it holds of them.
    pub totals: Totals,
    /// What is in the waiting room; none on a node without one.
    pub waiting: Option<WaitingCounts>,
    /// What the operator should look at.
    pub warnings: Vec<Warning>,
}

/// A network's name and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkShown {
    /// The name.
    pub name: String,
    /// The id derived from it.
    #[serde(with = "word")]
    pub id: NetworkId,
}

/// How many peers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerCounts {
    /// Connected now.
    pub connected: u64,
    /// Known by configuration or `peer add`.
    pub configured: u64,
}

/// What a node holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Feeds.
    pub feeds: u64,
    /// Leaves, headers and missing ones alike.
    pub records: u64,
    /// Contributions among them.
    pub contributions: u64,
    /// Bodies held.
    pub bodies: u64,
    /// Bodies granted to this node and not held yet.
    pub wanted: u64,
    /// Bytes of feed files.
    pub feed_bytes: u64,
    /// Bytes of the index.
    pub index_bytes: u64,
}

/// Something the operator should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A machine-readable name, in kebab case.
    pub code: String,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}
