//! Attestations: signed statements that are no records.
//!
//! Named by (kind, issuer, subject); of several the one with the highest counter wins, then the smaller hash. They are
//! never part of a fold unless a record embeds one.

use std::collections::BTreeSet;

use crate::cbor::{self, ByteString, Decode, DecodeError, Decoder, Encode, Encoder, coded_enum, fixed_array};
use crate::hash::{Domain, Hash};
use crate::id::{CollectiveId, FeedId, NetworkId, RecordId};
use crate::key::{KeyError, PublicKey, SecretKey, Signature};
use crate::limits::{MAX_ATTESTATION, MAX_KEYS, MAX_NAME};
use crate::text;

coded_enum! {
    /// What an attestation states.
    AttestationKind {
        /// A node describes itself.
        NodeCard = 0 "node-card",
        /// A node has received, or enforces, an embargo.
        Acknowledgement = 1 "acknowledgement",
        /// A collective is alive, and these are its control heads.
        Lease = 2 "lease",
        /// A witness has verified a head.
        Cosignature = 3 "cosignature",
        /// A node has done what a record asked, such as an erasure.
        Receipt = 4 "receipt",
        /// A feed's writer signed two inconsistent heads.
        ForkProof = 5 "fork-proof",
    }
}

coded_enum! {
    /// What a node is.
    NodeRole {
        /// A co-op's always-on node.
        Coop = 0 "coop",
        /// A lab's read-only node.
        Mirror = 1 "mirror",
        /// The node of a collective without data of its own.
        Collective = 2 "collective",
    }
}

/// A node describes itself. Its claims give it nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCard {
    /// What it is.
    pub role: NodeRole,
    /// A name, for people.
    pub name: String,
    /// Where it listens, as multiaddresses.
    pub addresses: Vec<String>,
    /// The collectives it says it belongs to.
    pub collectives: BTreeSet<CollectiveId>,
}

fixed_array!(NodeCard { role, name, addresses, collectives });

coded_enum! {
    /// How far a node is with an embargo.
    EmbargoState {
        /// Persisted.
        Received = 0 "received",
        /// In force: nothing it covers is served any more.
        Enforced = 1 "enforced",
    }
}

/// A node has received, or enforces, an embargo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The embargo.
    pub embargo: RecordId,
    /// How far the node is.
    pub state: EmbargoState,
}

fixed_array!(Acknowledgement { embargo, state });

/// A feed's head: how many leaves, under which RFC 6962 root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The feed.
    pub feed: FeedId,
    /// Leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

fixed_array!(Head { feed, size, root });

/// A head with a `cosignature/v1` over its checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The head.
    pub head: Head,
    /// When it was cosigned, in seconds since 1970.
    pub time: u64,
    /// The cosignature.
    pub signature: Signature,
}

fixed_array!(Cosigned { head, time, signature });

/// A collective is alive: its control heads, each cosigned by a liveness key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The heads; the lease's time is the oldest of theirs.
    pub heads: Vec<Cosigned>,
}

fixed_array!(Lease { heads });

impl Lease {
    /// Returns the lease's time: the oldest of its cosignatures.
    #[must_use]
    pub fn time(&self) -> Option<u64> {
        self.heads.iter().map(|head| head.time).min()
    }
}

/// A node has done what a record asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record, such as a withdrawal.
    pub record: RecordId,
    /// How many bodies it concerned here.
    pub bodies: u64,
}

fixed_array!(Receipt { record, bodies });

/// Two signed notes of one feed that cannot both be true; checked by the `ledger` crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkEvidence {
    /// The feed's manifest, which names the key.
    pub manifest: ByteString,
    /// The note of the smaller (or equal) size.
    pub smaller: String,
    /// The other note.
    pub larger: String,
    /// If the sizes differ, a consistency path that recomputes the larger root and another smaller one.
    pub path: Vec<Hash>,
}

fixed_array!(ForkEvidence { manifest, smaller, larger, path });

/// What an attestation states, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A node describes itself.
    NodeCard(NodeCard),
    /// A node has received, or enforces, an embargo.
    Acknowledgement(Acknowledgement),
    /// A collective is alive.
    Lease(Lease),
    /// A witness has verified a head.
    Cosignature(Cosigned),
    /// A node has done what a record asked.
    Receipt(Receipt),
    /// A feed's writer signed two inconsistent heads.
    ForkProof(ForkEvidence),
}

macro_rules! statements {
    ($($variant:ident),+) => {
        impl Statement {
            /// Returns the statement's kind.
            #[must_use]
            pub const fn kind(&self) -> AttestationKind {
                match self { $(Self::$variant(_) => AttestationKind::$variant),+ }
            }
        }

        impl Encode for Statement {
            fn encode(&self, encoder: &mut Encoder) {
                encoder.array(2);
                self.kind().encode(encoder);
                match self { $(Self::$variant(content) => content.encode(encoder)),+ }
            }
        }

        impl Decode for Statement {
            fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                decoder.array_of(2)?;
                match AttestationKind::decode(decoder)? {
                    $(AttestationKind::$variant => Decode::decode(decoder).map(Self::$variant)),+
                }
            }
        }
    };
}

statements!(NodeCard, Acknowledgement, Lease, Cosignature, Receipt, ForkProof);

/// The unsigned part of an attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The format's version, 1.
    pub version: u8,
    /// Who states it.
    pub issuer: PublicKey,
    /// What it is about: a collective, feed or key, or the hash of a record's name.
    pub subject: Hash,
    /// The collective whose caps it counts against.
    pub collective: CollectiveId,
    /// Grows with each new attestation of this issuer about this subject.
    pub counter: u64,
    /// When, in seconds since 1970, by the issuer's clock.
    pub time: u64,
    /// What is stated.
    pub statement: Statement,
}

fixed_array!(Attested { version, issuer, subject, collective, counter, time, statement });

/// A signed attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// What is signed.
    pub content: Attested,
    /// The issuer's signature.
    pub signature: Signature,
}

fixed_array!(Attestation { content, signature });

/// Names an attestation; of several with one key the newest is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttestationKey {
    /// What it states.
    pub kind: AttestationKind,
    /// Who states it.
    pub issuer: PublicKey,
    /// What it is about.
    pub subject: Hash,
}

fixed_array!(AttestationKey { kind, issuer, subject });

/// Why an attestation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// The bytes are malformed.
    #[error("malformed attestation: {0}")]
    Malformed(#[from] DecodeError),
    /// The signature does not hold.
    #[error("attestation: {0}")]
    Key(#[from] KeyError),
}

impl Attestation {
    /// Signs a statement.
    #[must_use]
    pub fn sign(network: &NetworkId, key: &SecretKey, content: Attested) -> Self {
        let signature = key.sign(Domain::ATTESTATION, network, &cbor::encode(&content));
        Self { content, signature }
    }

    /// Encodes the attestation.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Decodes an attestation and checks its limits and its issuer's signature.
    ///
    /// A fork proof needs no trust in its issuer, yet is signed all the same, so that a false one costs its sender.
    ///
    /// # Errors
    /// [`AttestationError`].
    pub fn open(bytes: &[u8], network: &NetworkId) -> Result<Self, AttestationError> {
        let attestation: Self = cbor::decode(bytes, MAX_ATTESTATION)?;
        attestation.content.check()?;
        let content = cbor::encode(&attestation.content);
        attestation.content.issuer.verify(Domain::ATTESTATION, network, &content, &attestation.signature)?;
        Ok(attestation)
    }

    /// Returns the attestation's name.
    #[must_use]
    pub const fn key(&self) -> AttestationKey {
        let Attested { issuer, subject, statement, .. } = &self.content;
        AttestationKey { kind: statement.kind(), issuer: *issuer, subject: *subject }
    }

    /// Returns the hash of the attestation's bytes.
    #[must_use]
    pub fn id(&self, network: &NetworkId) -> Hash {
        Hash::of(Domain::ATTESTATION_ID, network, &[&self.encode()])
    }

    /// Says whether this one replaces another of the same name: a higher counter, then the smaller hash.
    #[must_use]
    pub fn replaces(&self, other: &Self, network: &NetworkId) -> bool {
        match self.content.counter.cmp(&other.content.counter) {
            std::cmp::Ordering::Equal => self.id(network) < other.id(network),
            order => order.is_gt(),
        }
    }
}

impl Attested {
    fn check(&self) -> Result<(), DecodeError> {
        if self.version != 1 {
            return Err(DecodeError::Unexpected("attestation version"));
        }
        let fits = match &self.statement {
            Statement::NodeCard(card) => {
                text::is_plain(&card.name, MAX_NAME)
                    && card.addresses.len() <= 10
                    && card.addresses.iter().all(|address| text::is_plain(address, 256))
                    && card.collectives.len() <= MAX_KEYS
            }
            Statement::Lease(lease) => (1..=crate::limits::MAX_CONTROL_FEEDS).contains(&lease.heads.len()),
            Statement::ForkProof(proof) => proof.path.len() <= 64,
            _ => true,
        };
        if fits { Ok(()) } else { Err(DecodeError::Rule("attestation beyond its limits")) }
    }
}

/// Returns the subject by which attestations are about a record.
#[must_use]
pub fn record_subject(network: &NetworkId, record: &RecordId) -> Hash {
    Hash::of(Domain::ATTESTATION_ID, network, &[record.feed.as_bytes(), &record.index.to_be_bytes()])
}
