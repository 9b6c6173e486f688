//! What this node does itself: append to its own feeds, follow, and say how it stands.

use commonwheel_ledger::publish::{PublishError, append_own, check_personal, publish};
use commonwheel_ledger::store::{Store, StoreError, TipGuard};
use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, Manifest, PublicKey, SecretKey};

use crate::limits::BUNDLE;
use crate::node::Sync;

/// A leaf to append, with its body.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// The leaf.
    pub leaf: Vec<u8>,
    /// Its body, if it has one.
    pub body: Option<SealedBody>,
}

/// How a node stands towards a set of collectives; equal on nodes that have converged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Over heads.
    pub heads: Hash,
    /// Over views.
    pub views: Hash,
    /// Over attestations; they may differ while views and heads agree.
    pub attestations: Hash,
    /// Leaves that are known of and not held yet.
    pub missing_leaves: u64,
}

impl<S: Store> Sync<S> {
    /// Creates a feed of this node's own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create_feed(&mut self, manifest: &Manifest, owner: CollectiveId) -> Result<(), StoreError> {
        let feed = manifest.id();
        self.store.create(manifest)?;
        self.config.own_feeds.insert(feed);
        self.collectives.adopt(feed, manifest, owner);
        self.store.commit()
    }

    /// Appends records to a feed of this node's own, signs the new head, and tells the neighbours. The feed may be a
    /// control feed that it carries for another collective; a control record with a personal part comes with its body.
    ///
    /// When this returns, the records are durable and their index is theirs for ever.
    ///
    /// # Errors
    /// [`PublishError`]; [`PublishError::Store`] is fatal save for refusals.
    pub fn append(
        &mut self,
        now: u64,
        guard: &mut impl TipGuard,
        key: &SecretKey,
        feed: &FeedId,
        records: Vec<NewRecord>,
    ) -> Result<u64, PublishError> {
        self.clock = now;
        for (offset, record) in records.iter().enumerate() {
            check_personal(&self.config.network, offset, &record.leaf, record.body.as_ref())?;
        }
        let control = self.store.manifest(feed).is_some_and(|manifest| manifest.purpose == Purpose::Control);
        if control {
            self.set_aside(feed, &records)?;
        }
        let mut leaves = Vec::with_capacity(records.len());
        let mut bodies = Vec::new();
        for (offset, record) in records.into_iter().enumerate() {
            leaves.push(record.leaf);
            bodies.extend(record.body.map(|body| (offset as u64, body)));
        }
        let first = append_own(&mut self.store, feed, &leaves)?;
        let mut bodies: Vec<(u64, SealedBody)> =
            bodies.into_iter().map(|(offset, body)| (first + offset, body)).collect();
        // Submissions first, so that no crash leaves a contribution's body without the consent it rests on.
        bodies.sort_by_key(|(_, body)| body.submission.is_some());
        self.store.put_bodies(feed, &bodies)?;
        self.publish_own(now, guard, key, feed, first)?;
        if control {
            self.forget_spares(feed)?;
        }
        Ok(first)
    }

    /// Signs a head over leaves that were appended before a crash, if there are any.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish_pending(
        &mut self,
        now: u64,
        guard: &mut impl TipGuard,
        key: &SecretKey,
        feed: &FeedId,
    ) -> Result<(), PublishError> {
        let first = self.store.head(feed).map_or(0, |signed| signed.head.size);
        let control = self.store.manifest(feed).is_some_and(|manifest| manifest.purpose == Purpose::Control);
        if control {
            self.put_back(now, feed, first)?;
        }
        self.publish_own(now, guard, key, feed, first)?;
        if control {
            self.forget_spares(feed)?;
        }
        Ok(())
    }

    fn publish_own(
        &mut self,
        now: u64,
        guard: &mut impl TipGuard,
        key: &SecretKey,
        feed: &FeedId,
        first: u64,
    ) -> Result<(), PublishError> {
        if publish(&mut self.store, guard, key, feed)?.is_none() {
            return Ok(());
        }
        self.note_head(*feed);
        self.relay.head_changed(*feed);
        if self.store.manifest(feed).is_some_and(|manifest| manifest.purpose == Purpose::Control) {
            self.control_grew(now, *feed)?;
            for index in first..self.store.size(feed) {
                self.publish_control(*feed, index)?;
            }
        }
        self.queue_grown(now, feed)?;
        self.flush_attestations(now)?;
        self.wake_at(now);
        Ok(())
    }

    /// Takes note that what was held around a position has changed in place: a repair dropped headers or bodies, which
    /// are wanted again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn repaired(&mut self, now: u64, feed: FeedId, index: u64) -> Result<(), StoreError> {
        self.parsed.forget_feed(&feed);
        if self.parsed.bundle(&self.store, &feed, index / BUNDLE)?.iter().any(Option::is_none) {
            self.gaps.insert((feed, index / BUNDLE));
        }
        self.header_claims.remove(&feed);
        self.note_head(feed);
        self.collectives.unread(&feed);
        self.control_grew(now, feed)?;
        for peer in self.peers.values_mut() {
            peer.session.refetched.retain(|(of, _), _| *of != feed);
            peer.session.rescan(feed);
        }
        self.wake_at(now);
        Ok(())
    }

    /// Follows a further collective.
    pub fn add_follow(&mut self, now: u64, collective: CollectiveId) {
        self.config.follow.insert(collective);
        self.refollow();
        let peers: Vec<PublicKey> = self.peers.keys().copied().collect();
        peers.iter().for_each(|peer| self.kick(peer));
        self.wake_at(now);
    }

    /// Takes a peer as a partner: comparing with it alone opens the serve gate.
    pub fn add_partner(&mut self, peer: PublicKey) {
        self.config.partners.insert(peer);
        self.gate.add_partner(peer);
    }

    /// Says how this node stands towards collectives it follows, among nodes that know no members feeds.
    pub fn standing(&mut self, collectives: &[CollectiveId]) -> Standing {
        let heads = self.heads.root(collectives.iter(), |_| false);
        let views = self.collectives.views_hash(collectives);
        let attestations = self.attestations.root(&self.common(collectives.iter().copied().collect()));
        let behind = self.behind.control.iter().chain(&self.behind.data);
        let missing = |feed: &FeedId| {
            self.store.head(feed).map_or(0, |signed| signed.head.size).saturating_sub(self.store.size(feed))
        };
        Standing { heads, views, attestations, missing_leaves: behind.map(missing).sum() }
    }

    /// Says whether a fork proof of a feed is held.
    #[must_use]
    pub fn is_forked(&self, feed: &FeedId) -> bool {
        self.heads.is_forked(feed)
    }

    /// Says whether heads were equal at the last comparison with a peer; none before the first.
    #[must_use]
    pub fn in_sync(&self, peer: &PublicKey) -> Option<bool> {
        self.peers.get(peer)?.session.equal
    }

    /// Returns why no body of a collective is served here at present, if that is so.
    #[must_use]
    pub fn not_serving(&self, collective: &CollectiveId) -> Option<&'static str> {
        if !self.collectives.is_whole(collective) {
            return Some("a control record is missing here, and a strike may be among what is not known");
        }
        let open = self.may_serve(self.clock, collective);
        (!open)
            .then_some("its control heads were not compared with a partner, or two others, since the start")
    }
}
