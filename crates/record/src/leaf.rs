//! Leaves: one record of a feed, as bytes and as what they say.

use crate::cbor::{self, Decode, DecodeError, Decoder, Encode, Encoder, coded_enum};
use crate::contribution::Contribution;
use crate::control::Control;
use crate::extensions::Extensions;
use crate::limits::MAX_LEAF;
use crate::manifest::Purpose;
use crate::submission::Submission;

/// The version of every leaf this crate writes.
pub const VERSION: u64 = 1;

/// Kinds below this belong to data feeds, the others to control feeds, known or not.
pub const FIRST_CONTROL_KIND: u64 = 16;

coded_enum! {
    /// A record's kind.
    Kind {
        /// What a member gives.
        Contribution = 0 "contribution",
        /// What a member signed.
        Submission = 1 "submission",
        /// A collective's rules.
        Charter = 16 "charter",
        /// Names a feed, node or liveness key.
        Delegation = 17 "delegation",
        /// Ends a delegation.
        Revocation = 18 "revocation",
        /// Lets another collective act.
        Affiliate = 19 "affiliate",
        /// Opens contributions.
        Release = 20 "release",
        /// Closes contributions.
        Embargo = 21 "embargo",
        /// Ends an embargo.
        Lift = 22 "lift",
        /// Takes contributions back.
        Withdrawal = 23 "withdrawal",
        /// States terms of access.
        Offer = 24 "offer",
        /// Gives access.
        Grant = 25 "grant",
        /// Enters a principal on the roll.
        Enrolment = 26 "enrolment",
        /// Takes a principal off the roll.
        Leave = 27 "leave",
        /// Asks the members.
        Ballot = 28 "ballot",
        /// A member's vote.
        Vote = 29 "vote",
        /// Opens the choice of a secret vote.
        Reveal = 30 "reveal",
        /// Ends a ballot.
        Close = 31 "close",
        /// States that a ballot was carried.
        Mandate = 32 "mandate",
        /// States that a preference shift's condition was met.
        Settlement = 33 "settlement",
        /// Declares bodies of control records erased.
        Erasure = 34 "erasure",
    }
}

/// A decoded leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A contribution's header.
    Contribution(Box<Contribution>, Extensions),
    /// A submission's commitment.
    Submission(Submission, Extensions),
    /// A control record.
    Control(Box<Control>),
    /// A kind or version this crate does not know: kept and forwarded as it is.
    Unknown {
        /// The leaf's version.
        version: u64,
        /// The leaf's kind.
        kind: u64,
        /// Its canonical bytes.
        bytes: Vec<u8>,
        /// Whether a critical extension is present.
        critical: bool,
    },
}

impl Leaf {
    /// Encodes the leaf.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Decodes a leaf and checks every rule that needs nothing but its bytes. Signatures are not checked here.
    ///
    /// # Errors
    /// [`DecodeError`]; on success `leaf.encode() == bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_LEAF {
            return Err(DecodeError::TooLong(MAX_LEAF));
        }
        if let Some(unknown) = unknown(bytes)? {
            return Ok(unknown);
        }
        let leaf: Self = cbor::decode(bytes, MAX_LEAF)?;
        leaf.check()?;
        Ok(leaf)
    }

    /// Returns the purpose of feeds the leaf belongs in.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self {
            Self::Contribution(..) | Self::Submission(..) => Purpose::Data,
            Self::Control(_) => Purpose::Control,
            Self::Unknown { kind, .. } => {
                if *kind < FIRST_CONTROL_KIND {
                    Purpose::Data
                } else {
                    Purpose::Control
                }
            }
        }
    }

    /// Returns the kind's name, or its number if unknown.
    #[must_use]
    pub fn kind_name(&self) -> String {
        match self {
            Self::Contribution(..) => Kind::Contribution.name().to_owned(),
            Self::Submission(..) => Kind::Submission.name().to_owned(),
            Self::Control(control) => control.content.kind().name().to_owned(),
            Self::Unknown { kind, .. } => format!("kind-{kind}"),
        }
    }

    /// Says whether the leaf carries a critical extension this version does not understand.
    #[must_use]
    pub fn unknown_critical(&self) -> bool {
        match self {
            Self::Contribution(_, extensions) | Self::Submission(_, extensions) => {
                extensions.unknown_critical()
            }
            Self::Control(control) => control.extensions.unknown_critical(),
            Self::Unknown { critical, .. } => *critical,
        }
    }

    fn check(&self) -> Result<(), DecodeError> {
        match self {
            Self::Contribution(header, extensions) => {
                extensions.check()?;
                header.check()
            }
            Self::Submission(submission, extensions) => {
                extensions.check()?;
                submission.commitment.check()
            }
            Self::Control(control) => control.check(),
            Self::Unknown { .. } => Ok(()),
        }
    }
}

/// Recognises a version or kind that this crate does not know; its bytes must still be canonical.
fn unknown(bytes: &[u8]) -> Result<Option<Leaf>, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let items = decoder.array()?;
    if !(4..=8).contains(&items) {
        return Err(DecodeError::Unexpected("number of items in a leaf"));
    }
    let (version, kind) = (decoder.uint()?, decoder.uint()?);
    if version == VERSION && Kind::from_code(kind).is_some() {
        return Ok(None);
    }
    cbor::check(bytes)?;
    decoder.raw()?;
    // A later version may have moved its extensions; then nothing in it can be called critical by this one.
    let critical = Extensions::decode(&mut decoder).is_ok_and(|extensions| extensions.unknown_critical());
    Ok(Some(Leaf::Unknown { version, kind, bytes: bytes.to_vec(), critical }))
}

impl Encode for Leaf {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Contribution(header, extensions) => {
                data_leaf(encoder, Kind::Contribution, header.as_ref(), extensions);
            }
            Self::Submission(submission, extensions) => {
                data_leaf(encoder, Kind::Submission, submission, extensions);
            }
            Self::Control(control) => control.encode_leaf(encoder),
            Self::Unknown { bytes, .. } => encoder.raw(bytes),
        }
    }
}

fn data_leaf<T: Encode>(encoder: &mut Encoder, kind: Kind, content: &T, extensions: &Extensions) {
    encoder.array(4);
    encoder.uint(VERSION);
    encoder.uint(kind.code());
    content.encode(encoder);
    extensions.encode(encoder);
}

impl Decode for Leaf {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        decoder.uint()?;
        let kind = Kind::from_code(decoder.uint()?).ok_or(DecodeError::Unexpected("kind"))?;
        match (kind, items) {
            (Kind::Contribution, 4) => {
                let header = Box::new(Decode::decode(decoder)?);
                Ok(Self::Contribution(header, Decode::decode(decoder)?))
            }
            (Kind::Submission, 4) => Ok(Self::Submission(Decode::decode(decoder)?, Decode::decode(decoder)?)),
            (Kind::Contribution | Kind::Submission, _) => {
                Err(DecodeError::Unexpected("number of items in a leaf"))
            }
            (_, 5) => Control::decode_rest(kind, decoder).map(|control| Self::Control(Box::new(control))),
            _ => Err(DecodeError::Unexpected("number of items in a leaf")),
        }
    }
}
