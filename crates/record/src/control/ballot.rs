//! Ballots: what is put to the vote, votes, the close that counts them, and the mandate that follows.

use std::collections::BTreeMap;

use super::strike::{Audience, Embargo, Reach, Rung, Scope, Variant};
use super::{Cut, first_broken};
use crate::attestation::Head;
use crate::cbor::{self, Decode, DecodeError, Decoder, Encode, Encoder, coded_enum, fixed_array};
use crate::commit::{Commitment, Salt};
use crate::hash::{Domain, Hash};
use crate::id::{NetworkId, RecordId};
use crate::key::{KeyError, PublicKey, SecretKey, Signature};
use crate::limits::{MAX_CONTROL_FEEDS, MAX_KEYS, MAX_PETITIONERS, MAX_PROPOSALS, MAX_TEXT};
use crate::text;

/// What an embargo under the ballot's mandate may be: everything but its dates and the releases it knew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it does.
    pub variant: Variant,
    /// Which contributions it is about.
    pub scope: Scope,
    /// Which of them it reaches.
    pub reach: Reach,
    /// Data feeds: new means beyond it.
    pub from_cut: Cut,
    /// Whom it refuses.
    pub audience: Audience,
    /// The highest rung it leaves open.
    pub rung: Rung,
    /// What the collective demands, in public words.
    pub demand: String,
}

fixed_array!(Terms { variant, scope, reach, from_cut, audience, rung, demand });

impl Terms {
    /// Returns the embargo that these terms amount to.
    #[must_use]
    pub fn embargo(&self, cut: Cut, starts: u64, ends: Option<u64>, mandate: RecordId) -> Embargo {
        let Self { variant, scope, reach, from_cut, audience, rung, demand } = self.clone();
        let mandate = Some(mandate);
        Embargo { variant, scope, reach, from_cut, cut, audience, rung, starts, ends, demand, mandate }
    }

    /// Says whether an embargo is on these terms, `from_cut` apart.
    #[must_use]
    pub fn describe(&self, embargo: &Embargo) -> bool {
        (self.variant, self.reach, self.rung) == (embargo.variant, embargo.reach, embargo.rung)
            && self.scope == embargo.scope
            && self.audience == embargo.audience
            && self.demand == embargo.demand
    }
}

/// One thing put to the vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// An embargo on these terms.
    Embargo(Box<Terms>),
    /// The lift of an embargo.
    Lift(RecordId),
}

impl Encode for Proposal {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(2);
        match self {
            Self::Embargo(terms) => {
                encoder.uint(0);
                terms.encode(encoder);
            }
            Self::Lift(embargo) => {
                encoder.uint(1);
                embargo.encode(encoder);
            }
        }
    }
}

impl Decode for Proposal {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        match decoder.uint()? {
            0 => Decode::decode(decoder).map(Self::Embargo),
            1 => Decode::decode(decoder).map(Self::Lift),
            _ => Err(DecodeError::Unexpected("proposal")),
        }
    }
}

/// Asks the members; signed by the governance threshold, or by as many members as the charter asks for a petition.
///
/// A ballot is named by the hash of what its signatures cover, so that its copies are one ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// The question, in public words.
    pub question: String,
    /// What a yes allows, all of it together.
    pub proposals: Vec<Proposal>,
    /// When voting begins, in seconds since 1970; for people.
    pub opens: u64,
    /// When voting ends.
    pub closes: u64,
    /// Until when choices are revealed, if the ballot is secret.
    pub reveals: Option<u64>,
    /// The charter whose rules hold: the hash of its signed bytes.
    pub charter: Hash,
    /// Control feeds: whose enrolments and leaves count.
    pub cut: Cut,
    /// The roll at that cut, see [`super::roll_hash`].
    pub roll: Hash,
    /// The members' signatures, a [`Petition`]; none if governance signed.
    pub petition: Option<Commitment>,
}

fixed_array!(Ballot { question, proposals, opens, closes, reveals, charter, cut, roll, petition });

impl Ballot {
    /// Returns when the last vote can be known, from which notice and mandate count.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.reveals.unwrap_or(self.closes)
    }

    /// Returns what petitioners sign: the ballot without their signatures.
    #[must_use]
    pub fn petition_bytes(&self) -> Vec<u8> {
        cbor::encode(&Self { petition: None, ..self.clone() })
    }

    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.cut.check()?;
        self.petition.as_ref().map_or(Ok(()), Commitment::check)?;
        for proposal in &self.proposals {
            if let Proposal::Embargo(terms) = proposal {
                // Where it stands plays no part in the rules of an embargo.
                let nowhere = RecordId { feed: crate::id::FeedId([0; 32]), index: 0 };
                terms.embargo(Cut::default(), 0, None, nowhere).check()?;
            }
        }
        first_broken(&[
            (text::is_plain(&self.question, MAX_TEXT), "a question is 1 to 512 bytes of plain text"),
            ((1..=MAX_PROPOSALS).contains(&self.proposals.len()), "a ballot has 1 to 4 proposals"),
            (self.opens < self.closes, "a ballot closes after it opens"),
            (self.reveals.is_none_or(|by| by > self.closes), "choices are revealed after the ballot closes"),
        ])
    }
}

/// The body of a [`Ballot`] that members called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Petition {
    /// Each petitioner's signature over [`Ballot::petition_bytes`].
    pub signatures: BTreeMap<PublicKey, Signature>,
}

fixed_array!(Petition { signatures });

impl Petition {
    /// Adds a member's signature.
    #[must_use]
    pub fn signed(mut self, network: &NetworkId, key: &SecretKey, ballot: &Ballot) -> Self {
        let signature = key.sign(Domain::PETITION, network, &ballot.petition_bytes());
        self.signatures.insert(key.public(), signature);
        self
    }

    /// Returns the keys whose signatures hold.
    #[must_use]
    pub fn signers(&self, network: &NetworkId, ballot: &Ballot) -> Vec<PublicKey> {
        let bytes = ballot.petition_bytes();
        let holds = |(key, signature): &(&PublicKey, &Signature)| {
            key.verify(Domain::PETITION, network, &bytes, signature).is_ok()
        };
        self.signatures.iter().filter(holds).map(|(key, _)| *key).collect()
    }

    pub(super) fn check(&self) -> Result<(), DecodeError> {
        first_broken(&[(self.signatures.len() <= MAX_PETITIONERS, "a petition has at most 32 signatures")])
    }
}

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
        self.vote.check()
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

/// Returns the hash that stands for a choice in a secret ballot until it is revealed.
#[must_use]
pub fn sealed_choice(network: &NetworkId, nonce: &Salt, ballot: &Hash, choice: Choice) -> Hash {
    let choice = u8::try_from(choice.code()).unwrap_or(u8::MAX);
    Hash::of(Domain::SEALED_CHOICE, network, &[nonce, ballot.as_bytes(), &[choice]])
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
        self.reveal.check()
    }
}

/// The body of a [`Reveal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevealBody {
    /// The choice.
    pub choice: Choice,
    /// What it was hashed with.
    pub nonce: Salt,
}

fixed_array!(RevealBody { choice, nonce });

/// When a witness saw a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// In seconds since 1970.
    pub time: u64,
    /// The `cosignature/v1`.
    pub signature: Signature,
}

fixed_array!(Stamp { time, signature });

/// A head with the cosignatures of several witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedHead {
    /// The head.
    pub head: Head,
    /// Who cosigned it.
    pub stamps: BTreeMap<PublicKey, Stamp>,
}

fixed_array!(WitnessedHead { head, stamps });

/// Witnessed heads: 1 to 5, in ascending order of their feeds, each once.
pub(super) fn check_heads(heads: &[WitnessedHead]) -> Result<(), DecodeError> {
    first_broken(&[
        ((1..=MAX_CONTROL_FEEDS).contains(&heads.len()), "1 to 5 witnessed heads"),
        (heads.iter().all(|head| head.stamps.len() <= MAX_KEYS), "at most 16 cosignatures of a head"),
        (heads.is_sorted_by(|a, b| a.head.feed < b.head.feed), "heads are in ascending order of their feeds"),
    ])
}

/// What the counted votes amount to, in votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of everybody entitled.
    pub eligible: u64,
    /// Yes.
    pub yes: u64,
    /// No.
    pub no: u64,
    /// Abstentions, and secret votes that nobody revealed.
    pub abstained: u64,
}

fixed_array!(Tally { eligible, yes, no, abstained });

/// Ends a ballot, or the voting of a secret one: names how much of each control feed counts.
///
/// Every head is cosigned by a majority of the charter's witnesses within the charter's grace after the end; a feed
/// that is absent counts as empty. Of several closes the largest size of each feed holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The ballot, by the hash of its signed bytes.
    pub ballot: Hash,
    /// The heads of the control feeds.
    pub heads: Vec<WitnessedHead>,
    /// The result; none where it ends the voting of a secret ballot, before choices are revealed.
    pub result: Option<Tally>,
}

fixed_array!(Close { ballot, heads, result });

impl Close {
    /// Returns the cut that the heads amount to.
    #[must_use]
    pub fn cut(&self) -> Cut {
        Cut(self.heads.iter().map(|witnessed| (witnessed.head.feed, witnessed.head.size)).collect())
    }

    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_heads(&self.heads)
    }
}

/// States that a ballot was carried; what it allows rests on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// The ballot, by the hash of its signed bytes.
    pub ballot: Hash,
    /// The close whose result carried it.
    pub close: RecordId,
}

fixed_array!(Mandate { ballot, close });

impl Mandate {
    pub(super) const fn check(&self) -> Result<(), DecodeError> {
        Ok(())
    }
}
