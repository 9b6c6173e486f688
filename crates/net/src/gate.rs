//! The door: refuses weak keys, banned peers and dials nobody here asked for, before a connection exists.

use std::{
    collections::HashMap,
    convert::Infallible,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, dummy,
    },
};

use crate::{MAX_BANS, PeerKey, identity};

/// A behaviour that only says no.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    bans: HashMap<PeerKey, Instant>,
    /// The dial being started. Other behaviours dial too, to addresses that peers told them; those are refused, so
    /// that no peer can make this node knock at doors of its choosing.
    ours: Option<ConnectionId>,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("peer is banned")]
    Banned,
    #[error("dial was not asked for")]
    NotOurs,
}

impl Gate {
    /// Announces the dial about to be started, or that none is.
    pub(crate) fn expect_dial(&mut self, id: Option<ConnectionId>) {
        self.ours = id;
    }

    /// Refuses a peer until `span` has passed.
    pub(crate) fn ban(&mut self, peer: PeerKey, span: Duration, now: Instant) {
        self.bans.retain(|_, until| *until > now);
        if self.bans.len() >= MAX_BANS
            && let Some(soonest) = self.bans.iter().min_by_key(|(_, until)| **until).map(|(peer, _)| *peer)
        {
            self.bans.remove(&soonest);
        }
        self.bans.insert(peer, now + span);
    }

    fn admit(&self, peer: &PeerId, now: Instant) -> Result<(), ConnectionDenied> {
        let key = identity::admit(peer).map_err(ConnectionDenied::new)?;
        if self.bans.get(&key).is_some_and(|until| *until > now) {
            return Err(ConnectionDenied::new(Refusal::Banned));
        }
        Ok(())
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if self.ours != Some(id) {
            return Err(ConnectionDenied::new(Refusal::NotOurs));
        }
        peer.map_or(Ok(()), |peer| self.admit(&peer, Instant::now()))?;
        Ok(Vec::new())
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, Instant::now())?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, Instant::now())?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    fn inbound(gate: &mut Gate, peer: PeerId) -> bool {
        let address = Multiaddr::empty();
        let id = ConnectionId::new_unchecked(1);
        gate.handle_established_inbound_connection(id, peer, &address, &address).is_ok()
    }

    fn pending_outbound(gate: &mut Gate, id: usize) -> bool {
        let id = ConnectionId::new_unchecked(id);
        gate.handle_pending_outbound_connection(id, None, &[], Endpoint::Dialer).is_ok()
    }

    #[test]
    fn weak_keys_do_not_get_in() {
        let mut gate = Gate::default();
        let weak = identity::peer_id(&[0; 32]).unwrap();
        assert!(!inbound(&mut gate, weak));
        assert!(inbound(&mut gate, Keypair::generate_ed25519().public().to_peer_id()));
    }

    #[test]
    fn a_ban_ends() {
        let mut gate = Gate::default();
        let peer = Keypair::generate_ed25519().public().to_peer_id();
        let now = Instant::now();
        gate.ban(identity::admit(&peer).unwrap(), Duration::from_secs(5), now);
        assert!(gate.admit(&peer, now + Duration::from_secs(4)).is_err());
        assert!(gate.admit(&peer, now + Duration::from_secs(6)).is_ok());
    }

    #[test]
    fn bans_are_bounded_and_the_first_to_end_makes_room() {
        let mut gate = Gate::default();
        let now = Instant::now();
        for n in 0..=MAX_BANS {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&(n as u64).to_le_bytes());
            gate.ban(key, Duration::from_secs(60 + n as u64), now);
        }
        assert_eq!(gate.bans.len(), MAX_BANS);
        assert!(!gate.bans.contains_key(&[0; 32]));
    }

    #[test]
    fn only_announced_dials_start() {
        let mut gate = Gate::default();
        assert!(!pending_outbound(&mut gate, 7));
        gate.expect_dial(Some(ConnectionId::new_unchecked(7)));
        assert!(pending_outbound(&mut gate, 7));
        assert!(!pending_outbound(&mut gate, 8));
    }
}
