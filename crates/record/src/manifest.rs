//! What names a feed: its manifest.

use crate::cbor::{self, DecodeError, coded_enum, fixed_array};
use crate::hash::{Domain, Hash};
use crate::id::{CollectiveId, FeedId, NetworkId};
use crate::key::PublicKey;
use crate::limits::MAX_MANIFEST;

coded_enum! {
    /// What a feed's leaves are.
    Purpose {
        /// Control records: a part of the collective's control log.
        Control = 0 "control",
        /// Contributions and submissions.
        Data = 1 "data",
    }
}

coded_enum! {
    /// Who may know of a feed at all.
    FeedAudience {
        /// Everyone: headers replicate freely.
        Public = 0 "public",
        /// The owner, collectives on its roll and carriers of its control log.
        Members = 1 "members",
    }
}

/// Where a successor feed continues: the predecessor's last good position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prologue {
    /// The feed continued.
    pub feed: FeedId,
    /// Leaves of it that count.
    pub size: u64,
    /// Its RFC 6962 root at that size.
    pub root: Hash,
}

fixed_array!(Prologue { feed, size, root });

/// Names a feed; [`FeedId`] is its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The format's version, 1.
    pub version: u8,
    /// Whose feed it is; the zero id in a collective's first control feed, written before the genesis charter.
    pub collective: CollectiveId,
    /// What its leaves are.
    pub purpose: Purpose,
    /// Who may know of it.
    pub audience: FeedAudience,
    /// The one key that signs its checkpoints.
    pub writer: PublicKey,
    /// The network it belongs to.
    pub network: NetworkId,
    /// What it continues, if anything.
    pub prologue: Option<Prologue>,
}

fixed_array!(Manifest { version, collective, purpose, audience, writer, network, prologue });

impl Manifest {
    /// Decodes a manifest of this network.
    ///
    /// # Errors
    /// [`DecodeError`] if not canonical, of another network or version, or with a weak writer key.
    pub fn decode(bytes: &[u8], network: &NetworkId) -> Result<Self, DecodeError> {
        let manifest: Self = cbor::decode(bytes, MAX_MANIFEST)?;
        if manifest.version != 1 {
            return Err(DecodeError::Unexpected("manifest version"));
        }
        if manifest.network != *network {
            return Err(DecodeError::Rule("manifest of another network"));
        }
        manifest.writer.admit().map_err(|_| DecodeError::Rule("weak or malformed writer key"))?;
        Ok(manifest)
    }

    /// Encodes the manifest.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Returns the feed's id.
    #[must_use]
    pub fn id(&self) -> FeedId {
        Hash::of(Domain::MANIFEST, &self.network, &[&self.encode()]).into()
    }
}
