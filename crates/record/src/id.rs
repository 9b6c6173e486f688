//! Names of networks, collectives, feeds and records.

use std::fmt;
use std::str::FromStr;

use crate::hash::{Domain, Hash};
use crate::hex;

/// Why a textual id was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not exactly 64 hexadecimal digits.
    #[error("an id is 64 hexadecimal digits")]
    Shape,
    /// Not `<feed>/<index>`.
    #[error("a record is named <feed>/<index>, the feed in 64 hexadecimal digits")]
    Record,
}

macro_rules! hash_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// Returns the id's bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// Returns the first eight hexadecimal digits, for people.
            #[must_use]
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
            }
        }

        impl From<Hash> for $name {
            fn from(hash: Hash) -> Self {
                Self(hash.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                hex::decode(text).map(Self).ok_or(IdError::Shape)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", hex::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }
    };
}

hash_id! {
    /// The network a hash or signature is bound to.
    NetworkId
}
hash_id! {
    /// A collective: the hash of its genesis charter.
    CollectiveId
}
hash_id! {
    /// A feed: the hash of its manifest.
    FeedId
}

impl NetworkId {
    /// Derives a network's id from its name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(Domain::NETWORK.as_bytes());
        hasher.update(name.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }
}

/// Names a record: a leaf of a feed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// The feed.
    pub feed: FeedId,
    /// The leaf's position, from 0.
    pub index: u64,
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.feed, self.index)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.feed.short(), self.index)
    }
}

impl FromStr for RecordId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (feed, index) = text.split_once('/').ok_or(IdError::Record)?;
        let feed = feed.parse().map_err(|_| IdError::Record)?;
        let index = index.parse().map_err(|_| IdError::Record)?;
        Ok(Self { feed, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_round_trip_as_text() {
        let id = RecordId { feed: FeedId([7; 32]), index: 42 };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("42".parse::<RecordId>(), Err(IdError::Record));
        assert_eq!(format!("{}/x", id.feed).parse::<RecordId>(), Err(IdError::Record));
    }

    #[test]
    fn networks_differ_by_name() {
        assert_ne!(NetworkId::named("a"), NetworkId::named("b"));
    }
}
