//! Items, and what the room knows of them.

use std::fmt;

use commonwheel_record::ContributionKind;
use commonwheel_record::hex;
use commonwheel_record::terms::{Language, Slug};
use commonwheel_record::text::is_plain;

use super::MAX_PREVIEW_CHARS;
use super::stage::Stage;
use crate::content::texts;
use crate::draft::Draft;

/// An item's name: a hash that whoever puts it in has chosen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub [u8; 32]);

impl ItemId {
    /// Reads an id of 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text).map(Self)
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({self})")
    }
}

/// What a reviewer sees of an item in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What it is a contribution of.
    pub kind: ContributionKind,
    /// Its language.
    pub lang: Language,
    /// Its domain.
    pub domain: Option<Slug>,
    /// How its text begins.
    pub preview: String,
}

impl Summary {
    /// Summarises a draft.
    pub fn of(draft: &Draft) -> Self {
        let preview = preview(texts(&draft.content).next().unwrap_or_default());
        Self { kind: draft.kind, lang: draft.lang, domain: draft.domain, preview }
    }
}

/// The beginning of a text on one line, at most [`MAX_PREVIEW_CHARS`] characters, none of which disturbs a terminal.
pub(super) fn preview(text: &str) -> String {
    let shown = |c: char| if is_plain(c.encode_utf8(&mut [0; 4]), 4) { c } else { ' ' };
    text.chars().map(shown).take(MAX_PREVIEW_CHARS).collect::<String>().trim_end().to_owned()
}

/// An item to be put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Its name; an item whose name the room has already is not put in again.
    pub id: ItemId,
    /// When it arrived, in seconds since 1970.
    pub received: u64,
    /// What a reviewer sees of it; a longer preview is cut.
    pub summary: Summary,
    /// The item itself.
    pub bytes: Vec<u8>,
}

/// An item in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub id: ItemId,
    /// How far it has come.
    pub stage: Stage,
    /// Why it is there, empty if nobody said.
    pub reason: String,
    /// When it arrived, in seconds since 1970.
    pub received: u64,
    /// Its size, in bytes.
    pub len: u64,
    /// What a reviewer sees of it.
    pub summary: Summary,
}

/// An item with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What a list says of it.
    pub listed: Listed,
    /// The item itself.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_short_and_on_one_line() {
        assert_eq!(preview("a\nb\t\u{1b}[31m"), "a b  [31m");
        assert_eq!(preview(&"é".repeat(200)).chars().count(), MAX_PREVIEW_CHARS);
        assert_eq!(preview(""), "");
    }

    #[test]
    fn ids_are_read_back() {
        let id = ItemId([0xab; 32]);
        assert_eq!(ItemId::parse(&id.to_string()), Some(id));
        assert_eq!(ItemId::parse("ab"), None);
    }
}
