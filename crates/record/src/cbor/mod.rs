//! Canonical CBOR (RFC 8949 §4.2.1), the one encoding of everything that is hashed or signed.
//!
//! Fixed arrays, sorted integer keys in extension maps, shortest integers, definite lengths, no floats, no tags, depth
//! at most [`MAX_DEPTH`]. The heads are read and written by `cbor4ii::core`; what that decoder lets through (longer
//! integers, indefinite lengths, trailing bytes, …) is refused by the one rule of [`decode`]: bytes are accepted if
//! and only if encoding what was decoded gives the same bytes.

mod check;
mod decode;
mod encode;
mod impls;

pub use check::check;
pub use decode::{Decode, Decoder};
pub use encode::{Encode, Encoder};
pub use impls::ByteString;

/// The deepest nesting of arrays and maps.
pub const MAX_DEPTH: usize = 16;

/// Why bytes are no canonical CBOR of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end inside an item.
    #[error("truncated")]
    Truncated,
    /// An item is not of the expected type, length or vocabulary.
    #[error("unexpected {0}")]
    Unexpected(&'static str),
    /// Bytes follow the item.
    #[error("trailing bytes")]
    Trailing,
    /// The bytes decode, but are not the canonical encoding of what they say.
    #[error("not canonical")]
    NotCanonical,
    /// Longer than the limit of its kind.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// A rule between fields is broken.
    #[error("{0}")]
    Rule(&'static str),
}

/// Encodes a value.
#[must_use]
pub fn encode<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut encoder = Encoder::default();
    value.encode(&mut encoder);
    encoder.into_bytes()
}

/// Decodes a value from exactly its canonical encoding of at most `limit` bytes.
///
/// # Errors
/// [`DecodeError`]; on success `encode(&value) == bytes`.
pub fn decode<T: Encode + Decode>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong(limit));
    }
    let mut decoder = Decoder::new(bytes);
    let value = T::decode(&mut decoder)?;
    decoder.end()?;
    let mut encoder = Encoder::with_capacity(bytes.len());
    value.encode(&mut encoder);
    if encoder.as_bytes() == bytes { Ok(value) } else { Err(DecodeError::NotCanonical) }
}

/// Implements [`Encode`](crate::cbor::Encode) and [`Decode`](crate::cbor::Decode) for a struct as a fixed array of the
/// named fields, in that order.
#[macro_export]
macro_rules! fixed_array {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::cbor::Encode for $name {
            fn encode(&self, encoder: &mut $crate::cbor::Encoder) {
                encoder.array([$(stringify!($field)),+].len());
                $($crate::cbor::Encode::encode(&self.$field, encoder);)+
            }
        }

        impl $crate::cbor::Decode for $name {
            fn decode(decoder: &mut $crate::cbor::Decoder<'_>) -> Result<Self, $crate::cbor::DecodeError> {
                decoder.array_of([$(stringify!($field)),+].len())?;
                Ok(Self { $($field: $crate::cbor::Decode::decode(decoder)?),+ })
            }
        }
    };
}

/// Defines a field-less enum that is encoded as its integer code and has a name for people.
#[macro_export]
macro_rules! coded_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vmeta])* $variant),+
        }

        impl $name {
            /// Every value, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the integer that stands for the value in records.
            #[must_use]
            pub const fn code(self) -> u64 {
                match self { $(Self::$variant => $code),+ }
            }

            /// Returns the value an integer stands for.
            #[must_use]
            pub const fn from_code(code: u64) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// Returns the value's name, as people and JSON write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Returns the value with this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl $crate::cbor::Encode for $name {
            fn encode(&self, encoder: &mut $crate::cbor::Encoder) {
                encoder.uint(self.code());
            }
        }

        impl $crate::cbor::Decode for $name {
            fn decode(decoder: &mut $crate::cbor::Decoder<'_>) -> Result<Self, $crate::cbor::DecodeError> {
                Self::from_code(decoder.uint()?).ok_or($crate::cbor::DecodeError::Unexpected(stringify!($name)))
            }
        }
    };
}

pub use {coded_enum, fixed_array};
