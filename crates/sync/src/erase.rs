//! Withdrawals are honoured: what was taken back is erased here, not only kept from others.

use std::collections::BTreeMap;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::control::{Range, Rung};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, RecordId};
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
        let new: Vec<(RecordId, Vec<Range>)> =
            new.map(|entry| (entry.id, entry.content.ranges.clone())).collect();
        for (id, ranges) in new {
            let mut erase: BTreeMap<FeedId, Vec<u64>> = BTreeMap::new();
            for range in ranges {
                self.find_erased(&range, &mut erase)?;
            }
            for (feed, indices) in erase {
                self.store.erase_bodies(&feed, &indices)?;
            }
            self.erased.insert(id);
        }
        Ok(())
    }

    fn find_erased(
        &mut self,
        range: &Range,
        erase: &mut BTreeMap<FeedId, Vec<u64>>,
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
                erase.entry(range.feed).or_default().push(index);
            }
        }
        Ok(())
    }
}
