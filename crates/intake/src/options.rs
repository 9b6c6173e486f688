//! What whoever imports says about the data.

use std::collections::BTreeSet;

use commonwheel_record::terms::{Language, Slug};

use crate::detect::Format;

/// How an import reads its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The format; told from the first items if absent.
    pub format: Option<Format>,
    /// The language of items that name none.
    pub lang: Option<Language>,
    /// The domain of items that name none.
    pub domain: Option<Slug>,
    /// Whether an item without domain takes its first tag for one, if no domain is given here either.
    pub domain_from_tags: bool,
    /// The domains and tags kept; others are left out. Every well-formed word, if absent.
    pub vocabulary: Option<BTreeSet<Slug>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { format: None, lang: None, domain: None, domain_from_tags: true, vocabulary: None }
    }
}

impl Options {
    pub(crate) fn knows(&self, term: &Slug) -> bool {
        self.vocabulary.as_ref().is_none_or(|vocabulary| vocabulary.contains(term))
    }
}
