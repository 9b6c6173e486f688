//! The roll: who belongs to a collective. What tells persons apart stands in bodies, which can be erased.

use super::personal::check_personal;
use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder, fixed_array};
use crate::commit::Commitment;
use crate::hash::{Domain, Hash};
use crate::id::{CollectiveId, NetworkId, RecordId};
use crate::key::{KeyError, PublicKey, SecretKey, Signature};
use crate::limits::MAX_NAME;
use crate::{cbor, text};

/// Enters a principal on the roll; signed by the governance threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// Who it is, a [`RollEntry`].
    pub entry: Commitment,
}

fixed_array!(Enrolment { entry });

impl Enrolment {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_personal(&self.entry)
    }
}

/// Somebody on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// A person, by their roll key.
    Member(PublicKey),
    /// Another collective.
    Collective {
        /// Which.
        id: CollectiveId,
        /// The key that votes for it.
        key: PublicKey,
    },
}

impl Principal {
    /// Returns the key by which the principal votes.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        match self {
            Self::Member(key) | Self::Collective { key, .. } => key,
        }
    }
}

impl Encode for Principal {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Member(key) => {
                encoder.array(2);
                encoder.uint(0);
                key.encode(encoder);
            }
            Self::Collective { id, key } => {
                encoder.array(3);
                encoder.uint(1);
                id.encode(encoder);
                key.encode(encoder);
            }
        }
    }
}

impl Decode for Principal {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 2) => Decode::decode(decoder).map(Self::Member),
            (1, 3) => Ok(Self::Collective { id: Decode::decode(decoder)?, key: Decode::decode(decoder)? }),
            _ => Err(DecodeError::Unexpected("principal")),
        }
    }
}

/// The body of an [`Enrolment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollEntry {
    /// The format's version, 1.
    pub version: u8,
    /// Who.
    pub principal: Principal,
    /// Shares held, at least 1.
    pub shares: u32,
    /// Whether somebody else keeps the key: then it has no vote.
    pub custodial: bool,
    /// A name, for people.
    pub name: Option<String>,
}

fixed_array!(RollEntry { version, principal, shares, custodial, name });

impl RollEntry {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        let rules = [
            (self.version == 1, "roll entry version"),
            (self.shares > 0, "a principal holds at least one share"),
            (self.principal.key().admit().is_ok(), "weak or malformed key"),
            (
                self.name.as_ref().is_none_or(|name| text::is_plain(name, MAX_NAME)),
                "a name is 1 to 64 bytes of plain text",
            ),
        ];
        super::first_broken(&rules)
    }
}

/// Takes a principal off the roll; signed by the governance threshold, or by the principal inside the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The enrolment that ends.
    pub enrolment: RecordId,
    /// The principal's signature, a [`LeaveNotice`]; none if governance signed.
    pub notice: Option<Commitment>,
}

fixed_array!(Leave { enrolment, notice });

impl Leave {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.notice.as_ref().map_or(Ok(()), check_personal)
    }
}

/// The body of a [`Leave`] that the principal signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveNotice {
    /// The enrolment that ends.
    pub enrolment: RecordId,
    /// The principal's key.
    pub key: PublicKey,
    /// Their signature over the enrolment's name.
    pub signature: Signature,
}

fixed_array!(LeaveNotice { enrolment, key, signature });

impl LeaveNotice {
    /// Signs a notice.
    #[must_use]
    pub fn sign(network: &NetworkId, key: &SecretKey, enrolment: RecordId) -> Self {
        let signature = key.sign(Domain::LEAVE, network, &cbor::encode(&enrolment));
        Self { enrolment, key: key.public(), signature }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verify(&self, network: &NetworkId) -> Result<(), KeyError> {
        self.key.verify(Domain::LEAVE, network, &cbor::encode(&self.enrolment), &self.signature)
    }
}

/// Returns the hash of a roll: of its principals with their votes, in ascending order.
#[must_use]
pub fn roll_hash<'a>(network: &NetworkId, roll: impl ExactSizeIterator<Item = (&'a Principal, u64)>) -> Hash {
    let mut encoder = Encoder::default();
    encoder.array(roll.len());
    for (principal, votes) in roll {
        encoder.array(2);
        principal.encode(&mut encoder);
        encoder.uint(votes);
    }
    Hash::of(Domain::ROLL, network, &[encoder.as_bytes()])
}
