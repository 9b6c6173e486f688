//! Turning what the swarm reports into what the caller needs to know.

use std::{io, time::Instant};

use libp2p::{
    PeerId, gossipsub, identify, ping,
    request_response::{self, Message, OutboundFailure},
    swarm::{ConnectionId, SwarmEvent},
};

use super::{Service, dialling::jitter};
use crate::{
    Error, Event, PeerKey, RequestFailure,
    behaviour::BehaviourEvent,
    gossip, identity,
    links::{Link, Opened},
};

type SyncEvent = request_response::Event<Vec<u8>, Vec<u8>>;

impl Service {
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) -> Result<(), Error> {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_opened(peer_id, connection_id, endpoint.is_dialer());
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                tracing::debug!(peer = %peer_id, cause = ?cause, "connection closed");
                self.on_closed(&peer_id, connection_id);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                self.on_dial_error(connection_id, peer_id, &error);
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "inbound connection refused");
            }
            SwarmEvent::NewListenAddr { address, .. } => self.tell(Event::Listening(address)),
            SwarmEvent::ListenerClosed { reason: Err(error), .. } => {
                return Err(Error::ListenerEnded(error.to_string()));
            }
            SwarmEvent::ListenerError { error, .. } => tracing::debug!(%error, "listener failed once"),
            _ => {}
        }
        Ok(())
    }

    fn on_opened(&mut self, peer_id: PeerId, id: ConnectionId, outbound: bool) {
        self.dials.remove(&id);
        // The gate let only admissible keys through.
        let Ok(peer) = identity::admit(&peer_id) else { return };
        let now = Instant::now();
        self.statics.connected(&peer_id, now);
        match self.links.open(peer, peer_id, Link { id, outbound, since: now }) {
            Opened::First => {
                self.audience.connected(&mut self.swarm.behaviour_mut().gossip, &peer_id);
                self.tell(Event::Connected { peer, outbound });
            }
            Opened::Again(stale) => stale.into_iter().for_each(|id| {
                self.swarm.close_connection(id);
            }),
        }
    }

    fn on_closed(&mut self, peer_id: &PeerId, id: ConnectionId) {
        let Some(peer) = self.links.key(peer_id) else { return };
        if !self.links.close(&peer, id) {
            return;
        }
        // What libp2p will still say about these requests finds no entry and is passed over.
        for id in self.inbound.drop_peer(&peer) {
            self.tell(Event::ResponseFailed { peer, id });
        }
        for id in self.outbound.drop_peer(&peer) {
            self.tell(Event::RequestFailed { peer, id, why: RequestFailure::Disconnected });
        }
        self.tell(Event::Disconnected { peer });
        self.audience.disconnected(&mut self.swarm.behaviour_mut().gossip, peer_id);
        self.statics.disconnected(peer_id, Instant::now(), jitter());
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Sync(event) => self.on_sync_event(event),
            BehaviourEvent::Gossip(gossipsub::Event::Message { propagation_source, message_id, message }) => {
                self.on_gossip(&propagation_source, &message_id, message);
            }
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                self.on_identified(peer_id, &info);
            }
            BehaviourEvent::Ping(ping::Event { connection, result: Err(ping::Failure::Timeout), peer }) => {
                tracing::debug!(%peer, "peer does not answer pings; closing the connection");
                self.swarm.close_connection(connection);
            }
            _ => {}
        }
    }

    /// A node of another network has nothing to say here and would only take a place.
    fn on_identified(&mut self, peer: PeerId, info: &identify::Info) {
        if info.protocol_version != self.protocol_version {
            tracing::debug!(%peer, "peer is of another network; closing its connections");
            self.swarm.disconnect_peer_id(peer).ok();
        }
    }

    fn on_gossip(&mut self, from: &PeerId, id: &gossipsub::MessageId, message: gossipsub::Message) {
        let (Some(from), Some(id), Some(topic)) =
            (self.links.key(from), gossip::gossip_id(id), self.topics.topic(&message.topic))
        else {
            return;
        };
        self.tell(Event::Gossip { topic, from, id, bytes: message.data });
    }

    fn on_sync_event(&mut self, event: SyncEvent) {
        match event {
            SyncEvent::Message { peer, message, .. } => {
                let Some(peer) = self.links.key(&peer) else { return };
                self.on_message(peer, message);
            }
            SyncEvent::OutboundFailure { peer, request_id, error, .. } => {
                let Some(peer) = self.links.key(&peer) else { return };
                if let Some(id) = self.outbound.finish(&peer, &request_id) {
                    tracing::debug!(%error, "request failed");
                    self.tell(Event::RequestFailed { peer, id, why: request_failure(&error) });
                    self.send_next(peer);
                }
            }
            SyncEvent::InboundFailure { peer, request_id, error, .. } => {
                let Some(peer) = self.links.key(&peer) else { return };
                if let Some(id) = self.inbound.finish(&request_id) {
                    tracing::debug!(%error, "response failed");
                    self.tell(Event::ResponseFailed { peer, id });
                }
            }
            SyncEvent::ResponseSent { peer, request_id, .. } => {
                let Some(peer) = self.links.key(&peer) else { return };
                if let Some(id) = self.inbound.finish(&request_id) {
                    self.tell(Event::ResponseSent { peer, id });
                }
            }
        }
    }

    fn on_message(&mut self, peer: PeerKey, message: Message<Vec<u8>, Vec<u8>>) {
        match message {
            Message::Request { request_id, request, channel } => {
                match self.inbound.arrive(peer, request_id, channel) {
                    Some(id) => self.tell(Event::Request { peer, id, bytes: request }),
                    None => tracing::debug!("request dropped: too many wait for an answer"),
                }
            }
            Message::Response { request_id, response } => {
                if let Some(id) = self.outbound.finish(&peer, &request_id) {
                    self.tell(Event::Response { peer, id, bytes: response });
                    self.send_next(peer);
                }
            }
        }
    }

    fn send_next(&mut self, peer: PeerKey) {
        if let Some((id, bytes)) = self.outbound.next(&peer) {
            self.put_on_wire(peer, id, bytes);
        }
    }
}

fn request_failure(error: &OutboundFailure) -> RequestFailure {
    match error {
        OutboundFailure::DialFailure => RequestFailure::NotConnected,
        OutboundFailure::Timeout => RequestFailure::Timeout,
        OutboundFailure::ConnectionClosed => RequestFailure::Disconnected,
        OutboundFailure::UnsupportedProtocols => RequestFailure::Unsupported,
        OutboundFailure::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut => RequestFailure::Timeout,
            io::ErrorKind::InvalidData => RequestFailure::Malformed,
            io::ErrorKind::UnexpectedEof => RequestFailure::Dropped,
            _ => RequestFailure::Stream,
        },
    }
}
