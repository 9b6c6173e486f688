//! Bylaws: a charter in plain English, as Markdown.
//!
//! Every value stands in exactly one sentence, and everything else is the same for all charters and names no value.

use std::fmt::Write as _;

use super::document::Document;
use super::field::SECTIONS;
use super::said::{self, Said};

/// What every strike is said not to do.
pub(crate) use crate::ops::CANNOT;

const PREAMBLE: &str = "\
These bylaws say in plain English what the collective's charter says as data. Every value in them comes from the
charter, and where the two differ the charter holds. Rules for which a law was the model are named after it and do not
promise to comply with it.

**This is not legal advice.** Ask somebody who knows the law where you are before you rely on it.
";

const CHANGES: &str = "\
The charter is changed by the next one only, which the root keys of both sign. Every node keeps all of them and shows
what changed; a ballot that is open keeps the rules it opened under.
";

/// Renders the bylaws of a charter.
pub(crate) fn render(document: &Document) -> String {
    let mut text = format!("# Bylaws of {}\n\n{PREAMBLE}", escaped(&document.name));
    for section in &SECTIONS {
        article(&mut text, section.title, section.about, &said::section(document, section));
    }
    article(&mut text, "Changes", CHANGES.trim_end(), &[]);
    cannot(&mut text);
    if let Some(standing) = &document.standing {
        article(&mut text, "Which charter this is", "", &said::standing(standing));
    }
    text
}

fn article(text: &mut String, title: &str, about: &str, said: &[Said]) {
    line(text, &format!("\n## {title}\n"));
    if !about.is_empty() {
        line(text, about);
    }
    if !about.is_empty() && !said.is_empty() {
        line(text, "");
    }
    for said in said {
        line(text, &format!("- {}", escaped(&said.sentence)));
    }
}

fn cannot(text: &mut String) {
    line(text, "\n## What a strike cannot do\n");
    for sentence in CANNOT {
        let mut rest = sentence.chars();
        let first = rest.next().map(|c| c.to_ascii_uppercase()).into_iter();
        line(text, &format!("- {}.", first.chain(rest).collect::<String>()));
    }
}

/// Takes the meaning from characters that Markdown has one for: a charter may be somebody else's.
pub(crate) fn escaped(text: &str) -> String {
    let special =
        |c: char| matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '&');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([plain(c)])).collect()
}

/// A line break would end the sentence's place in the list.
const fn plain(c: char) -> char {
    if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes whatever is written");
}
