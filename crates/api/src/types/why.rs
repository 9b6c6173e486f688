//! Why something is answered as it is.

use commonwheel_record::control::Rung;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use crate::word;

/// Asks what a record is answered with, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyRecordRequest {
    /// The record.
    #[serde(with = "word")]
    pub record: RecordId,
    /// As the node with this key; this node's own tools if absent.
    #[serde(default, rename = "as", with = "word::optional")]
    pub audience: Option<PublicKey>,
    /// For which purpose; `replicate` if absent.
    #[serde(default, with = "word::optional")]
    pub purpose: Option<Purpose>,
    /// How much of it; `body` if absent.
    #[serde(default, with = "word::optional")]
    pub rung: Option<Rung>,
}

/// What a record is answered with, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyRecordAnswer {
    /// The record.
    #[serde(with = "word")]
    pub record: RecordId,
    /// Who asks.
    pub asker: Asker,
    /// For which purpose.
    #[serde(with = "word")]
    pub purpose: Purpose,
    /// How much of it is asked for.
    #[serde(with = "word")]
    pub asked: Rung,
    /// What the valve says.
    pub decided: Decided,
    /// Whether the body is held here: the valve may allow what this node does not have.
    pub body_held: bool,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "kebab-case")]
pub enum Asker {
    /// This node's own tools.
    SelfNode,
    /// A node.
    Node {
        /// Its key.
        #[serde(with = "word")]
        node: PublicKey,
        /// The collectives that delegate it; none if it is anonymous.
        #[serde(with = "word::list")]
        collectives: Vec<CollectiveId>,
    },
}

/// What the valve says about a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The highest rung that may leave; none for nothing at all.
    #[serde(with = "word::optional")]
    pub rung: Option<Rung>,
    /// The rule that matched, 1 to 10; 0 for this node's own tools.
    pub rule: u8,
    /// The reason's name, in kebab case.
    pub code: String,
    /// The reason, for people.
    pub text: String,
    /// The records and collectives it rests on.
    pub related: Vec<Related>,
}

/// Something a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// What it is: `release`, `embargo`, `withdrawal`, `offer` or `steward`.
    pub what: String,
    /// Its id.
    pub id: String,
}

/// Asks about a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyPeerRequest {
    /// Its node key in hexadecimal digits, or its libp2p name.
    pub peer: String,
}

/// How things are with a peer, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyPeerAnswer {
    /// The peer.
    pub peer: super::PeerShown,
    /// What this node does with it, a sentence each.
    pub because: Vec<String>,
}
