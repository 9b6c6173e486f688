//! What the fold reads: control feeds, with every signature already checked.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::cosign;
use commonwheel_record::attestation::{Cosigned, Head};
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{Content, Personal, WitnessedHead};
use commonwheel_record::{CollectiveId, Control, Domain, Hash, Leaf, Manifest, NetworkId, PublicKey};

/// The collective that a first control feed's manifest names: it is written before the genesis charter has an id.
pub const UNFOUNDED: CollectiveId = CollectiveId([0; 32]);

/// A control record with the keys whose signatures held; verified once, on arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The record.
    pub control: Control,
    /// The keys that signed it, each counted once.
    pub signers: BTreeSet<PublicKey>,
    /// The hash of the signed bytes, see [`Verified::hash_of`]: equal for every copy of one record.
    pub hash: Hash,
    /// Its body.
    pub body: Body,
    /// The heads that a close, an erasure or a release embeds, in its order, with the cosignatures that held.
    pub witnessed: Vec<Witnessed>,
}

/// The body of a control record, as far as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The record has none.
    None,
    /// It is not held.
    Missing,
    /// It opens the record's commitment, and says nothing that this version could read.
    Malformed,
    /// It is a vote or a notice whose signature does not hold.
    Forged,
    /// What it says. Its signatures hold: those of a petition that do not are left out.
    Held(Box<Personal>),
}

/// A head with the cosignatures that held, by the key, each with its time in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// The head.
    pub head: Head,
    /// Who cosigned it, and when.
    pub stamps: BTreeMap<PublicKey, u64>,
}

impl Witnessed {
    /// Checks the cosignatures of a head; those that fail count for nothing.
    #[must_use]
    pub fn open(network: &NetworkId, witnessed: &WitnessedHead) -> Self {
        let head = witnessed.head;
        let stamps = witnessed.stamps.iter().filter_map(|(key, stamp)| {
            let cosigned = Cosigned { head, time: stamp.time, signature: stamp.signature };
            cosign::verify(&cosigned, network, key).is_ok().then_some((*key, stamp.time))
        });
        Self { head, stamps: stamps.collect() }
    }

    /// Checks the cosignatures of every head that a record embeds.
    #[must_use]
    pub fn all_of(network: &NetworkId, content: &Content) -> Vec<Self> {
        let heads = match content {
            Content::Close(close) => close.heads.as_slice(),
            Content::Erasure(erasure) => erasure.dated_by.as_slice(),
            Content::Release(release) => release.dated_by.as_slice(),
            _ => &[],
        };
        heads.iter().map(|head| Self::open(network, head)).collect()
    }
}

impl Body {
    /// Opens what is held of a record's body, and checks the signatures inside.
    #[must_use]
    pub fn open(network: &NetworkId, content: &Content, held: Option<&SealedBody>) -> Self {
        let Some(commitment) = content.personal() else { return Self::None };
        match held.filter(|held| commitment.opens(network, &held.salt, &held.bytes)) {
            None => Self::Missing,
            Some(held) => match content.open_personal(&held.bytes) {
                Ok(personal) => Self::signed(network, content, personal),
                Err(_) => Self::Malformed,
            },
        }
    }

    fn signed(network: &NetworkId, content: &Content, mut personal: Personal) -> Self {
        let holds = match &mut personal {
            Personal::Vote(vote) => vote.verify(network).is_ok(),
            Personal::Notice(notice) => notice.verify(network).is_ok(),
            Personal::Petition(petition) => {
                if let Content::Ballot(ballot) = content {
                    let signers = petition.signers(network, ballot);
                    petition.signatures.retain(|key, _| signers.contains(key));
                }
                true
            }
            Personal::Entry(_) | Personal::Reveal(_) => true,
        };
        if holds { Self::Held(Box::new(personal)) } else { Self::Forged }
    }
}

impl Verified {
    /// Checks a record's signatures; those that fail count for nothing and do not spoil the others.
    #[must_use]
    pub fn open(network: &NetworkId, control: Control, body: Option<&SealedBody>) -> Self {
        let signers = control.signers(network);
        let hash = Self::hash_of(network, &control);
        let body = Body::open(network, &control.content, body);
        let witnessed = Witnessed::all_of(network, &control.content);
        Self { control, signers, hash, body, witnessed }
    }

    /// Returns the hash of what a record's signatures cover, under [`Domain::CONTROL`].
    ///
    /// It is what a charter's `previous` names, for the genesis charter as for every later one.
    #[must_use]
    pub fn hash_of(network: &NetworkId, control: &Control) -> Hash {
        Hash::of(Domain::CONTROL, network, &[&control.signed_bytes()])
    }
}

/// One leaf of a control feed, as far as this version understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlLeaf {
    /// A control record.
    Record(Box<Verified>),
    /// A kind or version this crate does not know. Where its signatures are is not known either, so it bears no
    /// threshold and has no effect, critical or not.
    Unknown {
        /// Whether it carries a critical extension.
        critical: bool,
    },
    /// The leaf's bytes are not held.
    Missing,
}

impl ControlLeaf {
    /// Opens a decoded leaf of a control feed, `None` for one whose bytes are not held, with its body if that is held.
    #[must_use]
    pub fn open(network: &NetworkId, leaf: Option<Leaf>, body: Option<&SealedBody>) -> Self {
        match leaf {
            None => Self::Missing,
            Some(Leaf::Control(control)) => Self::Record(Box::new(Verified::open(network, *control, body))),
            Some(leaf) => Self::Unknown { critical: leaf.unknown_critical() },
        }
    }
}

/// A control feed as held, from leaf 0 on.
#[derive(Clone, Copy, Debug)]
pub struct ControlFeed<'a> {
    /// The feed's manifest; its id is the key the feed is passed under.
    pub manifest: &'a Manifest,
    /// Its leaves, from the first one on.
    pub leaves: &'a [ControlLeaf],
    /// If a fork proof is held: how many leaves are known good, the branches' common prefix. A caller that has
    /// checked the root a root-signed successor names passes that successor's size.
    pub forked: Option<u64>,
}
