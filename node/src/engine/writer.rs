//! Writing this node's own feeds, and signing nothing while what was signed before is not held.

use commonwheel_ledger::publish::{PublishError, check_tip};
use commonwheel_ledger::store::{Store as _, StoreError};
use commonwheel_record::control::Content;
use commonwheel_record::{CollectiveId, FeedId, RecordId};
use commonwheel_store::{FileGuard, FileStore};
use commonwheel_sync::NewRecord;

use crate::engine::{Engine, Unable};

/// Why this node signs nothing for now: a feed of its own does not continue what was signed of it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("feed {feed}: {why}")]
pub(crate) struct ReadOnly {
    /// The feed.
    pub(crate) feed: FeedId,
    /// In which way.
    pub(crate) why: PublishError,
}

impl ReadOnly {
    /// Says what the operator can do about it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self.why {
            PublishError::Behind { .. } => {
                "connect a peer that holds this feed: what is missing is fetched from it, and writing goes on by itself"
            }
            _ => {
                "stop the node, restore the newest backup of the data directory, and leave the tip guard as it is"
            }
        }
    }
}

/// Returns what keeps this node from signing, as its guard and its heads state it.
pub(super) fn unconfirmed(
    store: &FileStore,
    guard: &FileGuard,
    written: &[FeedId],
) -> Result<Option<ReadOnly>, StoreError> {
    for feed in written.iter().copied() {
        match check_tip(store, guard, &feed) {
            Ok(()) => {}
            Err(PublishError::Store(error)) => return Err(error),
            Err(why) => return Ok(Some(ReadOnly { feed, why })),
        }
    }
    Ok(None)
}

impl Engine {
    /// Looks again whether this node may sign, and goes on where it may again.
    pub(crate) fn confirm(&mut self, now: u64) -> Result<(), PublishError> {
        let found = unconfirmed(self.sync.store(), &self.guard, &self.written())?;
        let before = std::mem::replace(&mut self.read_only, found);
        match (&before, &self.read_only) {
            (None, Some(why)) => tracing::error!(%why, fix = why.fix(), "this node signs nothing for now"),
            (Some(_), None) => {
                self.sign_pending(now).map_err(|pending| pending.why)?;
                self.enlist()?;
                tracing::warn!("what was signed before is held again; this node may sign");
            }
            _ => {}
        }
        Ok(())
    }

    /// Signs what a crash left appended and unsigned.
    pub(super) fn sign_pending(&mut self, now: u64) -> Result<(), ReadOnly> {
        let key = self.keys.writer.clone();
        self.written().into_iter().try_for_each(|feed| {
            let signed = self.sync.publish_pending(now, &mut self.guard, &key, &feed);
            signed.map_err(|why| ReadOnly { feed, why })
        })
    }

    /// Makes the protocol take the feeds for this node's own, which it does not while they are behind.
    fn enlist(&mut self) -> Result<(), StoreError> {
        let own = self.own.into_iter().flat_map(|own| own.feeds().map(move |feed| (own.collective, feed)));
        let carried = self.carried.iter().map(|(collective, feed)| (*collective, *feed));
        let feeds: Vec<(CollectiveId, FeedId)> = own.chain(carried).collect();
        feeds.into_iter().try_for_each(|(collective, feed)| {
            match self.sync.store().manifest(&feed).cloned() {
                Some(manifest) => self.sync.create_feed(&manifest, collective),
                None => Ok(()),
            }
        })
    }

    /// Returns an error unless this node may sign now.
    pub(crate) fn check_writable(&mut self, now: u64) -> Result<(), Unable> {
        self.confirm(now)?;
        self.read_only.clone().map_or(Ok(()), |why| Err(Unable::ReadOnly(why)))
    }

    /// Appends to one of this node's feeds.
    pub(crate) fn append(&mut self, now: u64, feed: FeedId, records: Vec<NewRecord>) -> Result<u64, Unable> {
        self.check_writable(now)?;
        let key = self.keys.writer.clone();
        Ok(self.sync.append(now, &mut self.guard, &key, &feed, records)?)
    }

    /// Appends a control record signed by this node's governance key.
    pub(crate) fn decree(&mut self, now: u64, content: Content) -> Result<RecordId, Unable> {
        let key = self.keys.governance.clone().ok_or(Unable::NoGovernance)?;
        let own = self.own.ok_or(Unable::NoCollective)?;
        let leaf = commonwheel_collective::found::leaf(&self.network, own.collective, &[&key], content);
        self.append_control(now, own.collective, leaf, None)
    }
}
