//! Lists and maps that end early rather than fill the memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A list of at most `N` elements; a longer one is an error that [`is_too_long`] knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounded<T, const N: usize>(pub(crate) Vec<T>);

/// A map of at most `N` entries in the order of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoundedMap<T, const N: usize>(pub(crate) Vec<(String, T)>);

impl<T, const N: usize> Default for Bounded<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const N: usize> Default for BoundedMap<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

const TOO_LONG: &str = "commonwheel: list too long";

/// Whether parsing ended because a list was longer than its bound.
pub(crate) fn is_too_long(error: &serde_json::Error) -> bool {
    error.is_data() && error.to_string().starts_with(TOO_LONG)
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Bounded<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for ListVisitor<T, N> {
            type Value = Bounded<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Bounded(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    if elements.len() == N {
                        return Err(A::Error::custom(TOO_LONG));
                    }
                    elements.push(element);
                }
                Ok(Bounded(elements))
            }
        }
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for BoundedMap<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for MapVisitor<T, N> {
            type Value = BoundedMap<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(BoundedMap(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    if entries.len() == N {
                        return Err(A::Error::custom(TOO_LONG));
                    }
                    entries.push(entry);
                }
                Ok(BoundedMap(entries))
            }
        }
        deserializer.deserialize_any(MapVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_end_early() {
        assert!(serde_json::from_str::<Bounded<u8, 2>>("[1,2]").is_ok());
        assert!(is_too_long(&serde_json::from_str::<Bounded<u8, 2>>("[1,2,3]").unwrap_err()));
        assert!(is_too_long(&serde_json::from_str::<BoundedMap<u8, 1>>(r#"{"a":1,"b":2}"#).unwrap_err()));
        assert!(!is_too_long(&serde_json::from_str::<Bounded<u8, 2>>("[true]").unwrap_err()));
    }
}
