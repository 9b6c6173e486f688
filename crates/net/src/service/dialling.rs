//! Starting dials and saying what became of them.

use std::time::Instant;

use libp2p::{
    Multiaddr, PeerId,
    core::transport::TransportError,
    swarm::{
        ConnectionId, DialError,
        dial_opts::{DialOpts, PeerCondition},
    },
};

use super::{Service, Target};
use crate::{DialFailure, Error, Event, identity};

/// Addresses of one failed dial that a failure names.
const MAX_CAUSES: usize = 4;

impl Service {
    pub(super) fn add_static(&mut self, address: Multiaddr) -> Result<(), Error> {
        let now = Instant::now();
        let connected = identity::peer_of(&address).is_some_and(|peer| self.links.peer_id(&peer).is_some());
        let peer = self.statics.add(address, connected, now)?;
        self.audience.add_partner(&mut self.swarm.behaviour_mut().gossip, &peer);
        Ok(())
    }

    pub(super) fn add_static_or_tell(&mut self, address: Multiaddr) {
        if let Err(error) = self.add_static(address.clone()) {
            let peer = identity::peer_of(&address);
            self.tell(Event::DialFailed {
                peer,
                address: Some(address),
                why: DialFailure::Denied(error.to_string()),
            });
        }
    }

    pub(super) fn dial_due(&mut self, now: Instant) {
        while let Some((peer, addresses)) = self.statics.take_due(now) {
            let opts = DialOpts::peer_id(peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses)
                .allocate_new_port()
                .build();
            self.start_dial(opts, Target::Static(peer));
        }
    }

    pub(super) fn dial_once(&mut self, address: Multiaddr) {
        let opts = match identity::peer_id_of(&address) {
            Some(peer) => DialOpts::peer_id(peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(vec![address.clone()])
                .allocate_new_port()
                .build(),
            None => DialOpts::unknown_peer_id().address(address.clone()).allocate_new_port().build(),
        };
        self.start_dial(opts, Target::Once(address));
    }

    fn start_dial(&mut self, opts: DialOpts, target: Target) {
        let id = opts.connection_id();
        self.swarm.behaviour_mut().gate.expect_dial(Some(id));
        let started = self.swarm.dial(opts);
        self.swarm.behaviour_mut().gate.expect_dial(None);
        match started {
            Ok(()) => {
                self.dials.insert(id, target);
            }
            Err(error) => self.dial_failed(Some(target), None, &error),
        }
    }

    pub(super) fn on_dial_error(&mut self, id: ConnectionId, peer: Option<PeerId>, error: &DialError) {
        let target = self.dials.remove(&id);
        self.dial_failed(target, peer, error);
    }

    fn dial_failed(&mut self, target: Option<Target>, peer: Option<PeerId>, error: &DialError) {
        let (peer, address) = match target {
            Some(Target::Static(peer)) => {
                self.statics.failed(&peer, Instant::now(), jitter());
                (Some(peer), None)
            }
            Some(Target::Once(address)) => (identity::peer_id_of(&address).or(peer), Some(address)),
            None => (peer, None),
        };
        let peer = peer.and_then(|peer| identity::admit(&peer).ok());
        self.tell(Event::DialFailed { peer, address, why: dial_failure(error) });
    }
}

/// Randomness for spreading redials; without it they are merely less spread.
pub(super) fn jitter() -> u32 {
    getrandom::u32().unwrap_or(0)
}

fn dial_failure(error: &DialError) -> DialFailure {
    match error {
        DialError::DialPeerConditionFalse(_) => DialFailure::Already,
        DialError::LocalPeerId { .. } => DialFailure::Own,
        // An address we listen on is left out before the dial starts.
        DialError::NoAddresses => DialFailure::Own,
        DialError::WrongPeerId { .. } => DialFailure::WrongPeer,
        DialError::Denied { cause } => DialFailure::Denied(cause.to_string()),
        DialError::Aborted => DialFailure::Unreachable("aborted".to_owned()),
        DialError::Transport(causes) => transport_failure(causes),
    }
}

fn transport_failure(causes: &[(Multiaddr, TransportError<std::io::Error>)]) -> DialFailure {
    let unknown = |cause: &TransportError<_>| matches!(cause, TransportError::MultiaddrNotSupported(_));
    if causes.iter().all(|(_, cause)| unknown(cause)) {
        return DialFailure::Address;
    }
    let causes: Vec<String> = causes
        .iter()
        .take(MAX_CAUSES)
        .map(|(address, cause)| format!("{address}: {}", root(cause)))
        .collect();
    DialFailure::Unreachable(causes.join("; "))
}

/// Returns the innermost cause; the layers above it only say that a transport failed.
pub(super) fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
