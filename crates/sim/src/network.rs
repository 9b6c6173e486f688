//! Connections between nodes, and what is under way on them.

use std::collections::BTreeMap;

use commonwheel_sync::Topic;

use crate::faults::{Fault, Faults, Weather};
use crate::rng::Rng;

/// Something on its way from one node to another.
#[derive(Clone, Debug)]
pub(crate) enum Packet {
    /// A request, under the asker's name for it.
    Request { id: u64, bytes: Vec<u8> },
    /// A reply, under the asker's name for the request.
    Response { id: u64, bytes: Vec<u8> },
    /// A gossip message; a replayed one is not recognised as seen.
    Gossip { topic: Topic, bytes: Vec<u8>, replayed: bool },
}

/// A request that a node has not answered yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inbound {
    pub(crate) client: usize,
    pub(crate) id: u64,
    pub(crate) generation: u64,
}

/// A gossip message whose worth its receiver has not said yet.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) from: usize,
    pub(crate) topic: Topic,
    pub(crate) bytes: Vec<u8>,
}

/// A connection that may be up; its two ends are in ascending order.
#[derive(Clone, Copy, Debug)]
struct Link {
    up: bool,
    /// Grows with every connection: what was sent on an earlier one never arrives.
    generation: u64,
    /// One way, in milliseconds.
    latency: u64,
    /// Whether what the lower end sends gets lost, and what the higher end sends.
    blocked: [bool; 2],
}

/// All connections.
#[derive(Debug)]
pub(crate) struct Network {
    links: BTreeMap<(usize, usize), Link>,
    inbound: BTreeMap<u64, Inbound>,
    held: BTreeMap<u64, Held>,
    named: u64,
    pub(crate) weather: Weather,
    rng: Rng,
}

const fn ends(a: usize, b: usize) -> (usize, usize) {
    if a < b { (a, b) } else { (b, a) }
}

impl Network {
    pub(crate) const fn new(rng: Rng) -> Self {
        Self {
            links: BTreeMap::new(),
            inbound: BTreeMap::new(),
            held: BTreeMap::new(),
            named: 0,
            weather: Weather::CALM,
            rng,
        }
    }

    pub(crate) fn lay(&mut self, a: usize, b: usize) {
        let latency = self.rng.between(1, 60);
        self.links.insert(ends(a, b), Link { up: false, generation: 0, latency, blocked: [false; 2] });
    }

    /// Returns every connection that may be up.
    pub(crate) fn laid(&self) -> Vec<(usize, usize)> {
        self.links.keys().copied().collect()
    }

    pub(crate) fn are_laid(&self, a: usize, b: usize) -> bool {
        self.links.contains_key(&ends(a, b))
    }

    pub(crate) fn is_up(&self, a: usize, b: usize) -> bool {
        self.links.get(&ends(a, b)).is_some_and(|link| link.up)
    }

    pub(crate) fn neighbours(&self, node: usize) -> Vec<usize> {
        let other = |(a, b): (usize, usize)| if a == node { Some(b) } else { (b == node).then_some(a) };
        self.links.iter().filter(|(_, link)| link.up).filter_map(|(ends, _)| other(*ends)).collect()
    }

    /// Sets a connection up or down; says whether that was a change.
    pub(crate) fn set_up(&mut self, a: usize, b: usize, up: bool) -> bool {
        let Some(link) = self.links.get_mut(&ends(a, b)) else { return false };
        let changed = link.up != up;
        link.up = up;
        link.generation += u64::from(changed && up);
        changed
    }

    /// Loses, or no longer, whatever `from` sends to `to`.
    pub(crate) fn block(&mut self, from: usize, to: usize, blocked: bool) {
        if let Some(link) = self.links.get_mut(&ends(from, to)) {
            link.blocked[usize::from(from > to)] = blocked;
        }
    }

    pub(crate) fn generation(&self, a: usize, b: usize) -> u64 {
        self.links.get(&ends(a, b)).map_or(0, |link| link.generation)
    }

    /// Says whether something sent under a generation still arrives.
    pub(crate) fn arrives(&self, from: usize, to: usize, generation: u64) -> bool {
        self.links.get(&ends(from, to)).is_some_and(|link| {
            link.up && link.generation == generation && !link.blocked[usize::from(from > to)]
        })
    }

    /// Draws when the copies of a message arrive, in milliseconds from now; none if it is lost.
    pub(crate) fn fates(&mut self, from: usize, to: usize, faults: &mut Faults) -> Vec<u64> {
        let latency = self.links.get(&ends(from, to)).map_or(1, |link| link.latency);
        let weather = self.weather;
        if self.rng.chance(weather.loss) {
            faults.count(Fault::Loss);
            return Vec::new();
        }
        let mut fates = vec![latency + self.rng.below(3)];
        if self.rng.chance(weather.delay) {
            faults.count(Fault::Delay);
            fates[0] += self.rng.between(1_000, 8_000);
        } else if self.rng.chance(weather.reorder) {
            faults.count(Fault::Reorder);
            fates[0] += self.rng.between(10, 400);
        }
        if self.rng.chance(weather.duplication) {
            faults.count(Fault::Duplication);
            fates.push(latency + self.rng.between(0, 2_000));
        }
        fates
    }

    /// Draws how long the transport takes to hand over a reply, in milliseconds.
    pub(crate) fn drain(&mut self, faults: &mut Faults) -> u64 {
        if self.rng.chance(self.weather.slow_drain) {
            faults.count(Fault::SlowDrain);
            return self.rng.between(500, 6_000);
        }
        self.rng.between(1, 20)
    }

    /// Names a request that arrived.
    pub(crate) fn arrived(&mut self, inbound: Inbound) -> u64 {
        self.named += 1;
        self.inbound.insert(self.named, inbound);
        self.named
    }

    /// Returns a request by its name, once.
    pub(crate) fn answered(&mut self, request: u64) -> Option<Inbound> {
        self.inbound.remove(&request)
    }

    /// Names a gossip message that arrived.
    pub(crate) fn hold(&mut self, held: Held) -> u64 {
        self.named += 1;
        self.held.insert(self.named, held);
        self.named
    }

    /// Returns a gossip message by its name, once.
    pub(crate) fn judged(&mut self, message: u64) -> Option<Held> {
        self.held.remove(&message)
    }
}
