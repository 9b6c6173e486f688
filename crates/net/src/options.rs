//! What a node decides before its network starts, and the limits it runs under.

use std::{fmt, net::IpAddr, time::Duration};

use libp2p::{
    Multiaddr,
    identity::{self, ed25519},
};

use crate::{Error, PeerKey};

/// Longest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// Longest response, in bytes: a body page's largest record and what frames it.
pub const MAX_RESPONSE_BYTES: usize = 1024 * 1024 + 64 * 1024;
/// Longest gossip message, in bytes.
pub const MAX_GOSSIP_BYTES: usize = 16 * 1024;
/// Requests of ours a peer works on at once; more wait in [`MAX_WAITING_PER_PEER`].
pub const MAX_IN_FLIGHT_PER_PEER: usize = 8;
/// Requests of ours that wait for a peer; one more fails as [`crate::RequestFailure::Busy`].
pub const MAX_WAITING_PER_PEER: usize = 32;
/// Requests of one peer that the caller has not answered; one more is dropped.
pub const MAX_UNANSWERED_PER_PEER: usize = 16;
/// Requests of all peers that the caller has not answered; one more is dropped.
pub const MAX_UNANSWERED: usize = 256;
/// Peers kept connected by redialling.
pub const MAX_STATIC_PEERS: usize = 256;
/// Addresses kept for a static peer; a newer one displaces the oldest.
pub const MAX_ADDRESSES_PER_STATIC_PEER: usize = 8;
/// Bans kept; one more displaces the ban that ends first.
pub const MAX_BANS: usize = 1024;
/// Commands waiting for the service.
pub const COMMANDS_CAPACITY: usize = 64;
/// Events waiting for the caller.
pub const EVENTS_CAPACITY: usize = 64;

/// Resident memory of the process beyond which no new connection is taken, in bytes.
const MEMORY_MAX_BYTES: usize = 400 * 1024 * 1024;
const AGENT: &str = "commonwheel";
const MAX_NETWORK_LEN: usize = 32;

/// What a node's network is started with.
pub struct Options {
    /// Name of the network, in every protocol id and topic: nodes of different networks have nothing to say to
    /// each other.
    pub network: String,
    /// Addresses to listen on; `/tcp/...` and `/udp/.../quic-v1` are understood.
    pub listen: Vec<Multiaddr>,
    /// What identify calls this software. It carries no version, which would tell an attacker what to try.
    pub agent: String,
    /// Resident memory of the process beyond which no new connection is taken, in bytes.
    pub memory_max_bytes: usize,
    /// Peers to keep connected, each address ending in `/p2p/<peer>`.
    pub static_peers: Vec<Multiaddr>,
    /// Addresses that many honest peers share (a NAT, a proxy) and that gossip scoring must not punish for it.
    /// Loopback always is one.
    pub shared_addresses: Vec<IpAddr>,
    pub(crate) tuning: Tuning,
    pub(crate) key: identity::Keypair,
}

/// The limits and deadlines of `reference/reliability.md` §4.2, apart so that tests can shorten them.
#[derive(Debug, Clone)]
pub(crate) struct Tuning {
    /// A chunk of a frame must have passed after this long.
    pub(crate) chunk_deadline: Duration,
    /// A request must have been answered, or an answer written, after this long.
    pub(crate) request_deadline: Duration,
    pub(crate) handshake_deadline: Duration,
    pub(crate) idle_deadline: Duration,
    /// A connection that does not close politely within this time is dropped.
    pub(crate) close_deadline: Duration,
    pub(crate) gossip_heartbeat: Duration,
    pub(crate) max_pending_in: u32,
    pub(crate) max_pending_out: u32,
    pub(crate) max_established: u32,
    pub(crate) max_established_in: u32,
    pub(crate) max_established_out: u32,
    /// One more than the two that stay, so that a restarted peer is not locked out by its own dead connections.
    pub(crate) max_established_per_peer: u32,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            chunk_deadline: Duration::from_secs(10),
            request_deadline: Duration::from_secs(20),
            handshake_deadline: Duration::from_secs(10),
            idle_deadline: Duration::from_secs(60),
            close_deadline: Duration::from_millis(500),
            gossip_heartbeat: Duration::from_secs(1),
            max_pending_in: 32,
            max_pending_out: 16,
            max_established: 96,
            max_established_in: 64,
            max_established_out: 32,
            max_established_per_peer: 3,
        }
    }
}

impl Options {
    /// Returns the defaults for the node whose Ed25519 secret is `secret`; the bytes given are zeroed.
    ///
    /// # Errors
    /// [`Error::Network`] where the name is not 1 to 32 characters of `a-z`, `0-9` and `-`.
    pub fn new(secret: &mut [u8; 32], network: &str) -> Result<Self, Error> {
        let key = ed25519::SecretKey::try_from_bytes(&mut secret[..]).map_err(|_| Error::Key)?;
        check_network(network)?;
        Ok(Self {
            network: network.to_owned(),
            listen: Vec::new(),
            agent: AGENT.to_owned(),
            memory_max_bytes: MEMORY_MAX_BYTES,
            static_peers: Vec::new(),
            shared_addresses: Vec::new(),
            tuning: Tuning::default(),
            key: ed25519::Keypair::from(key).into(),
        })
    }

    /// Returns the key by which peers will know this node.
    pub fn public_key(&self) -> PeerKey {
        let key = self.key.public().try_into_ed25519().expect("`Options::new` makes no other kind of key");
        key.to_bytes()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is left out: options end up in logs.
        f.debug_struct("Options")
            .field("network", &self.network)
            .field("listen", &self.listen)
            .field("agent", &self.agent)
            .field("memory_max_bytes", &self.memory_max_bytes)
            .field("static_peers", &self.static_peers)
            .field("shared_addresses", &self.shared_addresses)
            .finish_non_exhaustive()
    }
}

/// Checks a network's name; it stands in protocol ids, where a slash would start another part.
pub(crate) fn check_network(name: &str) -> Result<(), Error> {
    let plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if name.is_empty() || name.len() > MAX_NETWORK_LEN || !plain {
        return Err(Error::Network { name: name.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_zeroed_and_never_shown() {
        let mut secret = [0xab; 32];
        let options = Options::new(&mut secret, "test").unwrap();
        assert_eq!(secret, [0; 32]);
        let shown = format!("{options:?}");
        assert!(!shown.contains("ab, ab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn network_names_are_plain() {
        for good in ["a", "main-1", &"x".repeat(32)] {
            check_network(good).unwrap();
        }
        for bad in ["", "a/b", "Main", "ü", "a b", &"x".repeat(33)] {
            assert!(matches!(check_network(bad), Err(Error::Network { .. })), "{bad:?}");
        }
    }
}
