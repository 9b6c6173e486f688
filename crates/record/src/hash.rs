//! BLAKE3 hashes, each bound to a purpose and a network.
//!
//! Every hash of ours starts with a domain string that ends in a zero byte, then the 32-byte network id. A hash made
//! for one purpose, or on one network, therefore never stands for another.

use std::fmt;

use crate::id::NetworkId;

/// Names what a hash or a signature is for; the first bytes of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain(&'static str);

macro_rules! domains {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        impl Domain {
            $($(#[$meta])* pub const $name: Domain = Domain(concat!("commonwheel/v1/", $text, "\0"));)+
        }
    };
}

domains! {
    /// A [`NetworkId`] from its name.
    NETWORK = "network";
    /// A [`crate::FeedId`] from its manifest.
    MANIFEST = "manifest";
    /// A [`crate::CollectiveId`] from its genesis charter.
    GENESIS = "genesis";
    /// A commitment to a body.
    COMMIT = "commit";
    /// One item of a submission's list.
    ITEM = "item";
    /// What a member signs.
    SUBMISSION = "submission";
    /// A text shown or agreed to: consent, terms.
    TEXT = "text";
    /// What governance or root keys sign inside a control record.
    CONTROL = "control";
    /// What a principal signs to leave the roll.
    LEAVE = "leave";
    /// The roll of principals with their votes.
    ROLL = "roll";
    /// What members sign to call a ballot.
    PETITION = "petition";
    /// What a voter signs.
    VOTE = "vote";
    /// A choice in a secret ballot, until it is revealed.
    SEALED_CHOICE = "sealed-choice";
    /// A digest of a root key that a charter commits to in advance.
    NEXT_ROOT = "next-root";
    /// What an attestation's issuer signs.
    ATTESTATION = "attestation";
    /// The identity of an attestation's bytes.
    ATTESTATION_ID = "attestation-id";
    /// The root over heads that two nodes compare.
    HEADS = "heads";
    /// The root over attestations that two nodes compare.
    ATTESTATIONS = "attestations";
    /// The set of collectives a node follows.
    FOLLOW = "follow";
    /// The folded state of a collective.
    VIEW = "view";
    /// The signed end of a body page.
    PAGE = "page";
    /// The bytes of a page that its end signs.
    PAGE_BYTES = "page-bytes";
    /// The state of a whole store, as `verify` and `rebuild` compare it.
    STATE = "state";
}

impl Domain {
    /// Returns the domain's bytes, with the closing zero byte.
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

/// A 32-byte hash: BLAKE3 for what is ours, SHA-256 in a feed's tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Hashes `parts` in order, after the domain and the network.
    ///
    /// Parts are not delimited: callers pass fixed-size parts, and at most one of variable size, last.
    #[must_use]
    pub fn of(domain: Domain, network: &NetworkId, parts: &[&[u8]]) -> Self {
        let mut hasher = Hasher::new(domain, network);
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()
    }

    /// Returns the hash's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Hashes a stream of parts; see [`Hash::of`].
#[derive(Clone, Debug)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Starts a hash for a purpose on a network.
    #[must_use]
    pub fn new(domain: Domain, network: &NetworkId) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(domain.as_bytes());
        hasher.update(network.as_bytes());
        Self(hasher)
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Ends the hash.
    #[must_use]
    pub fn finish(&self) -> Hash {
        Hash(*self.0.finalize().as_bytes())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::hex::encode(&self.0))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::hex::encode(&self.0))
    }
}
