//! Extensions: integer keys to opaque bytes, kept and forwarded by versions that do not know them.
//!
//! An odd key is *critical*: a version that does not know it must not act as if it understood the record.

use std::collections::BTreeMap;

use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use crate::limits::{MAX_EXTENSION, MAX_EXTENSIONS};

/// A record's extensions, by ascending key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions(pub BTreeMap<u64, Vec<u8>>);

/// The critical extensions this version understands: none yet.
const KNOWN_CRITICAL: &[u64] = &[];

impl Extensions {
    /// Says whether a critical extension is present that this version does not understand.
    #[must_use]
    pub fn unknown_critical(&self) -> bool {
        self.0.keys().any(|key| key % 2 == 1 && !KNOWN_CRITICAL.contains(key))
    }

    /// Checks the limits.
    ///
    /// # Errors
    /// [`DecodeError::Rule`] beyond them.
    pub fn check(&self) -> Result<(), DecodeError> {
        let fits = self.0.len() <= MAX_EXTENSIONS && self.0.values().all(|v| v.len() <= MAX_EXTENSION);
        if fits { Ok(()) } else { Err(DecodeError::Rule("too many or too long extensions")) }
    }
}

impl Encode for Extensions {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.map(self.0.len());
        for (key, value) in &self.0 {
            encoder.uint(*key);
            encoder.bytes(value);
        }
    }
}

impl Decode for Extensions {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let pairs = decoder.map()?;
        let mut map = BTreeMap::new();
        for _ in 0..pairs {
            map.insert(decoder.uint()?, decoder.bytes()?.to_vec());
        }
        Ok(Self(map))
    }
}
