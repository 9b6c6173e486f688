//! What this node does itself: append to its own feeds, follow, and say how it stands.

use commonwheel_ledger::publish::{PublishError, append_own, check_personal, publish};
use commonwheel_ledger::store::{Store, StoreError, TipGuard};
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::Rung;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::terms;
use commonwheel_record::{CollectiveId, FeedId, Hash, Leaf, Manifest, PublicKey, RecordId, SecretKey};
use commonwheel_valve::{
    Ancestor, Asker, Decision, Record, Request as Ask, effective_preferences, is_covered,
};

use crate::limits::BUNDLE;
use crate::node::Sync;
use crate::parsed::Header;
use crate::serve::Known;

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
            self.put_back(feed, first)?;
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

    /// Counts what is held of a data feed, and what the valve would grant this node of it.
    ///
    /// # Errors
    /// [`StoreError`] if the feed cannot be read.
    pub fn holdings(&mut self, feed: &FeedId) -> Result<Holdings, StoreError> {
        let mut holdings = Holdings::default();
        let (me, asker, purpose) = (self.me, self.asker.clone(), self.config.purpose);
        self.survey(feed, &me, &asker, purpose, |seen| {
            holdings.missing_headers += u64::from(seen.leaf.is_none());
            if !matches!(seen.leaf, Some(Leaf::Contribution(..))) {
                return;
            }
            let granted = seen.decision.serves(Rung::Body);
            holdings.contributions += 1;
            holdings.bodies += u64::from(seen.held);
            holdings.granted += u64::from(granted);
            holdings.wanted += u64::from(granted && !seen.held);
        })?;
        Ok(holdings)
    }

    /// Says whether an embargo in force covers a record that is held, or an ancestor of it, whomever it refuses.
    ///
    /// # Errors
    /// [`StoreError`] if a header cannot be read.
    pub fn is_covered(&mut self, now: u64, id: RecordId) -> Result<bool, StoreError> {
        let Some(manifest) = self.store.manifest(&id.feed).cloned() else { return Ok(false) };
        let leaf = self.header(&id)?.map(|(leaf, _)| leaf);
        let known = self.ancestors(leaf.as_ref())?;
        let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
        let record = Record { ancestors: &ancestors, ..Record::new(id, &manifest, leaf.as_ref()) };
        Ok(is_covered(&self.collectives.views, &self.leases, &record, now / 1000))
    }

    /// Returns the preferences that hold for a contribution that is held: its own, and what embargoes in force lay over
    /// them for those they refuse. None for anything else, or where the header is missing.
    ///
    /// # Errors
    /// [`StoreError`] if a header cannot be read.
    pub fn effective_preferences(
        &mut self,
        now: u64,
        id: RecordId,
    ) -> Result<Option<terms::Preferences>, StoreError> {
        let Some(manifest) = self.store.manifest(&id.feed).cloned() else { return Ok(None) };
        let leaf = self.header(&id)?.map(|(leaf, _)| leaf);
        let known = self.ancestors(leaf.as_ref())?;
        let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
        let record = Record { ancestors: &ancestors, ..Record::new(id, &manifest, leaf.as_ref()) };
        Ok(effective_preferences(&self.collectives.views, &self.leases, &record, None, now / 1000))
    }

    /// Asks the valve about every record of a feed, as if `server` were asked for bodies by `asker`.
    ///
    /// # Errors
    /// [`StoreError`] if the feed cannot be read.
    pub fn survey(
        &mut self,
        feed: &FeedId,
        server: &PublicKey,
        asker: &Asker,
        purpose: terms::Purpose,
        mut each: impl FnMut(&Seen<'_>),
    ) -> Result<(), StoreError> {
        let Some(manifest) = self.store.manifest(feed).cloned() else { return Ok(()) };
        let size = self.store.size(feed);
        let ask = Ask { audience: asker, purpose, rung: Rung::Body };
        for bundle in 0..size.div_ceil(BUNDLE) {
            let start = bundle * BUNDLE;
            let headers = self.parsed.bundle(&self.store, feed, bundle)?;
            let held = self.store.held(feed, start, (start + BUNDLE).min(size));
            for ((index, header), held) in (start..).zip(headers.iter()).zip(held) {
                let leaf = header.as_ref().map(|Header { leaf, .. }| leaf);
                let record = RecordId { feed: *feed, index };
                let decision = self.decide_as(server, &ask, record, &manifest, leaf)?;
                each(&Seen { record, leaf, held, decision });
            }
        }
        Ok(())
    }
}

/// A record in a survey.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Its name.
    pub record: RecordId,
    /// What it says; none if its header is missing.
    pub leaf: Option<&'a Leaf>,
    /// Whether its body is held here.
    pub held: bool,
    /// What the valve says.
    pub decision: Decision,
}

/// What is held of a data feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Positions whose header is missing.
    pub missing_headers: u64,
    /// Contributions whose header is held.
    pub contributions: u64,
    /// Those whose body is held.
    pub bodies: u64,
    /// Those whose body the valve grants this node.
    pub granted: u64,
    /// Those it grants that are not held.
    pub wanted: u64,
}
