//! The waiting room: what a reviewer sees and decides.

use std::collections::BTreeSet;

use commonwheel_intake::waiting::{ItemId, Stage};
use commonwheel_record::ContributionKind;
use commonwheel_record::control::Range;
use commonwheel_record::terms::{Language, Slug};
use serde::{Deserialize, Serialize};

use crate::word;

/// Most items of one list.
const DEFAULT_LIST_ITEMS: u64 = 100;

/// Asks what waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WaitingListRequest {
    /// Only at this stage; by default what waits for a decision: received, checked and quarantined.
    #[serde(with = "word::optional")]
    pub stage: Option<Stage>,
    /// Only of this kind.
    #[serde(with = "word::optional")]
    pub kind: Option<ContributionKind>,
    /// Only in this language or a narrower one.
    #[serde(with = "word::optional")]
    pub language: Option<Language>,
    /// Only of this domain.
    #[serde(with = "word::optional")]
    pub domain: Option<Slug>,
    /// How many matching items to pass over.
    pub skip: u64,
    /// How many to list at most.
    pub limit: u64,
}

impl Default for WaitingListRequest {
    /// The first page of everything that waits.
    fn default() -> Self {
        Self { stage: None, kind: None, language: None, domain: None, skip: 0, limit: DEFAULT_LIST_ITEMS }
    }
}

/// What waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingListAnswer {
    /// One page of the items, in the order they arrived.
    pub items: Vec<WaitingItem>,
    /// How many match in all.
    pub total: u64,
    /// What the room holds.
    pub counts: WaitingCounts,
}

/// An item in the waiting room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingItem {
    /// Its name.
    #[serde(with = "word")]
    pub id: ItemId,
    /// How far it has come.
    #[serde(with = "word")]
    pub stage: Stage,
    /// Why it is there; empty if nobody said.
    pub reason: String,
    /// When it arrived.
    pub received: u64,
    /// What it would be a contribution of.
    #[serde(with = "word")]
    pub kind: ContributionKind,
    /// Its language.
    #[serde(with = "word")]
    pub language: Language,
    /// Its domain.
    #[serde(with = "word::optional")]
    pub domain: Option<Slug>,
    /// Its size, in bytes.
    pub bytes: u64,
    /// How its text begins.
    pub preview: String,
}

/// What the waiting room holds, by stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCounts {
    /// Received and not checked.
    pub received: u64,
    /// Checked and not decided.
    pub checked: u64,
    /// In quarantine.
    pub quarantined: u64,
    /// Rejected.
    pub rejected: u64,
    /// Accepted and not appended yet.
    pub accepted: u64,
    /// Bytes of them all.
    pub bytes: u64,
}

/// Which items a decision is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// Everything checked. What is in quarantine is decided by name only.
    All,
    /// These.
    Items(#[serde(with = "word::list")] BTreeSet<ItemId>),
}

/// Accepts items: they are appended to a data feed, where their headers are public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingAcceptRequest {
    /// Which.
    pub items: Selection,
}

/// What was appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingAcceptAnswer {
    /// Contributions accepted.
    pub accepted: u64,
    /// Submissions they came in.
    pub submissions: u64,
    /// Where they stand now, submissions included.
    #[serde(with = "word::list")]
    pub ranges: Vec<Range>,
}

/// Rejects items: they leave the waiting room, and nothing of them the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingRejectRequest {
    /// Which.
    pub items: Selection,
    /// Why, for the contributor.
    pub reason: String,
}

/// What was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRejectAnswer {
    /// Items rejected.
    pub rejected: u64,
}
