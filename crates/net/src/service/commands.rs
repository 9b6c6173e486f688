//! Carrying out what the caller wants.

use std::time::{Duration, Instant};

use libp2p::gossipsub::{MessageAcceptance, PublishError};

use super::Service;
use crate::{
    Command, Event, GossipId, PeerKey, RequestFailure, RequestId, Topic, Verdict, gossip, identity,
    outbound::Submitted,
};

impl Service {
    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::Request { peer, id, bytes } => self.request(peer, id, bytes),
            Command::Respond { id, bytes } => self.respond(id, bytes),
            Command::Publish { topic, bytes } => self.publish(topic, bytes),
            Command::Validate { id, from, verdict } => self.validate(id, &from, verdict),
            Command::Dial(address) => self.dial_once(address),
            Command::AddStatic(address) => self.add_static_or_tell(address),
            Command::Disconnect { peer } => self.disconnect(&peer),
            Command::Ban { peer, seconds } => self.ban(peer, seconds),
            Command::Shutdown => unreachable!("the loop ends on it before it gets here"),
        }
    }

    fn request(&mut self, peer: PeerKey, id: u64, bytes: Vec<u8>) {
        if self.links.peer_id(&peer).is_none() {
            return self.tell(Event::RequestFailed { peer, id, why: RequestFailure::NotConnected });
        }
        match self.outbound.submit(peer, id, bytes) {
            Submitted::Send(bytes) => self.put_on_wire(peer, id, bytes),
            Submitted::Waiting => {}
            Submitted::Full => self.tell(Event::RequestFailed { peer, id, why: RequestFailure::Busy }),
        }
    }

    pub(super) fn put_on_wire(&mut self, peer: PeerKey, id: u64, bytes: Vec<u8>) {
        let Some(peer_id) = self.links.peer_id(&peer) else {
            return self.tell(Event::RequestFailed { peer, id, why: RequestFailure::NotConnected });
        };
        let wire = self.swarm.behaviour_mut().sync.send_request(&peer_id, bytes);
        self.outbound.sent(peer, wire, id);
    }

    fn respond(&mut self, id: RequestId, bytes: Vec<u8>) {
        // A request that is over has been reported as failed; so will one whose channel closed just now.
        let Some(channel) = self.inbound.answer(id) else { return };
        if self.swarm.behaviour_mut().sync.send_response(channel, bytes).is_err() {
            tracing::debug!(request = id.0, "answer came after the request had ended");
        }
    }

    fn publish(&mut self, topic: Topic, bytes: Vec<u8>) {
        let hash = self.topics.hash(topic);
        match self.swarm.behaviour_mut().gossip.publish(hash, bytes) {
            // Gossip is a hint: nobody to hear it, or everybody told, is no failure.
            Ok(_) | Err(PublishError::NoPeersSubscribedToTopic | PublishError::Duplicate) => {}
            Err(error) => tracing::debug!(?topic, %error, "gossip was not published"),
        }
    }

    fn validate(&mut self, id: GossipId, from: &PeerKey, verdict: Verdict) {
        // A peer that has left since can still be blamed.
        let Some(from) = self.links.peer_id(from).or_else(|| identity::peer_id(from)) else { return };
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Ignore => MessageAcceptance::Ignore,
            Verdict::Reject => MessageAcceptance::Reject,
        };
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        if !gossip.report_message_validation_result(&gossip::message_id(id), &from, acceptance) {
            tracing::debug!("verdict came after the message was forgotten");
        }
    }

    fn disconnect(&mut self, peer: &PeerKey) {
        if let Some(peer) = self.links.peer_id(peer) {
            // The only failure is that the peer has no connection left.
            self.swarm.disconnect_peer_id(peer).ok();
        }
    }

    fn ban(&mut self, peer: PeerKey, seconds: u32) {
        let span = Duration::from_secs(u64::from(seconds));
        self.swarm.behaviour_mut().gate.ban(peer, span, Instant::now());
        self.disconnect(&peer);
    }
}
