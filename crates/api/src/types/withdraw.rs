//! Withdrawals: they take contributions back.

use commonwheel_record::CollectiveId;
use commonwheel_record::RecordId;
use commonwheel_record::control::{Range, Rung, WithdrawalClass};
use serde::{Deserialize, Serialize};

use crate::word;

/// Takes contributions back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// Whose; the owner of the ranges' feeds if absent.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// Which contributions; at least one range.
    #[serde(with = "word::list")]
    pub ranges: Vec<Range>,
    /// Why, which says how far it goes.
    #[serde(with = "word")]
    pub class: WithdrawalClass,
    /// What stays; `header` if absent.
    #[serde(default, with = "word::optional")]
    pub rung: Option<Rung>,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawAnswer {
    /// The record that says so.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Contributions taken back.
    pub contributions: u64,
    /// Bodies erased from this node's files.
    pub erased: u64,
    /// Contributions that are served on because an irrevocable licence was given: a preference does not undo it.
    pub still_served: u64,
}
