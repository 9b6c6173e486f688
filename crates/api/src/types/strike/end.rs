//! What ends an embargo, or a condition of it.

use commonwheel_record::control::{LiftReason, Party, Scope};
use commonwheel_record::terms::Condition;
use commonwheel_record::{Hash, RecordId};
use serde::{Deserialize, Serialize};

use super::super::shapes::optional_scope;
use super::Coverage;
use crate::word;

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
    /// The settlement it follows.
    #[serde(default, with = "word::optional")]
    pub settlement: Option<RecordId>,
    /// The mandate it rests on, if members voted for it.
    #[serde(default, with = "word::optional")]
    pub mandate: Option<RecordId>,
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

/// States that the condition of a preference shift was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrikeSettleRequest {
    /// The embargo.
    #[serde(with = "word")]
    pub embargo: RecordId,
    /// The condition that was met.
    #[serde(with = "word")]
    pub condition: Condition,
    /// The hash of the evidence, which is kept elsewhere.
    #[serde(with = "word")]
    pub evidence: Hash,
    /// With whom.
    #[serde(default, with = "word::optional")]
    pub with: Option<Party>,
    /// The mandate it rests on, if members voted for it.
    #[serde(default, with = "word::optional")]
    pub mandate: Option<RecordId>,
}

/// The settlement stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeSettleAnswer {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// What the embargo still covers: what came while the shift stood keeps it.
    pub coverage: Coverage,
    /// What a strike, or its end, cannot do, a sentence each.
    pub cannot: Vec<String>,
}
