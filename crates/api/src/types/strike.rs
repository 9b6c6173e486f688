//! Strikes: embargoes declared, lifted and watched.

use std::fmt;

use commonwheel_record::attestation::EmbargoState;
use commonwheel_record::control::{Audience, LiftReason, Reach, Rung, Scope, Variant};
use commonwheel_record::{CollectiveId, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use super::shapes::{AudienceShape, ScopeShape, optional_scope};
use crate::word;

/// Declares an embargo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrikeDeclareRequest {
    /// Whose; the node's own collective, if it has one only.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// What it does.
    #[serde(with = "word")]
    pub variant: Variant,
    /// Which contributions it is about; all of them if absent.
    #[serde(default, with = "ScopeShape")]
    pub scope: Scope,
    /// Which of them it reaches; the variant's default if absent.
    #[serde(default, with = "word::optional")]
    pub reach: Option<Reach>,
    /// Whom it refuses.
    #[serde(default = "everyone", with = "AudienceShape")]
    pub audience: Audience,
    /// The highest rung it leaves open; `header` if absent.
    #[serde(default, with = "word::optional")]
    pub rung: Option<Rung>,
    /// When it begins; at once if 0.
    #[serde(default)]
    pub starts: u64,
    /// When it is over, once the owner's lease is dated after it.
    #[serde(default)]
    pub ends: Option<u64>,
    /// What the collective demands, in public words.
    #[serde(default)]
    pub demand: String,
}

const fn everyone() -> Audience {
    Audience::Everyone
}

/// The embargo declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeDeclareAnswer {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// What became of it.
    pub standing: EmbargoStanding,
    /// What it covers, as far as this node holds it.
    pub coverage: Coverage,
    /// What a strike cannot do, a sentence each.
    pub cannot: Vec<String>,
}

/// What an embargo covers, of the contributions this node holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Contributions in its scope.
    pub in_scope: u64,
    /// Of them, those it withholds from whom it refuses.
    pub withheld: u64,
    /// Of them, those that flow on because an irrevocable licence was given before it.
    pub irrevocable: u64,
    /// Of them, those not released in any case.
    pub unreleased: u64,
}

/// Ends an embargo, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrikeLiftRequest {
    /// The embargo.
    #[serde(with = "word")]
    pub embargo: RecordId,
    /// Only for contributions in this scope.
    #[serde(default, with = "optional_scope")]
    pub scope: Option<Scope>,
    /// Why.
    #[serde(with = "word")]
    pub reason: LiftReason,
}

/// The lift made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeLiftAnswer {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// What the embargo still covers.
    pub coverage: Coverage,
    /// What a strike, or its end, cannot do, a sentence each.
    pub cannot: Vec<String>,
}

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
    /// In the order of their records.
    pub embargoes: Vec<EmbargoShown>,
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
    /// What it does.
    #[serde(with = "word")]
    pub variant: Variant,
    /// Which contributions it is about.
    #[serde(with = "ScopeShape")]
    pub scope: Scope,
    /// Which of them it reaches.
    #[serde(with = "word")]
    pub reach: Reach,
    /// Whom it refuses.
    #[serde(with = "AudienceShape")]
    pub audience: Audience,
    /// The highest rung it leaves open.
    #[serde(with = "word")]
    pub rung: Rung,
    /// When it begins; 0 for at once.
    pub starts: u64,
    /// When it is over.
    pub ends: Option<u64>,
    /// What the collective demands.
    pub demand: String,
    /// How it stands.
    pub standing: EmbargoStanding,
    /// The records that lifted it or a part of it.
    #[serde(with = "word::list")]
    pub lifts: Vec<RecordId>,
    /// The nodes that said they have it.
    pub acknowledged: Vec<Acknowledged>,
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
            Self::Ineffective { why } => write!(f, "without effect: {why}"),
        }
    }
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
