//! Every bound of the protocol, in one place.

/// The protocol version this crate speaks.
pub const PROTOCOL: u8 = 1;
/// Bytes of a page that a body or header reply aims at.
pub const PAGE_BYTES: usize = 256 * 1024;
/// Bytes handed to the transport for one peer and not known to be sent.
pub const MAX_UNSENT: usize = 512 * 1024;
/// Positions per bundle: pages start and end on a multiple of it, or at the head.
pub const BUNDLE: u64 = 256;
/// Bundles of headers one request may ask for.
pub const MAX_HEADER_BUNDLES: u64 = 4;
/// Positions one body request may ask for.
pub const MAX_BODY_POSITIONS: usize = 512;
/// Submissions one body request may say are held already.
pub const MAX_HELD_SUBMISSIONS: usize = 8;
/// Collectives a node follows: configured, and named by those.
pub const MAX_FOLLOW: usize = 1024;
/// Collectives followed because one that is configured names them.
pub const MAX_NAMED: usize = 32;
/// Heads in one reply.
pub const MAX_HEADS: usize = 4096;
/// Manifests in one request.
pub const MAX_MANIFESTS: usize = 64;
/// Peers that went away of which it is remembered what they told.
pub const MAX_REMEMBERED_PEERS: usize = 64;
/// Heads that all of them together told.
pub const MAX_REMEMBERED_HEADS: usize = 2 * MAX_FEEDS;
/// Hashes in one proof.
pub const MAX_PROOF: usize = 64;
/// Feeds kept per collective.
pub const MAX_FEEDS: usize = 200_000;
/// Attestations in one reply.
pub const MAX_ATTESTATIONS: usize = 64;
/// Attestations kept per issuer.
pub const MAX_PER_ISSUER: usize = 1024;
/// Attestations kept per collective they count against.
pub const MAX_PER_COLLECTIVE: usize = 16_384;
/// Cosignatures kept of one witness for one feed.
pub const MAX_STAMPS: usize = 16;
/// Requests in flight to one peer.
pub const MAX_IN_FLIGHT: usize = 6;
/// Requests of one peer that wait for earlier replies to drain; beyond it the answer is `busy`.
pub const MAX_WAITING: usize = 8;
/// How far headers may run ahead of those they follow, in positions.
pub const MAX_EARLY: u64 = 2 * MAX_HEADER_BUNDLES * BUNDLE;
/// How far headers are fetched ahead before bodies are, in positions: what is asked for meanwhile keeps the line busy.
pub const MIN_AHEAD: u64 = 4 * MAX_HEADER_BUNDLES * BUNDLE;
/// How far headers may run ahead of bodies, in positions: bodies follow while the headers they need are in memory.
pub const MAX_AHEAD: u64 = 64 * BUNDLE;
/// Parsed bundles kept in memory.
pub const MAX_PARSED_BUNDLES: usize = 128;
/// Lost submissions that are asked for again at a time.
pub const MAX_ORPHANS: usize = 1024;
/// Opened submissions kept in memory.
pub const MAX_OPEN_SUBMISSIONS: usize = 256;
/// Bytes of a gossip message on `ctl`.
pub const MAX_CTL_BYTES: usize = 16 * 1024;
/// Bytes of a gossip message on `heads`.
pub const MAX_HEADS_BYTES: usize = 4 * 1024;
/// Heads in one gossip bundle, so that it stays below [`MAX_HEADS_BYTES`].
pub const MAX_BUNDLED_HEADS: usize = 24;
/// Requests per second one peer may make, and how many it may save up.
pub const REQUESTS_PER_SECOND: u64 = 5_000;
/// Requests a peer may make at once after a pause.
pub const REQUEST_BURST: u64 = 10_000;
/// Faults after which a peer is disconnected.
pub const MAX_FAULTS: u32 = 3;

/// Milliseconds between two fillings of a rate limit's queue that headers give rise to.
pub const QUEUE_INTERVAL: u64 = 1_000;
/// Positions that a filling looks at for each further millisecond until the next one: a long queue is filled less often.
pub const QUEUED_PER_MILLI: u64 = 100;
/// Milliseconds between two cosignatures of a feed that changes while a ballot's grace lasts.
pub const CLOSING_INTERVAL: u64 = 10_000;
/// Milliseconds between two cosignatures of a feed that changes at any other time.
pub const WITNESS_INTERVAL: u64 = 3_600_000;
/// Milliseconds between two leases of a key, unless a date waits for one.
pub const MIN_LEASE_INTERVAL: u64 = 600_000;
/// Milliseconds that a lease may be dated ahead of this node's clock.
pub const LEASE_AHEAD: u64 = 600_000;
/// Milliseconds between two sessions with a connected peer.
pub const SYNC_INTERVAL: u64 = 30_000;
/// Milliseconds between two sessions that gossip gives rise to.
pub const KICK_INTERVAL: u64 = 500;
/// Milliseconds after which an unanswered request counts as failed.
pub const REQUEST_DEADLINE: u64 = 15_000;
/// Milliseconds between two gossip bundles of heads.
pub const HEADS_INTERVAL: u64 = 1_000;
/// Milliseconds a peer may take to drain what it was sent once an embargo is pending.
pub const DRAIN_DEADLINE: u64 = 2_000;
/// Milliseconds after which the serve gate opens without a comparison.
pub const OFFLINE_GRACE: u64 = 24 * 3_600_000;
/// Milliseconds before bodies that a peer refused are asked for again.
pub const BODY_RETRY: u64 = 30_000;
/// Milliseconds a peer is told to wait by a `busy` reply.
pub const BUSY_RETRY: u64 = 1_000;
