//! Peers.

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{CollectiveId, PublicKey};
use serde::{Deserialize, Serialize};

use crate::word;

/// Adds a peer, at once and for every later start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerAddRequest {
    /// Its multiaddress, ending in `/p2p/<peer id>`.
    pub address: String,
}

/// The peer added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerAddAnswer {
    /// Its libp2p name.
    pub peer_id: String,
    /// Its node key, if the name holds it.
    #[serde(with = "word::optional")]
    pub node: Option<PublicKey>,
    /// Whether it was not known before.
    pub new: bool,
}

/// Asks for the peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerListRequest {}

/// The peers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerListAnswer {
    /// Connected and configured ones.
    pub peers: Vec<PeerShown>,
}

/// A peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerShown {
    /// Its libp2p name.
    pub peer_id: String,
    /// Its node key, if known.
    #[serde(with = "word::optional")]
    pub node: Option<PublicKey>,
    /// What it says it is.
    #[serde(with = "word::optional")]
    pub role: Option<NodeRole>,
    /// The name it gives itself.
    pub name: Option<String>,
    /// The collectives that delegate it.
    #[serde(with = "word::list")]
    pub collectives: Vec<CollectiveId>,
    /// Where it was reached, or is looked for.
    pub addresses: Vec<String>,
    /// Whether it is connected.
    pub connected: bool,
    /// Whether configuration or `peer add` names it.
    pub configured: bool,
    /// Whether it is a partner, against whom control heads are compared.
    pub partner: bool,
    /// Whether its heads equal this node's over what both follow; unknown before the first comparison.
    pub in_sync: Option<bool>,
    /// What went wrong last.
    pub problem: Option<String>,
}
