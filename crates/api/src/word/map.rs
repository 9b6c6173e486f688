//! Numbers by words, for `#[serde(with = …)]`.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use super::Word;

pub(crate) fn serialize<T: Word, S: Serializer>(
    numbers: &BTreeMap<T, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(numbers.iter().map(|(word, number)| (word.text(), number)))
}

pub(crate) fn deserialize<'de, T: Word + Ord, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<T, u64>, D::Error> {
    let texts = BTreeMap::<String, u64>::deserialize(deserializer)?;
    let read = |(text, number): (String, u64)| Ok((T::read(&text).map_err(D::Error::custom)?, number));
    texts.into_iter().map(read).collect()
}
