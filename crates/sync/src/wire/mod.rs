//! What peers say to each other: requests, replies and gossip, as canonical CBOR items.
//!
//! Messages are unsigned, save what they carry; a reply is bound to its request by the transport, and a body page by
//! its own signature.

mod bodies;
mod gossip;
mod headers;
mod heads;
mod hello;

pub use bodies::{BodyItem, BodyPage, BodyRequest, Bytes, PageEnd, PageRoots, SubmissionBytes};
pub use gossip::{ControlMessage, CtlMessage, HeadsMessage};
pub(crate) use headers::cut_bodies;
pub use headers::{HeaderItem, HeaderPage, HeaderRequest, PersonalBytes, ProofRequest};
pub use heads::{HeadItem, HeadsPage, HeadsRequest, Since};
pub use hello::{Hello, Roots};

use commonwheel_record::cbor::{ByteString, Decode, DecodeError, Decoder, Encode, Encoder};
use commonwheel_record::{CollectiveId, FeedId, Hash};
use commonwheel_valve::Refusal;

use crate::limits::{MAX_ATTESTATIONS, MAX_FOLLOW, MAX_MANIFESTS, MAX_PROOF};

/// What one node asks another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Who are you, and are our roots equal?
    Hello(Hello),
    /// Here is what I follow; what do you?
    Follow(Vec<CollectiveId>),
    /// Which heads changed?
    Heads(HeadsRequest),
    /// What are these feeds?
    Manifests(Vec<FeedId>),
    /// Is your head an extension of mine?
    Proof(ProofRequest),
    /// Headers, as a page with a proof.
    Headers(HeaderRequest),
    /// Bodies, as a page with a signed end.
    Bodies(BodyRequest),
    /// Attestations after this encoded key; from the first on if empty.
    Attestations(ByteString),
}

impl Request {
    /// Returns how many bundles of positions have to be looked at to answer: what a request costs more than another.
    pub(crate) fn bundles(&self) -> u64 {
        match self {
            Self::Headers(request) => request.bundles,
            Self::Bodies(request) => request.bundles(),
            _ => 1,
        }
    }
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To hello.
    Hello(Hello),
    /// To follow.
    Follow(Vec<CollectiveId>),
    /// To heads.
    Heads(HeadsPage),
    /// To manifests: canonical bytes, for those that are known.
    Manifests(Vec<ByteString>),
    /// To proof.
    Proof(Vec<Hash>),
    /// To headers.
    Headers(HeaderPage),
    /// To bodies.
    Bodies(BodyPage),
    /// To attestations: encoded, in ascending order of keys, with whether there are more.
    Attestations(Vec<ByteString>, bool),
    /// Not served, and why.
    Refused(Refusal),
}

/// Encodes a message.
#[must_use]
pub fn encode<T: Encode>(message: &T) -> Vec<u8> {
    commonwheel_record::cbor::encode(message)
}

/// Encodes a reply, with room for all of it from the start: a page is large.
#[must_use]
pub fn encode_reply(reply: &Reply) -> Vec<u8> {
    let mut encoder = Encoder::with_capacity(reply.size_hint());
    reply.encode(&mut encoder);
    encoder.into_bytes()
}

/// Decodes exactly one message.
///
/// # Errors
/// [`DecodeError`] if the bytes are anything else.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let message = T::decode(&mut decoder)?;
    decoder.end()?;
    Ok(message)
}

impl Reply {
    /// Returns about how many bytes the encoded reply takes, rather too many than too few.
    fn size_hint(&self) -> usize {
        /// Counts, proofs, roots, signature.
        const REST: usize = 8 * 1024;
        REST + match self {
            Self::Heads(page) => page.items.len() * heads::MAX_HEAD_BYTES,
            Self::Headers(page) => page.items.iter().map(HeaderItem::size_hint).sum(),
            Self::Bodies(page) => page.content.len(),
            _ => return 256,
        }
    }
}

fn bounded<T>(items: Vec<T>, limit: usize) -> Result<Vec<T>, DecodeError> {
    if items.len() <= limit {
        Ok(items)
    } else {
        Err(DecodeError::Rule("more items than a message may hold"))
    }
}

fn tagged<T: Encode>(encoder: &mut Encoder, tag: u64, content: &T) {
    encoder.array(2);
    encoder.uint(tag);
    content.encode(encoder);
}

impl Encode for Request {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Hello(content) => tagged(encoder, 0, content),
            Self::Follow(content) => tagged(encoder, 1, content),
            Self::Heads(content) => tagged(encoder, 2, content),
            Self::Manifests(content) => tagged(encoder, 3, content),
            Self::Proof(content) => tagged(encoder, 4, content),
            Self::Headers(content) => tagged(encoder, 5, content),
            Self::Bodies(content) => tagged(encoder, 6, content),
            Self::Attestations(content) => tagged(encoder, 7, content),
        }
    }
}

impl Decode for Request {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        match decoder.uint()? {
            0 => Decode::decode(decoder).map(Self::Hello),
            1 => bounded(Vec::decode(decoder)?, MAX_FOLLOW).map(Self::Follow),
            2 => Decode::decode(decoder).map(Self::Heads),
            3 => bounded(Vec::decode(decoder)?, MAX_MANIFESTS).map(Self::Manifests),
            4 => Decode::decode(decoder).map(Self::Proof),
            5 => Decode::decode(decoder).map(Self::Headers),
            6 => Decode::decode(decoder).map(Self::Bodies),
            7 => Decode::decode(decoder).map(Self::Attestations),
            _ => Err(DecodeError::Unexpected("request")),
        }
    }
}

impl Encode for Reply {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Hello(content) => tagged(encoder, 0, content),
            Self::Follow(content) => tagged(encoder, 1, content),
            Self::Heads(content) => tagged(encoder, 2, content),
            Self::Manifests(content) => tagged(encoder, 3, content),
            Self::Proof(content) => tagged(encoder, 4, content),
            Self::Headers(content) => tagged(encoder, 5, content),
            Self::Bodies(content) => tagged(encoder, 6, content),
            Self::Attestations(content, more) => {
                encoder.array(3);
                encoder.uint(7);
                content.encode(encoder);
                encoder.bool(*more);
            }
            Self::Refused(content) => tagged(encoder, 8, content),
        }
    }
}

impl Decode for Reply {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 2) => Decode::decode(decoder).map(Self::Hello),
            (1, 2) => bounded(Vec::decode(decoder)?, MAX_FOLLOW).map(Self::Follow),
            (2, 2) => Decode::decode(decoder).map(Self::Heads),
            (3, 2) => bounded(Vec::decode(decoder)?, MAX_MANIFESTS).map(Self::Manifests),
            (4, 2) => bounded(Vec::decode(decoder)?, MAX_PROOF).map(Self::Proof),
            (5, 2) => Decode::decode(decoder).map(Self::Headers),
            (6, 2) => Decode::decode(decoder).map(Self::Bodies),
            (7, 3) => {
                Ok(Self::Attestations(bounded(Vec::decode(decoder)?, MAX_ATTESTATIONS)?, decoder.bool()?))
            }
            (8, 2) => Decode::decode(decoder).map(Self::Refused),
            _ => Err(DecodeError::Unexpected("reply")),
        }
    }
}
