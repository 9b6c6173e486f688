//! The table of everything a charter says: how the file names it, what is asked, and how the bylaws put it.
//!
//! File, questions, bylaws and differences all come from this one table, so that none of them can leave out or invent
//! a value.

use std::fmt;

use super::document::Document;
use super::fields;
use super::setting::Place;

/// One value of a charter.
pub(crate) struct Field {
    /// Its name in its section of the file.
    pub(crate) name: &'static str,
    /// What it is called where it is compared.
    pub(crate) label: &'static str,
    /// What `charter new` asks.
    pub(crate) question: &'static str,
    /// What the answer means for members.
    pub(crate) meaning: &'static str,
    /// The sentence of the bylaws; `{}` stands for the value.
    pub(crate) sentence: &'static str,
    /// The value in words that no other value has.
    pub(crate) shown: fn(&Document) -> String,
    /// Where it stands.
    pub(crate) place: &'static dyn Place,
    /// Whether it makes a difference as the rest of the document is.
    pub(crate) matters: fn(&Document) -> bool,
}

impl Field {
    /// Returns the sentence with the value in it.
    pub(crate) fn said(&self, value: &str) -> String {
        self.sentence.replace("{}", value)
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Fields that belong together: a table of the file, an article of the bylaws.
#[derive(Debug)]
pub(crate) struct Section {
    /// The table's name in the file; empty for none.
    pub(crate) name: &'static str,
    /// The article's heading.
    pub(crate) title: &'static str,
    /// What the article begins with; may be empty.
    pub(crate) about: &'static str,
    /// What is in it.
    pub(crate) fields: &'static [Field],
}

impl Section {
    /// Returns a field's name with its table, as in `votes.turnout`.
    pub(crate) fn path(&self, field: &Field) -> String {
        if self.name.is_empty() { field.name.to_owned() } else { format!("{}.{}", self.name, field.name) }
    }
}

/// Every section, in the order of the file and of the bylaws.
pub(crate) static SECTIONS: [Section; 7] = [
    fields::collective::SECTION,
    fields::votes::SECTION,
    fields::strikes::SECTION,
    fields::releases::SECTION,
    fields::terms::SECTION,
    fields::money::SECTION,
    fields::keys::SECTION,
];

/// Returns every field with its section.
pub(crate) fn all() -> impl Iterator<Item = (&'static Section, &'static Field)> {
    SECTIONS.iter().flat_map(|section| section.fields.iter().map(move |field| (section, field)))
}

/// Returns the field with this path.
pub(crate) fn find(path: &str) -> Option<(&'static Section, &'static Field)> {
    all().find(|(section, field)| section.path(field) == path)
}
