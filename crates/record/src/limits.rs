//! Every size the formats allow, in one place.

/// A leaf of a feed, in bytes.
pub const MAX_LEAF: usize = 4096;
/// An attestation, in bytes.
pub const MAX_ATTESTATION: usize = 4096;
/// A feed's manifest, in bytes.
pub const MAX_MANIFEST: usize = 1024;
/// A body, in bytes, without its salt.
pub const MAX_BODY: usize = 1 << 20;
/// Items in one submission.
pub const MAX_SUBMISSION_ITEMS: usize = 4096;
/// Stewards a contribution may name.
pub const MAX_STEWARDS: usize = 4;
/// Ancestors a derived contribution may name.
pub const MAX_ANCESTORS: usize = 16;
/// Tags of a contribution, values of one dimension of a scope.
pub const MAX_TAGS: usize = 16;
/// Regions of one list.
pub const MAX_REGIONS: usize = 32;
/// Feeds in a cut.
pub const MAX_CUT: usize = 16;
/// Ranges in a release or a withdrawal.
pub const MAX_RANGES: usize = 24;
/// Keys in a set of signers, and signatures in a control record.
pub const MAX_KEYS: usize = 16;
/// Control feeds a collective may have: its own and four more.
pub const MAX_CONTROL_FEEDS: usize = 5;
/// A name, in bytes.
pub const MAX_NAME: usize = 64;
/// A public text such as a strike's demand, in bytes.
pub const MAX_TEXT: usize = 512;
/// Proposals of one ballot.
pub const MAX_PROPOSALS: usize = 4;
/// Signatures of a petition.
pub const MAX_PETITIONERS: usize = 32;
/// The body of a control record, in bytes.
pub const MAX_PERSONAL: usize = 4096;
/// Extensions of a record, and the bytes of one.
pub const MAX_EXTENSIONS: usize = 16;
/// Bytes of one extension's value.
pub const MAX_EXTENSION: usize = 1024;
/// Lease hours a charter may ask for.
pub const LEASE_HOURS: std::ops::RangeInclusive<u32> = 1..=720;
