//! Our requests: a few per peer on the wire, a few more waiting, the rest refused.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use crate::{MAX_IN_FLIGHT_PER_PEER, MAX_WAITING_PER_PEER, PeerKey};

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// Send it now and report its wire id with [`Outbound::sent`].
    Send(Vec<u8>),
    /// It waits for another to finish.
    Waiting,
    /// Too many wait.
    Full,
}

#[derive(Debug)]
struct Lane<Wire> {
    in_flight: HashMap<Wire, u64>,
    waiting: VecDeque<(u64, Vec<u8>)>,
}

/// The requests of all peers, by the id libp2p gave them.
#[derive(Debug)]
pub(crate) struct Outbound<Wire> {
    lanes: HashMap<PeerKey, Lane<Wire>>,
}

impl<Wire: Hash + Eq> Outbound<Wire> {
    pub(crate) fn new() -> Self {
        Self { lanes: HashMap::new() }
    }

    pub(crate) fn submit(&mut self, peer: PeerKey, id: u64, bytes: Vec<u8>) -> Submitted {
        let lane = self.lane(peer);
        if lane.in_flight.len() < MAX_IN_FLIGHT_PER_PEER {
            return Submitted::Send(bytes);
        }
        if lane.waiting.len() >= MAX_WAITING_PER_PEER {
            return Submitted::Full;
        }
        lane.waiting.push_back((id, bytes));
        Submitted::Waiting
    }

    pub(crate) fn sent(&mut self, peer: PeerKey, wire: Wire, id: u64) {
        self.lane(peer).in_flight.insert(wire, id);
    }

    /// Ends a request; returns the caller's id, or `None` where the peer was dropped in the meantime.
    pub(crate) fn finish(&mut self, peer: &PeerKey, wire: &Wire) -> Option<u64> {
        self.lanes.get_mut(peer)?.in_flight.remove(wire)
    }

    /// Returns the next request to send to a peer, if there is room for it.
    pub(crate) fn next(&mut self, peer: &PeerKey) -> Option<(u64, Vec<u8>)> {
        let lane = self.lanes.get_mut(peer)?;
        if lane.in_flight.len() >= MAX_IN_FLIGHT_PER_PEER {
            return None;
        }
        lane.waiting.pop_front()
    }

    /// Forgets a peer; returns the ids of the requests that will get no answer, in order.
    pub(crate) fn drop_peer(&mut self, peer: &PeerKey) -> Vec<u64> {
        let Some(lane) = self.lanes.remove(peer) else { return Vec::new() };
        let mut ids: Vec<u64> = lane.in_flight.into_values().collect();
        ids.extend(lane.waiting.into_iter().map(|(id, _)| id));
        ids
    }

    fn lane(&mut self, peer: PeerKey) -> &mut Lane<Wire> {
        self.lanes.entry(peer).or_insert_with(|| Lane { in_flight: HashMap::new(), waiting: VecDeque::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: PeerKey = [1; 32];

    fn fill(outbound: &mut Outbound<u64>) {
        for id in 0..MAX_IN_FLIGHT_PER_PEER as u64 {
            assert_eq!(outbound.submit(PEER, id, vec![1]), Submitted::Send(vec![1]));
            outbound.sent(PEER, id, id);
        }
    }

    #[test]
    fn beyond_the_window_requests_wait_and_beyond_that_they_are_refused() {
        let mut outbound = Outbound::new();
        fill(&mut outbound);
        for id in 0..MAX_WAITING_PER_PEER as u64 {
            assert_eq!(outbound.submit(PEER, 100 + id, vec![2]), Submitted::Waiting);
        }
        assert_eq!(outbound.submit(PEER, 999, vec![3]), Submitted::Full);
        assert_eq!(outbound.next(&PEER), None);
        assert_eq!(outbound.finish(&PEER, &0), Some(0));
        assert_eq!(outbound.next(&PEER), Some((100, vec![2])));
    }

    #[test]
    fn a_dropped_peer_returns_every_request_once() {
        let mut outbound = Outbound::new();
        fill(&mut outbound);
        outbound.submit(PEER, 100, vec![2]);
        let mut ids = outbound.drop_peer(&PEER);
        ids.sort_unstable();
        assert_eq!(ids, (0..MAX_IN_FLIGHT_PER_PEER as u64).chain([100]).collect::<Vec<_>>());
        assert_eq!(outbound.finish(&PEER, &0), None);
        assert_eq!(outbound.drop_peer(&PEER), Vec::<u64>::new());
    }
}
