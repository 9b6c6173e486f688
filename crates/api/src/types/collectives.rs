//! Collectives.

use std::collections::BTreeSet;

use commonwheel_record::control::{Charter, Cut, KeySet, Power, Rules};
use commonwheel_record::terms::{Licence, Preferences, Region};
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use super::shapes::{CutShape, PreferencesShape, RulesShape};
use crate::word;

/// Asks for the collectives followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectiveListRequest {}

/// The collectives followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveListAnswer {
    /// In the order of their ids.
    pub collectives: Vec<CollectiveSummary>,
}

/// Why a collective is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FollowReason {
    /// This node is one of its own.
    Own,
    /// Configuration or `collective follow` names it.
    Followed,
    /// The control log of one that is followed names it.
    Named,
}

impl FollowReason {
    /// Returns the reason's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Followed => "followed",
            Self::Named => "named",
        }
    }
}

/// A collective in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveSummary {
    /// Its id.
    #[serde(with = "word")]
    pub id: CollectiveId,
    /// Its name; none while its control log is not held.
    pub name: Option<String>,
    /// Why it is followed.
    pub follow: FollowReason,
    /// Its feeds.
    pub feeds: u64,
    /// Its contributions held, bodies or not.
    pub contributions: u64,
    /// Bodies held of them.
    pub bodies: u64,
    /// Its embargoes in force.
    pub embargoes: u64,
    /// Why this node serves none of its bodies at present; none if it does.
    pub not_serving: Option<String>,
}

/// Asks for one collective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectiveShowRequest {
    /// Its id.
    #[serde(with = "word")]
    pub id: CollectiveId,
}

/// One collective as its control logs describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveShowAnswer {
    /// What a list says of it.
    pub summary: CollectiveSummary,
    /// The hash of its view: equal on every node that holds the same control logs.
    #[serde(with = "word")]
    pub view_hash: Hash,
    /// Its charter; none while its control log is not held.
    pub charter: Option<Box<CharterShown>>,
    /// Its control feeds.
    #[serde(with = "word::list")]
    pub control_feeds: Vec<FeedId>,
    /// Its data feeds.
    #[serde(with = "word::list")]
    pub data_feeds: Vec<FeedId>,
    /// Its nodes.
    pub nodes: Vec<NodeShown>,
    /// The collectives that may act on its records.
    pub affiliates: Vec<AffiliateShown>,
    /// Records of its control logs that have no effect.
    pub ineffective: Vec<IneffectiveShown>,
}

/// A charter, whole: every value it has, so that it can be written down, compared and amended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharterShown {
    /// Its number, 0 for the one that founds.
    pub number: u64,
    /// The hash of its signed bytes, by which the next one names it.
    #[serde(with = "word")]
    pub hash: Hash,
    /// The charter before it.
    #[serde(with = "word::optional")]
    pub previous: Option<Hash>,
    /// What its predecessor's keys signed counts inside these control feeds up to these sizes only.
    #[serde(with = "CutShape")]
    pub cut: Cut,
    /// What tells a genesis charter from an equal one.
    #[serde(with = "word")]
    pub nonce: Hash,
    /// The collective's name.
    pub name: String,
    /// The keys that delegate feeds and amend it.
    pub root: KeysShown,
    /// The keys that release, strike, lift, withdraw, offer and grant.
    pub governance: KeysShown,
    /// The digests of the next root keys.
    #[serde(with = "word::list")]
    pub next_root: BTreeSet<Hash>,
    /// The keys that sign leases.
    #[serde(with = "word::list")]
    pub liveness: BTreeSet<PublicKey>,
    /// The nodes that witness its feeds.
    #[serde(with = "word::list")]
    pub witnesses: BTreeSet<PublicKey>,
    /// The collectives that contributions may name as stewards.
    #[serde(with = "word::list")]
    pub stewards: BTreeSet<CollectiveId>,
    /// How long a lease lasts, in hours.
    pub lease_hours: u32,
    /// The feed whose order a rate limit counts in.
    #[serde(with = "word::optional")]
    pub release_feed: Option<FeedId>,
    /// The licence of contributions that name none.
    #[serde(with = "word")]
    pub default_licence: Licence,
    /// The hash of the terms a `LicenseRef-` default stands for.
    #[serde(with = "word::optional")]
    pub terms: Option<Hash>,
    /// The preferences of contributions that state none.
    #[serde(with = "PreferencesShape")]
    pub default_preferences: Preferences,
    /// Whether members may not state more permissive ones.
    pub preferences_locked: bool,
    /// Whether an embargo needs a ballot's mandate; one of the rules.
    pub mandate_required: bool,
    /// The rules of strikes, releases and money.
    #[serde(with = "RulesShape")]
    pub rules: Rules,
}

impl CharterShown {
    /// Shows a charter whose signed bytes have this hash.
    #[must_use]
    pub fn of(charter: &Charter, hash: Hash) -> Self {
        let charter = charter.clone();
        Self {
            number: charter.number,
            hash,
            previous: charter.previous,
            cut: charter.cut,
            nonce: charter.nonce,
            name: charter.name,
            root: charter.root.into(),
            governance: charter.governance.into(),
            next_root: charter.next_root,
            liveness: charter.liveness,
            witnesses: charter.witnesses,
            stewards: charter.stewards,
            lease_hours: charter.lease_hours,
            release_feed: charter.release_feed,
            default_licence: charter.default_licence,
            terms: charter.terms,
            default_preferences: charter.default_preferences,
            preferences_locked: charter.preferences_locked,
            mandate_required: charter.rules.mandate_required,
            rules: charter.rules,
        }
    }

    /// Returns the charter that is shown.
    #[must_use]
    pub fn charter(self) -> Charter {
        Charter {
            number: self.number,
            previous: self.previous,
            cut: self.cut,
            nonce: self.nonce,
            name: self.name,
            root: self.root.into(),
            governance: self.governance.into(),
            next_root: self.next_root,
            liveness: self.liveness,
            witnesses: self.witnesses,
            stewards: self.stewards,
            lease_hours: self.lease_hours,
            release_feed: self.release_feed,
            default_licence: self.default_licence,
            terms: self.terms,
            default_preferences: self.default_preferences,
            preferences_locked: self.preferences_locked,
            rules: self.rules,
        }
    }
}

/// Keys of which a number must sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysShown {
    /// How many must sign.
    pub threshold: u8,
    /// The keys.
    #[serde(with = "word::list")]
    pub keys: BTreeSet<PublicKey>,
}

impl From<KeySet> for KeysShown {
    fn from(KeySet { threshold, keys }: KeySet) -> Self {
        Self { threshold, keys }
    }
}

impl From<KeysShown> for KeySet {
    fn from(KeysShown { threshold, keys }: KeysShown) -> Self {
        Self { threshold, keys }
    }
}

/// A node of a collective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeShown {
    /// Its key.
    #[serde(with = "word")]
    pub key: PublicKey,
    /// The region the collective vouches for.
    #[serde(with = "word::optional")]
    pub region: Option<Region>,
}

/// A collective that may act on another's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffiliateShown {
    /// Which one.
    #[serde(with = "word")]
    pub to: CollectiveId,
    /// What it may do.
    #[serde(with = "word::list")]
    pub powers: BTreeSet<Power>,
    /// Until when; for good if none.
    pub until: Option<u64>,
}

/// A record without effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IneffectiveShown {
    /// Which one.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Why.
    pub why: String,
}

/// Follows a collective, now and after every later start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectiveFollowRequest {
    /// Which one.
    #[serde(with = "word")]
    pub id: CollectiveId,
}

/// The collective followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveFollowAnswer {
    /// Whether it was not followed before.
    pub new: bool,
}
