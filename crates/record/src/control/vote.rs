//! Votes, open or sealed, and the reveals that open the sealed ones.

use super::personal::check_personal;
use crate::cbor::{self, Decode, DecodeError, Decoder, Encode, Encoder, coded_enum, fixed_array};
use crate::commit::{Commitment, Salt};
use crate::hash::{Domain, Hash};
use crate::id::NetworkId;
use crate::key::{KeyError, PublicKey, SecretKey, Signature};

coded_enum! {
    /// What a member says.
    Choice {
        /// No.
        No = 0 "no",
        /// Yes.
        Yes = 1 "yes",
        /// Neither.
        Abstain = 2 "abstain",
    }
}

/// A vote's leaf: a commitment, and the ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The ballot, by the hash of its signed bytes.
    pub ballot: Hash,
    /// Who votes and how, a [`VoteBody`].
    pub vote: Commitment,
}

fixed_array!(Vote { ballot, vote });

impl Vote {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_personal(&self.vote)
    }
}

/// How a vote is cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// For all to see.
    Open(Choice),
    /// As the hash of a choice to be revealed, see [`sealed_choice`].
    Sealed(Hash),
}

impl Encode for Cast {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(2);
        match self {
            Self::Open(choice) => {
                encoder.uint(0);
                choice.encode(encoder);
            }
            Self::Sealed(hash) => {
                encoder.uint(1);
                hash.encode(encoder);
            }
        }
    }
}

impl Decode for Cast {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        match decoder.uint()? {
            0 => Decode::decode(decoder).map(Self::Open),
            1 => Decode::decode(decoder).map(Self::Sealed),
            _ => Err(DecodeError::Unexpected("cast")),
        }
    }
}

/// What a voter signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteContent {
    /// The ballot.
    pub ballot: Hash,
    /// Of a voter's votes the one with the highest number counts, then the smaller hash.
    pub sequence: u64,
    /// The choice.
    pub cast: Cast,
}

fixed_array!(VoteContent { ballot, sequence, cast });

/// The body of a [`Vote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteBody {
    /// What is signed.
    pub content: VoteContent,
    /// The voter's roll key.
    pub key: PublicKey,
    /// Their signature over the content.
    pub signature: Signature,
}

fixed_array!(VoteBody { content, key, signature });

impl VoteBody {
    /// Signs a vote.
    #[must_use]
    pub fn sign(network: &NetworkId, key: &SecretKey, content: VoteContent) -> Self {
        let signature = key.sign(Domain::VOTE, network, &cbor::encode(&content));
        Self { content, key: key.public(), signature }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verify(&self, network: &NetworkId) -> Result<(), KeyError> {
        self.key.verify(Domain::VOTE, network, &cbor::encode(&self.content), &self.signature)
    }
}

/// Returns the hash that stands for a voter's choice in a secret ballot until it is revealed.
///
/// It covers the voter's key, so that nobody can cast another member's sealed choice as their own.
#[must_use]
pub fn sealed_choice(
    network: &NetworkId,
    nonce: &Salt,
    ballot: &Hash,
    voter: &PublicKey,
    choice: Choice,
) -> Hash {
    let mut encoder = Encoder::default();
    choice.encode(&mut encoder);
    let parts = [nonce.as_slice(), ballot.as_bytes(), voter.as_bytes(), encoder.as_bytes()];
    Hash::of(Domain::SEALED_CHOICE, network, &parts)
}

/// Opens the choice of a vote in a secret ballot. Whoever knows the nonce may reveal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// The ballot.
    pub ballot: Hash,
    /// What is revealed, a [`RevealBody`].
    pub reveal: Commitment,
}

fixed_array!(Reveal { ballot, reveal });

impl Reveal {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_personal(&self.reveal)
    }
}

/// The body of a [`Reveal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevealBody {
    /// Whose choice it is: the voter's roll key.
    pub voter: PublicKey,
    /// The choice.
    pub choice: Choice,
    /// What it was hashed with.
    pub nonce: Salt,
}

fixed_array!(RevealBody { voter, choice, nonce });

impl RevealBody {
    /// Returns the hash that the voter cast, if this opens it.
    #[must_use]
    pub fn sealed(&self, network: &NetworkId, ballot: &Hash) -> Hash {
        sealed_choice(network, &self.nonce, ballot, &self.voter, self.choice)
    }
}
