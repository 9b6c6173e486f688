//! One record before the valve: what the rules ask about it, looked up once.

use commonwheel_collective::{Audience, View, Views};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Contribution, Leaf, PublicKey, RecordId};

use crate::request::{Ancestor, Record};
use crate::time::Clocks;

/// A contribution, asked for a purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) views: &'a Views,
    pub(crate) clocks: Clocks<'a>,
    pub(crate) me: &'a PublicKey,
    pub(crate) record: &'a Record<'a>,
    pub(crate) purpose: Purpose,
    /// The collective whose record it is, if its control log is held.
    pub(crate) owner: Option<&'a View>,
    /// The header; none if it is missing, or no contribution's.
    pub(crate) header: Option<&'a Contribution>,
}

/// What an embargo or a withdrawal may cover: the record, or an ancestor of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) id: RecordId,
    pub(crate) owner: &'a View,
    pub(crate) header: Option<&'a Contribution>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        views: &'a Views,
        clocks: Clocks<'a>,
        me: &'a PublicKey,
        record: &'a Record<'a>,
        purpose: Purpose,
    ) -> Self {
        let owner = views.owner_of(&record.id, record.manifest).filter(|view| view.is_founded());
        let header = header_of(record.leaf);
        Self { views, clocks, me, record, purpose, owner, header }
    }

    /// Says whether this node is one of the owner's.
    pub(crate) fn is_owners_node(&self) -> bool {
        self.owner.is_some_and(|owner| owner.nodes().contains_key(self.me))
    }

    /// Says whether an audience is a node of the owner.
    pub(crate) fn is_of_owner(&self, audience: &Audience) -> bool {
        self.owner.is_some_and(|owner| audience.collectives.contains(&owner.id()))
    }

    /// Returns the record and its ancestors, each with whoever owns it.
    ///
    /// Where the manifest of an ancestor's feed is not held, everyone who delegates the feed counts as its owner: one
    /// of them is, and which one cannot be told.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = Subject<'a>> {
        let case = *self;
        let own = case.owner.map(|owner| Subject { id: case.record.id, owner, header: case.header });
        let named = case.header.into_iter().flat_map(|header| &header.ancestors);
        own.into_iter().chain(named.flat_map(move |id| case.ancestor(id)))
    }

    fn ancestor(self, id: &'a RecordId) -> impl Iterator<Item = Subject<'a>> {
        let known = self.record.ancestors.iter().find(|ancestor| ancestor.id == *id);
        let header = known.and_then(|ancestor| header_of(ancestor.leaf));
        let manifest = known.and_then(|Ancestor { manifest, .. }| *manifest);
        let sole = manifest.and_then(|manifest| self.views.owner_of(id, manifest));
        let any = self.views.claimants(&id.feed).filter(move |view| manifest.is_none() && view.owns(id));
        sole.into_iter().chain(any).map(move |owner| Subject { id: *id, owner, header })
    }
}

fn header_of(leaf: Option<&Leaf>) -> Option<&Contribution> {
    match leaf {
        Some(Leaf::Contribution(header, _)) => Some(header),
        _ => None,
    }
}
