//! Asking the valve about a record of a world.

use std::collections::BTreeMap;

use commonwheel_collective::{Slots, Views};
use commonwheel_record::control::Rung;
use commonwheel_record::terms::{Preferences, Purpose};
use commonwheel_record::{FeedId, Leaf, Manifest, RecordId};
use commonwheel_valve::{
    Ancestor, Asker, Decision, Headers, Leases, Reason, Record, Request, decide, effective_preferences,
    is_covered, slots,
};

use crate::draft::POSITIONS;
use crate::world::{LAB, NODES, OWNER, STRANGER, World, key};

/// A record as some node holds it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: RecordId,
    pub(crate) manifest: Manifest,
    pub(crate) leaf: Option<Leaf>,
    pub(crate) ancestors: Vec<Held>,
    pub(crate) via: Option<Box<Self>>,
    /// Other headers that the node holds.
    pub(crate) shelf: BTreeMap<RecordId, Leaf>,
}

/// An ancestor as that node holds it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: RecordId,
    pub(crate) manifest: Option<Manifest>,
    pub(crate) leaf: Option<Leaf>,
}

/// Who asks whom for what, and when.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The node that answers.
    pub(crate) me: u8,
    /// The node that asks; none for the answering node's own tools.
    pub(crate) asker: Option<u8>,
    pub(crate) purpose: Purpose,
    pub(crate) rung: Rung,
    pub(crate) now: u64,
    pub(crate) leases: Leases,
}

impl Default for Question {
    /// The lab asks a stranger's node for a body, to pass it on.
    fn default() -> Self {
        Self {
            me: NODES[STRANGER],
            asker: Some(NODES[LAB]),
            purpose: Purpose::Replicate,
            rung: Rung::Body,
            now: 1000,
            leases: Leases::default(),
        }
    }
}

impl Item {
    pub(crate) fn new(world: &World, collective: usize, index: u64, leaf: Option<Leaf>) -> Self {
        let manifest = world.collectives[collective].data.clone();
        let id = RecordId { feed: manifest.id(), index };
        Self { id, manifest, leaf, ancestors: Vec::new(), via: None, shelf: BTreeMap::new() }
    }

    /// A header that the node holds: the item's own, an ancestor's, or another.
    pub(crate) fn held(&self, id: &RecordId) -> Option<&Leaf> {
        let asked = self.via.as_deref().unwrap_or(self);
        let ancestor =
            || asked.ancestors.iter().find(|held| held.id == *id).and_then(|held| held.leaf.as_ref());
        if asked.id == *id { asked.leaf.as_ref() } else { ancestor().or_else(|| asked.shelf.get(id)) }
    }

    /// Tells the views what each rate limit lets through, as far as the node knows.
    pub(crate) fn queue(&self, world: &World, views: &mut Views) {
        let time = |release: &RecordId| world.dates.get(release).copied();
        let limits: Vec<(RecordId, Slots)> = views
            .iter()
            .flat_map(|view| view.enforced().map(move |standing| (view, standing)))
            .filter_map(|(view, standing)| {
                Some((standing.id, slots(view, standing, time, &mut Shelf(self))?))
            })
            .collect();
        limits.into_iter().for_each(|(embargo, slots)| views.set_slots(embargo, slots));
    }

    /// The owner's record at position 5.
    pub(crate) fn owners(world: &World, leaf: Leaf) -> Self {
        Self::new(world, OWNER, 5, Some(leaf))
    }
}

struct Shelf<'a>(&'a Item);

impl Headers for Shelf<'_> {
    fn size(&mut self, feed: &FeedId) -> u64 {
        let held = self.0.shelf.keys().chain([&self.0.id]).filter(|id| id.feed == *feed);
        held.map(|id| id.index + 1).max().unwrap_or(0).max(POSITIONS)
    }

    fn leaf(&mut self, record: &RecordId) -> Option<&Leaf> {
        self.0.held(record)
    }
}

impl Question {
    pub(crate) fn by(node: u8) -> Self {
        Self { asker: Some(node), ..Self::default() }
    }

    pub(crate) fn ask(&self, views: &Views, item: &Item) -> Decision {
        let asker = match self.asker {
            Some(node) => Asker::Peer(views.audience(&key(node))),
            None => Asker::SelfNode,
        };
        self.ask_as(&asker, views, item)
    }

    /// Asks a node that holds every control log, and counts rate limits by the headers the item brings.
    pub(crate) fn ask_in(&self, world: &World, item: &Item) -> Decision {
        let mut views = world.views();
        item.queue(world, &mut views);
        self.ask(&views, item)
    }

    pub(crate) fn ask_as(&self, asker: &Asker, views: &Views, item: &Item) -> Decision {
        let request = Request { audience: asker, purpose: self.purpose, rung: self.rung };
        let me = key(self.me);
        with_record(item, &mut |record| decide(views, &self.leases, &me, record, &request, self.now))
    }

    /// The preferences that hold for the asker; if there is none, for whomever embargoes refuse.
    pub(crate) fn finds_preferences(&self, views: &Views, item: &Item) -> Option<Preferences> {
        let audience = self.asker.map(|node| views.audience(&key(node)));
        with_record(item, &mut |record| {
            effective_preferences(views, &self.leases, record, audience.as_ref(), self.now)
        })
    }

    /// Whether an embargo covers the item, whoever asks.
    pub(crate) fn finds_covered(&self, views: &Views, item: &Item) -> bool {
        with_record(item, &mut |record| is_covered(views, &self.leases, record, self.now))
    }
}

/// Lends an item as the record that the valve takes.
pub(crate) fn with_record<R>(item: &Item, then: &mut dyn FnMut(&Record<'_>) -> R) -> R {
    let ancestors: Vec<Ancestor<'_>> = item
        .ancestors
        .iter()
        .map(|held| Ancestor { id: held.id, manifest: held.manifest.as_ref(), leaf: held.leaf.as_ref() })
        .collect();
    let lent = Record { ancestors: &ancestors, ..Record::new(item.id, &item.manifest, item.leaf.as_ref()) };
    match &item.via {
        Some(via) => with_record(via, &mut |via| then(&Record { via: Some(via), ..lent })),
        None => then(&lent),
    }
}

/// Asks as the lab, for a body.
pub(crate) fn lab_asks(world: &World, item: &Item) -> Reason {
    Question::default().ask_in(world, item).because
}
