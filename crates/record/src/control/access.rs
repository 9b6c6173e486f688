//! Offers and grants: terms of access, and who has it.

use std::collections::BTreeSet;

use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder, fixed_array};
use crate::hash::Hash;
use crate::id::{CollectiveId, RecordId};
use crate::key::PublicKey;
use crate::limits::MAX_NAME;
use crate::terms::{Condition, Purpose};
use crate::text;

/// Somebody a grant or an embargo names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The node with this key.
    Node(PublicKey),
    /// Every node this collective delegates.
    Collective(CollectiveId),
}

impl Encode for Party {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(2);
        match self {
            Self::Node(key) => {
                encoder.uint(0);
                key.encode(encoder);
            }
            Self::Collective(collective) => {
                encoder.uint(1);
                collective.encode(encoder);
            }
        }
    }
}

impl Decode for Party {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        match decoder.uint()? {
            0 => Decode::decode(decoder).map(Self::Node),
            1 => Decode::decode(decoder).map(Self::Collective),
            _ => Err(DecodeError::Unexpected("party")),
        }
    }
}

/// States terms of access that releases can be gated by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// A title, for people.
    pub title: String,
    /// The hash of the terms' text.
    pub terms: Hash,
    /// The purposes it is for; empty for any.
    pub purposes: BTreeSet<Purpose>,
    /// What is asked in return.
    pub conditions: BTreeSet<Condition>,
}

fixed_array!(Offer { title, terms, purposes, conditions });

impl Offer {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        if text::is_plain(&self.title, MAX_NAME) {
            Ok(())
        } else {
            Err(DecodeError::Rule("a title is 1 to 64 bytes of plain text"))
        }
    }
}

/// Gives a party access on an offer's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The offer.
    pub offer: RecordId,
    /// To whom.
    pub to: Party,
    /// Until when, in seconds since 1970; for good if none.
    pub expires: Option<u64>,
}

fixed_array!(Grant { offer, to, expires });

impl Grant {
    pub(super) const fn check(&self) -> Result<(), DecodeError> {
        Ok(())
    }
}
