//! Telephone, card and account numbers.

use super::is_word;

/// The digits of a number and how they are grouped.
#[derive(Debug, Default)]
struct Number {
    plus: bool,
    parens: bool,
    digits: Vec<u8>,
    groups: Vec<usize>,
    len: usize,
}

/// More digits than any number has, and what sets them apart.
const MAX_NUMBER_BYTES: usize = 48;

impl Number {
    /// Reads a number that begins here: groups of digits, one separator (or a closing parenthesis with a blank)
    /// between them, no word right after.
    fn read(text: &[u8], separators: &[u8]) -> Option<Self> {
        let text = &text[..text.len().min(MAX_NUMBER_BYTES)];
        let mut number = Self::default();
        let mut at = 0;
        if text.first() == Some(&b'+') {
            number.plus = true;
            at = 1;
        }
        if text.get(at) == Some(&b'(') {
            number.parens = true;
            at += 1;
        }
        loop {
            let group = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if group == 0 {
                break;
            }
            number.digits.extend(text[at..at + group].iter().map(|digit| digit - b'0'));
            number.groups.push(group);
            at += group;
            number.len = at;
            at += gap(&text[at..], separators);
        }
        let ends = !text.get(number.len).is_some_and(|&byte| is_word(byte));
        (ends && !number.digits.is_empty()).then_some(number)
    }
}

/// The bytes between two groups; 0 if no group follows.
fn gap(text: &[u8], separators: &[u8]) -> usize {
    let separator = |byte: &u8| separators.contains(byte);
    match text {
        [b')', b' ' | b'-', digit, ..] if digit.is_ascii_digit() => 2,
        [b' ', b'(', digit, ..] if digit.is_ascii_digit() => 2,
        [b')', digit, ..] if digit.is_ascii_digit() => 1,
        [one, digit, ..] if separator(one) && digit.is_ascii_digit() => 1,
        _ => 0,
    }
}

/// The length of a telephone number that begins here: international, or grouped as national ones are.
pub(super) fn phone(text: &[u8]) -> Option<usize> {
    let number = Number::read(text, b" -.")?;
    let count = number.digits.len();
    let international = number.plus && (8..=15).contains(&count) && number.digits[0] != 0;
    let grouped = number.groups.len() >= 2;
    let american = match number.groups.as_slice() {
        [3, 3, 4] => true,
        [1, 3, 3, 4] => number.digits[0] == 1,
        [3, 7] => number.parens,
        _ => false,
    };
    let trunk = grouped && number.digits[0] == 0 && (9..=15).contains(&count) && number.groups[0] >= 2;
    (international || american || trunk).then_some(number.len)
}

/// The length of a card number that begins here.
pub(super) fn card(text: &[u8]) -> Option<usize> {
    let number = Number::read(text, b" -")?;
    let plain = !number.plus && !number.parens && (13..=19).contains(&number.digits.len());
    let not_one_digit = number.digits.iter().any(|digit| *digit != number.digits[0]);
    (plain && not_one_digit && number.digits[0] != 0 && luhn(&number.digits)).then_some(number.len)
}

fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let weigh =
        |(place, &digit): (usize, &u8)| u32::from(if place % 2 == 1 { doubled(digit) } else { digit });
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

const IBAN_LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;

/// The length of an account number that begins here: two letters, two digits, blanks allowed between groups of four.
pub(super) fn iban(text: &[u8]) -> Option<usize> {
    let begins = text.len() >= 4
        && text[..2].iter().all(u8::is_ascii_uppercase)
        && text[2..4].iter().all(u8::is_ascii_digit);
    if !begins {
        return None;
    }
    let (mut symbols, mut ends) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < text.len() && symbols.len() < *IBAN_LENGTHS.end() {
        match text[at] {
            byte if byte.is_ascii_digit() || byte.is_ascii_uppercase() => symbols.push(byte),
            b' ' if symbols.len().is_multiple_of(4) && text[at - 1] != b' ' => {
                at += 1;
                continue;
            }
            _ => break,
        }
        at += 1;
        if !text.get(at).is_some_and(|&byte| is_word(byte)) {
            ends.push((symbols.len(), at));
        }
    }
    // A word in capitals may follow, so every place where it could end is tried, the longest first.
    let holds =
        |&&(count, _): &&(usize, usize)| IBAN_LENGTHS.contains(&count) && mod_97(&symbols[..count]) == 1;
    ends.iter().rev().find(holds).map(|&(_, end)| end)
}

/// ISO 7064: the first four symbols go last, letters count from 10.
fn mod_97(symbols: &[u8]) -> u32 {
    let (head, tail) = symbols.split_at(4);
    tail.iter().chain(head).fold(0, |rest, &symbol| match symbol {
        b'0'..=b'9' => (rest * 10 + u32::from(symbol - b'0')) % 97,
        _ => (rest * 100 + u32::from(symbol - b'A') + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones() {
        for (text, len) in [
            ("+254 709 716000", Some(15)),
            ("+41446681800.", Some(12)),
            ("+1 (213) 555-0100 x", Some(17)),
            ("(213) 555-0100", Some(14)),
            ("213.555.0100", Some(12)),
            ("1-213-555-0100", Some(14)),
            ("020 7946 0958", Some(13)),
            ("01 23 45 67 89", Some(14)),
            ("2135550100", None),
            ("213-555-01000", None),
            ("2025-01-02", None),
            ("0.123456789", None),
            ("+12", None),
            ("+1234567890123456", None),
            ("213-555-0100a", None),
        ] {
            assert_eq!(phone(text.as_bytes()), len, "{text:?}");
        }
    }

    #[test]
    fn cards_have_a_checksum() {
        for (text, len) in [
            ("4111111111111111", Some(16)),
            ("4111 1111 1111 1111 ", Some(19)),
            ("378282246310005", Some(15)),
            ("4111111111111112", None),
            ("0000000000000000", None),
            ("41111111111111112222", None),
            ("411111111111", None),
        ] {
            assert_eq!(card(text.as_bytes()), len, "{text:?}");
        }
    }

    #[test]
    fn accounts_have_a_checksum() {
        for (text, len) in [
            ("DE89370400440532013000", Some(22)),
            ("DE89 3704 0044 0532 0130 00", Some(27)),
            ("DE89 3704 0044 0532 0130 00 IS MINE", Some(27)),
            ("NO9386011117947", Some(15)),
            ("DE89370400440532013001", None),
            ("DE89  3704 0044 0532 0130 00", None),
            ("DE89", None),
            ("DEXX", None),
        ] {
            assert_eq!(iban(text.as_bytes()), len, "{text:?}");
        }
    }

    #[test]
    fn scanners_take_any_bytes() {
        for text in ["+", "(", "+(", "1)", "1) ", "DE8", "AB12 ", "+(1", "1 (", "é"] {
            for scan in [phone, card, iban] {
                assert!(scan(text.as_bytes()).is_none_or(|len| len <= text.len()), "{text:?}");
            }
        }
    }
}
