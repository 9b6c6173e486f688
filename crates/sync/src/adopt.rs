//! What is in the store when a node starts, and what it says of each feed: whose it is, how far it is held, who is followed.

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{Domain, FeedId, Hasher};
use commonwheel_valve::Asker;

use crate::collectives::{FOUNDING_LEAVES, founded_by, is_founding, is_members};
use crate::limits::{MAX_FOLLOW, MAX_NAMED};
use crate::node::Sync;
use crate::reconcile::Reading;

impl<S: Store> Sync<S> {
    pub(crate) fn load(&mut self) -> Result<(), StoreError> {
        self.load_erased();
        self.load_leases();
        let forked = self.attestations.forked_feeds();
        for feed in self.store.feeds() {
            self.adopt_feed(feed)?;
        }
        for feed in forked {
            self.mark_forked(feed);
        }
        let collectives: Vec<_> = self.collectives.logs();
        for collective in &collectives {
            self.collectives.refold(&self.store, *collective);
            if is_planted(Fault::ForgetOnRestart) {
                self.collectives.forget_embargoes(collective);
            }
            self.note_gaps(collective);
            self.erase_personal(collective)?;
        }
        self.refollow();
        for collective in &collectives {
            self.fill_queues(self.clock, *collective)?;
            self.count_leases(self.clock, *collective)?;
        }
        self.enforce_begun(self.clock);
        self.flush_attestations(self.clock)?;
        // Only now: what one collective took back may be derived from by another, and given away by a third.
        collectives.into_iter().try_for_each(|collective| self.erase_withdrawn(collective))
    }

    /// Takes note of a feed that is in the store: whose it is, its head, and what is missing.
    pub(crate) fn adopt_feed(&mut self, feed: FeedId) -> Result<(), StoreError> {
        let Some(manifest) = self.store.manifest(&feed).cloned() else { return Ok(()) };
        let owner = if is_founding(&manifest) {
            // Of a founding that a crash cut short the rest is found as if nothing were held; our own we go on writing.
            let leaves = self.store.headers(&feed, 0, FOUNDING_LEAVES)?;
            let whole = leaves.len() as u64 == FOUNDING_LEAVES || self.config.own_feeds.contains(&feed);
            let first = leaves.into_iter().next().flatten().filter(|_| whole);
            first.and_then(|leaf| founded_by(&self.config.network, &leaf))
        } else {
            Some(manifest.collective)
        };
        let Some(owner) = owner else { return Ok(()) };
        self.collectives.adopt(feed, &manifest, owner);
        if manifest.purpose == Purpose::Control {
            self.collectives.read(&self.store, &feed)?;
        }
        self.note_head(feed);
        Ok(())
    }

    /// Brings the tables up to a feed's head and size.
    pub(crate) fn note_head(&mut self, feed: FeedId) {
        let (Some(owner), Some(manifest)) = (self.collectives.owner(&feed), self.store.manifest(&feed))
        else {
            return;
        };
        let members = is_members(manifest);
        let control = manifest.purpose == Purpose::Control;
        let Some(head) = self.store.head(&feed).map(|signed| signed.head) else { return };
        let size = self.store.size(&feed);
        // A head whose leaves are not held is neither compared nor told: nobody could fetch from here what is behind it,
        // and where its writer is gone, nobody ever will.
        if size >= head.size {
            self.heads.note(feed, owner, members, Reading::Head(head.size, head.root));
        } else if size > 0 && !self.heads.is_known(&feed) {
            let root = self.store.frontier(&feed).root();
            self.heads.note(feed, owner, members, Reading::Head(size, root));
        }
        let set = if control { &mut self.behind.control } else { &mut self.behind.data };
        if size < head.size && !self.heads.is_forked(&feed) {
            set.insert(feed);
        } else {
            set.remove(&feed);
        }
    }

    pub(crate) fn mark_forked(&mut self, feed: FeedId) {
        let Some(owner) = self.collectives.owner(&feed) else { return };
        let members = self.store.manifest(&feed).is_some_and(is_members);
        self.heads.note(feed, owner, members, Reading::Forked);
        if self.store.manifest(&feed).is_some_and(is_founding) {
            self.heads.close(owner, feed);
        }
        self.collectives.fork(feed, self.store.manifest(&feed));
        self.behind.control.remove(&feed);
        self.behind.data.remove(&feed);
    }

    /// Computes anew whom we follow: those configured, and those their control logs name.
    pub(crate) fn refollow(&mut self) {
        let mut follow = self.config.follow.clone();
        for collective in &self.config.follow {
            // No collective can crowd out another: those configured stay, and each may name so many.
            let named = self.collectives.named_by(collective).into_iter().take(MAX_NAMED);
            follow.extend(named.take(MAX_FOLLOW.saturating_sub(follow.len())));
        }
        self.follow = follow;
        let mut hasher = Hasher::new(Domain::FOLLOW, &self.config.network);
        self.follow.iter().for_each(|collective| hasher.update(collective.as_bytes()));
        self.follow_hash = hasher.finish();
        self.asker = Asker::Peer(self.collectives.views.audience(&self.me));
    }
}
