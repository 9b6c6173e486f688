//! Who may write, serve and act for a collective.

use std::collections::BTreeSet;

use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder, coded_enum, fixed_array};
use crate::hash::Hash;
use crate::id::{CollectiveId, FeedId};
use crate::key::PublicKey;
use crate::terms::Region;

/// What a delegation names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A feed: its records are the collective's from then on.
    Feed(FeedId),
    /// A node's key: the node is one of the collective's own.
    Node {
        /// The node's key.
        key: PublicKey,
        /// The region it stands in, as the collective vouches.
        region: Option<Region>,
    },
    /// A key that may sign leases.
    Liveness(PublicKey),
}

impl Encode for Subject {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Feed(feed) => {
                encoder.array(2);
                encoder.uint(0);
                feed.encode(encoder);
            }
            Self::Node { key, region } => {
                encoder.array(3);
                encoder.uint(1);
                key.encode(encoder);
                region.encode(encoder);
            }
            Self::Liveness(key) => {
                encoder.array(2);
                encoder.uint(2);
                key.encode(encoder);
            }
        }
    }
}

impl Decode for Subject {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 2) => Decode::decode(decoder).map(Self::Feed),
            (1, 3) => Ok(Self::Node { key: Decode::decode(decoder)?, region: Decode::decode(decoder)? }),
            (2, 2) => Decode::decode(decoder).map(Self::Liveness),
            _ => Err(DecodeError::Unexpected("delegation subject")),
        }
    }
}

/// Names a feed, a node or a liveness key as the collective's; signed by the root threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// What is delegated.
    pub subject: Subject,
}

fixed_array!(Delegation { subject });

impl Delegation {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        let key = match &self.subject {
            Subject::Feed(_) => return Ok(()),
            Subject::Node { key, .. } | Subject::Liveness(key) => key,
        };
        key.admit().map(drop).map_err(|_| DecodeError::Rule("weak or malformed key"))
    }
}

/// What a revocation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// A feed, from a size on: what it held before stays valid.
    Feed {
        /// The feed.
        feed: FeedId,
        /// How many leaves stay valid.
        size: u64,
        /// The tree's root at that size.
        root: Hash,
    },
    /// A node or liveness key.
    Key(PublicKey),
    /// An affiliation to a collective.
    Affiliate(CollectiveId),
}

impl Encode for Revoked {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Feed { feed, size, root } => {
                encoder.array(4);
                encoder.uint(0);
                feed.encode(encoder);
                encoder.uint(*size);
                root.encode(encoder);
            }
            Self::Key(key) => {
                encoder.array(2);
                encoder.uint(1);
                key.encode(encoder);
            }
            Self::Affiliate(collective) => {
                encoder.array(2);
                encoder.uint(2);
                collective.encode(encoder);
            }
        }
    }
}

impl Decode for Revoked {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 4) => Ok(Self::Feed {
                feed: Decode::decode(decoder)?,
                size: decoder.uint()?,
                root: Decode::decode(decoder)?,
            }),
            (1, 2) => Decode::decode(decoder).map(Self::Key),
            (2, 2) => Decode::decode(decoder).map(Self::Affiliate),
            _ => Err(DecodeError::Unexpected("revocation")),
        }
    }
}

/// Ends a delegation; signed by the root threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What ends.
    pub revoked: Revoked,
}

fixed_array!(Revocation { revoked });

impl Revocation {
    pub(super) const fn check(&self) -> Result<(), DecodeError> {
        Ok(())
    }
}

coded_enum! {
    /// What an affiliate may do to one's records.
    Power {
        /// Close them by embargoes of its own.
        Embargo = 0 "embargo",
        /// Open them by releases of its own.
        Release = 1 "release",
        /// Offer and grant access to them.
        Grant = 2 "grant",
    }
}

/// Lets another collective act on one's records; signed by the governance threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affiliate {
    /// To whom the powers are given.
    pub to: CollectiveId,
    /// Which powers.
    pub powers: BTreeSet<Power>,
    /// Until when, in seconds since 1970, as the owner's lease tells; for good if none.
    pub until: Option<u64>,
}

fixed_array!(Affiliate { to, powers, until });

impl Affiliate {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        if self.powers.is_empty() {
            Err(DecodeError::Rule("an affiliation gives at least one power"))
        } else {
            Ok(())
        }
    }
}
