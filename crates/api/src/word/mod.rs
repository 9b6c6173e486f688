//! Words: the one textual form of every id, key and closed vocabulary, in JSON, in flags and in tables.

mod impls;
pub(crate) mod list;
pub(crate) mod map;
pub(crate) mod optional;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Something with one textual form that is read back.
pub trait Word: Sized {
    /// Returns the text.
    fn text(&self) -> String;

    /// Reads what [`Word::text`] gives, and what else people may type for it.
    ///
    /// # Errors
    /// [`WordError`] saying what was expected.
    fn read(text: &str) -> Result<Self, WordError>;
}

/// Why a text was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WordError(String);

impl WordError {
    pub(crate) fn new(expected: impl std::fmt::Display) -> Self {
        Self(expected.to_string())
    }
}

/// Reads a word; the function to hand to a flag parser.
///
/// # Errors
/// [`WordError`] saying what was expected.
pub fn read<T: Word>(text: &str) -> Result<T, WordError> {
    T::read(text)
}

pub(crate) fn serialize<T: Word, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.text())
}

pub(crate) fn deserialize<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::read(&text).map_err(D::Error::custom)
}
