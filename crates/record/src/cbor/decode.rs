//! Reading items; strictness comes from comparing with the re-encoding, see the parent module.

use cbor4ii::core::dec::{Decode as Cbor, Read, Reference};
use cbor4ii::core::error::{DecodeError as CborError, Len, Never};
use cbor4ii::core::{major, types};

use super::{DecodeError, MAX_DEPTH};

/// A value that reads its canonical encoding.
pub trait Decode: Sized {
    /// Reads one item.
    ///
    /// # Errors
    /// [`DecodeError`] if the next item is not of this type.
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

/// Reads items from a slice, without allocating for lengths that the slice does not hold.
#[derive(Debug)]
pub struct Decoder<'a> {
    reader: Slice<'a>,
}

#[derive(Debug)]
struct Slice<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Read<'a> for Slice<'a> {
    type Error = Never;

    fn fill<'short>(&'short mut self, want: usize) -> Result<Reference<'a, 'short>, Never> {
        Ok(Reference::Long(&self.rest[..want.min(self.rest.len())]))
    }

    fn advance(&mut self, n: usize) {
        self.rest = &self.rest[n.min(self.rest.len())..];
    }

    fn step_in(&mut self) -> bool {
        self.depth += 1;
        self.depth <= MAX_DEPTH
    }

    fn step_out(&mut self) {
        self.depth -= 1;
    }
}

impl<'a> Decoder<'a> {
    /// Reads from the start of a slice.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Slice { rest: bytes, depth: 0 } }
    }

    /// Reads the head of an array and returns its length, at most the bytes that are left.
    ///
    /// # Errors
    /// [`DecodeError`] if it is no array of definite length, or longer than what is left.
    pub fn array(&mut self) -> Result<usize, DecodeError> {
        let len = types::Array::len(&mut self.reader).map_err(|e| wrong(&e, "array"))?;
        self.definite(len, "array")
    }

    /// Reads the head of an array of exactly `len` items.
    ///
    /// # Errors
    /// [`DecodeError`] if it is anything else.
    pub fn array_of(&mut self, len: usize) -> Result<(), DecodeError> {
        if self.array()? == len { Ok(()) } else { Err(DecodeError::Unexpected("array length")) }
    }

    /// Reads the head of a map and returns its number of pairs.
    ///
    /// # Errors
    /// [`DecodeError`] if it is no map of definite length, or longer than what is left.
    pub fn map(&mut self) -> Result<usize, DecodeError> {
        let len = types::Map::len(&mut self.reader).map_err(|e| wrong(&e, "map"))?;
        self.definite(len, "map")
    }

    /// Reads an unsigned integer.
    ///
    /// # Errors
    /// [`DecodeError`] if the next item is none.
    pub fn uint(&mut self) -> Result<u64, DecodeError> {
        <u64 as Cbor>::decode(&mut self.reader).map_err(|e| wrong(&e, "integer"))
    }

    /// Reads a byte string, borrowed from the input.
    ///
    /// # Errors
    /// [`DecodeError`] if the next item is none.
    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        <types::Bytes<&[u8]> as Cbor>::decode(&mut self.reader)
            .map(|b| b.0)
            .map_err(|e| wrong(&e, "byte string"))
    }

    /// Reads a byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// [`DecodeError`] if the next item is anything else.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.bytes()?.try_into().map_err(|_| DecodeError::Unexpected("byte string length"))
    }

    /// Reads a text string, borrowed from the input.
    ///
    /// # Errors
    /// [`DecodeError`] if the next item is none.
    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        <&str as Cbor>::decode(&mut self.reader).map_err(|e| wrong(&e, "text string"))
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// [`DecodeError`] if the next item is none.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        <bool as Cbor>::decode(&mut self.reader).map_err(|e| wrong(&e, "boolean"))
    }

    /// Reads null if it is next, and says whether it was.
    pub fn null(&mut self) -> bool {
        let is_null = self.reader.rest.first() == Some(&NULL);
        if is_null {
            self.reader.advance(1);
        }
        is_null
    }

    /// Says whether the next item is an array.
    #[must_use]
    pub fn at_array(&self) -> bool {
        self.reader.rest.first().is_some_and(|byte| byte >> 5 == major::ARRAY)
    }

    /// Reads any one item of canonical form and returns its bytes.
    ///
    /// # Errors
    /// [`DecodeError`] if the item is not canonical.
    pub fn raw(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = super::check::item_len(self.reader.rest)?;
        let (item, rest) = self.reader.rest.split_at(len);
        self.reader.rest = rest;
        Ok(item)
    }

    /// Returns the bytes that are not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest
    }

    /// Ends the reading: nothing may be left.
    ///
    /// # Errors
    /// [`DecodeError::Trailing`] if something is.
    pub const fn end(&self) -> Result<(), DecodeError> {
        if self.reader.rest.is_empty() { Ok(()) } else { Err(DecodeError::Trailing) }
    }

    /// An array or map of `n` items needs `n` bytes at least, so a lying length is refused before anything is reserved.
    fn definite(&self, len: Option<usize>, what: &'static str) -> Result<usize, DecodeError> {
        let len = len.ok_or(DecodeError::Unexpected(what))?;
        if len <= self.reader.rest.len() { Ok(len) } else { Err(DecodeError::Truncated) }
    }
}

/// Major type 7, simple value 22 (RFC 8949 §3.3).
const NULL: u8 = 0xf6;

fn wrong(error: &CborError<Never>, what: &'static str) -> DecodeError {
    match error {
        // A string longer than what is left is reported as a length that differs from the one required.
        CborError::Eof { .. }
        | CborError::CastOverflow { .. }
        | CborError::RequireLength { found: Len::Small(_) | Len::Big, .. } => DecodeError::Truncated,
        CborError::DepthOverflow { .. } => DecodeError::TooDeep,
        _ => DecodeError::Unexpected(what),
    }
}
