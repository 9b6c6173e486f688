//! Words of a closed shape: domains, tags and importers as slugs, and regions.

use thiserror::Error;

use super::inline::{Inline, word};

/// The longest slug, in bytes.
pub const MAX_SLUG_BYTES: usize = 32;

/// A domain, tag or importer: `[a-z0-9][a-z0-9-]{0,31}`.
///
/// There is one spelling, so reading what people type and decoding are the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Inline<MAX_SLUG_BYTES>);

word!(Slug, SlugError);

/// Why a text is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not 1 to {MAX_SLUG_BYTES} lowercase letters, digits and hyphens starting with a letter or digit")]
pub struct SlugError;

impl Slug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`SlugError`] if the text has another shape; nothing is folded to lower case or cut.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.starts_with('-') || !text.bytes().all(plain) {
            return Err(SlugError);
        }
        Inline::new(text).map(Self).ok_or(SlugError)
    }
}

/// A country or territory, of the shape of ISO 3166-1 alpha-2: two capitals.
///
/// Whether the code is assigned is not asked, since that changes with the world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Inline<2>);

word!(Region, RegionError);

/// Why a text is no region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RegionError {
    /// The text is not two letters.
    #[error("region is not two letters")]
    Shape,
    /// The letters are not capitals; only decoding asks for that.
    #[error("region is not in capitals")]
    NotCanonical,
}

impl Region {
    /// Reads a region in any case.
    ///
    /// # Errors
    /// [`RegionError::Shape`].
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(RegionError::Shape);
        }
        Inline::new(&text.to_ascii_uppercase()).map(Self).ok_or(RegionError::Shape)
    }

    /// Reads a region in capitals, as every record has it.
    ///
    /// # Errors
    /// Any [`RegionError`].
    pub fn parse_canonical(text: &str) -> Result<Self, RegionError> {
        let region = Self::parse(text)?;
        if region.as_str() == text { Ok(region) } else { Err(RegionError::NotCanonical) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_has_one_shape() {
        let longest = "a".repeat(MAX_SLUG_BYTES);
        for text in ["a", "0", "health", "open-webui", "a--b", "a-", &longest] {
            assert_eq!(Slug::parse(text).unwrap().as_str(), text);
        }
        let too_long = "a".repeat(MAX_SLUG_BYTES + 1);
        for text in ["", "-a", "A", "a_b", "a b", "a.b", "é", "a\n", &too_long] {
            assert_eq!(Slug::parse(text), Err(SlugError), "{text:?}");
        }
    }

    #[test]
    fn region_is_two_letters_and_capitals_on_the_ledger() {
        assert_eq!(Region::parse("ch").unwrap().as_str(), "CH");
        assert_eq!(Region::parse_canonical("CH"), Region::parse("Ch"));
        assert_eq!(Region::parse_canonical("ch"), Err(RegionError::NotCanonical));
        for text in ["", "C", "CHE", "C1", "é", "C "] {
            assert_eq!(Region::parse(text), Err(RegionError::Shape), "{text:?}");
        }
    }
}
