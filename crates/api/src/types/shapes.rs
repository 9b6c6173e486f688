//! How the ledger's own compound types look in JSON.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Audience, Cut, DividendMode, Party, Ratio, Rules, Scope, VoteWeight};
use commonwheel_record::terms::{Language, Preference, Preferences, Slug};
use commonwheel_record::{ContributionKind, FeedId, Tier};
use serde::{Deserialize, Serialize};

use crate::word;

/// A scope: lists of words, each absent for any.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Scope", deny_unknown_fields)]
pub(crate) struct ScopeShape {
    #[serde(default, with = "word::list")]
    kinds: BTreeSet<ContributionKind>,
    #[serde(default, with = "word::list")]
    languages: BTreeSet<Language>,
    #[serde(default, with = "word::list")]
    domains: BTreeSet<Slug>,
    #[serde(default, with = "word::list")]
    tags: BTreeSet<Slug>,
    #[serde(default, with = "word::list")]
    tiers: BTreeSet<Tier>,
}

/// An audience: `"everyone"`, `{"only": [party]}` or `{"except": [party]}`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Audience", rename_all = "kebab-case")]
pub(crate) enum AudienceShape {
    Everyone,
    Only(#[serde(with = "word::list")] BTreeSet<Party>),
    Except(#[serde(with = "word::list")] BTreeSet<Party>),
}

/// Preferences: one word a purpose, absent for unset.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Preferences", deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PreferencesShape {
    #[serde(default, with = "word")]
    train: Preference,
    #[serde(default, with = "word")]
    ai_use: Preference,
    #[serde(default, with = "word")]
    search: Preference,
    #[serde(default, with = "word")]
    evaluate: Preference,
    #[serde(default, with = "word")]
    tdm: Preference,
}

/// A cut: sizes by feed.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Cut")]
pub(crate) struct CutShape(#[serde(with = "word::map")] BTreeMap<FeedId, u64>);

/// A charter's rules, each under its own name.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Rules", deny_unknown_fields)]
pub(crate) struct RulesShape {
    mandate_required: bool,
    #[serde(with = "word")]
    vote_weight: VoteWeight,
    vote_cap: u32,
    #[serde(with = "word")]
    turnout: Ratio,
    #[serde(with = "word")]
    majority: Ratio,
    #[serde(with = "word")]
    support_floor: Ratio,
    abstentions_count: bool,
    secret_ballots: bool,
    petition: u32,
    grace_hours: u32,
    lift_by_ballot: bool,
    notice_days: u32,
    mandate_days: u32,
    emergency_hours: u32,
    cadence_days: u32,
    reserve_permille: u32,
    #[serde(with = "word")]
    dividend: DividendMode,
    retention_days: u32,
}

macro_rules! optional {
    ($module:ident, $shape:literal, $name:ident) => {
        /// The same, where it may be absent.
        pub(crate) mod $module {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::*;

            #[derive(Serialize, Deserialize)]
            struct Present(#[serde(with = $shape)] $name);

            pub(crate) fn serialize<S: Serializer>(
                value: &Option<$name>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                value.clone().map(Present).serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<$name>, D::Error> {
                Ok(Option::<Present>::deserialize(deserializer)?.map(|present| present.0))
            }
        }
    };
}

optional!(optional_scope, "ScopeShape", Scope);
optional!(optional_preferences, "PreferencesShape", Preferences);
