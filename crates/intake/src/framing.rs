//! How the items of an import are set apart, told from its first bytes.

use crate::nesting::Nesting;

/// How items follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One array with the items as elements.
    Array,
    /// One item a line.
    Lines,
    /// Items after each other, each perhaps over many lines.
    Document,
}

/// A byte order mark, which some exporters begin with.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

impl Framing {
    /// Tells the framing from the first bytes of the input, without byte order mark.
    ///
    /// Lines are the answer in doubt, because there a bad item cannot take the next one with it.
    pub(crate) fn of(prefix: &[u8]) -> Self {
        match prefix.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => Self::Array,
            Some(b'{') if first_item_spans_lines(prefix) => Self::Document,
            _ => Self::Lines,
        }
    }
}

fn first_item_spans_lines(prefix: &[u8]) -> bool {
    let mut lines =
        prefix.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    // Without a second line in sight the item has one line, however long.
    lines.next().is_some_and(|second| !is_closed(first) && !second.starts_with(b"{"))
}

fn is_closed(line: &[u8]) -> bool {
    let mut nesting = Nesting::default();
    line.iter().for_each(|&byte| nesting.push(byte));
    nesting.is_closed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framings_are_told_apart() {
        for (text, framing) in [
            ("[{\"a\": 1}]", Framing::Array),
            (" \n [", Framing::Array),
            ("{\"a\": 1}\n{\"a\": 2}\n", Framing::Lines),
            ("{\"a\": 1}", Framing::Lines),
            ("{\"cut off\": \n{\"a\": 2}\n", Framing::Lines),
            ("{\n  \"a\": 1\n}\n", Framing::Document),
            ("{\"a\":\n  1}", Framing::Document),
            ("hello\n{\"a\": 1}", Framing::Lines),
            ("", Framing::Lines),
        ] {
            assert_eq!(Framing::of(text.as_bytes()), framing, "{text:?}");
        }
    }
}
