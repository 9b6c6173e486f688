//! Control records: what a collective decides.
//!
//! Authority comes from signatures *inside* the record, over `[version, kind, content, extensions]`; the feed that
//! carries it adds none. A control leaf is that array with the signatures appended as a fifth item.

mod access;
mod ballot;
mod charter;
mod close;
mod people;
mod personal;
mod release;
mod roles;
mod settlement;
mod strike;
mod vote;
mod withdrawal;

use std::collections::{BTreeMap, BTreeSet};

pub use access::{Grant, Offer, Party};
pub use ballot::{Ballot, Petition, Proposal, Terms};
pub use charter::{Charter, DividendMode, KeySet, Ratio, Rules, VoteWeight, next_root_digest};
pub use close::{Close, Mandate, Stamp, Tally, WitnessedHead};
pub use people::{Enrolment, Leave, LeaveNotice, Principal, RollEntry, roll_hash};
pub use personal::Personal;
pub use release::{Range, Release, ReleaseMode};
pub use roles::{Affiliate, Delegation, Power, Revocation, Revoked, Subject};
pub use settlement::{Erasure, Settlement};
pub use strike::{Audience, Embargo, Lift, LiftReason, Reach, Rung, Scope, Variant};
pub use vote::{Cast, Choice, Reveal, RevealBody, Vote, VoteBody, VoteContent, sealed_choice};
pub use withdrawal::{Withdrawal, WithdrawalClass};

use crate::cbor::{self, Decode, DecodeError, Decoder, Encode, Encoder};
use crate::extensions::Extensions;
use crate::hash::{Domain, Hash};
use crate::id::{CollectiveId, FeedId, NetworkId};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::leaf::{Kind, VERSION};
use crate::limits::{MAX_CUT, MAX_KEYS};

/// A position in several logs at once: `{feed: size}`. A feed that is absent counts as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut(pub BTreeMap<FeedId, u64>);

impl Cut {
    /// Says whether a position lies inside the cut.
    #[must_use]
    pub fn contains(&self, feed: &FeedId, index: u64) -> bool {
        self.0.get(feed).is_some_and(|size| index < *size)
    }

    fn check(&self) -> Result<(), DecodeError> {
        if self.0.len() <= MAX_CUT { Ok(()) } else { Err(DecodeError::Rule("a cut names too many feeds")) }
    }
}

impl Encode for Cut {
    fn encode(&self, encoder: &mut Encoder) {
        self.0.encode(encoder);
    }
}

impl Decode for Cut {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        BTreeMap::decode(decoder).map(Self)
    }
}

/// What a control record says, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The collective's rules; the first one founds it.
    Charter(Box<Charter>),
    /// Names a feed, node or liveness key as the collective's.
    Delegation(Delegation),
    /// Ends a delegation.
    Revocation(Revocation),
    /// Lets another collective act on one's records.
    Affiliate(Affiliate),
    /// Opens contributions.
    Release(Release),
    /// Closes them.
    Embargo(Box<Embargo>),
    /// Ends an embargo, or a part of it.
    Lift(Lift),
    /// Takes contributions back.
    Withdrawal(Withdrawal),
    /// States terms of access.
    Offer(Offer),
    /// Gives somebody access on an offer's terms.
    Grant(Grant),
    /// Enters a principal on the roll.
    Enrolment(Enrolment),
    /// Takes a principal off the roll.
    Leave(Leave),
    /// Asks the members.
    Ballot(Box<Ballot>),
    /// A member's vote.
    Vote(Vote),
    /// Opens the choice of a secret vote.
    Reveal(Reveal),
    /// Ends a ballot.
    Close(Box<Close>),
    /// States that a ballot was carried.
    Mandate(Mandate),
    /// States that a preference shift's condition was met.
    Settlement(Settlement),
    /// Declares bodies of control records erased.
    Erasure(Box<Erasure>),
}

/// A control record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Whose record it is; none in a genesis charter, whose hash names the collective.
    pub collective: Option<CollectiveId>,
    /// What it says.
    pub content: Content,
    /// Extensions.
    pub extensions: Extensions,
    /// Who signed, one signature a key.
    pub signatures: BTreeMap<PublicKey, Signature>,
}

macro_rules! contents {
    ($($variant:ident),+) => {
        impl Content {
            /// Returns the record's kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$variant(_) => Kind::$variant),+ }
            }

            fn encode(&self, encoder: &mut Encoder) {
                match self { $(Self::$variant(content) => content.encode(encoder)),+ }
            }

            fn decode(kind: Kind, decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                match kind {
                    $(Kind::$variant => Ok(Self::$variant(Decode::decode(decoder)?)),)+
                    _ => Err(DecodeError::Unexpected("control kind")),
                }
            }

            fn check(&self) -> Result<(), DecodeError> {
                match self { $(Self::$variant(content) => content.check()),+ }
            }
        }
    };
}

contents!(
    Charter, Delegation, Revocation, Affiliate, Release, Embargo, Lift, Withdrawal, Offer, Grant, Enrolment,
    Leave, Ballot, Vote, Reveal, Close, Mandate, Settlement, Erasure
);

/// Returns the first rule that does not hold as an error.
fn first_broken(rules: &[(bool, &'static str)]) -> Result<(), DecodeError> {
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, rule)) => Err(DecodeError::Rule(rule)),
        None => Ok(()),
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        T::decode(decoder).map(Self::new)
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, encoder: &mut Encoder) {
        T::encode(self, encoder);
    }
}

impl Control {
    /// Makes an unsigned record.
    #[must_use]
    pub const fn new(collective: Option<CollectiveId>, content: Content) -> Self {
        Self { collective, content, extensions: Extensions(BTreeMap::new()), signatures: BTreeMap::new() }
    }

    /// Adds a key's signature.
    #[must_use]
    pub fn signed(mut self, network: &NetworkId, key: &SecretKey) -> Self {
        let signature = key.sign(Domain::CONTROL, network, &self.signed_bytes());
        self.signatures.insert(key.public(), signature);
        self
    }

    /// Returns the keys whose signatures over this record hold.
    ///
    /// A signature that fails counts for nothing, and does not spoil the others.
    #[must_use]
    pub fn signers(&self, network: &NetworkId) -> BTreeSet<PublicKey> {
        let bytes = self.signed_bytes();
        let holds = |(key, signature): &(&PublicKey, &Signature)| {
            key.verify(Domain::CONTROL, network, &bytes, signature).is_ok()
        };
        self.signatures.iter().filter(holds).map(|(key, _)| *key).collect()
    }

    /// Returns the id of the collective that a genesis charter founds, or the one the record names.
    #[must_use]
    pub fn owner(&self, network: &NetworkId) -> CollectiveId {
        self.collective.unwrap_or_else(|| Hash::of(Domain::GENESIS, network, &[&self.signed_bytes()]).into())
    }

    /// Returns what the signatures cover: the leaf without them.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.array(4);
        self.encode_items(&mut encoder);
        encoder.into_bytes()
    }

    fn encode_items(&self, encoder: &mut Encoder) {
        encoder.uint(VERSION);
        encoder.uint(self.content.kind().code());
        encoder.array(2);
        self.collective.encode(encoder);
        self.content.encode(encoder);
        self.extensions.encode(encoder);
    }

    pub(crate) fn encode_leaf(&self, encoder: &mut Encoder) {
        encoder.array(5);
        self.encode_items(encoder);
        self.signatures.encode(encoder);
    }

    /// Reads what follows version and kind in a leaf of five items.
    pub(crate) fn decode_rest(kind: Kind, decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(2)?;
        let collective = Decode::decode(decoder)?;
        let content = Content::decode(kind, decoder)?;
        let extensions = Decode::decode(decoder)?;
        Ok(Self { collective, content, extensions, signatures: Decode::decode(decoder)? })
    }

    pub(crate) fn check(&self) -> Result<(), DecodeError> {
        let genesis = matches!(&self.content, Content::Charter(charter) if charter.number == 0);
        if self.collective.is_none() != genesis {
            return Err(DecodeError::Rule("every control record but a genesis charter names its collective"));
        }
        if self.signatures.len() > MAX_KEYS {
            return Err(DecodeError::Rule("too many signatures"));
        }
        self.extensions.check()?;
        self.content.check()
    }
}

/// Encodes any part of a control record, for hashing it into a view.
#[must_use]
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    cbor::encode(value)
}
