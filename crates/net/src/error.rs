//! What can go wrong in this crate's own house; a peer's failures are events.

/// Why a node's network could not start, ended, or would not take a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network name is not 1 to 32 characters of `a-z`, `0-9` and `-`.
    #[error("network name {name:?} is not 1 to 32 characters of a-z, 0-9 and -")]
    Network {
        /// The name given.
        name: String,
    },
    /// The bytes are no Ed25519 key.
    #[error("bytes are not an ed25519 key")]
    Key,
    /// An address is not of the form needed (a static peer's must end in `/p2p/<ed25519 peer>`).
    #[error("address {address} does not end in /p2p/ and the id of an ed25519 peer")]
    Address {
        /// The address given.
        address: String,
    },
    /// More static peers than [`crate::MAX_STATIC_PEERS`].
    #[error("more than {max} static peers")]
    StaticPeers {
        /// The limit.
        max: usize,
    },
    /// The transport could not be set up.
    #[error("transport set-up failed: {0}")]
    Transport(String),
    /// A behaviour refused its configuration.
    #[error("{behaviour} configuration refused: {reason}")]
    Configuration {
        /// The behaviour's name.
        behaviour: &'static str,
        /// What it said.
        reason: String,
    },
    /// An address could not be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// What the transport said.
        reason: String,
    },
    /// A listener ended while the node ran.
    #[error("listener ended: {0}")]
    ListenerEnded(String),
    /// A connection's task panicked, so its peer can no longer be trusted to be shown as it is.
    #[error("connection task panicked")]
    ConnectionTask,
    /// A message is empty or longer than its limit; nothing was sent.
    #[error("message of {len} bytes is not within 1 to {max} bytes")]
    Size {
        /// Its length in bytes.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The command queue is full.
    #[error("command queue is full")]
    Full,
    /// The service has ended.
    #[error("network service has ended")]
    Ended,
}
