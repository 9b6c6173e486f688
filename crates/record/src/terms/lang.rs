//! Languages: BCP 47 tags of the shape `language[-script][-region][-variant…]`.

use thiserror::Error;

use super::inline::{Inline, word};

/// The longest language tag a record may carry, in bytes; what RFC 5646 §4.4.1 asks implementations to hold.
pub const MAX_LANGUAGE_BYTES: usize = 35;

/// A BCP 47 language tag in canonical case: `sw`, `pt-BR`, `zh-Hant-TW`, `sl-rozaj`, `und`.
///
/// The shape is checked, the registry is not asked: it grows every few months, and a node with an older copy would
/// refuse what its peers accept. Extensions, private use and grandfathered tags are refused, since
/// they leave room for words of one's own in a public header.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(Inline<MAX_LANGUAGE_BYTES>);

word!(Language, LanguageError);

/// Why a text is no language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LanguageError {
    /// The tag is longer than [`MAX_LANGUAGE_BYTES`].
    #[error("language tag of {len} bytes, at most {MAX_LANGUAGE_BYTES} allowed")]
    TooLong {
        /// The length in bytes.
        len: usize,
    },
    /// The tag has another shape.
    #[error("language tag is not of the shape `language[-Script][-REGION][-variant]`")]
    Shape,
    /// The tag is valid but not in canonical case; only decoding asks for that.
    #[error("language tag is not in canonical case")]
    NotCanonical,
}

/// The kinds of subtag in the order they may come in.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Subtag {
    Language,
    Script,
    Region,
    Variant,
}

impl Language {
    /// Reads a tag in any case.
    ///
    /// # Errors
    /// [`LanguageError::TooLong`] and [`LanguageError::Shape`].
    pub fn parse(text: &str) -> Result<Self, LanguageError> {
        if text.len() > MAX_LANGUAGE_BYTES {
            return Err(LanguageError::TooLong { len: text.len() });
        }
        let mut tag = Inline::EMPTY;
        let mut before = None;
        for (at, subtag) in text.split('-').enumerate() {
            let kind = kind_of(subtag, before).ok_or(LanguageError::Shape)?;
            if kind == Subtag::Variant && text.split('-').take(at).any(|s| s.eq_ignore_ascii_case(subtag)) {
                return Err(LanguageError::Shape);
            }
            let separated = at == 0 || tag.push(b'-');
            let fits = separated && subtag.bytes().enumerate().all(|(i, b)| tag.push(cased(kind, i, b)));
            if !fits {
                return Err(LanguageError::Shape);
            }
            before = Some(kind);
        }
        Ok(Self(tag))
    }

    /// Reads a tag that is in canonical case already, as every record has it.
    ///
    /// # Errors
    /// Any [`LanguageError`].
    pub fn parse_canonical(text: &str) -> Result<Self, LanguageError> {
        let tag = Self::parse(text)?;
        if tag.as_str() == text { Ok(tag) } else { Err(LanguageError::NotCanonical) }
    }

    /// Returns whether this tag is `range` or a narrower one: `pt-BR` is within `pt` (RFC 4647 basic filtering).
    pub fn is_within(&self, range: &Self) -> bool {
        let rest = self.as_str().strip_prefix(range.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// The kind of a subtag that follows one of kind `before`, if it may stand there.
fn kind_of(subtag: &str, before: Option<Subtag>) -> Option<Subtag> {
    let alphabetic = subtag.bytes().all(|b| b.is_ascii_alphabetic());
    let alphanumeric = subtag.bytes().all(|b| b.is_ascii_alphanumeric());
    let numeric = subtag.bytes().all(|b| b.is_ascii_digit());
    let starts_with_digit = subtag.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let Some(before) = before else {
        return (alphabetic && matches!(subtag.len(), 2 | 3)).then_some(Subtag::Language);
    };
    let kind = match subtag.len() {
        4 if alphabetic => Subtag::Script,
        2 if alphabetic => Subtag::Region,
        3 if numeric => Subtag::Region,
        4 if alphanumeric && starts_with_digit => Subtag::Variant,
        5..=8 if alphanumeric => Subtag::Variant,
        _ => return None,
    };
    (kind > before || (kind, before) == (Subtag::Variant, Subtag::Variant)).then_some(kind)
}

fn cased(kind: Subtag, at: usize, byte: u8) -> u8 {
    match kind {
        Subtag::Script if at == 0 => byte.to_ascii_uppercase(),
        Subtag::Region => byte.to_ascii_uppercase(),
        _ => byte.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_brings_tags_to_canonical_case() {
        for (typed, canonical) in [
            ("sw", "sw"),
            ("UND", "und"),
            ("pt-br", "pt-BR"),
            ("ZH-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sl-ROZAJ-Biske", "sl-rozaj-biske"),
            ("de-ch-1901", "de-CH-1901"),
            ("bbj", "bbj"),
        ] {
            let tag = Language::parse(typed).unwrap();
            assert_eq!(tag.as_str(), canonical);
            assert_eq!(Language::parse_canonical(canonical), Ok(tag));
            assert_eq!(Language::parse_canonical(typed).is_ok(), typed == canonical);
        }
    }

    #[test]
    fn parse_refuses_other_shapes() {
        for text in [
            "",
            "e",
            "engl",
            "english",
            "e1",
            "en-",
            "-en",
            "en--US",
            "en_US",
            "en US",
            "en-U",
            "en-USA",
            "en-12",
            "en-US-Latn",
            "en-Latn-Cyrl",
            "en-US-GB",
            "x-secret",
            "en-x-secret",
            "i-klingon",
            "zh-yue",
            "de-1901-1901",
            "de-1901-US",
            "de-rozaj-ROZAJ",
            "en-abcdefghi",
            "é",
            "en-É",
            "en\0",
        ] {
            assert_eq!(Language::parse(text), Err(LanguageError::Shape), "{text:?}");
        }
    }

    #[test]
    fn parse_bounds_the_length() {
        let longest = "zh-Hant-TW-aaaaaaaa-bbbbbbb-ccccccc";
        assert_eq!(longest.len(), MAX_LANGUAGE_BYTES);
        assert_eq!(Language::parse(longest).unwrap().as_str(), longest);
        assert_eq!(Language::parse(&format!("{longest}d")), Err(LanguageError::TooLong { len: 36 }));
    }

    #[test]
    fn is_within_is_by_whole_subtags() {
        let tag = |text| Language::parse(text).unwrap();
        assert!(tag("pt-BR").is_within(&tag("pt")));
        assert!(tag("pt").is_within(&tag("pt")));
        assert!(!tag("pt").is_within(&tag("pt-BR")));
        assert!(!tag("kin").is_within(&tag("ki")));
    }

    #[test]
    fn language_orders_and_prints_as_text() {
        let tag = |text| Language::parse(text).unwrap();
        assert!(tag("en") < tag("en-GB") && tag("en-GB") < tag("eo"));
        assert_eq!(format!("{} {:?}", tag("sw-KE"), tag("sw-KE")), "sw-KE Language(sw-KE)");
    }
}
