//! Reading the file: unknown keys first, so that a mistyped one is told as such, then the values.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Place};
use super::keys::{Config, TABLES};
use super::nearest::nearest;

/// Reads a configuration.
pub(super) fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let at = |span: Option<Range<usize>>| Place {
        file: file.to_owned(),
        line: span.map(|span| line(text, &span)),
    };
    let value = |error: toml::de::Error| ConfigError::Value {
        place: at(error.span()),
        message: error.message().replace('\n', "; "),
    };
    let table = DeTable::parse(text).map_err(value)?;
    if let Some((span, key)) = unknown(table.get_ref()) {
        let nearest = suggest(&key);
        return Err(ConfigError::UnknownKey { place: at(Some(span)), key, nearest });
    }
    toml::from_str(text).map_err(value)
}

/// Returns the first key that is none, with where it stands.
fn unknown(table: &DeTable<'_>) -> Option<(Range<usize>, String)> {
    let mut found: Vec<_> = table.iter().filter_map(|(key, value)| unknown_in(key, value)).collect();
    found.sort_by_key(|(span, _)| span.start);
    found.into_iter().next()
}

fn unknown_in(
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Option<(Range<usize>, String)> {
    let name = key.get_ref().as_ref();
    if is_key("", name) {
        return None;
    }
    match (TABLES.iter().any(|(section, ..)| *section == name), value.get_ref()) {
        (true, DeValue::Table(table)) => {
            let stranger = table.iter().map(|(key, _)| key).find(|key| !is_key(name, key.get_ref()));
            stranger.map(|key| (key.span(), format!("{name}.{}", key.get_ref())))
        }
        // Something that is not a table, where one belongs, is for the reading of values to tell.
        (true, _) => None,
        (false, _) => Some((key.span(), name.to_owned())),
    }
}

fn is_key(section: &str, name: &str) -> bool {
    TABLES.iter().any(|(_, _, keys)| keys.iter().any(|key| key.section == section && key.name == name))
}

/// Returns the key or table that a mistyped or misplaced key looks most like, as the file would name it.
fn suggest(mistyped: &str) -> String {
    let bare = mistyped.rsplit('.').next().unwrap_or(mistyped);
    let keys = || TABLES.iter().flat_map(|(_, _, keys)| keys.iter());
    if let Some(misplaced) = keys().find(|key| key.name == bare) {
        return misplaced.path();
    }
    let tables = TABLES.iter().filter(|(section, ..)| !section.is_empty());
    let tables = tables.map(|(section, ..)| ((*section).to_owned(), format!("[{section}]")));
    let by_path = keys().map(|key| (key.path(), key.path()));
    let by_name = keys().map(|key| (key.name.to_owned(), key.path()));
    let candidates: Vec<(String, String)> = by_path.chain(tables).chain(by_name).collect();
    let best = nearest(mistyped, candidates.iter().map(|(typed, _)| typed.as_str()));
    let shown = candidates.iter().find(|(typed, _)| Some(typed.as_str()) == best);
    shown.map(|(_, shown)| shown.clone()).unwrap_or_default()
}

fn line(text: &str, span: &Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
}
