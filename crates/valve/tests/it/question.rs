//! Asking the valve about a record of a world.

use commonwheel_collective::Views;
use commonwheel_record::control::Rung;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Leaf, Manifest, RecordId};
use commonwheel_valve::{Ancestor, Asker, Decision, Leases, Reason, Record, Request, decide, is_covered};

use crate::world::{LAB, NODES, OWNER, STRANGER, World, key};

/// A record as some node holds it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: RecordId,
    pub(crate) manifest: Manifest,
    pub(crate) leaf: Option<Leaf>,
    pub(crate) ancestors: Vec<Held>,
    pub(crate) via: Option<Box<Self>>,
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
        Self { id: RecordId { feed: manifest.id(), index }, manifest, leaf, ancestors: Vec::new(), via: None }
    }

    /// The owner's record at position 5.
    pub(crate) fn owners(world: &World, leaf: Leaf) -> Self {
        Self::new(world, OWNER, 5, Some(leaf))
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

    pub(crate) fn ask_as(&self, asker: &Asker, views: &Views, item: &Item) -> Decision {
        let request = Request { audience: asker, purpose: self.purpose, rung: self.rung };
        let me = key(self.me);
        with_record(item, &mut |record| decide(views, &self.leases, &me, record, &request, self.now))
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
    Question::default().ask(&world.views(), item).because
}
