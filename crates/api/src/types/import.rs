//! Taking an export into the waiting room. Importing shares nothing.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_intake::{Format, ImportReport};
use commonwheel_record::terms::{Condition, Language, Licence, Preferences, Region, Slug};
use commonwheel_record::{Attribution, CollectiveId, Tier};
use serde::{Deserialize, Serialize};

use super::shapes::optional_preferences;
use crate::word;

/// The terms under which an export is taken in; the export's bytes come beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportRequest {
    /// To which collective; the node's own, if it has one only.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// The export's format; told from its first items if absent.
    #[serde(with = "word::optional")]
    pub format: Option<Format>,
    /// The licence; the collective's default if absent.
    #[serde(with = "word::optional")]
    pub licence: Option<Licence>,
    /// The preferences; what is absent or unset is left to the collective's defaults.
    #[serde(with = "optional_preferences")]
    pub preferences: Option<Preferences>,
    /// The conditions the preferences stand under.
    #[serde(with = "word::list")]
    pub conditions: BTreeSet<Condition>,
    /// How to name the contributor.
    #[serde(with = "word")]
    pub attribution: Attribution,
    /// The name, if the attribution is `named`.
    pub display_name: Option<String>,
    /// How far the contributions may go at most.
    #[serde(with = "word")]
    pub tier: Tier,
    /// The language of items that name none; guessed from their text if absent.
    #[serde(with = "word::optional")]
    pub language: Option<Language>,
    /// The domain of items that name none.
    #[serde(with = "word::optional")]
    pub domain: Option<Slug>,
    /// Tags added to every item.
    #[serde(with = "word::list")]
    pub tags: BTreeSet<Slug>,
    /// Collectives whose embargoes shall also cover the contributions.
    #[serde(with = "word::list")]
    pub stewards: BTreeSet<CollectiveId>,
    /// If not empty, the only regions bodies may be kept in.
    #[serde(with = "word::list")]
    pub regions_allow: BTreeSet<Region>,
    /// Regions bodies may not be kept in.
    #[serde(with = "word::list")]
    pub regions_deny: BTreeSet<Region>,
    /// The consent text that the contributor was shown; the collective's if absent.
    pub consent: Option<String>,
    /// Whether every item becomes a submission of its own, under a one-time key.
    pub anonymous: bool,
}

impl Default for ImportRequest {
    /// The collective's defaults; the contributor is not named, and released bodies may go to everyone.
    fn default() -> Self {
        Self {
            collective: None,
            format: None,
            licence: None,
            preferences: None,
            conditions: BTreeSet::new(),
            attribution: Attribution::Anonymous,
            display_name: None,
            tier: Tier::Public,
            language: None,
            domain: None,
            tags: BTreeSet::new(),
            stewards: BTreeSet::new(),
            regions_allow: BTreeSet::new(),
            regions_deny: BTreeSet::new(),
            consent: None,
            anonymous: false,
        }
    }
}

/// The account of an import: `read` is the sum of everything taken, known, duplicate and skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// The export's format.
    pub format: Option<String>,
    /// Bytes read.
    pub bytes: u64,
    /// Items of the export: chats, lines.
    pub items: u64,
    /// Candidates found in them.
    pub read: u64,
    /// Contributions put into the waiting room, by kind.
    pub taken: BTreeMap<String, u64>,
    /// Candidates that repeat another one of this export.
    pub duplicates: u64,
    /// Candidates that the node had already.
    pub known: u64,
    /// Candidates skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// The first of them; the list is bounded.
    pub skips: Vec<SkipShown>,
    /// What contributions that were taken lack, by sort.
    pub left_out: BTreeMap<String, u64>,
    /// Contributions whose language is a guess.
    pub languages_guessed: u64,
    /// Of those taken, how many a check put into quarantine.
    pub quarantined: u64,
    /// Items in the waiting room now that wait for a decision.
    pub waiting: u64,
}

/// A skipped candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkipShown {
    /// Its name within the export, or its position.
    pub item: String,
    /// Why, by the name of the reason.
    pub reason: String,
    /// Why, for people.
    pub text: String,
}

impl ImportAnswer {
    /// Returns how many contributions were taken, of all kinds.
    #[must_use]
    pub fn taken_total(&self) -> u64 {
        self.taken.values().sum()
    }

    /// Returns how many candidates were skipped, for all reasons.
    #[must_use]
    pub fn skipped_total(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Turns an importer's report into an answer; what happened in the waiting room is added to it.
    #[must_use]
    pub fn of(report: &ImportReport, quarantined: u64, waiting: u64) -> Self {
        let skips = report.skips.iter().map(|skip| SkipShown {
            item: skip.item.clone(),
            reason: unit_name(&skip.why),
            text: skip.why.to_string(),
        });
        Self {
            format: report.format.map(|format| format.name().to_owned()),
            bytes: report.bytes,
            items: report.items,
            read: report.read,
            taken: report.taken.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect(),
            duplicates: report.duplicates,
            known: report.known,
            skipped: report.skipped.iter().map(|(why, count)| (unit_name(why), *count)).collect(),
            skips: skips.collect(),
            left_out: report.left_out.iter().map(|(what, count)| (unit_name(what), *count)).collect(),
            languages_guessed: report.languages_guessed,
            quarantined,
            waiting,
        }
    }
}

/// The name serde gives a variant without fields.
fn unit_name<T: Serialize>(variant: &T) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "other".to_owned(),
    }
}
