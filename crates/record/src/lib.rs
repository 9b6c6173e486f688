//! The words of the ledger: keys, ids, canonical encoding, record kinds, terms, attestations and their limits.
//!
//! This crate is pure: it knows no clock, disk, network or randomness. Whatever is hashed or signed passes through
//! [`cbor`], whose one rule is that bytes are accepted if and only if encoding what they decode to gives the same
//! bytes. The raw bytes are what is hashed, stored and forwarded.

pub mod attestation;
pub mod body;
pub mod cbor;
mod commit;
mod contribution;
pub mod control;
mod extensions;
pub mod fault;
mod hash;
pub mod hex;
mod id;
mod key;
mod leaf;
pub mod limits;
pub mod manifest;
pub mod submission;
pub mod terms;
mod terms_cbor;
pub mod text;

pub use commit::{Commitment, Salt};
pub use contribution::{Attribution, Contribution, ContributionKind, Regions, Tier};
pub use control::{Control, Cut};
pub use extensions::Extensions;
pub use hash::{Domain, Hash, Hasher};
pub use id::{CollectiveId, FeedId, IdError, NetworkId, RecordId};
pub use key::{KeyError, PublicKey, SecretKey, Signature, Verifier};
pub use leaf::{FIRST_CONTROL_KIND, Kind, Leaf, VERSION};
pub use manifest::Manifest;
