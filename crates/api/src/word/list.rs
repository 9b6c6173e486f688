//! Lists and sets of words, for `#[serde(with = …)]`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use super::Word;

pub(crate) fn serialize<'a, C, T, S>(values: &'a C, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a C: IntoIterator<Item = &'a T>,
    T: Word + 'a,
    S: Serializer,
{
    serializer.collect_seq(values.into_iter().map(Word::text))
}

pub(crate) fn deserialize<'de, C, T, D>(deserializer: D) -> Result<C, D::Error>
where
    C: FromIterator<T>,
    T: Word,
    D: Deserializer<'de>,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| T::read(text).map_err(D::Error::custom)).collect()
}
