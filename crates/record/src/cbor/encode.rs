//! Writing canonical items.

use cbor4ii::core::enc::{Encode as Cbor, Write};
use cbor4ii::core::types;
use cbor4ii::core::utils::BufWriter;

/// A value with one canonical encoding.
pub trait Encode {
    /// Appends the value's canonical encoding.
    fn encode(&self, encoder: &mut Encoder);
}

/// Appends canonical items to a buffer; every length is definite and every integer shortest.
pub struct Encoder(BufWriter);

/// Writing to memory fails only where the process is out of memory, which Rust reports by aborting.
const IN_MEMORY: &str = "writing to a vector does not fail";

impl Encoder {
    /// Starts an empty buffer that will not grow below `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(BufWriter::new(Vec::with_capacity(capacity)))
    }

    /// Appends the head of an array of `len` items.
    pub fn array(&mut self, len: usize) {
        types::Array::bounded(len, &mut self.0).expect(IN_MEMORY);
    }

    /// Appends the head of a map of `len` pairs.
    pub fn map(&mut self, len: usize) {
        types::Map::bounded(len, &mut self.0).expect(IN_MEMORY);
    }

    /// Appends an unsigned integer.
    pub fn uint(&mut self, value: u64) {
        Cbor::encode(&value, &mut self.0).expect(IN_MEMORY);
    }

    /// Appends a byte string.
    pub fn bytes(&mut self, value: &[u8]) {
        Cbor::encode(&types::Bytes(value), &mut self.0).expect(IN_MEMORY);
    }

    /// Appends a text string.
    pub fn text(&mut self, value: &str) {
        Cbor::encode(&value, &mut self.0).expect(IN_MEMORY);
    }

    /// Appends a boolean.
    pub fn bool(&mut self, value: bool) {
        Cbor::encode(&value, &mut self.0).expect(IN_MEMORY);
    }

    /// Appends null.
    pub fn null(&mut self) {
        Cbor::encode(&types::Null, &mut self.0).expect(IN_MEMORY);
    }

    /// Appends bytes that are a canonical item already.
    pub fn raw(&mut self, item: &[u8]) {
        Write::push(&mut self.0, item).expect(IN_MEMORY);
    }

    /// Returns what was appended so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.buffer()
    }

    /// Returns the buffer.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner()
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::with_capacity(256)
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Encoder({} bytes)", self.as_bytes().len())
    }
}
