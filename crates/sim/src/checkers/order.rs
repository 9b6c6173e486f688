//! I12: the same control records in another order, some of them twice, give the same view.

use commonwheel_ledger::SignedHead;
use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::proof::{FeedNodes, inclusion_proof, root_at};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, RecordId, SecretKey};
use commonwheel_sync::wire::{ControlMessage, CtlMessage, encode};
use commonwheel_sync::{Config, Input, Sync, Topic};

use super::convergence::difference;
use crate::mutant::Mutant;
use crate::world::World;

/// Rounds of delivery after which a record that was not taken is given up.
const ROUNDS: usize = 40;

impl World {
    /// Gossips a collective's control log to a node that knows nothing, out of order, and compares the views.
    pub(crate) fn check_order(&mut self) {
        let steady: Vec<CollectiveId> =
            self.collectives.iter().map(|c| c.id).filter(|id| !self.truth.has_forked(id)).collect();
        let Some(collective) = self.rng.pick(&steady).copied() else { return };
        let follows = |node: &usize| {
            let process = self.nodes[*node].process.as_ref();
            self.nodes[*node].honest && process.is_some_and(|process| process.follow().contains(&collective))
        };
        let Some(node) = (0..self.nodes.len()).find(follows) else { return };
        self.check_restart(node);
        let config = self.nodes[node].config.clone();
        let expected = self.nodes[node]
            .process
            .as_ref()
            .and_then(|process| process.views().get(&collective).map(commonwheel_collective::View::hash));
        let Some(messages) = self.control_messages(node, &collective) else { return };
        match self.delivered(&config, &collective, messages) {
            Ok(hash) if hash == expected => {}
            Ok(_) => self.checkers.report(
                "I12",
                self.queue.now(),
                format!("another order of the records of {} gives another view", collective.short()),
            ),
            Err(what) => self.checkers.report("I12", self.queue.now(), what),
        }
    }

    /// Compares what a node that has long been running knows with what it would know after a start: its views, with all
    /// tallies, and the queues of rate limits, which it keeps up to date as records come.
    fn check_restart(&mut self, node: usize) {
        let config = self.nodes[node].config.clone();
        let Some(disk) = self.raw(node).cloned() else { return };
        let Ok(fresh) = Sync::new(self.clock(node), config, disk) else { return };
        let Some(running) = self.nodes[node].process.as_ref() else { return };
        let (old, new) = (running.views(), fresh.views());
        let mut found = Vec::new();
        for view in old.iter().filter(|view| !self.truth.has_forked(&view.id())) {
            if let Some(new) = new.get(&view.id()).filter(|new| new.hash() != view.hash()) {
                let how = difference(view, new);
                found.push(format!("a start gives node {node} another view of {}{how}", view.id().short()));
            }
            let kept = |id: &RecordId| self.kept_slots.get(&(node, *id)).or_else(|| old.slots(id));
            let differs = |id: &RecordId| kept(id) != new.slots(id);
            let limits = view.enforced().map(|standing| standing.id).filter(differs);
            found.extend(limits.map(|id| format!("a start gives node {node} another queue of {id:?}")));
        }
        found.into_iter().for_each(|what| self.checkers.report("I12", self.queue.now(), what));
    }

    /// For the mutant that never counts a queue again: how it first was.
    pub(crate) fn keep_slots(&mut self, node: usize) {
        let Some(process) = self.nodes[node].process.as_ref() else { return };
        let views = process.views();
        let limits = views.iter().flat_map(commonwheel_collective::View::enforced);
        for (id, slots) in limits.filter_map(|standing| Some((standing.id, views.slots(&standing.id)?))) {
            self.kept_slots.entry((node, id)).or_insert_with(|| slots.clone());
        }
    }

    /// Every record of a control log as its writer would have gossiped it.
    fn control_messages(&self, node: usize, collective: &CollectiveId) -> Option<Vec<ControlMessage>> {
        let store = self.raw(node)?;
        let mut messages = Vec::new();
        for (feed, of) in &self.truth.feeds {
            if of.collective == *collective && of.manifest.purpose == Purpose::Control {
                let key = self.nodes[of.writer].writers.get(feed)?;
                let of_feed = (0..store.size(feed)).map(|index| message(store, feed, index, key));
                messages.extend(of_feed.collect::<Option<Vec<_>>>()?);
            }
        }
        Some(messages)
    }

    fn delivered(
        &mut self,
        config: &Config,
        collective: &CollectiveId,
        mut messages: Vec<ControlMessage>,
    ) -> Result<Option<commonwheel_record::Hash>, String> {
        let peer = self.nodes[0].me;
        let mut fresh =
            Sync::new(self.time(), config.clone(), MemStore::default()).map_err(|error| error.to_string())?;
        for (_, of) in self.truth.feeds.iter().filter(|(_, of)| of.collective == *collective) {
            if of.manifest.purpose == Purpose::Control {
                fresh.create_feed(&of.manifest, *collective).map_err(|error| error.to_string())?;
            }
        }
        if self.options.mutant == Some(Mutant::DependsOnOrder) {
            messages.pop();
        }
        for round in 0..ROUNDS {
            self.disorder(&mut messages, round);
            for message in &messages {
                let (bytes, id) = (encode(&CtlMessage::Record(Box::new(message.clone()))), round as u64);
                for _ in 0..=u64::from(self.rng.chance(200)) {
                    let input = Input::Gossip { topic: Topic::Ctl, from: peer, id, bytes: bytes.clone() };
                    fresh.handle(self.time(), input).map_err(|error| error.to_string())?;
                }
            }
            messages.retain(|message| fresh.store().size(&message.feed) <= message.index);
            if messages.is_empty() {
                return Ok(fresh.views().get(collective).map(commonwheel_collective::View::hash));
            }
        }
        Err(format!("{} control records out of order were never taken", messages.len()))
    }

    /// Shuffles lightly: a record that comes far too early is only ignored, and has to come again.
    fn disorder(&mut self, messages: &mut [ControlMessage], round: usize) {
        messages.sort_by_key(|message| message.index);
        let distance = if round < ROUNDS / 2 { 3 } else { 1 };
        for at in 0..messages.len() {
            let other = (at + self.rng.index(distance)).min(messages.len() - 1);
            messages.swap(at, other);
        }
    }
}

fn message(store: &MemStore, feed: &FeedId, index: u64, key: &SecretKey) -> Option<ControlMessage> {
    let nodes = FeedNodes { store, feed };
    let (size, root) = (index + 1, root_at(&nodes, index + 1).ok()?);
    let signature = SignedHead::sign(store.manifest(feed)?, key, size, root).signature;
    let leaf = ByteString(store.headers(feed, index, size).ok()?.pop()??);
    let path = inclusion_proof(&nodes, index, size).ok()?;
    let body = store.body(feed, index).ok()?.map(Into::into);
    Some(ControlMessage { feed: *feed, size, root, signature, index, leaf, path, body })
}
