//! IETF AIPREF usage preferences, in and out: `train-ai=n, search=y`.
//!
//! A field is an RFC 9651 dictionary of the labels of draft-ietf-aipref-vocab-07 (`train-ai`, `search`) and of its
//! editor's copy (`ai-use`), each with the token `y` or `n`. Reading never fails: a field that does not parse says
//! nothing, and so do labels of older drafts (`train-genai`, `ai`, `tdm`, …), whose meaning has moved since. The
//! raw text is the caller's to keep. Nothing is guessed: what the text does not say stays unset.

use super::prefs::{Condition, Preference, Preferences};
use super::sfv;

/// The longest field read, in bytes; a longer one says nothing.
pub const MAX_FIELD_BYTES: usize = sfv::MAX_FIELD_BYTES;

const TRAIN_AI: &str = "train-ai";
const AI_USE: &str = "ai-use";
const SEARCH: &str = "search";

/// Preferences as an AIPREF reader will see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// The value for `Content-Usage`; empty if there is nothing to say, and then no field is sent.
    pub text: String,
    /// Whether something was said that AIPREF has no word for, evaluation-only and conditions above all.
    pub lossy: bool,
}

/// Reads a usage preference: the value of a `Content-Usage` field, several of them joined with `, `.
///
/// The last of equal keys counts, a value that is not the token `y` or `n` says nothing, and unknown labels and
/// all parameters are ignored. Statements from different places are joined with [`Preferences::combine`] instead.
pub fn parse(field: &str) -> Preferences {
    let mut prefs = Preferences::UNSET;
    for member in sfv::dictionary(field).unwrap_or_default() {
        let slot = match member.key {
            TRAIN_AI => &mut prefs.train,
            AI_USE => &mut prefs.ai_use,
            SEARCH => &mut prefs.search,
            _ => continue,
        };
        *slot = match member.token {
            Some("y") => Preference::Allow,
            Some("n") => Preference::Deny,
            _ => Preference::Unset,
        };
    }
    prefs
}

/// Writes preferences as a usage preference, and says whether that loses something.
///
/// Evaluation-only has no label, so of it only `train-ai=n` goes out; `evaluate` and `tdm` have none either.
/// Under a condition an allowed purpose is left unsaid, since `y` would read as allowed without it.
pub fn write(prefs: Preferences, conditions: &[Condition]) -> Projection {
    let labels = [(TRAIN_AI, prefs.train), (AI_USE, prefs.ai_use), (SEARCH, prefs.search)];
    let members: Vec<String> = labels
        .into_iter()
        .filter_map(|(label, preference)| match preference {
            Preference::Deny => Some(format!("{label}=n")),
            Preference::Allow if conditions.is_empty() => Some(format!("{label}=y")),
            Preference::Allow | Preference::Unset => None,
        })
        .collect();
    let unspoken = [prefs.evaluate, prefs.tdm].iter().any(|preference| *preference != Preference::Unset);
    Projection { text: members.join(", "), lossy: unspoken || !conditions.is_empty() }
}

#[cfg(test)]
mod tests;
