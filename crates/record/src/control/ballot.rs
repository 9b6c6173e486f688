//! Ballots: what is put to the vote, by whom, and under which rules.

use std::collections::BTreeMap;

use super::personal::check_personal;
use super::strike::{Audience, Embargo, Reach, Rung, Scope, Variant};
use super::{Cut, first_broken};
use crate::cbor::{self, Decode, DecodeError, Decoder, Encode, Encoder, fixed_array};
use crate::commit::Commitment;
use crate::hash::{Domain, Hash};
use crate::id::{FeedId, NetworkId, RecordId};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::limits::{MAX_PETITIONERS, MAX_PROPOSALS, MAX_TEXT};
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
        self.petition.as_ref().map_or(Ok(()), check_personal)?;
        for proposal in &self.proposals {
            if let Proposal::Embargo(terms) = proposal {
                // Where it stands plays no part in the rules of an embargo.
                let nowhere = RecordId { feed: FeedId([0; 32]), index: 0 };
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
        first_broken(&[(
            (1..=MAX_PETITIONERS).contains(&self.signatures.len()),
            "a petition has 1 to 32 signatures",
        )])
    }
}
