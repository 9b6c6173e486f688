//! Fields of exports as they really come: of another type, missing, far too many.
//!
//! Nothing here builds a tree of what it does not need, so an item costs little more memory than its bytes.

mod bounded;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

pub(crate) use self::bounded::{Bounded, BoundedMap, is_too_long};
use crate::limits::MAX_PARTS;

/// A text that may be something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Text {
    /// Absent or null.
    #[default]
    Missing,
    /// A string, or a list of which all parts are texts.
    Plain(String),
    /// Anything else.
    Other,
}

impl Text {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Missing | Self::Other => None,
        }
    }
}

/// A name: a string or a whole number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) Option<String>);

/// Whether a field holds anything: not null, false, or empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Present(pub(crate) bool);

/// Visitor methods for the scalar types, all giving one value.
macro_rules! scalars {
    ($value:expr => $($method:ident: $type:ty),+) => {
        $(fn $method<E: Error>(self, _: $type) -> Result<Self::Value, E> { Ok($value) })+
    };
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            scalars!(Text::Other => visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

            fn visit_unit<E: Error>(self) -> Result<Text, E> {
                Ok(Text::Missing)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::Plain(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
                Ok(Text::Plain(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text, A::Error> {
                let mut texts = Vec::new();
                let mut all_text = true;
                while let Some(part) = parts.next_element::<Part>()? {
                    all_text &= part.0.is_some() && texts.len() < MAX_PARTS;
                    if all_text {
                        texts.extend(part.0);
                    }
                }
                Ok(if all_text { Text::Plain(texts.join("\n")) } else { Text::Other })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                drain_map(map)?;
                Ok(Text::Other)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A part of a message's content: its text, if it is one.
struct Part(Option<String>);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PartVisitor;
        impl<'de> Visitor<'de> for PartVisitor {
            type Value = Part;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            scalars!(Part(None) => visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

            fn visit_unit<E: Error>(self) -> Result<Part, E> {
                Ok(Part(None))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Part, E> {
                Ok(Part(Some(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Part, A::Error> {
                drain_seq(list)?;
                Ok(Part(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
                let (mut is_text, mut text) = (true, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "type" => is_text = map.next_value::<Text>()?.as_str() == Some("text"),
                        "text" => text = map.next_value::<Text>()?.as_str().map(str::to_owned),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Part(text.filter(|_| is_text)))
            }
        }
        deserializer.deserialize_any(PartVisitor)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }

            fn visit_unit<E: Error>(self) -> Result<Name, E> {
                Ok(Name(None))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name(Some(name.to_owned())))
            }

            fn visit_i64<E: Error>(self, name: i64) -> Result<Name, E> {
                Ok(Name(Some(name.to_string())))
            }

            fn visit_u64<E: Error>(self, name: u64) -> Result<Name, E> {
                Ok(Name(Some(name.to_string())))
            }
        }
        deserializer.deserialize_any(NameVisitor)
    }
}

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PresentVisitor;
        impl<'de> Visitor<'de> for PresentVisitor {
            type Value = Present;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            scalars!(Present(true) => visit_i64: i64, visit_u64: u64, visit_f64: f64);

            fn visit_unit<E: Error>(self) -> Result<Present, E> {
                Ok(Present(false))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Present, E> {
                Ok(Present(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Present, E> {
                Ok(Present(!text.is_empty()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Present, A::Error> {
                drain_seq(list).map(|count| Present(count > 0))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Present, A::Error> {
                drain_map(map).map(|count| Present(count > 0))
            }
        }
        deserializer.deserialize_any(PresentVisitor)
    }
}

fn drain_seq<'de, A: SeqAccess<'de>>(mut list: A) -> Result<usize, A::Error> {
    let mut count = 0;
    while list.next_element::<IgnoredAny>()?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<usize, A::Error> {
    let mut count = 0;
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Text {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn text_takes_strings_and_lists_of_texts_only() {
        assert_eq!(text("\"a\""), Text::Plain("a".into()));
        assert_eq!(text(r#"[{"type": "text", "text": "a"}, "b"]"#), Text::Plain("a\nb".into()));
        assert_eq!(text("null"), Text::Missing);
        for other in
            ["1", "1.5", "true", r#"{"text": "a"}"#, r#"[{"type": "image_url"}]"#, "[[]]", "[1]", "[null]"]
        {
            assert_eq!(text(other), Text::Other, "{other}");
        }
    }

    #[test]
    fn presence_looks_into_lists() {
        for (json, present) in [
            ("null", false),
            ("[]", false),
            ("{}", false),
            ("\"\"", false),
            ("false", false),
            ("[1]", true),
            ("{\"a\":1}", true),
            ("2", true),
        ] {
            assert_eq!(serde_json::from_str::<Present>(json).unwrap().0, present, "{json}");
        }
    }

    #[test]
    fn names_may_be_numbers() {
        assert_eq!(serde_json::from_str::<Name>("7").unwrap().0.as_deref(), Some("7"));
        assert_eq!(serde_json::from_str::<Name>("null").unwrap().0, None);
        assert!(serde_json::from_str::<Name>("[]").is_err());
    }
}
