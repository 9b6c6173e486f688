//! Static peers: dialled at once, then again with growing pauses for as long as they are not connected.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use libp2p::{Multiaddr, PeerId};

use crate::{Error, MAX_ADDRESSES_PER_STATIC_PEER, MAX_STATIC_PEERS, PeerKey, identity};

/// Pause after the first, second, ... failure; the last doubles from there on, up to [`MAX_PAUSE`].
const FIRST_PAUSES: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// A connection that held this long was a good one: after it the pauses start anew. Without this a peer that
/// accepts and hangs up would be dialled four times a second.
const GOOD_CONNECTION: Duration = Duration::from_secs(10);

#[derive(Debug)]
enum State {
    /// To be dialled at this time.
    Due(Instant),
    Dialling,
    Connected {
        since: Instant,
    },
}

#[derive(Debug)]
struct Entry {
    addresses: Vec<Multiaddr>,
    failures: u32,
    state: State,
}

/// The peers to keep connected.
#[derive(Debug, Default)]
pub(crate) struct StaticPeers {
    peers: BTreeMap<PeerId, Entry>,
}

impl StaticPeers {
    /// Adds a peer, or another address of one; it is due at once unless connected.
    pub(crate) fn add(&mut self, address: Multiaddr, connected: bool, now: Instant) -> Result<PeerId, Error> {
        let peer = static_peer(&address)?;
        if let Some(entry) = self.peers.get_mut(&peer) {
            entry.add_address(address, now);
            return Ok(peer);
        }
        if self.peers.len() >= MAX_STATIC_PEERS {
            return Err(Error::StaticPeers { max: MAX_STATIC_PEERS });
        }
        let state = if connected { State::Connected { since: now } } else { State::Due(now) };
        self.peers.insert(peer, Entry { addresses: vec![address], failures: 0, state });
        Ok(peer)
    }

    /// Returns when the next dial is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.peers.values().filter_map(Entry::due).min()
    }

    /// Returns a peer whose dial is due, and from then on takes it as being dialled.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<(PeerId, Vec<Multiaddr>)> {
        let (peer, entry) =
            self.peers.iter_mut().find(|(_, entry)| entry.due().is_some_and(|due| due <= now))?;
        entry.state = State::Dialling;
        Some((*peer, entry.addresses.clone()))
    }

    pub(crate) fn connected(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.peers.get_mut(peer) {
            entry.state = State::Connected { since: now };
        }
    }

    /// Notes the end of the last connection; `jitter` spreads the redial.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, now: Instant, jitter: u32) {
        let Some(entry) = self.peers.get_mut(peer) else { return };
        if let State::Connected { since } = entry.state
            && now.duration_since(since) >= GOOD_CONNECTION
        {
            entry.failures = 0;
        }
        entry.retry(now, jitter);
    }

    /// Notes a dial that came to nothing; `jitter` spreads the next.
    pub(crate) fn failed(&mut self, peer: &PeerId, now: Instant, jitter: u32) {
        let Some(entry) = self.peers.get_mut(peer) else { return };
        if matches!(entry.state, State::Dialling) {
            entry.retry(now, jitter);
        }
    }
}

impl Entry {
    fn due(&self) -> Option<Instant> {
        match self.state {
            State::Due(at) => Some(at),
            State::Dialling | State::Connected { .. } => None,
        }
    }

    fn add_address(&mut self, address: Multiaddr, now: Instant) {
        if self.addresses.contains(&address) {
            return;
        }
        if self.addresses.len() >= MAX_ADDRESSES_PER_STATIC_PEER {
            self.addresses.remove(0);
        }
        self.addresses.push(address);
        if let State::Due(_) = self.state {
            self.state = State::Due(now);
        }
    }

    fn retry(&mut self, now: Instant, jitter: u32) {
        self.state = State::Due(now + pause(self.failures, jitter));
        self.failures = self.failures.saturating_add(1);
    }
}

/// Returns the peer an address names.
pub(crate) fn static_peer(address: &Multiaddr) -> Result<PeerId, Error> {
    let wrong = || Error::Address { address: address.to_string() };
    let peer = identity::peer_id_of(address).ok_or_else(wrong)?;
    let _: PeerKey = identity::admit(&peer).map_err(|_| wrong())?;
    Ok(peer)
}

/// Returns the pause after `failures` earlier ones, less up to a quarter: a restarted federation must not dial in
/// step.
fn pause(failures: u32, jitter: u32) -> Duration {
    let index = usize::try_from(failures).unwrap_or(usize::MAX);
    let full = FIRST_PAUSES.get(index).copied().unwrap_or_else(|| {
        let doublings = failures.saturating_sub(2).min(6);
        (Duration::from_secs(1) * (1 << doublings)).min(MAX_PAUSE)
    });
    full - full.mul_f64(0.25 * f64::from(jitter) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    fn address() -> (PeerId, Multiaddr) {
        let peer = Keypair::generate_ed25519().public().to_peer_id();
        (peer, format!("/ip4/127.0.0.1/tcp/1/p2p/{peer}").parse().unwrap())
    }

    #[test]
    fn pauses_grow_from_a_quarter_second_to_a_minute() {
        let full: Vec<u64> = (0..12).map(|n| u64::try_from(pause(n, 0).as_millis()).unwrap()).collect();
        assert_eq!(full, [250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000]);
        assert_eq!(pause(u32::MAX, 0), MAX_PAUSE);
        assert_eq!(pause(2, u32::MAX), Duration::from_millis(750));
    }

    #[test]
    fn a_peer_is_due_at_once_then_after_each_failure_later() {
        let (peer, address) = address();
        let (mut book, now) = (StaticPeers::default(), Instant::now());
        book.add(address, false, now).unwrap();
        assert_eq!(book.next_due(), Some(now));
        assert_eq!(book.take_due(now).unwrap().0, peer);
        assert_eq!(book.next_due(), None);
        assert!(book.take_due(now).is_none());
        book.failed(&peer, now, 0);
        assert_eq!(book.next_due(), Some(now + Duration::from_millis(250)));
        assert!(book.take_due(now).is_none());
    }

    #[test]
    fn only_a_connection_that_held_resets_the_pauses() {
        let (peer, address) = address();
        let (mut book, now) = (StaticPeers::default(), Instant::now());
        book.add(address, false, now).unwrap();
        for _ in 0..5 {
            book.connected(&peer, now);
            book.disconnected(&peer, now, 0);
        }
        assert_eq!(book.next_due(), Some(now + Duration::from_secs(4)));
        book.connected(&peer, now);
        let later = now + GOOD_CONNECTION;
        book.disconnected(&peer, later, 0);
        assert_eq!(book.next_due(), Some(later + Duration::from_millis(250)));
    }

    #[test]
    fn peers_and_addresses_are_bounded() {
        let (mut book, now) = (StaticPeers::default(), Instant::now());
        let (peer, first) = address();
        book.add(first, false, now).unwrap();
        for port in 2..50 {
            let address = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{peer}").parse().unwrap();
            book.add(address, false, now).unwrap();
        }
        assert_eq!(book.take_due(now).unwrap().1.len(), MAX_ADDRESSES_PER_STATIC_PEER);
        for _ in 1..MAX_STATIC_PEERS {
            book.add(address().1, false, now).unwrap();
        }
        assert!(matches!(book.add(address().1, false, now), Err(Error::StaticPeers { .. })));
    }

    #[test]
    fn an_address_without_a_peer_is_refused() {
        let bare: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        assert!(matches!(static_peer(&bare), Err(Error::Address { .. })));
    }
}
