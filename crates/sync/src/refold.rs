//! A control log has grown: read it, fold it, and act on what changed.

use std::ops::Range;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::{CollectiveId, FeedId};

use crate::io::Event;
use crate::limits::BUNDLE;
use crate::node::Sync;

impl<S: Store> Sync<S> {
    /// Reads what is new in a control feed, folds, and acts on what changed.
    pub(crate) fn control_grew(&mut self, now: u64, feed: FeedId) -> Result<(), StoreError> {
        let Some(owner) = self.collectives.owner(&feed) else { return Ok(()) };
        if self.collectives.read(&self.store, &feed)? {
            self.refold(now, owner)?;
        }
        self.flush_attestations(now)
    }

    /// Headers or bodies that were missing among positions of a control feed have come.
    pub(crate) fn control_filled(
        &mut self,
        now: u64,
        feed: FeedId,
        positions: Range<u64>,
    ) -> Result<(), StoreError> {
        let Some(owner) = self.collectives.owner(&feed) else { return Ok(()) };
        self.collectives.reread(&self.store, &feed, positions)?;
        self.refold(now, owner)?;
        self.flush_attestations(now)
    }

    /// What is missing of a control log is asked for like any header: a strike may be among it.
    pub(crate) fn note_gaps(&mut self, collective: &CollectiveId) {
        for feed in self.collectives.control_feeds(collective) {
            self.gaps.retain(|(of, _)| of != feed);
            self.gaps.extend(self.collectives.missing(feed).map(|index| (*feed, index / BUNDLE)));
        }
    }

    pub(crate) fn refold(&mut self, now: u64, collective: CollectiveId) -> Result<(), StoreError> {
        if self.writes_all(&collective) {
            self.gate.wrote_all(collective);
        }
        let refold = self.collectives.refold(&self.store, collective);
        self.note_gaps(&collective);
        self.erase_personal(&collective)?;
        self.duties = Some(0);
        if !refold.changed {
            return self.count_leases(now, collective);
        }
        self.refollow();
        self.fill_queues(now, collective)?;
        self.drop_unlisted(collective)?;
        self.event(Event::ViewChanged(collective));
        self.enforce_begun(now);
        for lifted in refold.lifted {
            self.event(Event::Lifted(lifted));
        }
        self.rescan_all(now);
        self.erase_withdrawn(collective)?;
        self.count_leases(now, collective)
    }

    /// What may be had has changed: look at every feed's bodies again.
    pub(crate) fn rescan_all(&mut self, now: u64) {
        for (feed, collective) in self.data_feeds() {
            for peer in self.peers.values_mut().filter(|peer| peer.session.follows(&collective)) {
                peer.session.rescan(feed);
            }
        }
        self.wake_at(now);
    }
}
