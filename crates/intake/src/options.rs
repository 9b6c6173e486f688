//! What whoever imports says about the data.

use std::collections::BTreeSet;

use crate::detect::Format;
use crate::lang::LangTag;
use crate::terms::Term;

/// How an import reads its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The format; told from the first items if absent.
    pub format: Option<Format>,
    /// The language of items that name none.
    pub lang: Option<LangTag>,
    /// The domain of items that name none.
    pub domain: Option<Term>,
    /// Whether an item without domain takes its first tag for one, if no domain is given here either.
    pub domain_from_tags: bool,
    /// The domains and tags kept; others are left out. Every well-formed word, if absent.
    pub vocabulary: Option<BTreeSet<Term>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { format: None, lang: None, domain: None, domain_from_tags: true, vocabulary: None }
    }
}

impl Options {
    pub(crate) fn knows(&self, term: &Term) -> bool {
        self.vocabulary.as_ref().is_none_or(|vocabulary| vocabulary.contains(term))
    }
}
