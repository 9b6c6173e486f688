//! Hints at personal data, counted by class.
//!
//! These are heuristics: they miss names, addresses and much else, and they take some harmless text for a number. They
//! warn and count; they neither block nor redact. IBANs and card numbers count only where their checksum holds.

mod email;
mod numbers;

use std::collections::BTreeMap;

use commonwheel_record::body::Content;
use serde::{Deserialize, Serialize};

use crate::content::texts;

/// Gives the length of what begins at a text's start, if it is of the scanner's class.
type Scan = fn(&[u8]) -> Option<usize>;

/// How much of each class was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalData {
    /// E-mail addresses.
    pub email: u32,
    /// Telephone numbers.
    pub phone: u32,
    /// International bank account numbers.
    pub iban: u32,
    /// Payment card numbers.
    pub card: u32,
}

impl PersonalData {
    /// Looks through all texts of a content.
    pub fn in_content(content: &Content) -> Self {
        texts(content).map(Self::in_text).fold(Self::default(), Self::plus)
    }

    /// Looks through a text; time is linear in its length.
    pub fn in_text(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut found = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            at += if starts_word(bytes, at) { found.take(&bytes[at..]) } else { 1 };
        }
        found
    }

    /// Whether nothing was seen, which does not mean that nothing is there.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was seen, by class, as a body holds it.
    pub fn by_class(&self) -> BTreeMap<String, u64> {
        let classes =
            [("email", self.email), ("phone", self.phone), ("iban", self.iban), ("card", self.card)];
        let seen = classes.into_iter().filter(|&(_, count)| count > 0);
        seen.map(|(class, count)| (class.to_owned(), u64::from(count))).collect()
    }

    fn plus(self, other: Self) -> Self {
        Self {
            email: self.email.saturating_add(other.email),
            phone: self.phone.saturating_add(other.phone),
            iban: self.iban.saturating_add(other.iban),
            card: self.card.saturating_add(other.card),
        }
    }

    /// Counts what begins here, the most certain class first, and gives the bytes it took; 1 if nothing does.
    fn take(&mut self, text: &[u8]) -> usize {
        let classes: [(Scan, &mut u32); 4] = [
            (email::email, &mut self.email),
            (numbers::iban, &mut self.iban),
            (numbers::card, &mut self.card),
            (numbers::phone, &mut self.phone),
        ];
        for (scan, count) in classes {
            if let Some(len) = scan(text) {
                *count = count.saturating_add(1);
                return len;
            }
        }
        1
    }
}

/// Whether a word may start here: numbers and addresses do not start within another.
fn starts_word(bytes: &[u8], at: usize) -> bool {
    at == 0 || !is_word(bytes[at - 1])
}

/// Letters, digits, and every byte of a character beyond ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use commonwheel_record::body::{Role, Turn};

    use super::*;

    fn counts(text: &str) -> [u32; 4] {
        let found = PersonalData::in_text(text);
        [found.email, found.phone, found.iban, found.card]
    }

    #[test]
    fn classes_are_counted_apart() {
        for (text, expected) in [
            ("write to ada@example.org, or bob.b+x@mail.example.co.ke.", [2, 0, 0, 0]),
            ("call +254 709 716000 or (213) 555-0100", [0, 2, 0, 0]),
            ("IBAN CH93 0076 2011 6238 5295 7", [0, 0, 1, 0]),
            ("iban DE89370400440532013000.", [0, 0, 1, 0]),
            ("card 4111 1111 1111 1111, or 5500-0000-0000-0004", [0, 0, 0, 2]),
            ("ada@example.org +41 44 668 18 00 GB82 WEST 1234 5698 7654 32 378282246310005", [1, 1, 1, 1]),
        ] {
            assert_eq!(counts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn harmless_text_counts_nothing() {
        for text in [
            "",
            "the year 2025 Main Road",
            "1700000000",
            "2025-01-02 12:30:45",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "192.168.100.100",
            "12,000,000 people in 1984",
            "meet @ noon, @handle, a@b",
            "4111 1111 1111 1112",
            "CH93 0076 2011 6238 5295 8",
            "π ≈ 3.14159265358979",
            "Ɛ213-555-0100x",
        ] {
            assert_eq!(counts(text), [0; 4], "{text:?}");
        }
    }

    #[test]
    fn all_messages_of_a_content_count() {
        let turn = |text: &str| Turn { role: Role::User, text: text.into() };
        let content = Content::Pair {
            prompt: vec![turn("a@example.org")],
            chosen: vec![turn("b@example.org")],
            rejected: vec![turn("c@example.org")],
        };
        assert_eq!(PersonalData::in_content(&content).email, 3);
        assert_eq!(PersonalData::in_content(&content).by_class(), BTreeMap::from([("email".to_owned(), 3)]));
    }
}
