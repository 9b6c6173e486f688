//! Control logs as held, and the views folded from them.

mod rehearse;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use commonwheel_collective::{Body, ControlFeed, ControlLeaf, Ineffective, UNFOUNDED, View, Views, fold};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{Content, Power};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{
    CollectiveId, Commitment, Control, Domain, FeedId, Hash, Hasher, Leaf, Manifest, NetworkId, PublicKey,
    RecordId,
};

use crate::witness::lists;

/// Leaves that make a feed a collective's first one: the genesis charter, and the delegation that names the feed. The
/// ids of both fix what these say, on every branch.
pub(crate) const FOUNDING_LEAVES: u64 = 2;

/// Every control log held, verified once, and its view.
#[derive(Debug)]
pub(crate) struct Collectives {
    network: NetworkId,
    pub(crate) views: Views,
    leaves: BTreeMap<FeedId, Vec<ControlLeaf>>,
    /// What is missing of each feed, as of the last fold.
    missing: BTreeMap<FeedId, Missing>,
    /// Roots of the trees over those leaves.
    roots: BTreeMap<FeedId, Hash>,
    owners: BTreeMap<FeedId, CollectiveId>,
    control_feeds: BTreeMap<CollectiveId, BTreeSet<FeedId>>,
    forks: BTreeMap<FeedId, u64>,
    control_roots: BTreeMap<CollectiveId, Hash>,
}

/// What is missing of a control feed.
#[derive(Debug, Default)]
struct Missing {
    /// Positions to ask for: without a header, or without a body that is not erased.
    wanted: BTreeSet<u64>,
    /// Those of them that may say what nobody here knows: a strike, or the vote that carries one.
    awaited: BTreeSet<u64>,
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
            missing: BTreeMap::new(),
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
        let new = self.open(store, feed, read, size)?;
        self.leaves.entry(*feed).or_default().extend(new);
        self.roots.insert(*feed, store.frontier(feed).root());
        Ok(true)
    }

    fn open<S: Store>(
        &self,
        store: &S,
        feed: &FeedId,
        start: u64,
        end: u64,
    ) -> Result<Vec<ControlLeaf>, StoreError> {
        let headers = store.headers(feed, start, end)?;
        let open = |(index, header): (u64, Option<Vec<u8>>)| {
            let leaf = header.and_then(|bytes| Leaf::decode(&bytes).ok());
            let body = match personal(leaf.as_ref()) {
                Some(_) => store.body(feed, index)?,
                None => None,
            };
            Ok(ControlLeaf::open(&self.network, leaf, body.as_ref()))
        };
        (start..).zip(headers).map(open).collect()
    }

    /// Reads again what was missing among positions, because some of it has come.
    pub(crate) fn reread<S: Store>(
        &mut self,
        store: &S,
        feed: &FeedId,
        positions: Range<u64>,
    ) -> Result<(), StoreError> {
        for index in positions {
            let lacks = self.leaf(feed, index).is_some_and(|leaf| is_missing(leaf) || lacks_body(leaf));
            let read = if lacks { self.open(store, feed, index, index + 1)?.pop() } else { None };
            if let (Some(leaf), Some(read)) = (self.leaf_mut(feed, index), read) {
                *leaf = read;
            }
        }
        Ok(())
    }

    fn leaf(&self, feed: &FeedId, index: u64) -> Option<&ControlLeaf> {
        self.leaves.get(feed)?.get(usize::try_from(index).ok()?)
    }

    fn leaf_mut(&mut self, feed: &FeedId, index: u64) -> Option<&mut ControlLeaf> {
        self.leaves.get_mut(feed)?.get_mut(usize::try_from(index).ok()?)
    }

    /// Forgets what was read of a control feed, because what is held was repaired.
    pub(crate) fn unread(&mut self, feed: &FeedId) {
        if let Some(leaves) = self.leaves.get_mut(feed) {
            leaves.clear();
        }
    }

    /// Returns the positions of a control feed that are to be asked for, since a header or a body is missing there.
    pub(crate) fn missing(&self, feed: &FeedId) -> impl Iterator<Item = u64> {
        self.missing.get(feed).into_iter().flat_map(|missing| &missing.wanted).copied()
    }

    /// Says whether nothing is missing of a control feed, as far as it is held, that could have an effect.
    pub(crate) fn is_known(&self, feed: &FeedId) -> bool {
        self.missing.get(feed).is_none_or(|missing| missing.awaited.is_empty())
    }

    /// Says the same of a collective's control log.
    pub(crate) fn is_whole(&self, collective: &CollectiveId) -> bool {
        self.control_feeds(collective).all(|feed| self.is_known(feed))
    }

    fn find_missing(&mut self, collective: &CollectiveId) {
        let feeds: Vec<FeedId> = self.control_feeds(collective).copied().collect();
        let view = self.views.held(collective);
        for feed in feeds {
            let mut missing = Missing::default();
            for (index, leaf) in (0..).zip(self.leaves.get(&feed).into_iter().flatten()) {
                let id = RecordId { feed, index };
                // What a revoked carrier left out closes nothing, and what is erased is to stay so.
                let counts = view.is_none_or(|view| view.owns(&id) && !view.erased(&id));
                if !counts || !(is_missing(leaf) || lacks_body(leaf)) {
                    continue;
                }
                missing.wanted.insert(index);
                let why = view.and_then(|view| view.ineffective().get(&id));
                if is_missing(leaf) || why == Some(&Ineffective::BodyMissing) {
                    missing.awaited.insert(index);
                }
            }
            self.missing.insert(feed, missing);
        }
    }

    /// Forgets bodies of a control feed that are declared erased; returns where they were held.
    pub(crate) fn forget_erased(&mut self, collective: &CollectiveId, feed: &FeedId) -> Vec<u64> {
        let (Some(view), Some(leaves)) = (self.views.get(collective), self.leaves.get_mut(feed)) else {
            return Vec::new();
        };
        let mut erased = Vec::new();
        for (index, leaf) in (0..).zip(leaves) {
            let ControlLeaf::Record(record) = leaf else { continue };
            let held = !matches!(record.body, Body::None | Body::Missing);
            if held && view.erased(&RecordId { feed: *feed, index }) {
                record.body = Body::Missing;
                erased.push(index);
            }
        }
        erased
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

    /// Drops a collective's embargoes from its view: what the fault of that name does on a restart.
    pub(crate) fn forget_embargoes(&mut self, collective: &CollectiveId) {
        let Some(mut view) = self.views.get(collective).cloned() else { return };
        while let Some(id) = view.embargoes().first().map(|standing| standing.id) {
            view = view.without_embargo(&self.network, &id);
        }
        self.views.insert(view);
    }

    /// Folds a collective's control log anew.
    pub(crate) fn refold<S: Store>(&mut self, store: &S, collective: CollectiveId) -> Refold {
        let view = self.fold(store, collective);
        let refold = self.replace(view);
        self.find_missing(&collective);
        refold
    }

    /// Takes a newly folded view in place of the one that was held.
    fn replace(&mut self, view: View) -> Refold {
        let collective = view.id();
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
        || lists(view, key)
        || view.names_node(key, |_| true)
}

fn in_force(view: &View) -> BTreeSet<RecordId> {
    view.enforced().map(|standing| standing.id).collect()
}

/// Returns what a control record says of its body, if it has one.
pub(crate) fn personal(leaf: Option<&Leaf>) -> Option<&Commitment> {
    match leaf {
        Some(Leaf::Control(control)) => control.content.personal(),
        _ => None,
    }
}

/// Says whether a body is that of a control record.
pub(crate) fn is_body_of(network: &NetworkId, leaf: Option<&Leaf>, body: &SealedBody) -> bool {
    personal(leaf).is_some_and(|commitment| commitment.opens(network, &body.salt, &body.bytes))
}

const fn is_missing(leaf: &ControlLeaf) -> bool {
    matches!(leaf, ControlLeaf::Missing)
}

fn lacks_body(leaf: &ControlLeaf) -> bool {
    matches!(leaf, ControlLeaf::Record(record) if record.body == Body::Missing)
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
