//! How embargoes stand, and who honours them.

use std::fmt;

use commonwheel_record::attestation::EmbargoState;
use commonwheel_record::{CollectiveId, Hash, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use super::{Coverage, EmbargoTerms};
use crate::word;

/// Asks for the embargoes known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StrikeStatusRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// The embargoes known, those that are over and those without effect included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeStatusAnswer {
    /// By collective, then in the order of their records.
    pub embargoes: Vec<EmbargoShown>,
    /// What a strike cannot do, a sentence each.
    pub cannot: Vec<String>,
}

/// An embargo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbargoShown {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// The collective's name.
    pub collective_name: String,
    /// What it says.
    #[serde(flatten)]
    pub terms: EmbargoTerms,
    /// How it stands.
    pub standing: EmbargoStanding,
    /// What it rests on.
    pub rests_on: RestsOn,
    /// Whether a settlement has met its condition.
    pub settled: bool,
    /// The records that lifted it or a part of it.
    #[serde(with = "word::list")]
    pub lifts: Vec<RecordId>,
    /// The nodes that said they have it.
    pub acknowledged: Vec<Acknowledged>,
    /// What is known of all nodes that could honour it.
    pub compliance: Compliance,
    /// What it covers, as far as this node holds it.
    pub coverage: Coverage,
}

/// How an embargo stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum EmbargoStanding {
    /// What it covers is withheld.
    InForce,
    /// It begins later.
    Pending,
    /// A part of it was lifted.
    PartlyLifted,
    /// It was lifted.
    Lifted,
    /// Its time is over.
    Over,
    /// It has no effect.
    Ineffective {
        /// Why.
        why: String,
        /// What to do about it.
        #[serde(default)]
        fix: String,
    },
}

impl fmt::Display for EmbargoStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InForce => f.write_str("in force"),
            Self::Pending => f.write_str("begins later"),
            Self::PartlyLifted => f.write_str("partly lifted"),
            Self::Lifted => f.write_str("lifted"),
            Self::Over => f.write_str("over"),
            Self::Ineffective { why, .. } => write!(f, "without effect: {why}"),
        }
    }
}

/// What an embargo rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum RestsOn {
    /// The governance keys, as the charter allows.
    Governance,
    /// The governance keys, for as long as the charter allows in an emergency.
    Emergency,
    /// The members' vote.
    Mandate {
        /// The mandate.
        #[serde(with = "word")]
        mandate: RecordId,
        /// The ballot.
        #[serde(with = "word")]
        ballot: Hash,
        /// Its question.
        question: String,
        /// What came of it, in words.
        outcome: String,
        /// When it was allowed to begin.
        earliest: u64,
        /// When it is over at the latest.
        expires: u64,
    },
    /// Nothing that counts.
    Nothing,
}

/// A node's word that it has an embargo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The node.
    #[serde(with = "word")]
    pub node: PublicKey,
    /// The collectives that delegate it.
    #[serde(with = "word::list")]
    pub collectives: Vec<CollectiveId>,
    /// How far it is.
    #[serde(with = "word")]
    pub state: EmbargoState,
    /// Since when, if it said so.
    pub time: Option<u64>,
}

/// The nodes known here, by what they said of an embargo. A node's word is no proof: it may say that it honours, and not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    /// Since when the embargo is known to have been about, by the oldest word on it; none before anybody said so.
    pub since: Option<u64>,
    /// How many say that they enforce it.
    pub enforce_count: u64,
    /// How many say that they have it, and not yet that they enforce it.
    pub received_count: u64,
    /// How many were heard of since, and did not say that they have it.
    pub lag_count: u64,
    /// How many were not heard of since.
    pub unheard_count: u64,
    /// Those who say that they enforce it.
    pub enforce: Vec<NodeKnown>,
    /// Those who say that they have it.
    pub received: Vec<NodeKnown>,
    /// Those who were heard of since, and did not say that they have it.
    pub lag: Vec<NodeKnown>,
    /// Those who were not heard of since.
    pub unheard: Vec<NodeKnown>,
}

/// A node that is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeKnown {
    /// The node.
    #[serde(with = "word")]
    pub node: PublicKey,
    /// What it calls itself.
    pub name: Option<String>,
    /// The collectives that delegate it.
    #[serde(with = "word::list")]
    pub collectives: Vec<CollectiveId>,
    /// Whether it is connected.
    pub connected: bool,
    /// Whether a control log followed here names it: the word of others is not kept, so they are never heard of.
    pub named: bool,
    /// When it said what it said of the embargo.
    pub time: Option<u64>,
    /// When it was last heard of: now if it is connected.
    pub heard: Option<u64>,
    /// For how many seconds the embargo has been about without a word of it.
    pub waiting: Option<u64>,
}
