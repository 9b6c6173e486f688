//! How the common types are encoded.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decode, DecodeError, Decoder, Encode, Encoder};
use crate::hash::Hash;
use crate::id::{CollectiveId, FeedId, NetworkId, RecordId};
use crate::key::{PublicKey, Signature};

macro_rules! fixed_bytes {
    ($($name:ty),+) => {$(
        impl Encode for $name {
            fn encode(&self, encoder: &mut Encoder) {
                encoder.bytes(&self.0);
            }
        }

        impl Decode for $name {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                decoder.fixed().map(Self)
            }
        }
    )+};
}

fixed_bytes!(Hash, CollectiveId, FeedId, NetworkId, PublicKey, Signature);

macro_rules! unsigned {
    ($($name:ty),+) => {$(
        impl Encode for $name {
            fn encode(&self, encoder: &mut Encoder) {
                encoder.uint(u64::from(*self));
            }
        }

        impl Decode for $name {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Self::try_from(decoder.uint()?).map_err(|_| DecodeError::Unexpected("integer out of range"))
            }
        }
    )+};
}

unsigned!(u8, u16, u32, u64);

impl Encode for bool {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.bool(*self);
    }
}

impl Decode for bool {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.bool()
    }
}

impl Encode for String {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.text(self);
    }
}

impl Decode for String {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.text().map(str::to_owned)
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.bytes(self);
    }
}

impl<const N: usize> Decode for [u8; N] {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.fixed()
    }
}

/// A byte string of variable length; a `Vec<u8>` on its own would read as an array of integers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ByteString(pub Vec<u8>);

impl Encode for ByteString {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.bytes(&self.0);
    }
}

impl Decode for ByteString {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.bytes().map(|bytes| Self(bytes.to_vec()))
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Some(value) => value.encode(encoder),
            None => encoder.null(),
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if decoder.null() { Ok(None) } else { T::decode(decoder).map(Some) }
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(self.len());
        self.iter().for_each(|item| item.encode(encoder));
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let len = decoder.array()?;
        (0..len).map(|_| T::decode(decoder)).collect()
    }
}

/// A set is an array in ascending order: the re-encoding refuses any other order, and duplicates.
impl<T: Encode + Ord> Encode for BTreeSet<T> {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(self.len());
        self.iter().for_each(|item| item.encode(encoder));
    }
}

impl<T: Decode + Ord> Decode for BTreeSet<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        // Most sets of a header are empty or small; collecting would sort them in a vector first.
        let mut set = Self::new();
        for _ in 0..decoder.array()? {
            set.insert(T::decode(decoder)?);
        }
        Ok(set)
    }
}

/// A table is an array of pairs in ascending order of the first, for keys that are no integers.
impl<K: Encode + Ord, V: Encode> Encode for BTreeMap<K, V> {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(self.len());
        for (key, value) in self {
            encoder.array(2);
            key.encode(encoder);
            value.encode(encoder);
        }
    }
}

impl<K: Decode + Ord, V: Decode> Decode for BTreeMap<K, V> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let len = decoder.array()?;
        (0..len)
            .map(|_| {
                decoder.array_of(2)?;
                Ok((K::decode(decoder)?, V::decode(decoder)?))
            })
            .collect()
    }
}

impl Encode for RecordId {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(2);
        self.feed.encode(encoder);
        encoder.uint(self.index);
    }
}

impl Decode for RecordId {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        Ok(Self { feed: Decode::decode(decoder)?, index: decoder.uint()? })
    }
}
