//! Embargoes about to be declared.

use commonwheel_record::control::{Audience, Reach, Rung, Scope, Variant};
use commonwheel_record::{CollectiveId, RecordId};
use serde::{Deserialize, Serialize};

use super::super::control::Made;
use super::super::shapes::{AudienceShape, ScopeShape};
use super::{Breakdown, Coverage, EmbargoStanding, StrikeLiftRequest, StrikeSettleRequest};
use crate::word;

/// Declares an embargo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrikeDeclareRequest {
    /// Whose; the node's own collective if absent. Another one's if this node carries its control log and the embargo
    /// rests on a mandate.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// What it does. Under a mandate it may be absent, and everything is as the ballot proposed.
    #[serde(default, with = "word::optional")]
    pub variant: Option<Variant>,
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
    /// When it begins. If 0, at once; under a mandate, as soon as that allows.
    #[serde(default)]
    pub starts: u64,
    /// When it is over, once the owner's lease is dated after it.
    #[serde(default)]
    pub ends: Option<u64>,
    /// What the collective demands, in public words.
    #[serde(default)]
    pub demand: String,
    /// The mandate it rests on.
    #[serde(default, with = "word::optional")]
    pub mandate: Option<RecordId>,
    /// Which of the ballot's proposals it is, from 1; the only one, or the one that fits, if absent.
    #[serde(default)]
    pub proposal: Option<u32>,
    /// Without a mandate where the charter demands one: for the hours it allows in an emergency, from now on if nothing
    /// else is said.
    #[serde(default)]
    pub emergency: bool,
}

impl Default for StrikeDeclareRequest {
    fn default() -> Self {
        Self {
            collective: None,
            variant: None,
            scope: Scope::default(),
            reach: None,
            audience: Audience::Everyone,
            rung: None,
            starts: 0,
            ends: None,
            demand: String::new(),
            mandate: None,
            proposal: None,
            emergency: false,
        }
    }
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
    /// The same, and how it divides: the counts that a plan of it stated.
    pub breakdown: Breakdown,
    /// What a strike cannot do, a sentence each.
    pub cannot: Vec<String>,
}

/// Makes the record of a strike without appending it, for others to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrikeDraftRequest {
    /// What is to be done.
    pub draft: StrikeDraft,
}

/// What a draft is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrikeDraft {
    /// An embargo.
    Declare(Box<StrikeDeclareRequest>),
    /// A settlement.
    Settle(StrikeSettleRequest),
    /// A lift.
    Lift(StrikeLiftRequest),
}

/// The draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeDraftAnswer {
    /// The record, signed by this node's key if the collective's charter lists it.
    pub made: Made,
}

/// An embargo as it stands in its record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbargoTerms {
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
    /// The mandate it rests on.
    #[serde(with = "word::optional")]
    pub mandate: Option<RecordId>,
}
