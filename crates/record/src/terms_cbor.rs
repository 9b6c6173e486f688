//! How the terms are encoded: texts in their one canonical spelling, codes as integers.

use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use crate::terms::{Condition, Language, Licence, Preferences, Purpose, Region, Slug};

macro_rules! canonical_text {
    ($($name:ident $parse:ident),+) => {$(
        impl Encode for $name {
            fn encode(&self, encoder: &mut Encoder) {
                encoder.text(self.as_str());
            }
        }

        impl Decode for $name {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Self::$parse(decoder.text()?).map_err(|_| DecodeError::Unexpected(stringify!($name)))
            }
        }
    )+};
}

canonical_text!(Language parse_canonical, Licence parse_canonical, Region parse_canonical, Slug parse);

macro_rules! code {
    ($($name:ident),+) => {$(
        impl Encode for $name {
            fn encode(&self, encoder: &mut Encoder) {
                encoder.uint(u64::from(self.code()));
            }
        }

        impl Decode for $name {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                let code = u8::decode(decoder)?;
                Self::from_code(code).map_err(|_| DecodeError::Unexpected(stringify!($name)))
            }
        }
    )+};
}

code!(Condition, Purpose);

impl Encode for Preferences {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.uint(u64::from(self.pack()));
    }
}

impl Decode for Preferences {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Self::unpack(u16::decode(decoder)?).map_err(|_| DecodeError::Unexpected("preferences"))
    }
}
