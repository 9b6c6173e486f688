//! Two nodes in memory and the network between them, which counts what one of them asks.

use std::collections::VecDeque;

use commonwheel_ledger::mem::{MemGuard, MemStore};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::manifest::Manifest;
use commonwheel_record::{PublicKey, SecretKey, terms};
use commonwheel_sync::limits::SYNC_INTERVAL;
use commonwheel_sync::{Config, Input, NewRecord, Output, Selection, Sync};

use super::feeds::Federation;
use super::traffic::Traffic;
use crate::Failure;
use crate::coop::network;

const SERVER: usize = 0;
const ASKER: usize = 1;
/// Inputs after which two nodes that still talk will never stop.
const MAX_INPUTS: usize = 10_000_000;

struct Node {
    key: PublicKey,
    sync: Sync<MemStore>,
}

/// The two nodes.
pub(super) struct Pair {
    now: u64,
    nodes: [Node; 2],
    guard: MemGuard,
    writer: SecretKey,
    /// Leaves appended after the nodes had met.
    fresh: Vec<Vec<u8>>,
    queue: VecDeque<(usize, Input)>,
    traffic: Traffic,
}

impl Pair {
    /// Makes a server that holds a leaf of every feed, and an asker that lacks the second leaf of one.
    pub(super) fn new(federation: &mut Federation) -> Result<Self, Failure> {
        let now = 1_800_000_000_000;
        let mut guard = MemGuard::default();
        let writer = federation.writer.clone();
        let mut server = node(now, 1, federation, MemStore::default())?;
        for member in &federation.members {
            let control = &member.founding.manifest;
            server.sync.create_feed(control, member.founding.collective)?;
            let records = member.leaves.iter().cloned().map(bare).collect();
            server.sync.append(now, &mut guard, &writer, &control.id(), records)?;
        }
        let feeds: Vec<Manifest> = federation.feeds().cloned().collect();
        for feed in &feeds {
            server.sync.create_feed(feed, feed.collective)?;
            let leaf = federation.leaf()?;
            server.sync.append(now, &mut guard, &writer, &feed.id(), vec![bare(leaf)])?;
        }
        let asker = node(now, 2, federation, server.sync.store().clone())?;
        let fresh = (0..1_000).map(|_| federation.leaf()).collect::<Result<_, _>>()?;
        let queue = VecDeque::new();
        let nodes = [server, asker];
        let mut pair = Self { now, nodes, guard, writer, fresh, queue, traffic: Traffic::default() };
        pair.change(federation, 1)?;
        Ok(pair)
    }

    /// Connects the nodes, so that the asker learns every head and remembers where it was.
    pub(super) fn meet(&mut self) -> Result<Traffic, Failure> {
        let keys = [self.nodes[SERVER].key, self.nodes[ASKER].key];
        self.queue.push_back((SERVER, Input::Connected { peer: keys[ASKER] }));
        self.queue.push_back((ASKER, Input::Connected { peer: keys[SERVER] }));
        self.run()
    }

    /// Appends a leaf to so many of the server's feeds, spread over all of them.
    pub(super) fn change(&mut self, federation: &Federation, count: usize) -> Result<(), Failure> {
        let all = federation.feeds().count();
        for feed in federation.feeds().step_by(all / count.max(1)).take(count) {
            let leaf = self.fresh.pop().ok_or("no leaves are left")?;
            let server = &mut self.nodes[SERVER].sync;
            server.append(self.now, &mut self.guard, &self.writer, &feed.id(), vec![bare(leaf)])?;
        }
        // What was to be gossiped is not: it would tell the asker before it asks.
        while self.nodes[SERVER].sync.poll_output().is_some() {}
        Ok(())
    }

    /// Lets so much time pass that the asker compares again.
    pub(super) fn compare(&mut self) -> Result<Traffic, Failure> {
        self.now += 2 * SYNC_INTERVAL;
        self.queue.push_back((ASKER, Input::Wake));
        self.run()
    }

    /// Runs until neither node has anything to do now; returns what the asker asked.
    fn run(&mut self) -> Result<Traffic, Failure> {
        self.traffic = Traffic::default();
        for _ in 0..MAX_INPUTS {
            if let Some((to, input)) = self.queue.pop_front() {
                self.nodes[to].sync.handle(self.now, input)?;
                self.nodes[to].sync.commit()?;
                while let Some(output) = self.nodes[to].sync.poll_output() {
                    self.route(to, output)?;
                }
            } else if self.nodes[ASKER].sync.next_wake().is_some_and(|at| at <= self.now) {
                self.queue.push_back((ASKER, Input::Wake));
            } else {
                return Ok(self.traffic);
            }
        }
        Err("the nodes never stop talking".into())
    }

    fn route(&mut self, from: usize, output: Output) -> Result<(), Failure> {
        let (to, peer) = (1 - from, self.nodes[from].key);
        match output {
            Output::Request { id, bytes, .. } => {
                if from == ASKER {
                    self.traffic.asked(&bytes)?;
                }
                self.queue.push_back((to, Input::Request { peer, id, bytes }));
            }
            Output::Respond { peer: asker, id, bytes } => {
                if to == ASKER {
                    self.traffic.answered(&bytes)?;
                }
                self.queue.push_back((from, Input::ResponseSent { peer: asker, id }));
                self.queue.push_back((to, Input::Response { peer, id, bytes }));
            }
            Output::Disconnect { why, .. } => return Err(format!("disconnected: {why}").into()),
            Output::Publish { .. } | Output::Validate { .. } | Output::Event(_) => {}
        }
        Ok(())
    }
}

fn node(now: u64, seed: u8, federation: &Federation, store: MemStore) -> Result<Node, Failure> {
    let key = SecretKey::from_seed(&[seed; 32]);
    let config = Config {
        network: network(),
        key: key.clone(),
        role: NodeRole::Mirror,
        follow: federation.collectives(),
        partners: [].into(),
        own_feeds: [].into(),
        purpose: terms::Purpose::Replicate,
        selection: Selection::default(),
        witness: None,
        seed: [seed; 32],
    };
    Ok(Node { key: key.public(), sync: Sync::new(now, config, store)? })
}

fn bare(leaf: Vec<u8>) -> NewRecord {
    NewRecord { leaf, body: None }
}
