//! Who is connected, over which connections.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use libp2p::{PeerId, swarm::ConnectionId};

use crate::PeerKey;

/// Two peers that dial each other at the same moment both succeed within this time. A peer that dials later than
/// that has lost the connection we still see, and will not answer on it.
const SIMULTANEOUS: Duration = Duration::from_secs(10);

/// One connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) id: ConnectionId,
    pub(crate) outbound: bool,
    pub(crate) since: Instant,
}

/// Says what a new connection means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The peer was not connected.
    First,
    /// It was; these connections are dead to it and must be closed.
    Again(Vec<ConnectionId>),
}

#[derive(Debug)]
struct Peer {
    id: PeerId,
    links: Vec<Link>,
}

/// The connected peers; bounded by the connection limits.
#[derive(Debug, Default)]
pub(crate) struct Links {
    peers: HashMap<PeerKey, Peer>,
    /// The way back, so that a key need not be unpacked for every event.
    keys: HashMap<PeerId, PeerKey>,
}

impl Links {
    pub(crate) fn open(&mut self, key: PeerKey, id: PeerId, link: Link) -> Opened {
        let Some(peer) = self.peers.get_mut(&key) else {
            self.peers.insert(key, Peer { id, links: vec![link] });
            self.keys.insert(id, key);
            return Opened::First;
        };
        let dead = |old: &&Link| {
            old.outbound == link.outbound
                || (!link.outbound && link.since.duration_since(old.since) > SIMULTANEOUS)
        };
        let stale = peer.links.iter().filter(dead).map(|old| old.id).collect();
        peer.links.push(link);
        Opened::Again(stale)
    }

    /// Forgets a connection; returns whether it was the peer's last.
    pub(crate) fn close(&mut self, key: &PeerKey, connection: ConnectionId) -> bool {
        let Some(peer) = self.peers.get_mut(key) else { return false };
        peer.links.retain(|link| link.id != connection);
        if !peer.links.is_empty() {
            return false;
        }
        self.keys.remove(&peer.id);
        self.peers.remove(key);
        true
    }

    pub(crate) fn peer_id(&self, key: &PeerKey) -> Option<PeerId> {
        self.peers.get(key).map(|peer| peer.id)
    }

    pub(crate) fn key(&self, id: &PeerId) -> Option<PeerKey> {
        self.keys.get(id).copied()
    }

    pub(crate) fn peer_ids(&self) -> impl Iterator<Item = PeerId> {
        self.peers.values().map(|peer| peer.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(id: usize, outbound: bool, since: Instant) -> Link {
        Link { id: ConnectionId::new_unchecked(id), outbound, since }
    }

    fn open(links: &mut Links, link: Link) -> Opened {
        links.open([1; 32], PeerId::random(), link)
    }

    fn ids(ids: &[usize]) -> Opened {
        Opened::Again(ids.iter().map(|id| ConnectionId::new_unchecked(*id)).collect())
    }

    #[test]
    fn a_peer_is_connected_from_its_first_to_its_last_connection() {
        let (mut links, now) = (Links::default(), Instant::now());
        assert_eq!(open(&mut links, link(1, true, now)), Opened::First);
        assert_eq!(open(&mut links, link(2, false, now)), ids(&[]));
        assert!(!links.close(&[1; 32], ConnectionId::new_unchecked(1)));
        assert!(links.close(&[1; 32], ConnectionId::new_unchecked(2)));
        assert!(links.peers.is_empty() && links.keys.is_empty());
        assert!(!links.close(&[1; 32], ConnectionId::new_unchecked(2)));
    }

    #[test]
    fn a_second_connection_the_same_way_replaces_the_first() {
        let (mut links, now) = (Links::default(), Instant::now());
        open(&mut links, link(1, false, now));
        assert_eq!(open(&mut links, link(2, false, now)), ids(&[1]));
    }

    #[test]
    fn a_late_inbound_connection_replaces_all_others() {
        let (mut links, now) = (Links::default(), Instant::now());
        open(&mut links, link(1, true, now));
        open(&mut links, link(2, false, now));
        let late = now + SIMULTANEOUS + Duration::from_secs(1);
        assert_eq!(open(&mut links, link(3, false, late)), ids(&[1, 2]));
    }
}
