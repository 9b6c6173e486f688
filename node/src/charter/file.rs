//! `charter.toml`: every value with a comment, for people to change.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::field::{self, SECTIONS};
use crate::config::nearest;

/// Columns of a comment.
const WIDTH: usize = 100;

/// Why a file is no charter.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It is no TOML.
    #[error("{place}: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// There is no such value.
    #[error("{place}: a charter has no value `{key}`")]
    Unknown {
        /// Where.
        place: Place,
        /// As it is written.
        key: String,
        /// The value it looks most like.
        nearest: String,
    },
    /// The value is not of its kind.
    #[error("{place}: `{key}`: {message}")]
    Value {
        /// Where.
        place: Place,
        /// Which.
        key: String,
        /// What belongs there.
        message: String,
    },
    /// Values are missing.
    #[error("{} does not say everything: {} missing", .file.display(), .keys.join(", "))]
    Missing {
        /// The file.
        file: PathBuf,
        /// Which.
        keys: Vec<String>,
    },
}

impl FileError {
    /// Says what to do about it.
    pub(crate) fn fix(&self) -> String {
        match self {
            Self::Syntax { .. } => {
                "mend the line; texts stand in quotation marks, lists in brackets".to_owned()
            }
            Self::Unknown { nearest, .. } => format!("did you mean `{nearest}`?"),
            Self::Value { key, .. } => {
                let meaning = field::find(key).map_or("", |(_, field)| field.question);
                format!("change the value: {meaning}")
            }
            Self::Missing { file, .. } => format!(
                "add them, or complete the file: commonwheel charter new --yes --answers {} --out DIR",
                file.display()
            ),
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    file: PathBuf,
    line: Option<usize>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

/// Writes a charter's file.
pub(crate) fn write(document: &Document) -> String {
    let mut text = String::new();
    head(&mut text, document);
    for section in &SECTIONS {
        if !section.name.is_empty() {
            line(&mut text, &format!("\n# {}\n[{}]", section.title, section.name));
        }
        for field in section.fields {
            let value = field.place.write(document);
            line(&mut text, "");
            comment(&mut text, field.question);
            comment(&mut text, field.meaning);
            line(&mut text, &format!("{} = {value}", field.name));
        }
    }
    text
}

fn head(text: &mut String, document: &Document) {
    line(
        text,
        "# A collective's charter. Every value is needed; change what stands behind the equals signs.",
    );
    line(text, "# `commonwheel charter bylaws FILE` says in sentences what it amounts to.");
    match &document.standing {
        None => line(text, "# `commonwheel init --charter FILE` founds the collective with it."),
        Some(standing) => {
            let number = standing.number;
            line(
                text,
                &format!(
                    "# This is charter number {number}; `commonwheel charter amend FILE` makes the next."
                ),
            );
        }
    }
}

fn comment(text: &mut String, sentence: &str) {
    let mut row = String::from("#");
    for word in sentence.split_whitespace() {
        if row.len() + 1 + word.len() > WIDTH {
            line(text, &row);
            row = String::from("#");
        }
        row.push(' ');
        row.push_str(word);
    }
    line(text, &row);
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes whatever is written");
}

/// Reads a whole charter: a value that is missing is an error.
pub(crate) fn read(file: &Path, text: &str) -> Result<Document, FileError> {
    let mut document = Document::default();
    let given = read_some(file, text, &mut document)?;
    let path = |(section, field): (&field::Section, &field::Field)| section.path(field);
    let keys: Vec<String> = field::all().map(path).filter(|path| !given.contains(path)).collect();
    if keys.is_empty() { Ok(document) } else { Err(FileError::Missing { file: file.to_owned(), keys }) }
}

/// Reads what a file says into a document, and returns the paths of the values it gave.
pub(crate) fn read_some(
    file: &Path,
    text: &str,
    document: &mut Document,
) -> Result<BTreeSet<String>, FileError> {
    let at =
        |span: Option<Range<usize>>| Place { file: file.to_owned(), line: span.map(|span| row(text, &span)) };
    let syntax = |error: toml::de::Error| FileError::Syntax {
        place: at(error.span()),
        message: error.message().replace('\n', "; "),
    };
    let spans = DeTable::parse(text).map_err(syntax)?;
    let table: toml::Table = toml::from_str(text).map_err(syntax)?;
    let mut given = BTreeSet::new();
    for (key, span, value) in values(spans.get_ref(), &table) {
        let place = at(Some(span));
        let Some((_, field)) = field::find(&key) else {
            let nearest = suggest(&key);
            return Err(FileError::Unknown { place, key, nearest });
        };
        let put = field.place.put(document, value);
        put.map_err(|message| FileError::Value { place, key: key.clone(), message })?;
        given.insert(key);
    }
    Ok(given)
}

/// Returns every value with its path and where it is written, the tables of sections opened.
fn values<'a>(spans: &DeTable<'_>, table: &'a toml::Table) -> Vec<(String, Range<usize>, &'a toml::Value)> {
    let mut found = Vec::new();
    for (key, value) in spans {
        let name = key.get_ref().as_ref();
        let is_section = SECTIONS.iter().any(|section| !section.name.is_empty() && section.name == name);
        match (is_section, value.get_ref(), table.get(name)) {
            (true, DeValue::Table(inner), Some(toml::Value::Table(table))) => {
                let of_inner = |(key, _): (&toml::Spanned<std::borrow::Cow<'_, str>>, _)| {
                    let value = table.get(key.get_ref().as_ref())?;
                    Some((format!("{name}.{}", key.get_ref()), key.span(), value))
                };
                found.extend(inner.iter().filter_map(of_inner));
            }
            (_, _, Some(value)) => found.push((name.to_owned(), key.span(), value)),
            (_, _, None) => {}
        }
    }
    found.sort_by_key(|(_, span, _)| span.start);
    found
}

/// Returns the path or table that a mistyped or misplaced one looks most like.
fn suggest(mistyped: &str) -> String {
    let bare = mistyped.rsplit('.').next().unwrap_or(mistyped);
    if let Some((section, field)) = field::all().find(|(_, field)| field.name == bare) {
        return section.path(field);
    }
    let tables = SECTIONS.iter().filter(|section| !section.name.is_empty());
    let tables = tables.map(|section| (section.name.to_owned(), format!("[{}]", section.name)));
    let paths = field::all().map(|(section, field)| section.path(field));
    let candidates: Vec<(String, String)> = tables.chain(paths.map(|path| (path.clone(), path))).collect();
    let best = nearest(mistyped, candidates.iter().map(|(typed, _)| typed.as_str()));
    let shown = candidates.iter().find(|(typed, _)| Some(typed.as_str()) == best);
    shown.map(|(_, shown)| shown.clone()).unwrap_or_default()
}

fn row(text: &str, span: &Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
}
