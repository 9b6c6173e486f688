//! Control records: appended as they are, or decreed by the collective's keys.

use std::collections::BTreeSet;

use commonwheel_record::control::Power;
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey, RecordId, hex};
use serde::{Deserialize, Serialize};

use crate::word::{self, Word, WordError};

/// Bytes, as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl Word for Hex {
    fn text(&self) -> String {
        hex::encode(&self.0)
    }

    fn read(text: &str) -> Result<Self, WordError> {
        let digit = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digit).collect();
        let plain = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        bytes
            .filter(|_| plain)
            .map(Self)
            .ok_or_else(|| WordError::new("bytes are pairs of hexadecimal digits"))
    }
}

/// A control record that is on no feed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its encoded leaf, with the signatures it has so far.
    #[serde(with = "word")]
    pub record: Hex,
    /// The body it commits to, if it has one.
    #[serde(default)]
    pub body: Option<DraftBody>,
}

/// The personal part of a control record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// The commitment's salt.
    #[serde(with = "word")]
    pub salt: Hash,
    /// The encoded body.
    #[serde(with = "word")]
    pub bytes: Hex,
}

/// Appends a control record that is signed already to a control feed that this node writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlAppendRequest {
    /// The record, which names its collective.
    pub draft: Draft,
    /// Append it even if it would have no effect as things stand.
    #[serde(default)]
    pub force: bool,
}

/// The record appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlAppendAnswer {
    /// Its name.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Why it has no effect, if that is so.
    pub ineffective: Option<String>,
}

/// Carries a collective's control records from now on: makes a control feed of this node for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarryRequest {
    /// The collective.
    #[serde(with = "word")]
    pub collective: CollectiveId,
}

/// The control feed that this node writes for the collective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryAnswer {
    /// The feed.
    #[serde(with = "word")]
    pub feed: FeedId,
    /// The key that signs its heads.
    #[serde(with = "word")]
    pub writer: PublicKey,
    /// Whether the feed was made now.
    pub new: bool,
    /// Whether the collective's root keys have delegated it, so that what it carries counts.
    pub delegated: bool,
}

/// Has the collective's keys decide something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecreeRequest {
    /// Whose; the node's own collective if absent.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// What.
    pub decree: Decree,
    /// Answer with the record, signed by this node's key if that is asked for, instead of appending it: others sign too.
    #[serde(default)]
    pub draft: bool,
}

/// What a collective's keys decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decree {
    /// Governance enters a principal on the roll.
    Enrol(Enrol),
    /// Governance takes a principal off the roll, by the enrolment.
    Leave(#[serde(with = "word")] RecordId),
    /// The root keys name a feed, node or liveness key as the collective's.
    Delegate(Delegated),
    /// The root keys end that.
    Revoke(Revoke),
    /// Governance lets another collective act on one's records.
    Affiliate(Affiliated),
}

/// Somebody to be entered on the roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The roll key.
    #[serde(with = "word")]
    pub key: PublicKey,
    /// The collective that the key votes for, if it is no person.
    #[serde(default, with = "word::optional")]
    pub id: Option<CollectiveId>,
    /// Shares held, at least 1.
    #[serde(default = "one_share")]
    pub shares: u32,
    /// Whether somebody else keeps the key: then it has no vote.
    #[serde(default)]
    pub custodial: bool,
    /// A name, for people.
    #[serde(default)]
    pub name: Option<String>,
}

const fn one_share() -> u32 {
    1
}

/// What is delegated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delegated {
    /// A feed.
    Feed(#[serde(with = "word")] FeedId),
    /// A node.
    Node {
        /// Its key.
        #[serde(with = "word")]
        key: PublicKey,
        /// The region it stands in, as the collective vouches.
        #[serde(default, with = "word::optional")]
        region: Option<Region>,
    },
    /// A key that may sign leases.
    Liveness(#[serde(with = "word")] PublicKey),
}

/// What a revocation ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revoke {
    /// A feed, from what this node holds of it on.
    Feed(#[serde(with = "word")] FeedId),
    /// A node or liveness key.
    Key(#[serde(with = "word")] PublicKey),
    /// An affiliation.
    Affiliate(#[serde(with = "word")] CollectiveId),
}

/// An affiliation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affiliated {
    /// To whom the powers are given.
    #[serde(with = "word")]
    pub to: CollectiveId,
    /// Which powers.
    #[serde(with = "word::list")]
    pub powers: BTreeSet<Power>,
    /// Until when; for good if absent.
    #[serde(default)]
    pub until: Option<u64>,
}

/// What became of a decree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecreeAnswer(pub Made);

/// A record that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// It is on the ledger.
    Appended(#[serde(with = "word")] RecordId),
    /// It is here, to be signed by others and appended by [`ControlAppendRequest`].
    Draft(Draft),
}
