//! The transport between nodes: requests with replies, gossip to neighbours, and what becomes of both.

use commonwheel_record::{Hash, PublicKey};
use commonwheel_sync::{Input, Topic};

use crate::network::{Held, Inbound, Packet};
use crate::world::{Event, World};

impl World {
    /// Something arrives, if its connection is still there.
    pub(crate) fn deliver(&mut self, from: usize, to: usize, generation: u64, packet: Packet) {
        if !self.net.arrives(from, to, generation) || !self.nodes[to].is_up() {
            return;
        }
        let peer = self.nodes[from].me;
        match packet {
            Packet::Request { id, bytes } => {
                let id = self.net.arrived(Inbound { client: from, id, generation });
                self.checkers.asked(to, id, &bytes);
                self.remember_asked(id, &bytes);
                self.step(to, Input::Request { peer, id, bytes });
            }
            Packet::Response { id, bytes } => self.step(to, Input::Response { peer, id, bytes }),
            Packet::Gossip { topic, bytes, replayed } => {
                if self.nodes[to].seen.insert(content_id(topic, &bytes)) || replayed {
                    self.liar.overhear(topic, &bytes);
                    let id = self.net.hold(Held { from, topic, bytes: bytes.clone() });
                    self.step(to, Input::Gossip { topic, from: peer, id, bytes });
                }
            }
        }
    }

    /// Returns the node that a key stands for on a node's connections.
    pub(crate) fn neighbour(&self, node: usize, key: &PublicKey) -> Option<usize> {
        self.net.neighbours(node).into_iter().find(|other| self.nodes[*other].me == *key)
    }

    pub(crate) fn send_request(&mut self, node: usize, peer: PublicKey, id: u64, bytes: Vec<u8>) {
        let starts = self.nodes[node].starts;
        let Some(to) = self.neighbour(node, &peer) else {
            self.queue.after(1, Event::Failed { node, starts, peer, id });
            return;
        };
        let generation = self.net.generation(node, to);
        let fates = self.net.fates(node, to, &mut self.faults);
        if fates.is_empty() && self.rng.chance(500) {
            // Half of the time the transport notices; otherwise the protocol's own deadline must.
            let delay = self.rng.between(100, 12_000);
            self.queue.after(delay, Event::Failed { node, starts, peer, id });
        }
        for delay in fates {
            let packet = Packet::Request { id, bytes: bytes.clone() };
            self.queue.after(delay, Event::Deliver { from: node, to, generation, packet });
        }
    }

    pub(crate) fn send_response(&mut self, node: usize, peer: PublicKey, request: u64, bytes: Vec<u8>) {
        let drained = self.net.drain(&mut self.faults);
        let starts = self.nodes[node].starts;
        self.queue.after(drained, Event::Sent { node, starts, peer, id: request });
        let Some(inbound) = self.net.answered(request) else { return };
        for delay in self.net.fates(node, inbound.client, &mut self.faults) {
            let packet = Packet::Response { id: inbound.id, bytes: bytes.clone() };
            let (to, generation) = (inbound.client, inbound.generation);
            self.queue.after(drained + delay, Event::Deliver { from: node, to, generation, packet });
        }
    }

    /// Gossips to every neighbour but the one it came from.
    pub(crate) fn spread(
        &mut self,
        node: usize,
        but: Option<usize>,
        topic: Topic,
        bytes: &[u8],
        replayed: bool,
    ) {
        for to in self.net.neighbours(node).into_iter().filter(|to| Some(*to) != but) {
            if topic == Topic::Ctl && self.keeps_from(node, to) {
                continue;
            }
            let generation = self.net.generation(node, to);
            for delay in self.net.fates(node, to, &mut self.faults) {
                let packet = Packet::Gossip { topic, bytes: bytes.to_vec(), replayed };
                self.queue.after(delay, Event::Deliver { from: node, to, generation, packet });
            }
        }
    }
}

/// Names a gossip message by what it says.
pub(crate) fn content_id(topic: Topic, bytes: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(topic == Topic::Ctl)]);
    hasher.update(bytes);
    Hash(*hasher.finalize().as_bytes())
}
