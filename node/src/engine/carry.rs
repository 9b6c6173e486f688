//! Control feeds that this node writes for collectives that are not its own.
//!
//! A carrier can pass on what members and governance keys signed, and keep none of it from the others; it can forge
//! nothing, since authority is in the records. The feed counts once the collective's root keys delegate it.

use commonwheel_collective::{UNFOUNDED, found};
use commonwheel_ledger::store::{Store as _, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::limits::MAX_CONTROL_FEEDS;
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{CollectiveId, FeedId, Manifest, PublicKey, RecordId};
use commonwheel_store::FileStore;
use commonwheel_sync::NewRecord;

use crate::engine::{Engine, Own, Unable};

/// Collectives that one node carries records for. The tip guard has room for more feeds than these.
pub(crate) const MAX_CARRIED: usize = 32;

/// Returns the control feeds that a writer writes for collectives other than its own.
pub(super) fn carried(store: &FileStore, writer: &PublicKey) -> Vec<(CollectiveId, FeedId)> {
    let is_carried = |manifest: &Manifest| {
        manifest.writer == *writer && manifest.purpose == Purpose::Control && manifest.collective != UNFOUNDED
    };
    let feeds = store.feeds().into_iter();
    let named = feeds.filter_map(|feed| {
        let manifest = store.manifest(&feed).filter(|manifest| is_carried(manifest))?;
        Some((manifest.collective, feed))
    });
    named.collect()
}

impl Engine {
    /// Returns every feed that this node writes: its own collective's, and those it carries.
    pub(crate) fn written(&self) -> Vec<FeedId> {
        self.own.iter().flat_map(Own::feeds).chain(self.carried.values().copied()).collect()
    }

    /// Returns the control feed that this node writes for a collective, its own or another.
    pub(crate) fn control_feed(&self, collective: &CollectiveId) -> Option<FeedId> {
        let own = self.own.filter(|own| own.collective == *collective).map(|own| own.control);
        own.or_else(|| self.carried.get(collective).copied())
    }

    /// Says whether records that this node appends for a collective count there: it writes the founding feed, or one
    /// that the root keys delegated. A feed is one of the collective's from its first record on.
    pub(crate) fn counts_for(&self, collective: &CollectiveId) -> bool {
        let feed = self.control_feed(collective);
        feed.zip(self.sync.views().get(collective)).is_some_and(|(feed, view)| {
            let delegated = view.feeds().get(&feed).is_some_and(Option::is_none);
            let counts = view.control_feeds().contains(&feed);
            let may = self.sync.store().size(&feed) == 0 && view.control_feeds().len() < MAX_CONTROL_FEEDS;
            counts || (delegated && may)
        })
    }

    /// Returns the control feed that this node writes for a collective, made now if there is none yet.
    pub(crate) fn carry(&mut self, now: u64, collective: CollectiveId) -> Result<FeedId, Unable> {
        if let Some(feed) = self.control_feed(&collective) {
            return Ok(feed);
        }
        if self.carried.len() >= MAX_CARRIED {
            return Err(Unable::CarriesMost);
        }
        self.check_writable(now)?;
        let writer = self.keys.writer.public();
        let manifest = found::feed(&self.network, collective, Purpose::Control, FeedAudience::Public, writer);
        self.sync.create_feed(&manifest, collective)?;
        self.carried.insert(collective, manifest.id());
        self.confirm(now)?;
        Ok(manifest.id())
    }

    /// Appends an encoded control record, with its body, to the control feed that this node writes for a collective.
    pub(crate) fn append_control(
        &mut self,
        now: u64,
        collective: CollectiveId,
        leaf: Vec<u8>,
        body: Option<SealedBody>,
    ) -> Result<RecordId, Unable> {
        let feed = self.control_feed(&collective).ok_or(Unable::NotCarrier(collective))?;
        let index = self.append(now, feed, vec![NewRecord { leaf, body }])?;
        Ok(RecordId { feed, index })
    }

    /// Notes the feeds that this node carries anew, since the store may have got one of them back.
    pub(super) fn note_carried(&mut self) {
        self.carried = carried(self.sync.store(), &self.keys.writer.public()).into_iter().collect();
    }
}

impl From<StoreError> for Unable {
    fn from(error: StoreError) -> Self {
        Self::Publish(error.into())
    }
}
