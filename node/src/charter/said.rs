//! What a charter says, value by value, in words.

use commonwheel_api::Word as _;

use super::document::{Document, Standing};
use super::field::{self, Section};

/// One value of a charter, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Its name in the file, or in the ledger where the file has none for it.
    pub(crate) path: String,
    /// What it is called.
    pub(crate) label: &'static str,
    /// The value.
    pub(crate) value: String,
    /// The sentence that has the value in it.
    pub(crate) sentence: String,
}

/// Returns what a section of a document says.
pub(crate) fn section(document: &Document, section: &'static Section) -> Vec<Said> {
    let say = |field: &'static field::Field| {
        let value = (field.shown)(document);
        let sentence = field.said(&value);
        Said { path: section.path(field), label: field.label, value, sentence }
    };
    section.fields.iter().map(say).collect()
}

/// Returns what tells a charter that was signed from others: its place in the chain.
pub(crate) fn standing(standing: &Standing) -> Vec<Said> {
    let collective = standing.collective.map(|id| id.text()).unwrap_or_else(|| "not founded yet".to_owned());
    let previous =
        standing.previous.map_or_else(|| "none: this one founds it".to_owned(), |hash| hash.text());
    let inside =
        |(feed, size): (&commonwheel_record::FeedId, &u64)| format!("{size} records of the feed {feed}");
    let cut: Vec<String> = standing.cut.0.iter().map(inside).collect();
    let cut = if cut.is_empty() { "nothing".to_owned() } else { cut.join(", ") };
    let line = |path: &str, label, value: String, sentence: &str| {
        let sentence = sentence.replace("{}", &value);
        Said { path: path.to_owned(), label, value, sentence }
    };
    vec![
        line("collective", "collective", collective, "The collective's id is {}."),
        line(
            "number",
            "number",
            standing.number.to_string(),
            "These bylaws are those of its charter number {}.",
        ),
        line("previous", "charter before it", previous, "The charter before it has the hash: {}."),
        line(
            "cut",
            "what the keys before it signed",
            cut,
            "Of what only the keys of the charter before it signed, this counts: {}.",
        ),
        line(
            "nonce",
            "nonce",
            standing.nonce.text(),
            "What tells it from an equal charter is the number {}.",
        ),
    ]
}

/// Returns everything that a document says, in the order of the bylaws.
pub(crate) fn all(document: &Document) -> Vec<Said> {
    let fields = field::SECTIONS.iter().flat_map(|it| section(document, it));
    fields.chain(document.standing.iter().flat_map(standing)).collect()
}
