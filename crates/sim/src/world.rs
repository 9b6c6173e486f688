//! The world: nodes, what is between them, and what happens next.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::Slots;
use commonwheel_ledger::store::StoreError;
use commonwheel_record::{NetworkId, PublicKey, RecordId};
use commonwheel_sync::wire::BodyRequest;
use commonwheel_sync::{Input, Output, Sync, Verdict};

use crate::byzantine::Liar;
use crate::campaign::{Act, Campaign};
use crate::cast::{Cast, Words};
use crate::checkers::{Checkers, Moment};
use crate::collective::{Collective, NewFeed};
use crate::deeds::{Deed, Deeds};
use crate::faults::{Fault, Faults};
use crate::log;
use crate::mutant::Mutant;
use crate::network::{Network, Packet};
use crate::node::Node;
use crate::queue::Queue;
use crate::report::Options;
use crate::rng::Rng;
use crate::transport::content_id;
use crate::truth::Truth;

/// When every run begins, in milliseconds since 1970.
const EPOCH: u64 = 1_790_000_000_000;
/// When the next month begins: 2026-10-01 00:00 UTC.
const NEW_MONTH: u64 = 1_790_812_800_000;
/// How far clocks leap at most, in days.
const MAX_LEAP: u64 = 40;
/// Steps after which a run is taken to spin.
const MAX_STEPS: u64 = 400_000;

/// What happens at some time.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A message arrives.
    Deliver { from: usize, to: usize, generation: u64, packet: Packet },
    /// The transport gives a request up.
    Failed { node: usize, starts: u64, peer: PublicKey, id: u64 },
    /// The transport has handed a reply over.
    Sent { node: usize, starts: u64, peer: PublicKey, id: u64 },
    /// A node wanted to be woken.
    Wake { node: usize },
    /// Two nodes connect.
    Connect { a: usize, b: usize },
    /// What some nodes send to others is no longer lost.
    Heal { across: Vec<(usize, usize)> },
    /// A node that heard only liars hears others again.
    Dawn,
    /// A node starts.
    Start { node: usize },
    /// People do something.
    Work,
    /// A ballot goes on.
    Campaign { number: usize, act: Act, tries: u32 },
    /// All clocks leap, as if everybody had slept for days.
    Leap,
    /// People look what may be erased by now.
    Tidy,
    /// Something breaks.
    Chaos,
    /// A liar acts.
    Attack { node: usize },
    /// Faults end.
    Calm,
    /// Look whether all have converged.
    Look,
}

/// A run in progress.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) network_id: NetworkId,
    pub(crate) queue: Queue<Event>,
    pub(crate) net: Network,
    pub(crate) words: Words,
    pub(crate) collectives: Vec<Collective>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) campaigns: Vec<Campaign>,
    pub(crate) truth: Truth,
    pub(crate) checkers: Checkers,
    pub(crate) deeds: Deeds,
    pub(crate) faults: Faults,
    pub(crate) liar: Liar,
    /// Requests for bodies, for those who answer them in their own way.
    pub(crate) body_requests: BTreeMap<u64, BodyRequest>,
    /// Requests for headers of control feeds, for those who do not answer them.
    pub(crate) control_requests: BTreeSet<u64>,
    /// A node that hears only liars.
    pub(crate) eclipsed: Option<usize>,
    /// Queues of rate limits as nodes with a deliberate bug remember them.
    pub(crate) kept_slots: BTreeMap<(usize, RecordId), Slots>,
    pub(crate) rng: Rng,
    /// How far all clocks are ahead of the queue's, in milliseconds.
    pub(crate) ahead: u64,
    pub(crate) calm: bool,
    pub(crate) done: bool,
    pub(crate) steps: u64,
    pub(crate) trace: blake3::Hasher,
}

impl World {
    pub(crate) fn new(seed: u64, options: Options) -> Self {
        let mut rng = Rng::new(seed);
        let network_id = NetworkId::named("commonwheel-sim");
        let cast = Cast::draw(&mut rng.split(), network_id, options.mutant);
        let mut net = Network::new(rng.split());
        cast.links.iter().for_each(|(a, b)| net.lay(*a, *b));
        let mut world = Self {
            options,
            network_id,
            queue: Queue::new(EPOCH),
            net,
            words: cast.words,
            collectives: cast.collectives,
            checkers: Checkers::new(cast.nodes.len()),
            nodes: cast.nodes,
            campaigns: Vec::new(),
            truth: Truth::new(network_id),
            deeds: Deeds::default(),
            faults: Faults::default(),
            liar: Liar::new(rng.split()),
            body_requests: BTreeMap::new(),
            control_requests: BTreeSet::new(),
            eclipsed: None,
            kept_slots: BTreeMap::new(),
            rng,
            ahead: 0,
            calm: false,
            done: false,
            steps: 0,
            trace: blake3::Hasher::new(),
        };
        world.set_clocks();
        (0..world.nodes.len()).for_each(|node| world.start(node));
        world.found(cast.feeds);
        world.connect_all();
        world
    }

    fn set_clocks(&mut self) {
        if self.rng.chance(400) {
            // Soon a month is over.
            self.ahead = NEW_MONTH - EPOCH - self.rng.between(10_000, 100_000);
        }
        for node in &mut self.nodes {
            if self.rng.chance(150) {
                self.faults.count(Fault::ClockSkew);
                node.skew = self.rng.between(1_000, 900_000);
            }
        }
    }

    fn found(&mut self, feeds: Vec<NewFeed>) {
        for feed in feeds {
            self.create_feed(feed);
        }
    }

    fn connect_all(&mut self) {
        for (a, b) in self.net.laid() {
            let delay = self.rng.below(500);
            self.queue.after(delay, Event::Connect { a, b });
        }
    }

    pub(crate) const fn now(&self) -> u64 {
        self.queue.now()
    }

    /// What a clock that is right shows, in milliseconds since 1970.
    pub(crate) const fn time(&self) -> u64 {
        self.now() + self.ahead
    }

    /// A node's own clock, in milliseconds since 1970.
    pub(crate) fn clock(&self, node: usize) -> u64 {
        self.time() + self.nodes[node].skew
    }

    fn leap(&mut self) {
        self.ahead += self.rng.between(1, MAX_LEAP) * 86_400_000;
        self.deeds.count(Deed::Leap);
        for node in 0..self.nodes.len() {
            self.step(node, Input::Wake);
        }
        self.queue.after(12_000, Event::Tidy);
    }

    /// Lets everything happen, until the run is done.
    pub(crate) fn pump(&mut self) {
        while !self.done
            && let Some(event) = self.queue.pop()
        {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                self.checkers.report("I9", self.queue.now(), "the run spins".to_owned());
                return;
            }
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, generation, packet } => self.deliver(from, to, generation, packet),
            Event::Failed { node, starts, peer, id } => {
                if self.nodes[node].starts == starts {
                    self.step(node, Input::RequestFailed { peer, id });
                }
            }
            Event::Sent { node, starts, peer, id } => {
                if self.nodes[node].starts == starts {
                    self.step(node, Input::ResponseSent { peer, id });
                }
            }
            Event::Wake { node } => self.wake(node),
            Event::Connect { a, b } => self.connect(a, b),
            Event::Heal { across } => across.iter().for_each(|(from, to)| self.net.block(*from, *to, false)),
            Event::Dawn => self.eclipsed = None,
            Event::Start { node } => self.restart(node),
            Event::Work => self.work(),
            Event::Campaign { number, act, tries } => self.campaign(number, act, tries),
            Event::Leap => self.leap(),
            Event::Tidy => (0..self.collectives.len()).for_each(|of| self.erase(of)),
            Event::Chaos => self.chaos(),
            Event::Attack { node } => self.attack(node),
            Event::Calm => self.calm(),
            Event::Look => self.look(),
        }
    }

    fn wake(&mut self, node: usize) {
        let now = self.now();
        if self.nodes[node].wake_at == Some(now) {
            self.nodes[node].wake_at = None;
            self.step(node, Input::Wake);
        }
    }

    /// Hands a node its input, makes it durable, and lets what comes out leave.
    pub(crate) fn step(&mut self, node: usize, input: Input) {
        let clock = self.clock(node);
        let Some(process) = self.nodes[node].process.as_mut() else { return };
        trace(&mut self.trace, self.queue.now(), node, &input);
        if self.options.log {
            log::input(self.queue.now() - EPOCH, node, &input);
        }
        let garbage = self.options.mutant == Some(Mutant::StopsAtGarbage) && is_garbage(&input);
        let handled = if garbage {
            Err(StoreError::Refused("garbage"))
        } else {
            process.handle(clock, input).and_then(|()| process.commit())
        };
        self.settle(node, handled);
    }

    /// After something that wrote: lets what comes out leave, or the node die.
    pub(crate) fn settle(&mut self, node: usize, handled: Result<(), StoreError>) {
        let blown = self.nodes[node].disk().is_some_and(crate::disk::Disk::is_blown);
        if blown {
            self.crash(node, Fault::PowerLoss);
            return;
        }
        if let Err(error) = handled {
            let what = format!("node {node} stopped without a fault of its disk: {error}");
            self.checkers.report("I9", self.queue.now(), what);
            self.crash(node, Fault::Kill);
            return;
        }
        self.committed(node);
        if self.options.mutant == Some(Mutant::KeepsSlots) && self.nodes[node].honest {
            self.keep_slots(node);
        }
        if std::mem::take(&mut self.nodes[node].doomed) {
            self.crash(node, Fault::Kill);
            return;
        }
        self.drain(node);
    }

    /// Everything so far is durable at a node: those who look from outside may look.
    fn committed(&mut self, node: usize) {
        let Some(disk) = self.nodes[node].disk() else { return };
        self.truth.read(node, disk.raw());
        if self.nodes[node].honest {
            let (now, clock) =
                (self.queue.now(), (self.queue.now() + self.ahead + self.nodes[node].skew) / 1000);
            self.checkers.committed(&Moment { node, now, clock, store: disk.raw() }, &self.truth);
        }
    }

    fn drain(&mut self, node: usize) {
        let mut outputs = Vec::new();
        if let Some(process) = self.nodes[node].process.as_mut() {
            outputs.extend(std::iter::from_fn(|| process.poll_output()));
        }
        for output in outputs {
            let output = match &self.nodes[node] {
                of if of.lies => self.lie(node, output),
                of if of.pretends => Some(self.pretend(node, output)),
                _ => Some(output),
            };
            if let Some(output) = output {
                self.act(node, output);
            }
        }
        self.schedule_wake(node);
    }

    fn schedule_wake(&mut self, node: usize) {
        let skew = self.nodes[node].skew + self.ahead;
        let Some(at) = self.nodes[node].process.as_ref().and_then(Sync::next_wake) else { return };
        // A node that wants to be woken at once is woken a millisecond later, so that time passes.
        let at = at.saturating_sub(skew).max(self.now() + 1);
        if self.nodes[node].wake_at.is_none_or(|wake| at < wake) {
            self.nodes[node].wake_at = Some(at);
            self.queue.at(at, Event::Wake { node });
        }
    }

    pub(crate) fn act(&mut self, node: usize, output: Output) {
        let Some(output) = self.mutate(node, output) else { return };
        if self.nodes[node].honest {
            self.observe(node, &output);
        }
        if self.options.log {
            log::output(self.queue.now() - EPOCH, node, &output);
        }
        match output {
            Output::Request { peer, id, bytes } => self.send_request(node, peer, id, bytes),
            Output::Respond { peer, id, bytes } => self.send_response(node, peer, id, bytes),
            Output::Publish { topic, bytes } => {
                self.nodes[node].seen.insert(content_id(topic, &bytes));
                self.spread(node, None, topic, &bytes, false);
            }
            Output::Validate { id, verdict, .. } => {
                let Some(held) = self.net.judged(id) else { return };
                if verdict == Verdict::Accept {
                    self.spread(node, Some(held.from), held.topic, &held.bytes, false);
                }
            }
            Output::Disconnect { peer, .. } => {
                if let Some(other) = self.neighbour(node, &peer) {
                    self.disconnect(node, other);
                    let delay = self.rng.between(1_000, 10_000);
                    self.queue.after(delay, Event::Connect { a: node, b: other });
                }
            }
            Output::Event(_) => {}
        }
    }

    fn observe(&mut self, node: usize, output: &Output) {
        let clock = self.clock(node);
        let Self { checkers, truth, nodes, queue, .. } = self;
        checkers.leaves(&crate::checkers::Leaving {
            node,
            server: &nodes[node].me,
            now: queue.now(),
            clock: clock / 1000,
            output,
            truth,
        });
    }
}

fn is_garbage(input: &Input) -> bool {
    use commonwheel_sync::wire::{Request, decode};
    matches!(input, Input::Request { bytes, .. } if decode::<Request>(bytes).is_err())
}

fn trace(trace: &mut blake3::Hasher, now: u64, node: usize, input: &Input) {
    let (kind, id, bytes): (u8, u64, &[u8]) = match input {
        Input::Connected { .. } => (0, 0, &[]),
        Input::Disconnected { .. } => (1, 0, &[]),
        Input::Request { id, bytes, .. } => (2, *id, bytes),
        Input::Response { id, bytes, .. } => (3, *id, bytes),
        Input::RequestFailed { id, .. } => (4, *id, &[]),
        Input::ResponseSent { id, .. } => (5, *id, &[]),
        Input::Gossip { id, bytes, .. } => (6, *id, bytes),
        Input::Wake => (7, 0, &[]),
    };
    trace.update(&now.to_be_bytes());
    trace.update(&[kind, u8::try_from(node).unwrap_or(u8::MAX)]);
    trace.update(&id.to_be_bytes());
    trace.update(bytes);
}
