//! How the ledger's own compound types look in JSON.

use std::collections::BTreeSet;

use commonwheel_record::control::{Audience, Party, Scope};
use commonwheel_record::terms::{Language, Preference, Preferences, Slug};
use commonwheel_record::{ContributionKind, Tier};
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
