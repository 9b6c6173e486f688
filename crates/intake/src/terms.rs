//! Domains and tags as people write them, brought to the one spelling of the ledger.

use commonwheel_record::terms::{MAX_SLUG_BYTES, Slug};

/// The slug a word means: case is lowered, blanks and underscores become hyphens. None if that gives no slug.
///
/// A header is public, so what is longer than a word or has other letters is never cut or spelled out.
pub fn slug(word: &str) -> Option<Slug> {
    let word = word.trim();
    if word.len() > MAX_SLUG_BYTES {
        return None;
    }
    let spelled = |c: char| if c == ' ' || c == '_' { '-' } else { c.to_ascii_lowercase() };
    Slug::parse(&word.chars().map(spelled).collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_slugs() {
        for (word, expected) in [
            ("Flights", "flights"),
            (" rental cars ", "rental-cars"),
            ("ride_sharing", "ride-sharing"),
            ("19th-c", "19th-c"),
        ] {
            assert_eq!(slug(word).unwrap().as_str(), expected, "{word:?}");
        }
    }

    #[test]
    fn what_could_carry_a_sentence_is_none() {
        for word in ["", "  ", "-a", "a/b", "santé", "my divorce, with details", "a\nb", &"x".repeat(33)] {
            assert_eq!(slug(word), None, "{word:?}");
        }
    }
}
