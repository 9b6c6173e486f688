//! Peers' requests, from their arrival until the answer has left or cannot leave any more.

use std::{collections::HashMap, hash::Hash};

use crate::{MAX_UNANSWERED, MAX_UNANSWERED_PER_PEER, PeerKey, RequestId};

#[derive(Debug)]
struct Entry<Channel> {
    peer: PeerKey,
    id: RequestId,
    /// Where the answer goes, until it is given.
    channel: Option<Channel>,
}

/// The requests of all peers, by the id libp2p gave them.
#[derive(Debug)]
pub(crate) struct Inbound<Wire, Channel> {
    entries: HashMap<Wire, Entry<Channel>>,
    unanswered: HashMap<RequestId, Wire>,
    unanswered_by_peer: HashMap<PeerKey, usize>,
    next: u64,
}

impl<Wire: Hash + Eq + Copy, Channel> Inbound<Wire, Channel> {
    pub(crate) fn new() -> Self {
        Self {
            entries: HashMap::new(),
            unanswered: HashMap::new(),
            unanswered_by_peer: HashMap::new(),
            next: 0,
        }
    }

    /// Takes a request in, or drops its channel, which the peer sees as a failure, where too many wait already.
    pub(crate) fn arrive(&mut self, peer: PeerKey, wire: Wire, channel: Channel) -> Option<RequestId> {
        let of_peer = self.unanswered_by_peer.get(&peer).copied().unwrap_or(0);
        if self.unanswered.len() >= MAX_UNANSWERED || of_peer >= MAX_UNANSWERED_PER_PEER {
            return None;
        }
        let id = RequestId(self.next);
        self.next += 1;
        self.entries.insert(wire, Entry { peer, id, channel: Some(channel) });
        self.unanswered.insert(id, wire);
        self.unanswered_by_peer.insert(peer, of_peer + 1);
        Some(id)
    }

    /// Hands out the channel for the answer; `None` where the request is over.
    pub(crate) fn answer(&mut self, id: RequestId) -> Option<Channel> {
        let wire = self.unanswered.get(&id).copied()?;
        let entry = self.entries.get_mut(&wire)?;
        let (peer, channel) = (entry.peer, entry.channel.take());
        self.no_longer_unanswered(id, &peer);
        channel
    }

    /// Ends a request, answered or not; `None` where it was never told to the caller.
    pub(crate) fn finish(&mut self, wire: &Wire) -> Option<RequestId> {
        let entry = self.entries.remove(wire)?;
        self.no_longer_unanswered(entry.id, &entry.peer);
        Some(entry.id)
    }

    /// Forgets a peer; returns the ids of its requests, in order of arrival.
    pub(crate) fn drop_peer(&mut self, peer: &PeerKey) -> Vec<RequestId> {
        let wires: Vec<Wire> =
            self.entries.iter().filter(|(_, entry)| entry.peer == *peer).map(|(wire, _)| *wire).collect();
        let mut ids: Vec<RequestId> = wires.iter().filter_map(|wire| self.finish(wire)).collect();
        ids.sort_unstable();
        ids
    }

    fn no_longer_unanswered(&mut self, id: RequestId, peer: &PeerKey) {
        if self.unanswered.remove(&id).is_none() {
            return;
        }
        let Some(count) = self.unanswered_by_peer.get_mut(peer) else { return };
        *count -= 1;
        if *count == 0 {
            self.unanswered_by_peer.remove(peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: PeerKey = [1; 32];

    #[test]
    fn an_answer_can_be_given_once() {
        let mut inbound = Inbound::new();
        let id = inbound.arrive(PEER, 7, "channel").unwrap();
        assert_eq!(inbound.answer(id), Some("channel"));
        assert_eq!(inbound.answer(id), None);
        assert_eq!(inbound.finish(&7), Some(id));
        assert_eq!(inbound.finish(&7), None);
        assert!(inbound.unanswered_by_peer.is_empty());
    }

    #[test]
    fn a_request_that_ends_unanswered_cannot_be_answered() {
        let mut inbound = Inbound::new();
        let id = inbound.arrive(PEER, 7, ()).unwrap();
        assert_eq!(inbound.finish(&7), Some(id));
        assert_eq!(inbound.answer(id), None);
    }

    #[test]
    fn one_peer_cannot_take_every_place() {
        let mut inbound = Inbound::new();
        let taken = (0..1000).filter(|wire| inbound.arrive(PEER, *wire, ()).is_some()).count();
        assert_eq!(taken, MAX_UNANSWERED_PER_PEER);
        let first = inbound.arrive([2; 32], 5000, ()).unwrap();
        inbound.answer(first).unwrap();
        assert_eq!(inbound.drop_peer(&PEER).len(), MAX_UNANSWERED_PER_PEER);
        assert!(inbound.arrive(PEER, 6000, ()).is_some());
    }

    #[test]
    fn all_peers_together_are_bounded() {
        let mut inbound = Inbound::new();
        let mut taken = 0;
        for wire in 0..2 * MAX_UNANSWERED {
            let peer = [u8::try_from(wire % 128).unwrap(); 32];
            taken += usize::from(inbound.arrive(peer, wire, ()).is_some());
        }
        assert_eq!(taken, MAX_UNANSWERED);
    }
}
