//! Control logs as held, and the views folded from them.

mod rehearse;

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlFeed, ControlLeaf, UNFOUNDED, Verified, View, Views, fold};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::control::{Content, Power};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{
    CollectiveId, Control, Domain, FeedId, Hash, Hasher, Leaf, Manifest, NetworkId, PublicKey, RecordId,
};

use crate::limits::BUNDLE;

/// Leaves that make a feed a collective's first one: the genesis charter, and the delegation that names the feed. The
/// ids of both fix what these say, on every branch.
pub(crate) const FOUNDING_LEAVES: u64 = 2;

/// Every control log held, verified once, and its view.
#[derive(Debug)]
pub(crate) struct Collectives {
    network: NetworkId,
    pub(crate) views: Views,
    leaves: BTreeMap<FeedId, Vec<ControlLeaf>>,
    /// Roots of the trees over those leaves.
    roots: BTreeMap<FeedId, Hash>,
    owners: BTreeMap<FeedId, CollectiveId>,
    control_feeds: BTreeMap<CollectiveId, BTreeSet<FeedId>>,
    forks: BTreeMap<FeedId, u64>,
    control_roots: BTreeMap<CollectiveId, Hash>,
}

/// What a refold changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refold {
    pub(crate) changed: bool,
    pub(crate) lifted: Vec<RecordId>,
}

impl Collectives {
    pub(crate) fn new(network: NetworkId) -> Self {
        Self {
            network,
            views: Views::new(network),
            leaves: BTreeMap::new(),
            roots: BTreeMap::new(),
            owners: BTreeMap::new(),
            control_feeds: BTreeMap::new(),
            forks: BTreeMap::new(),
            control_roots: BTreeMap::new(),
        }
    }

    /// Returns whose feed it is, as its manifest or genesis charter says; whether it is delegated is the view's word.
    pub(crate) fn owner(&self, feed: &FeedId) -> Option<CollectiveId> {
        self.owners.get(feed).copied()
    }

    /// Says whether the collective's control log names the feed as its own.
    pub(crate) fn delegates(&self, collective: &CollectiveId, feed: &FeedId) -> bool {
        self.views.get(collective).is_some_and(|view| view.feeds().contains_key(feed))
    }

    /// Returns a collective's control feeds that are held, delegated or not.
    pub(crate) fn control_feeds(&self, collective: &CollectiveId) -> impl Iterator<Item = &FeedId> {
        self.control_feeds.get(collective).into_iter().flatten()
    }

    /// Notes whose feed a feed is.
    pub(crate) fn adopt(&mut self, feed: FeedId, manifest: &Manifest, collective: CollectiveId) {
        self.owners.insert(feed, collective);
        if manifest.purpose == Purpose::Control {
            self.control_feeds.entry(collective).or_default().insert(feed);
            self.leaves.entry(feed).or_default();
        }
    }

    /// Reads what a control feed holds beyond what was read before; says whether there was anything.
    pub(crate) fn read<S: Store>(&mut self, store: &S, feed: &FeedId) -> Result<bool, StoreError> {
        let Some(leaves) = self.leaves.get(feed) else { return Ok(false) };
        let read = leaves.len() as u64;
        let size = store.size(feed);
        if size <= read {
            return Ok(false);
        }
        let headers = store.headers(feed, read, size)?;
        let network = self.network;
        let new = headers.into_iter().map(|header| control_leaf(&network, header));
        self.leaves.entry(*feed).or_default().extend(new);
        self.roots.insert(*feed, store.frontier(feed).root());
        Ok(true)
    }

    /// Forgets what was read of a control feed, because headers that were missing have come.
    pub(crate) fn unread(&mut self, feed: &FeedId) {
        if let Some(leaves) = self.leaves.get_mut(feed) {
            leaves.clear();
        }
    }

    /// Returns bundles of a control feed in which a header is missing: a strike may be among what is not known.
    pub(crate) fn gaps(&self, feed: &FeedId) -> BTreeSet<u64> {
        let leaves = self.leaves.get(feed).map_or(&[][..], Vec::as_slice);
        let missing = leaves.iter().enumerate().filter(|(_, leaf)| matches!(leaf, ControlLeaf::Missing));
        missing.map(|(index, _)| index as u64 / BUNDLE).collect()
    }

    /// Says whether all leaves that are held of a collective's control log were read.
    pub(crate) fn is_whole(&self, collective: &CollectiveId) -> bool {
        let mut leaves = self.control_feeds(collective).filter_map(|feed| self.leaves.get(feed)).flatten();
        !leaves.any(|leaf| matches!(leaf, ControlLeaf::Missing))
    }

    /// Notes that a feed's writer signed two inconsistent heads.
    ///
    /// How far the branches agree is not part of the proof, so nothing of such a feed counts, save embargoes, which
    /// bear their own signatures, and the two leaves that prove a founding feed: without the charter no signature
    /// could be checked, and the embargoes of a union whose writer forked would be over.
    pub(crate) fn fork(&mut self, feed: FeedId, manifest: Option<&Manifest>) {
        let good = if manifest.is_some_and(is_founding) { FOUNDING_LEAVES } else { 0 };
        self.forks.insert(feed, good);
    }

    /// Folds a collective's control log as it is held.
    fn fold<S: Store>(&self, store: &S, collective: CollectiveId) -> View {
        let feeds: BTreeMap<FeedId, ControlFeed<'_>> = self
            .control_feeds(&collective)
            .filter_map(|feed| {
                let leaves = self.leaves.get(feed)?;
                let manifest = store.manifest(feed)?;
                Some((*feed, ControlFeed { manifest, leaves, forked: self.forks.get(feed).copied() }))
            })
            .collect();
        fold(&self.network, collective, &feeds)
    }

    /// Folds a collective's control log anew.
    pub(crate) fn refold<S: Store>(&mut self, store: &S, collective: CollectiveId) -> Refold {
        let view = self.fold(store, collective);
        let before = self.views.get(&collective);
        if before.is_some_and(|before| before.hash() == view.hash()) {
            // It may still say more of records without effect, which the hash leaves out.
            self.views.insert(view);
            self.control_roots.remove(&collective);
            return Refold::default();
        }
        let then = before.map(in_force).unwrap_or_default();
        let now = in_force(&view);
        let refold = Refold { changed: true, lifted: then.difference(&now).copied().collect() };
        self.views.insert(view);
        self.control_roots.clear();
        refold
    }

    /// Returns the root over the control heads that a collective's view was folded from.
    pub(crate) fn control_root(&mut self, collective: &CollectiveId) -> Hash {
        if let Some(root) = self.control_roots.get(collective) {
            return *root;
        }
        let mut hasher = Hasher::new(Domain::HEADS, &self.network);
        for feed in self.control_feeds(collective) {
            hasher.update(feed.as_bytes());
            let size = self.leaves.get(feed).map_or(0, Vec::len) as u64;
            hasher.update(&size.to_be_bytes());
            // The tree's root names the branch.
            hasher.update(self.roots.get(feed).copied().unwrap_or_default().as_bytes());
        }
        let root = hasher.finish();
        self.control_roots.insert(*collective, root);
        root
    }

    /// Returns the collectives that a collective's charter and affiliations name.
    pub(crate) fn named_by(&self, collective: &CollectiveId) -> BTreeSet<CollectiveId> {
        let Some(view) = self.views.get(collective) else { return BTreeSet::new() };
        let affiliates = Power::ALL.iter().flat_map(|power| view.affiliates_with(*power)).map(|(to, _)| to);
        view.stewards().copied().chain(affiliates).collect()
    }

    /// Returns the collectives whose control log is held, as far as it is.
    pub(crate) fn logs(&self) -> Vec<CollectiveId> {
        self.control_feeds.keys().copied().collect()
    }

    /// Says whether a collective's control log, or that of one it names, names a key: as a node, a carrier, a witness, a
    /// liveness key or a grantee. Every node that follows the collective follows those too, so all agree.
    pub(crate) fn names_key(&self, collective: &CollectiveId, key: &PublicKey) -> bool {
        let named = self.named_by(collective);
        let views = named.iter().chain([collective]).filter_map(|id| self.views.held(id));
        views.into_iter().any(|view| names_key(view, key))
    }

    /// Returns the hash over these collectives' views.
    pub(crate) fn views_hash(&self, collectives: &[CollectiveId]) -> Hash {
        let mut hasher = Hasher::new(Domain::VIEW, &self.network);
        for view in collectives.iter().filter_map(|collective| self.views.held(collective)) {
            hasher.update(view.hash().as_bytes());
        }
        hasher.finish()
    }
}

fn names_key(view: &View, key: &PublicKey) -> bool {
    view.nodes().contains_key(key)
        || view.carriers().contains(key)
        || view.liveness().contains(key)
        || view.charter().is_some_and(|charter| charter.witnesses.contains(key))
        || view.names_node(key, |_| true)
}

fn in_force(view: &View) -> BTreeSet<RecordId> {
    view.enforced().map(|standing| standing.id).collect()
}

fn control_leaf(network: &NetworkId, header: Option<Vec<u8>>) -> ControlLeaf {
    match header.map(|bytes| Leaf::decode(&bytes)) {
        Some(Ok(Leaf::Control(control))) => {
            ControlLeaf::Record(Box::new(Verified::open(network, *control, None)))
        }
        Some(Ok(leaf)) => ControlLeaf::Unknown { critical: leaf.unknown_critical() },
        Some(Err(_)) | None => ControlLeaf::Missing,
    }
}

/// Returns the collective that a first control feed founds, by its first leaf.
pub(crate) fn founded_by(network: &NetworkId, leaf: &[u8]) -> Option<CollectiveId> {
    match Leaf::decode(leaf).ok()? {
        Leaf::Control(control) if is_genesis(&control) => Some(control.owner(network)),
        _ => None,
    }
}

fn is_genesis(control: &Control) -> bool {
    control.collective.is_none()
        && matches!(&control.content, Content::Charter(charter) if charter.number == 0)
}

/// Says whether a manifest is of a collective's first control feed, which was written before the collective had an id.
pub(crate) fn is_founding(manifest: &Manifest) -> bool {
    manifest.purpose == Purpose::Control && manifest.collective == UNFOUNDED
}

/// Says whether a feed is for members only.
pub(crate) fn is_members(manifest: &Manifest) -> bool {
    manifest.audience == FeedAudience::Members
}
