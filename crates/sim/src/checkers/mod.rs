//! The promises, checked from outside: disks and messages are read, the node is not asked.

mod acknowledged;
pub(crate) mod convergence;
mod durability;
mod erasure;
mod heads;
pub(crate) mod knowledge;
pub(crate) mod log;
pub(crate) mod merkle;
pub(crate) mod oracle;
pub(crate) mod order;
pub(crate) mod polls;
mod ruling;
pub(crate) mod scope;
pub(crate) mod stamps;
mod tallies;
mod verify;
mod wire;

use std::collections::BTreeMap;

use commonwheel_ledger::mem::MemStore;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{FeedId, PublicKey, RecordId};
use commonwheel_sync::wire::{Request, decode};
use commonwheel_sync::{NewRecord, Output};

use crate::report::Violation;
use crate::truth::Truth;
use durability::Acknowledged;
use heads::Heads;
use knowledge::Knowledge;

/// Violations kept of a run and a promise; more say no more.
const MAX_VIOLATIONS: usize = 8;

/// Something that leaves a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaving<'a> {
    pub(crate) node: usize,
    pub(crate) server: &'a PublicKey,
    /// In milliseconds since 1970.
    pub(crate) now: u64,
    /// The node's own clock, in seconds since 1970.
    pub(crate) clock: u64,
    pub(crate) output: &'a Output,
    pub(crate) truth: &'a Truth,
}

/// A node's disk, at the moment when all of it is durable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) node: usize,
    /// In milliseconds since 1970.
    pub(crate) now: u64,
    /// The node's own clock, in seconds since 1970.
    pub(crate) clock: u64,
    pub(crate) store: &'a MemStore,
}

/// What the checkers have seen.
#[derive(Debug)]
pub(crate) struct Checkers {
    pub(crate) violations: Vec<Violation>,
    /// By node.
    pub(crate) known: Vec<Knowledge>,
    purposes: BTreeMap<(usize, u64), Purpose>,
    acknowledged: Vec<Acknowledged>,
    heads: Heads,
    /// When faults ended, in milliseconds since 1970.
    pub(crate) calm_since: Option<u64>,
}

impl Checkers {
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            violations: Vec::new(),
            known: vec![Knowledge::default(); nodes],
            purposes: BTreeMap::new(),
            acknowledged: Vec::new(),
            heads: Heads::default(),
            calm_since: None,
        }
    }

    pub(crate) fn report(&mut self, promise: &'static str, at: u64, what: String) {
        let same = self.violations.iter().filter(|violation| violation.promise == promise);
        if same.count() < MAX_VIOLATIONS {
            self.violations.push(Violation { promise, at, what });
        }
    }

    /// A request reaches a node.
    pub(crate) fn asked(&mut self, node: usize, id: u64, bytes: &[u8]) {
        if let Ok(Request::Bodies(request)) = decode(bytes) {
            self.purposes.insert((node, id), request.purpose);
        }
    }

    /// Everything that a node did so far is durable.
    pub(crate) fn committed(&mut self, at: &Moment<'_>, truth: &Truth) {
        let Moment { node, now, clock, store } = *at;
        self.known[node].learn(now, store, truth);
        if self.known[node].asks_leases() {
            self.known[node].read_leases(clock, store);
        }
        if let Err(what) = self.heads.observe(node, store, truth) {
            self.report("I10", now, what);
        }
    }

    /// A node acknowledged records of its own.
    pub(crate) fn acknowledged(&mut self, node: usize, feed: FeedId, first: u64, records: &[NewRecord]) {
        self.acknowledged.push(Acknowledged::of(node, feed, first, records));
    }

    /// A node has started over its disk.
    pub(crate) fn started(&mut self, node: usize, now: u64, store: &MemStore, truth: &Truth) {
        let known = &self.known[node];
        let lost =
            durability::lost(&self.acknowledged, node, store, |id| erasure::may_erase(known, truth, id));
        lost.into_iter().for_each(|what| self.report("I1", now, what));
    }

    /// Something leaves an honest node.
    pub(crate) fn leaves(&mut self, leaving: &Leaving<'_>) {
        let purpose = match leaving.output {
            Output::Respond { id, .. } => self.purposes.remove(&(leaving.node, *id)),
            _ => None,
        };
        for (promise, what) in wire::check(leaving, &self.known[leaving.node], purpose) {
            self.report(promise, leaving.now, what);
        }
    }

    /// The run is over: looks at every disk for the last time.
    pub(crate) fn finish(&mut self, now: u64, disks: &[(usize, &MemStore)], truth: &Truth) {
        let mut found = Vec::new();
        for (node, store) in disks {
            let known = &self.known[*node];
            let may_erase = |id: &RecordId| erasure::may_erase(known, truth, id);
            let lost = durability::lost(&self.acknowledged, *node, store, may_erase);
            found.extend(lost.into_iter().map(|what| ("I1", what)));
            let kept = erasure::kept(known, truth, store);
            let votes = erasure::votes_kept(known, truth, store);
            let kept = kept.into_iter().chain(votes);
            found.extend(kept.map(|what| ("I13", format!("node {node} {what}"))));
            found.extend(verify::check(*node, store, truth, &mut self.heads));
        }
        found.extend(self.heads.against_writers(disks, truth).into_iter().map(|what| ("I10", what)));
        found.into_iter().for_each(|(promise, what)| self.report(promise, now, what));
    }
}
