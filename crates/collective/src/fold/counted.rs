//! Which control feeds count: a fixpoint from the first control feed over root-signed delegations.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Content, Subject};
use commonwheel_record::limits::MAX_CONTROL_FEEDS;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Manifest, NetworkId, RecordId};

use super::Placed;
use super::authority::Signed;
use super::charters::{Charters, charter_of, founds};
use crate::feed::{ControlFeed, ControlLeaf, UNFOUNDED, Verified};

/// A feed that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedFeed<'a> {
    pub(super) feed: ControlFeed<'a>,
    /// Whether it is a first control feed: the collective's own, whose fork closes it.
    pub(super) first: bool,
}

impl CountedFeed<'_> {
    /// Says whether a position is common to all branches of the feed.
    pub(super) fn is_good(&self, index: u64) -> bool {
        self.feed.forked.is_none_or(|good| index < good)
    }
}

/// The feeds and charters that count.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    pub(super) collective: CollectiveId,
    pub(super) feeds: BTreeMap<FeedId, CountedFeed<'a>>,
    pub(super) charters: Charters<'a>,
    /// Control feeds that root keys delegated beyond the number there may be.
    pub(super) excess: BTreeSet<FeedId>,
}

impl<'a> Counted<'a> {
    /// Finds them, or nothing if no first control feed of the collective is among the feeds.
    pub(super) fn of(
        network: &NetworkId,
        collective: CollectiveId,
        feeds: &BTreeMap<FeedId, ControlFeed<'a>>,
    ) -> Option<Self> {
        let search = Search { network, collective, candidates: candidates(network, collective, feeds) };
        let mut counted = search.first();
        let genesis = counted.values().find_map(|counted| record_at(&counted.feed, 0))?;
        loop {
            let charters = Charters::of(network, genesis, records(&counted, collective).map(|p| p.verified));
            let waiting = search.waiting(&counted, &charters);
            match waiting.first() {
                Some((_, feed)) if counted.len() < MAX_CONTROL_FEEDS => {
                    counted.insert(*feed, CountedFeed { feed: search.candidates[feed], first: false });
                }
                _ => {
                    let excess = waiting.into_iter().map(|(_, feed)| feed).collect();
                    return Some(Self { collective, feeds: counted, charters, excess });
                }
            }
        }
    }
}

/// The feeds that may count: control feeds of this network under their own id, naming the collective or none.
///
/// One without a leaf has no head, so nobody but its writer knows of it, and nothing of a view may rest on it.
fn candidates<'a>(
    network: &NetworkId,
    collective: CollectiveId,
    feeds: &BTreeMap<FeedId, ControlFeed<'a>>,
) -> BTreeMap<FeedId, ControlFeed<'a>> {
    let admits = |feed: &FeedId, manifest: &Manifest| {
        manifest.purpose == Purpose::Control
            && manifest.network == *network
            && (manifest.collective == collective || manifest.collective == UNFOUNDED)
            && manifest.id() == *feed
    };
    let held = feeds.iter().filter(|(id, feed)| !feed.leaves.is_empty() && admits(id, feed.manifest));
    held.map(|(id, feed)| (*id, *feed)).collect()
}

struct Search<'a, 'n> {
    network: &'n NetworkId,
    collective: CollectiveId,
    candidates: BTreeMap<FeedId, ControlFeed<'a>>,
}

impl<'a> Search<'a, '_> {
    /// The collective's own feeds: leaf 0 is the genesis charter, leaf 1 the delegation that names the feed.
    fn first(&self) -> BTreeMap<FeedId, CountedFeed<'a>> {
        let own = self.candidates.iter().filter(|(id, feed)| self.is_first(id, feed));
        own.take(MAX_CONTROL_FEEDS)
            .map(|(id, feed)| (*id, CountedFeed { feed: *feed, first: true }))
            .collect()
    }

    fn is_first(&self, id: &FeedId, feed: &ControlFeed<'a>) -> bool {
        let (Some(genesis), Some(delegation)) = (record_at(feed, 0), record_at(feed, 1)) else {
            return false;
        };
        feed.manifest.collective == UNFOUNDED
            && founds(genesis)
            && genesis.control.owner(self.network) == self.collective
            && delegated_feed(delegation, self.collective) == Some(*id)
            && charter_of(genesis).is_some_and(|charter| charter.root.satisfied_by(&delegation.signers))
    }

    /// Feeds that root keys delegated and that do not count yet, by the record that delegates them.
    ///
    /// A feed that continues a forked one may carry its own delegation, since the forked one no longer can.
    fn waiting(
        &self,
        counted: &BTreeMap<FeedId, CountedFeed<'a>>,
        charters: &Charters<'a>,
    ) -> BTreeSet<(RecordId, FeedId)> {
        let roots = charters.roots();
        let awaited = |feed: &FeedId| {
            let held = self.candidates.get(feed);
            held.is_some_and(|feed| feed.manifest.collective != UNFOUNDED) && !counted.contains_key(feed)
        };
        let carried = records(counted, self.collective).filter_map(|placed| {
            let feed = delegated_feed(placed.verified, self.collective)?;
            let signed = roots.signed(&placed.verified.signers, &placed.id) == Signed::Yes;
            (awaited(&feed) && signed).then_some((placed.id, feed))
        });
        let successors = self.candidates.iter().filter_map(|(id, feed)| {
            let record = record_at(feed, 0)?;
            let named = delegated_feed(record, self.collective) == Some(*id);
            let continues = feed.manifest.prologue.as_ref().and_then(|p| counted.get(&p.feed));
            let forked = continues.is_some_and(|before| before.feed.forked.is_some());
            let at = RecordId { feed: *id, index: 0 };
            let signed = || roots.signed(&record.signers, &at) == Signed::Yes;
            (named && forked && awaited(id) && signed()).then_some((at, *id))
        });
        carried.chain(successors).collect()
    }
}

/// The record at a position, if it is held and common to all branches.
fn record_at<'a>(feed: &ControlFeed<'a>, index: usize) -> Option<&'a Verified> {
    let good = feed.forked.is_none_or(|good| (index as u64) < good);
    match feed.leaves.get(index) {
        Some(ControlLeaf::Record(verified)) if good => Some(verified),
        _ => None,
    }
}

/// The feed that a record of the collective delegates, whoever signed it.
fn delegated_feed(verified: &Verified, collective: CollectiveId) -> Option<FeedId> {
    let control = &verified.control;
    match &control.content {
        Content::Delegation(delegation)
            if control.collective == Some(collective) && !control.extensions.unknown_critical() =>
        {
            match delegation.subject {
                Subject::Feed(feed) => Some(feed),
                Subject::Node { .. } | Subject::Liveness(_) => None,
            }
        }
        _ => None,
    }
}

/// Charters and delegations of the collective in the good part of feeds that count.
fn records<'a, 'c>(
    counted: &'c BTreeMap<FeedId, CountedFeed<'a>>,
    collective: CollectiveId,
) -> impl Iterator<Item = Placed<'a>> + use<'a, 'c> {
    counted.iter().flat_map(move |(feed, counted)| {
        let good = counted.feed.forked.unwrap_or(u64::MAX);
        (0..good).zip(counted.feed.leaves).filter_map(move |(index, leaf)| match leaf {
            ControlLeaf::Record(verified) if is_root_kind(verified, collective) => {
                Some(Placed { id: RecordId { feed: *feed, index }, verified })
            }
            _ => None,
        })
    })
}

fn is_root_kind(verified: &Verified, collective: CollectiveId) -> bool {
    let control = &verified.control;
    control.collective == Some(collective)
        && !control.extensions.unknown_critical()
        && matches!(control.content, Content::Charter(_) | Content::Delegation(_))
}
