//! Gossip: hints that travel fast. Correctness never rests on them.

use commonwheel_record::cbor::{ByteString, Decode, DecodeError, Decoder, Encode, Encoder};
use commonwheel_record::fixed_array;
use commonwheel_record::{FeedId, Hash, Signature};

use super::PersonalBytes;
use crate::limits::{MAX_BUNDLED_HEADS, MAX_PROOF};

/// A control record with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlMessage {
    /// The control feed.
    pub feed: FeedId,
    /// The head's size.
    pub size: u64,
    /// The head's root.
    pub root: Hash,
    /// The writer's signature over the checkpoint.
    pub signature: Signature,
    /// The record's position.
    pub index: u64,
    /// The record.
    pub leaf: ByteString,
    /// Its inclusion path.
    pub path: Vec<Hash>,
    /// Its body, if it has one.
    pub body: Option<PersonalBytes>,
}

fixed_array!(ControlMessage { feed, size, root, signature, index, leaf, path, body });

impl Encode for PersonalBytes {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(2);
        self.encode_into(encoder);
    }
}

impl Decode for PersonalBytes {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        Self::decode_from(decoder)
    }
}

/// What travels on topic `ctl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CtlMessage {
    /// A control record.
    Record(Box<ControlMessage>),
    /// An encoded fork-proof attestation.
    Fork(ByteString),
}

/// What travels on topic `heads`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadsMessage {
    /// Heads: feed, size, root, signature.
    Heads(Vec<(FeedId, u64, Hash, Signature)>),
    /// An encoded attestation.
    Attestation(ByteString),
}

impl Encode for CtlMessage {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Record(content) => super::tagged(encoder, 0, content.as_ref()),
            Self::Fork(content) => super::tagged(encoder, 1, content),
        }
    }
}

impl Decode for CtlMessage {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        match decoder.uint()? {
            0 => {
                let message = ControlMessage::decode(decoder)?;
                if message.path.len() > MAX_PROOF {
                    return Err(DecodeError::Rule("longer path than a proof may have"));
                }
                Ok(Self::Record(Box::new(message)))
            }
            1 => Decode::decode(decoder).map(Self::Fork),
            _ => Err(DecodeError::Unexpected("ctl message")),
        }
    }
}

impl Encode for HeadsMessage {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(2);
        match self {
            Self::Heads(heads) => {
                encoder.uint(0);
                encoder.array(heads.len());
                for (feed, size, root, signature) in heads {
                    encoder.array(4);
                    feed.encode(encoder);
                    encoder.uint(*size);
                    root.encode(encoder);
                    signature.encode(encoder);
                }
            }
            Self::Attestation(bytes) => {
                encoder.uint(1);
                bytes.encode(encoder);
            }
        }
    }
}

impl Decode for HeadsMessage {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        match decoder.uint()? {
            0 => {
                let count = decoder.array()?;
                if count > MAX_BUNDLED_HEADS {
                    return Err(DecodeError::Rule("more heads than a bundle may hold"));
                }
                let heads = (0..count).map(|_| gossiped_head(decoder)).collect::<Result<_, _>>()?;
                Ok(Self::Heads(heads))
            }
            1 => Decode::decode(decoder).map(Self::Attestation),
            _ => Err(DecodeError::Unexpected("heads message")),
        }
    }
}

fn gossiped_head(decoder: &mut Decoder<'_>) -> Result<(FeedId, u64, Hash, Signature), DecodeError> {
    decoder.array_of(4)?;
    Ok((Decode::decode(decoder)?, decoder.uint()?, Decode::decode(decoder)?, Decode::decode(decoder)?))
}
