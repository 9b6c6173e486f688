//! The roll.

use commonwheel_record::{CollectiveId, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use crate::word;

/// Asks for a collective's roll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemberListRequest {
    /// Whose; the node's own collective if absent.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// A collective's roll, as far as its personal parts are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberListAnswer {
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// How many principals have a vote.
    pub voters: u64,
    /// How many votes there are in all.
    pub votes: u64,
    /// In the order of their keys.
    pub members: Vec<MemberShown>,
    /// Enrolments and leaves without effect, with the reason.
    pub ineffective: Vec<super::IneffectiveShown>,
}

/// A principal on the roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberShown {
    /// The record that entered them.
    #[serde(with = "word")]
    pub enrolment: RecordId,
    /// The roll key.
    #[serde(with = "word")]
    pub key: PublicKey,
    /// The collective that the key votes for, if it is no person.
    #[serde(with = "word::optional")]
    pub id: Option<CollectiveId>,
    /// A name, for people.
    pub name: Option<String>,
    /// Shares held.
    pub shares: u32,
    /// Votes.
    pub votes: u64,
    /// Whether somebody else keeps the key: then it has no vote.
    pub custodial: bool,
}
