//! Withdrawals are honoured: what was taken back is erased here, not only kept from others.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_record::control::{Range, Rung};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Leaf, RecordId};
use commonwheel_valve::{Asker, Reason, Request as Ask};

use crate::limits::BUNDLE;
use crate::node::Sync;
use crate::parsed::Header;

impl<S: Store> Sync<S> {
    /// Erases bodies that withdrawals of a collective took back, where the valve says that they are erased.
    ///
    /// A preference leaves what an irrevocable licence keeps open; a header that is withdrawn to its commitment stays
    /// on disk, and is not served.
    pub(crate) fn erase_withdrawn(&mut self, collective: CollectiveId) -> Result<(), StoreError> {
        let Some(view) = self.collectives.views.get(&collective) else { return Ok(()) };
        let new = view.withdrawals().iter().filter(|entry| !self.erased.contains(&entry.id));
        let own = |range: &Range| self.is_feed_of(&collective, &range.feed);
        let new: Vec<(RecordId, Vec<Range>)> = new
            .filter(|entry| entry.content.ranges.iter().all(own))
            .map(|entry| (entry.id, entry.content.ranges.clone()))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut erase: BTreeMap<FeedId, BTreeSet<u64>> = BTreeMap::new();
        for range in new.iter().flat_map(|(_, ranges)| ranges) {
            self.find_erased(range, &mut erase)?;
        }
        let ranges: Vec<Range> = new.iter().flat_map(|(_, ranges)| ranges).copied().collect();
        self.find_derived(&ranges, &mut erase)?;
        for (feed, indices) in erase {
            let indices: Vec<u64> = indices.into_iter().collect();
            self.store.erase_bodies(&feed, &indices)?;
        }
        for (id, _) in new {
            self.store.set_state(Table::Node, &done_key(&id), Some(&[]))?;
            self.erased.insert(id);
        }
        Ok(())
    }

    /// Erases bodies of a collective's control records where a declaration of its own says that they are erased.
    pub(crate) fn erase_personal(&mut self, collective: &CollectiveId) -> Result<(), StoreError> {
        let feeds: Vec<FeedId> = self.collectives.control_feeds(collective).copied().collect();
        for feed in feeds {
            let erased = self.collectives.forget_erased(collective, &feed);
            if !erased.is_empty() {
                self.store.erase_bodies(&feed, &erased)?;
            }
        }
        Ok(())
    }

    /// Says whether the body of a control record is to be kept: it is not declared erased.
    pub(crate) fn keeps_personal(&self, id: &RecordId) -> bool {
        let owner = self.collectives.owner(&id.feed).and_then(|owner| self.collectives.views.get(&owner));
        owner.is_none_or(|view| !view.erased(id))
    }

    /// Says whether a feed is certainly the collective's: its manifest is held. Where it is not, anybody who delegates the
    /// feed may be its owner, which is reason enough to keep something back, and none to erase it.
    fn is_feed_of(&self, collective: &CollectiveId, feed: &FeedId) -> bool {
        let manifest = self.store.manifest(feed);
        let owner = manifest.and_then(|manifest| self.collectives.views.owner_of_feed(feed, manifest));
        owner.is_some_and(|owner| owner.id() == *collective)
    }

    /// Remembers which withdrawals were carried out, so that a start does not read every header for them again.
    pub(crate) fn load_erased(&mut self) {
        let done = self.store.states(Table::Node).into_iter().filter_map(|(key, _)| done_record(key));
        self.erased = done.collect();
    }

    /// Finds what is derived from records in ranges: what is taken back of an ancestor is taken back of it.
    ///
    /// Nothing says where those are, so this reads every header held. Withdrawals are rare, and each asks once.
    fn find_derived(
        &mut self,
        ranges: &[Range],
        erase: &mut BTreeMap<FeedId, BTreeSet<u64>>,
    ) -> Result<(), StoreError> {
        for (feed, _) in self.data_feeds() {
            for number in 0..self.store.size(&feed).div_ceil(BUNDLE) {
                let bundle = self.parsed.bundle(&self.store, &feed, number)?;
                for (index, header) in (number * BUNDLE..).zip(bundle.iter()) {
                    let derived = header.as_ref().is_some_and(|header| is_derived(&header.leaf, ranges));
                    if derived {
                        self.find_erased(&Range { feed, start: index, end: index + 1 }, erase)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn find_erased(
        &mut self,
        range: &Range,
        erase: &mut BTreeMap<FeedId, BTreeSet<u64>>,
    ) -> Result<(), StoreError> {
        let Some(manifest) = self.store.manifest(&range.feed).cloned() else { return Ok(()) };
        let ask = Ask { audience: &Asker::SelfNode, purpose: Purpose::Replicate, rung: Rung::Body };
        let end = range.end.min(self.store.size(&range.feed));
        for index in range.start..end {
            if self.store.held(&range.feed, index, index + 1) != [true] {
                continue;
            }
            let bundle = self.parsed.bundle(&self.store, &range.feed, index / BUNDLE)?;
            let position = usize::try_from(index % BUNDLE).unwrap_or(usize::MAX);
            let leaf = bundle.get(position).and_then(Option::as_ref).map(|Header { leaf, .. }| leaf);
            let record = RecordId { feed: range.feed, index };
            let me = self.me;
            let decision = self.decide_as(&me, &ask, record, &manifest, leaf)?;
            if matches!(decision.because, Reason::Erased { .. }) {
                erase.entry(range.feed).or_default().insert(index);
            }
        }
        Ok(())
    }
}

fn is_derived(leaf: &Leaf, ranges: &[Range]) -> bool {
    let Leaf::Contribution(header, _) = leaf else { return false };
    header.ancestors.iter().any(|ancestor| ranges.iter().any(|range| range.contains(ancestor)))
}

/// Small state that says of a withdrawal that it was carried out here.
const DONE: &[u8] = b"erased/";

fn done_key(withdrawal: &RecordId) -> Vec<u8> {
    [DONE, withdrawal.feed.as_bytes(), &withdrawal.index.to_be_bytes()].concat()
}

fn done_record(key: &[u8]) -> Option<RecordId> {
    let (feed, index) = key.strip_prefix(DONE)?.split_first_chunk()?;
    Some(RecordId { feed: FeedId(*feed), index: u64::from_be_bytes(index.try_into().ok()?) })
}
