//! What an importer makes of an item: everything that can be read from the data, and nothing that must be asked for.
//!
//! Licence, preferences, attribution and consent have no place here: they come from the member or the collective.
//! Nor have the account, address or device a chat came from: no field could hold them.

use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;
use commonwheel_record::terms::{Language, Slug};
use serde::Serialize;

use crate::content_hash::ContentHash;

/// Where a draft's language comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LangSource {
    /// The item says so.
    Data,
    /// Whoever imports says so.
    Caller,
    /// A reliable guess from the text; to be shown as a guess.
    Guess,
    /// Nobody knows: `und`.
    Unknown,
}

/// A contribution as far as the data tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it will be a contribution of.
    pub kind: ContributionKind,
    /// Its language, `und` where unknown.
    pub lang: Language,
    /// Where the language comes from.
    pub lang_source: LangSource,
    /// Its domain.
    pub domain: Option<Slug>,
    /// Its tags, without the domain.
    pub tags: Vec<Slug>,
    /// Whether it carries a judgement: of a pair, which answer was kept.
    pub labelled: bool,
    /// The content.
    pub content: Content,
    /// Its name within the export. It may come from the exporter's database: for reports, never for a record.
    pub source_id: String,
}

impl Draft {
    /// The hash by which duplicates are found.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash::of(self.kind, &self.content)
    }
}
