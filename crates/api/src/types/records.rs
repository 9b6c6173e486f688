//! Records.

use commonwheel_record::{CollectiveId, Hash, RecordId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Decided;
use crate::word;

/// Asks for a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordShowRequest {
    /// Its name.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whether to show the body too.
    #[serde(default)]
    pub body: bool,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordShowAnswer {
    /// Its name.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whose it is, if that can be told.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// Its RFC 6962 leaf hash.
    #[serde(with = "word")]
    pub leaf_hash: Hash,
    /// Its kind; none if the header is missing.
    pub kind: Option<String>,
    /// What its header says; none if the header is missing.
    pub header: Option<Value>,
    /// For a contribution: the preferences that hold, its own and what embargoes in force lay over them for those they
    /// refuse.
    pub effective_preferences: Option<Value>,
    /// What the valve says to this node's own tools.
    pub decided: Decided,
    /// Where its body is.
    pub body_state: BodyState,
    /// The body, if it was asked for and is shown.
    pub body: Option<Value>,
}

/// Where a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyState {
    /// The record has none.
    None,
    /// Here.
    Held,
    /// Granted to this node, and being fetched.
    Wanted,
    /// Not here, and not granted.
    Absent,
    /// Erased.
    Erased,
}

impl BodyState {
    /// Returns the state's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Held => "held",
            Self::Wanted => "wanted",
            Self::Absent => "absent",
            Self::Erased => "erased",
        }
    }
}
