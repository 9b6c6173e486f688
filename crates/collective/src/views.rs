//! The views of all collectives a node follows, and what only they say together.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Manifest, NetworkId, PublicKey, RecordId};

use crate::audience::Audience;
use crate::feed::UNFOUNDED;
use crate::slots::Slots;
use crate::view::View;

/// The views of all followed collectives.
#[derive(Clone, Debug)]
pub struct Views {
    network: NetworkId,
    views: BTreeMap<CollectiveId, View>,
    claims: Index<FeedId>,
    nodes: Index<PublicKey>,
    stewarded: Index<CollectiveId>,
    slots: BTreeMap<RecordId, Slots>,
}

/// Which collectives' views name a key.
#[derive(Clone, Debug)]
struct Index<K>(BTreeMap<K, BTreeSet<CollectiveId>>);

impl<K: Ord + Copy> Index<K> {
    fn add<'k>(&mut self, keys: impl Iterator<Item = &'k K>, collective: CollectiveId)
    where
        K: 'k,
    {
        for key in keys {
            self.0.entry(*key).or_default().insert(collective);
        }
    }

    fn remove<'k>(&mut self, keys: impl Iterator<Item = &'k K>, collective: CollectiveId)
    where
        K: 'k,
    {
        for key in keys {
            if let Some(named) = self.0.get_mut(key) {
                named.remove(&collective);
                if named.is_empty() {
                    self.0.remove(key);
                }
            }
        }
    }

    fn get(&self, key: &K) -> impl Iterator<Item = &CollectiveId> {
        self.0.get(key).into_iter().flatten()
    }
}

impl Views {
    /// Holds no view yet.
    #[must_use]
    pub const fn new(network: NetworkId) -> Self {
        Self {
            network,
            views: BTreeMap::new(),
            claims: Index(BTreeMap::new()),
            nodes: Index(BTreeMap::new()),
            stewarded: Index(BTreeMap::new()),
            slots: BTreeMap::new(),
        }
    }

    /// Adds a view, and returns the one of the same collective that it replaces.
    ///
    /// The slots of rate limits that are still enforced stay until they are set anew.
    pub fn insert(&mut self, view: View) -> Option<View> {
        let id = view.id();
        let old = self.take(&id);
        let enforced: BTreeSet<RecordId> = view.enforced().map(|standing| standing.id).collect();
        self.forget_slots(old.as_ref(), |embargo| !enforced.contains(embargo));
        self.claims.add(view.feeds().keys(), id);
        self.nodes.add(view.nodes().keys(), id);
        self.stewarded.add(view.stewards(), id);
        self.views.insert(id, view);
        old
    }

    /// Removes a collective's view, and the slots of its rate limits.
    pub fn remove(&mut self, id: &CollectiveId) -> Option<View> {
        let view = self.take(id);
        self.forget_slots(view.as_ref(), |_| true);
        view
    }

    fn forget_slots(&mut self, view: Option<&View>, is_over: impl Fn(&RecordId) -> bool) {
        for standing in view.iter().flat_map(|view| view.embargoes()) {
            if is_over(&standing.id) {
                self.slots.remove(&standing.id);
            }
        }
    }

    /// Sets which records a rate limit lets through when. Until then it lets none through.
    pub fn set_slots(&mut self, embargo: RecordId, slots: Slots) {
        self.slots.insert(embargo, slots);
    }

    /// Returns the slots of a rate limit, if they were set.
    #[must_use]
    pub fn slots(&self, embargo: &RecordId) -> Option<&Slots> {
        self.slots.get(embargo)
    }

    fn take(&mut self, id: &CollectiveId) -> Option<View> {
        let view = self.views.remove(id)?;
        self.claims.remove(view.feeds().keys(), *id);
        self.nodes.remove(view.nodes().keys(), *id);
        self.stewarded.remove(view.stewards(), *id);
        Some(view)
    }

    /// Returns a collective's view, founded or not.
    #[must_use]
    pub fn get(&self, id: &CollectiveId) -> Option<&View> {
        self.views.get(id)
    }

    /// Returns a collective's view if its control log is held as far as its founding.
    #[must_use]
    pub fn held(&self, id: &CollectiveId) -> Option<&View> {
        self.views.get(id).filter(|view| view.is_founded())
    }

    /// Returns the collectives in ascending order.
    pub fn ids(&self) -> impl Iterator<Item = CollectiveId> {
        self.views.keys().copied()
    }

    /// Returns the views in ascending order of their collectives.
    pub fn iter(&self) -> impl Iterator<Item = &View> {
        self.views.values()
    }

    /// Returns the collectives whose control logs delegate a feed.
    ///
    /// A delegation alone makes no owner: the feed's manifest must name the same collective, see [`Self::owner_of`].
    pub fn claimants(&self, feed: &FeedId) -> impl Iterator<Item = &View> {
        self.claims.get(feed).filter_map(|id| self.views.get(id))
    }

    /// Returns the one collective whose control log delegates a feed; none if several do, for then only the manifest
    /// tells, see [`Self::owner_of`].
    #[must_use]
    pub fn owner(&self, feed: &FeedId) -> Option<&View> {
        let mut claimants = self.claimants(feed);
        claimants.next().filter(|_| claimants.next().is_none())
    }

    /// Returns whose feed it is: the collective its manifest names, if that one's control log delegates the feed.
    #[must_use]
    pub fn owner_of_feed(&self, feed: &FeedId, manifest: &Manifest) -> Option<&View> {
        if manifest.collective == UNFOUNDED {
            // A fold counts a feed without a collective only if its genesis charter founds that very collective.
            return self.claimants(feed).find(|view| view.control_feeds().contains(feed));
        }
        self.views.get(&manifest.collective).filter(|view| view.feeds().contains_key(feed))
    }

    /// Returns whose record it is: the owner of its feed, unless that was revoked before the record.
    #[must_use]
    pub fn owner_of(&self, record: &RecordId, manifest: &Manifest) -> Option<&View> {
        self.owner_of_feed(&record.feed, manifest).filter(|view| view.owns(record))
    }

    /// Returns the collectives whose contributions may name this one as steward.
    pub fn stewarded_by(&self, steward: &CollectiveId) -> impl Iterator<Item = &View> {
        self.stewarded.get(steward).filter_map(|id| self.views.get(id))
    }

    /// Returns what the control logs say of a node.
    #[must_use]
    pub fn audience(&self, node: &PublicKey) -> Audience {
        let collectives: BTreeSet<CollectiveId> = self.nodes.get(node).copied().collect();
        let vouched = |id| self.views.get(id)?.nodes().get(node).copied().flatten();
        let regions: BTreeSet<_> = collectives.iter().filter_map(vouched).collect();
        let region = regions.first().copied().filter(|_| regions.len() == 1);
        Audience { node: *node, collectives, region }
    }

    /// Returns the hash of all views.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let hashes: Vec<u8> = self.views.values().flat_map(|view| view.hash().0).collect();
        Hash::of(Domain::VIEW, &self.network, &[&hashes])
    }
}
