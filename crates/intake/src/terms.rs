//! Domains and tags: words of a closed vocabulary, since headers are public.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_TERM_BYTES;

/// A domain or a tag: `[a-z0-9]` and inner hyphens, at most [`MAX_TERM_BYTES`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Term(String);

/// Why a word is no term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a domain or tag has 1 to {MAX_TERM_BYTES} letters a-z, digits and hyphens")]
pub struct TermError;

impl Term {
    /// Normalises a word: case is lowered, blanks and underscores become hyphens.
    ///
    /// # Errors
    /// [`TermError`] if what results is no term.
    pub fn parse(word: &str) -> Result<Self, TermError> {
        let word = word.trim();
        if word.is_empty() || word.len() > MAX_TERM_BYTES {
            return Err(TermError);
        }
        let term: String =
            word.chars().map(|c| if c == ' ' || c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
        let plain = term.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || term.starts_with('-') || term.ends_with('-') {
            return Err(TermError);
        }
        Ok(Self(term))
    }

    /// The term as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Term {
    type Error = TermError;

    fn try_from(word: String) -> Result<Self, TermError> {
        Self::parse(&word)
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        term.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_terms() {
        for (word, term) in [
            ("Flights", "flights"),
            (" rental cars ", "rental-cars"),
            ("ride_sharing", "ride-sharing"),
            ("19th-c", "19th-c"),
        ] {
            assert_eq!(Term::parse(word).unwrap().as_str(), term, "{word:?}");
        }
    }

    #[test]
    fn what_could_carry_a_sentence_is_refused() {
        for word in
            ["", "  ", "-a", "a-", "a/b", "santé", "my divorce, with details", "a\nb", &"x".repeat(33)]
        {
            assert_eq!(Term::parse(word), Err(TermError), "{word:?}");
        }
    }
}
