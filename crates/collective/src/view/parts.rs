//! What a view is made of, and the indexes over it.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Charter, Grant, Offer, Power, Range, Release, Withdrawal};
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, Cut, FeedId, Hash, NetworkId, PublicKey, RecordId};

use super::access::Access;
use super::spans::Spans;
use super::{BallotView, Closed, Entry, MandateView, Roll, Standing, View, hash};
use crate::ineffective::Ineffective;

/// What the fold found; the accessors of [`View`] say what each part means.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) chain: Vec<Hash>,
    pub(crate) charter: Option<Charter>,
    pub(crate) closed: Option<Closed>,
    pub(crate) control_feeds: BTreeSet<FeedId>,
    pub(crate) carriers: BTreeSet<PublicKey>,
    pub(crate) feeds: BTreeMap<FeedId, Option<u64>>,
    pub(crate) nodes: BTreeMap<PublicKey, Option<Region>>,
    pub(crate) liveness: BTreeSet<PublicKey>,
    pub(crate) affiliates: BTreeMap<(Power, CollectiveId), Option<u64>>,
    pub(crate) releases: Vec<Entry<Release>>,
    pub(crate) embargoes: Vec<Standing>,
    pub(crate) withdrawals: Vec<Entry<Withdrawal>>,
    pub(crate) pending: Vec<Entry<Withdrawal>>,
    pub(crate) offers: BTreeMap<RecordId, Offer>,
    pub(crate) grants: Vec<Entry<Grant>>,
    pub(crate) roll: Roll,
    pub(crate) ballots: Vec<BallotView>,
    pub(crate) mandates: Vec<MandateView>,
    pub(crate) release_times: BTreeMap<RecordId, u64>,
    pub(crate) erased: BTreeSet<RecordId>,
    pub(crate) folded: Cut,
    pub(crate) ineffective: BTreeMap<RecordId, Ineffective>,
}

impl Parts {
    pub(crate) fn into_view(self, network: &NetworkId, id: CollectiveId) -> View {
        let enforced = self.embargoes.iter().enumerate().filter(|(_, e)| !e.is_lifted()).map(|(at, _)| at);
        View {
            id,
            enforced: enforced.collect(),
            released: by_feed(self.releases.iter().map(|release| release.content.ranges.as_slice())),
            withdrawn: by_feed(
                self.withdrawals.iter().map(|withdrawal| withdrawal.content.ranges.as_slice()),
            ),
            access: Access::of(&self.grants),
            hash: hash::of(network, id, &self),
            parts: self,
        }
    }
}

/// Indexes lists of ranges: per feed, which of the lists hold a position.
fn by_feed<'a>(lists: impl Iterator<Item = &'a [Range]>) -> BTreeMap<FeedId, Spans> {
    let mut ranges: BTreeMap<FeedId, Vec<(u64, u64, usize)>> = BTreeMap::new();
    for (at, list) in lists.enumerate() {
        for range in list {
            ranges.entry(range.feed).or_default().push((range.start, range.end, at));
        }
    }
    ranges.into_iter().map(|(feed, ranges)| (feed, Spans::of(ranges))).collect()
}
