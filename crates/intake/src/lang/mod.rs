//! Languages: tags as BCP 47 wants them, and a guess where the data is silent.

mod codes;
mod guess;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use guess::guess;

/// Longest tag taken, in bytes.
pub const MAX_LANG_BYTES: usize = 35;

/// A BCP 47 tag: language, perhaps script, region and variants, in their usual case.
///
/// The shortest code is used (`swa` becomes `sw`), and three letters stay where there is no shorter one (`bbj`).
/// Extensions and private use are refused: a header is public, and they hold free text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LangTag(String);

/// Why a text is no language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a BCP 47 tag of language, script, region and variants, such as `sw`, `pt-BR` or `zh-Hant`")]
pub struct LangError;

impl LangTag {
    /// The tag for a language nobody named.
    pub fn und() -> Self {
        Self("und".to_owned())
    }

    /// Whether this is `und`.
    pub fn is_und(&self) -> bool {
        self.0 == "und"
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks the shape of a tag and brings it to its usual form.
    ///
    /// Only the shape is checked: whether a code is assigned is not.
    ///
    /// # Errors
    /// [`LangError`] if the text is no tag of the shape taken.
    pub fn parse(text: &str) -> Result<Self, LangError> {
        let text = text.trim();
        if text.len() > MAX_LANG_BYTES {
            return Err(LangError);
        }
        let mut parts = text.split(['-', '_']).peekable();
        let mut tag = language(parts.next().ok_or(LangError)?)?;
        if let Some(script) = parts.next_if(|part| is_script(part)) {
            push(&mut tag, &titled(script));
        }
        if let Some(region) = parts.next_if(|part| is_region(part)) {
            push(&mut tag, &region.to_ascii_uppercase());
        }
        for variant in parts {
            if !is_variant(variant) {
                return Err(LangError);
            }
            push(&mut tag, &variant.to_ascii_lowercase());
        }
        Ok(Self(tag))
    }
}

impl fmt::Display for LangTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for LangTag {
    type Error = LangError;

    fn try_from(text: String) -> Result<Self, LangError> {
        Self::parse(&text)
    }
}

impl From<LangTag> for String {
    fn from(tag: LangTag) -> Self {
        tag.0
    }
}

fn language(code: &str) -> Result<String, LangError> {
    if !(2..=3).contains(&code.len()) || !is_alpha(code) {
        return Err(LangError);
    }
    let code = code.to_ascii_lowercase();
    Ok(codes::shortest(&code).map_or(code, str::to_owned))
}

fn push(tag: &mut String, part: &str) {
    tag.push('-');
    tag.push_str(part);
}

fn titled(script: &str) -> String {
    let (first, rest) = script.split_at(1);
    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
}

fn is_alpha(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_script(part: &str) -> bool {
    part.len() == 4 && is_alpha(part)
}

fn is_region(part: &str) -> bool {
    (part.len() == 2 && is_alpha(part)) || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn is_variant(part: &str) -> bool {
    let alphanumeric = part.bytes().all(|b| b.is_ascii_alphanumeric());
    let starts_with_digit = part.bytes().next().is_some_and(|b| b.is_ascii_digit());
    alphanumeric && ((5..=8).contains(&part.len()) || (part.len() == 4 && starts_with_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_take_their_usual_form() {
        for (text, tag) in [
            ("swa", "sw"),
            ("EN", "en"),
            ("twi", "tw"),
            ("bbj", "bbj"),
            ("pcm", "pcm"),
            ("pt_br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("deu-1996", "de-1996"),
            ("sl-rozaj", "sl-rozaj"),
            ("ger", "de"),
            ("iw", "he"),
            (" und ", "und"),
        ] {
            assert_eq!(LangTag::parse(text).map(String::from).as_deref(), Ok(tag), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in [
            "",
            "e",
            "english",
            "en-",
            "-en",
            "en--US",
            "e1",
            "en-x-my-diary",
            "en-u-co-phonebk",
            "sw KE",
            "日本",
        ] {
            assert_eq!(LangTag::parse(text), Err(LangError), "{text:?}");
        }
    }

    #[test]
    fn normal_forms_are_stable() {
        for tag in ["sw", "pt-BR", "zh-Hant-TW", "de-1996"] {
            assert_eq!(LangTag::parse(tag).unwrap().as_str(), tag);
        }
    }
}
