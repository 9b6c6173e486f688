//! How a value of a charter is written in its file, and read from there and from what people type.

use std::collections::BTreeSet;

use commonwheel_api::Word;
use commonwheel_record::control::{DividendMode, Ratio, VoteWeight};
use commonwheel_record::limits::MAX_NAME;
use commonwheel_record::terms::{Licence, Preference};
use commonwheel_record::{FeedId, text};
use toml::Value;

use super::document::{Document, LicenceTerms};
use super::own::OrOwn;

/// The word for an empty list, and for what there is none of.
const NONE: &str = "none";

/// A kind of value.
pub(crate) trait Setting: Sized {
    /// Writes it as the file does.
    fn write(&self) -> Value;

    /// Reads it as the file has it; the error says what belongs there.
    fn read(value: &Value) -> Result<Self, String>;

    /// Brings what people type to what the file would have.
    fn typed(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl Setting for bool {
    fn write(&self) -> Value {
        Value::Boolean(*self)
    }

    fn read(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "expected yes (true) or no (false)".to_owned())
    }

    fn typed(text: &str) -> Value {
        match text.to_ascii_lowercase().as_str() {
            "yes" | "y" | "true" => Value::Boolean(true),
            "no" | "n" | "false" => Value::Boolean(false),
            _ => Value::String(text.to_owned()),
        }
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Setting for $number {
            fn write(&self) -> Value {
                Value::Integer((*self).into())
            }

            fn read(value: &Value) -> Result<Self, String> {
                let number = value.as_integer().and_then(|number| number.try_into().ok());
                number.ok_or_else(|| format!("expected a whole number from 0 to {}", <$number>::MAX))
            }

            fn typed(text: &str) -> Value {
                text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer)
            }
        })+
    };
}

numbers!(u8, u32);

/// A name in plain text.
impl Setting for String {
    fn write(&self) -> Value {
        Value::String(self.clone())
    }

    fn read(value: &Value) -> Result<Self, String> {
        let name = value.as_str().filter(|name| text::is_plain(name, MAX_NAME));
        name.map(str::to_owned).ok_or_else(|| format!("expected 1 to {MAX_NAME} bytes of plain text"))
    }
}

fn read_word<T: Word>(value: &Value) -> Result<T, String> {
    let word = value.as_str().ok_or("expected a word in quotation marks")?;
    T::read(word).map_err(|error| error.to_string())
}

macro_rules! words {
    ($($word:ty),+) => {
        $(impl Setting for $word {
            fn write(&self) -> Value {
                Value::String(self.text())
            }

            fn read(value: &Value) -> Result<Self, String> {
                read_word(value)
            }
        })+
    };
}

words!(Ratio, VoteWeight, DividendMode, Licence, Preference, LicenceTerms);

impl Setting for Option<OrOwn<FeedId>> {
    fn write(&self) -> Value {
        Value::String(self.as_ref().map_or_else(|| NONE.to_owned(), Word::text))
    }

    fn read(value: &Value) -> Result<Self, String> {
        if value.as_str() == Some(NONE) { Ok(None) } else { read_word(value).map(Some) }
    }
}

/// A list of words; the file may write one word alone.
impl<T: Word + Ord> Setting for BTreeSet<T> {
    fn write(&self) -> Value {
        self.iter().map(Word::text).collect::<Vec<_>>().into()
    }

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items.iter().map(read_word).collect(),
            one => Ok(Self::from([read_word(one)?])),
        }
    }

    fn typed(text: &str) -> Value {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty() && *word != NONE);
        words.map(str::to_owned).collect::<Vec<_>>().into()
    }
}

/// Where in a document a value stands.
pub(crate) trait Place: Sync {
    /// Writes the value that stands there.
    fn write(&self, document: &Document) -> Value;

    /// Puts a value there.
    fn put(&self, document: &mut Document, value: &Value) -> Result<(), String>;

    /// Brings what people type to what the file would have.
    fn typed(&self, text: &str) -> Value;
}

/// A place that holds a value of one kind.
pub(crate) struct At<T> {
    pub(crate) get: fn(&Document) -> &T,
    pub(crate) get_mut: fn(&mut Document) -> &mut T,
}

impl<T: Setting> Place for At<T> {
    fn write(&self, document: &Document) -> Value {
        (self.get)(document).write()
    }

    fn put(&self, document: &mut Document, value: &Value) -> Result<(), String> {
        *(self.get_mut)(document) = T::read(value)?;
        Ok(())
    }

    fn typed(&self, text: &str) -> Value {
        T::typed(text)
    }
}

/// Names the place of a field of [`Document`].
macro_rules! at {
    ($($part:ident).+) => {
        &$crate::charter::setting::At { get: |d| &d.$($part).+, get_mut: |d| &mut d.$($part).+ }
    };
}

pub(crate) use at;
