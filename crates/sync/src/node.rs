//! The protocol's root: owns the sub-machines and passes events between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use commonwheel_collective::{Audience, Views};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::attestation::Attestation;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Hasher, PublicKey, RecordId};
use commonwheel_valve::{Asker, Leases};

use crate::attestations::Attestations;
use crate::collectives::{Collectives, FOUNDING_LEAVES, founded_by, is_founding, is_members};
use crate::enforce::Enforced;
use crate::fetch::HeaderClaim;
use crate::gate::Gate;
use crate::io::{Config, Event, Input, Output};
use crate::limits::{DRAIN_DEADLINE, MAX_FAULTS, MAX_FOLLOW, MAX_NAMED, REQUEST_DEADLINE};
use crate::parsed::Parsed;
use crate::reconcile::{HeadTable, Reading};
use crate::relay::Relay;
use crate::remember::Remembered;
use crate::rng::Rng;
use crate::session::{Asked, Peer, Pending, Phase};
use crate::wire::{self, Request};

/// A node's side of the protocol. Time comes in with every input; what to do comes out of [`Sync::poll_output`].
///
/// Outputs may leave only after [`Sync::commit`], so that nothing is acknowledged or forwarded before it is durable.
#[derive(Debug)]
pub struct Sync<S> {
    pub(crate) config: Config,
    pub(crate) me: PublicKey,
    pub(crate) store: S,
    pub(crate) collectives: Collectives,
    pub(crate) leases: Leases,
    pub(crate) heads: HeadTable,
    pub(crate) attestations: Attestations,
    pub(crate) gate: Gate,
    pub(crate) peers: BTreeMap<PublicKey, Peer>,
    remembered: Remembered,
    pub(crate) enforced: Enforced,
    pub(crate) parsed: Parsed,
    pub(crate) relay: Relay,
    pub(crate) rng: Rng,
    pub(crate) follow: BTreeSet<CollectiveId>,
    pub(crate) follow_hash: Hash,
    /// Feeds with a head beyond the leaves held, control feeds apart.
    pub(crate) behind: Behind,
    pub(crate) header_claims: BTreeMap<FeedId, HeaderClaim>,
    /// Withdrawals whose bodies were looked for and erased since the start.
    pub(crate) erased: BTreeSet<RecordId>,
    /// Bundles in which a scan found headers missing: withheld when they came, and to be asked for at every hello.
    pub(crate) gaps: BTreeSet<(FeedId, u64)>,
    /// Bundles with a derived contribution that is not to be had: what is known of its ancestors, in other feeds, may
    /// change without anything changing here, so they are looked at again at every hello.
    pub(crate) derived: BTreeSet<(FeedId, u64)>,
    /// Bundles whose bodies are being fetched, and from whom.
    pub(crate) body_claims: BTreeMap<(FeedId, u64), PublicKey>,
    /// Submissions whose body is lost, each with a contribution of it whose body is held.
    pub(crate) orphans: BTreeMap<RecordId, RecordId>,
    pub(crate) asker: Asker,
    /// The time of the input being handled, in milliseconds since 1970.
    pub(crate) clock: u64,
    next_id: u64,
    output: VecDeque<Output>,
    /// Statements of our own that a fold gave rise to; they are kept as soon as the store is at hand.
    pub(crate) pending_attestations: Vec<Attestation>,
    /// When to look at something again even if nothing happens.
    pub(crate) wake: Option<u64>,
}

/// Feeds whose leaves are not all held yet.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    pub(crate) control: BTreeSet<FeedId>,
    pub(crate) data: BTreeSet<FeedId>,
}

impl<S: Store> Sync<S> {
    /// Starts from what the store holds.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn new(now: u64, config: Config, store: S) -> Result<Self, StoreError> {
        let mut rng = Rng::new(config.seed);
        let instance = rng.number();
        let me = config.key.public();
        let mut sync = Self {
            me,
            collectives: Collectives::new(config.network),
            leases: Leases::default(),
            heads: HeadTable::new(config.network, instance),
            attestations: Attestations::load(config.network, &store),
            gate: Gate::new(now, config.partners.clone()),
            peers: BTreeMap::new(),
            remembered: Remembered::default(),
            enforced: Enforced::default(),
            parsed: Parsed::new(),
            relay: Relay::default(),
            rng,
            follow: BTreeSet::new(),
            follow_hash: Hash::default(),
            behind: Behind::default(),
            header_claims: BTreeMap::new(),
            erased: BTreeSet::new(),
            gaps: BTreeSet::new(),
            derived: BTreeSet::new(),
            body_claims: BTreeMap::new(),
            orphans: BTreeMap::new(),
            asker: Asker::Peer(Audience { node: me, collectives: BTreeSet::new(), region: None }),
            pending_attestations: Vec::new(),
            clock: now,
            next_id: 0,
            output: VecDeque::new(),
            wake: None,
            store,
            config,
        };
        sync.load()?;
        Ok(sync)
    }

    fn load(&mut self) -> Result<(), StoreError> {
        self.load_erased();
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
        }
        self.refollow();
        self.enforce_begun(self.clock);
        self.flush_attestations(self.clock)?;
        // Only now: what one collective took back may be derived from by another, and given away by a third.
        collectives.into_iter().try_for_each(|collective| self.erase_withdrawn(collective))
    }

    /// Control records that are missing are asked for like any header: a strike may be among them.
    fn note_gaps(&mut self, feed: FeedId) {
        let gaps = self.collectives.gaps(&feed).into_iter();
        self.gaps.extend(gaps.map(|bundle| (feed, bundle)));
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
            self.note_gaps(feed);
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

    /// Handles one input. Call [`Sync::commit`] before acting on what comes out.
    ///
    /// # Errors
    /// [`StoreError`], after which the node must stop: what was not committed may be lost.
    pub fn handle(&mut self, now: u64, input: Input) -> Result<(), StoreError> {
        self.clock = now;
        match input {
            Input::Connected { peer } => {
                let state = self.peers.entry(peer).or_insert_with(|| Peer::new(now));
                self.remembered.recall(&peer, &mut state.session);
                self.drive(now, peer)
            }
            Input::Disconnected { peer } => {
                if let Some(state) = self.peers.remove(&peer) {
                    self.remembered.keep(peer, state.session);
                }
                self.release_claims(&peer);
                self.drive_all(now)
            }
            Input::Request { peer, id, bytes } => self.serve(now, peer, id, &bytes),
            Input::Response { peer, id, bytes } => {
                self.receive(now, peer, id, &bytes)?;
                self.drive(now, peer)
            }
            Input::RequestFailed { peer, id } => {
                self.request_failed(now, peer, id);
                self.drive(now, peer)
            }
            Input::ResponseSent { peer, id } => self.response_sent(now, peer, id),
            Input::Gossip { topic, from, id, bytes } => self.gossip(now, topic, from, id, &bytes),
            Input::Wake => self.tick(now),
        }
    }

    /// Makes everything durable that the outputs rest on.
    ///
    /// # Errors
    /// [`StoreError`], after which the node must stop.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit()
    }

    /// Returns the next thing to do, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    /// Returns when [`Input::Wake`] is due at the latest.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let session = |peer: &Peer| {
            // While something is in flight its reply, or its deadline, is what there is to wait for.
            let waits = !peer.session.in_flight.is_empty();
            let idle = match peer.session.phase {
                Phase::Idle(until) if !waits => Some(until),
                _ => None,
            };
            let deadline = peer.session.in_flight.values().map(|pending| pending.deadline).min();
            let retries = peer.session.scans.values().filter(|_| !waits);
            let retry = retries.filter_map(|scan| scan.retry.map(|(_, at)| at)).min();
            [idle, deadline, retry, peer.drain_by].into_iter().flatten().min()
        };
        let peers = self.peers.values().filter_map(session).min();
        [peers, self.relay.next_wake(), self.wake, self.enforced.next].into_iter().flatten().min()
    }

    fn tick(&mut self, now: u64) -> Result<(), StoreError> {
        self.wake = None;
        if self.enforced.next.is_some_and(|starts| starts <= now) {
            self.enforce_begun(now);
        }
        self.flush_attestations(now)?;
        self.relay_tick(now);
        let late: Vec<(PublicKey, u64)> = self
            .peers
            .iter()
            .flat_map(|(key, peer)| {
                let in_flight = peer.session.in_flight.iter();
                in_flight.filter(|(_, pending)| pending.deadline <= now).map(|(id, _)| (*key, *id))
            })
            .collect();
        for (peer, id) in late {
            self.request_failed(now, peer, id);
        }
        let stuck: Vec<PublicKey> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.drain_by.is_some_and(|by| by <= now))
            .map(|(key, _)| *key)
            .collect();
        for peer in stuck {
            self.disconnect(peer, "did not drain what it was sent while an embargo is pending");
        }
        self.drive_all(now)
    }

    pub(crate) fn drive_all(&mut self, now: u64) -> Result<(), StoreError> {
        let peers: Vec<PublicKey> = self.peers.keys().copied().collect();
        peers.into_iter().try_for_each(|peer| self.drive(now, peer))
    }

    pub(crate) fn emit(&mut self, output: Output) {
        self.output.push_back(output);
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.emit(Output::Event(event));
    }

    pub(crate) fn ask(&mut self, now: u64, peer: PublicKey, request: &Request, asked: Asked) {
        self.next_id += 1;
        let id = self.next_id;
        let Some(state) = self.peers.get_mut(&peer) else { return };
        state.session.in_flight.insert(id, Pending { deadline: now + REQUEST_DEADLINE, asked });
        self.emit(Output::Request { peer, id, bytes: wire::encode(request) });
    }

    /// A peer did what it must not; after a few times we part.
    pub(crate) fn fault(&mut self, peer: PublicKey, what: &'static str) {
        self.event(Event::Fault(peer, what));
        let Some(state) = self.peers.get_mut(&peer) else { return };
        state.faults += 1;
        if state.faults >= MAX_FAULTS {
            self.disconnect(peer, what);
        }
    }

    fn disconnect(&mut self, peer: PublicKey, why: &'static str) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.drain_by = None;
            state.waiting.clear();
        }
        self.emit(Output::Disconnect { peer, why });
    }

    /// From now on what is unsent must leave quickly, or not at all.
    pub(crate) fn demand_drain(&mut self, now: u64) {
        for peer in self.peers.values_mut() {
            if !peer.unsent.is_empty() {
                peer.draining.extend(peer.unsent.keys());
                peer.drain_by = Some(peer.drain_by.unwrap_or(now + DRAIN_DEADLINE));
            }
        }
    }

    pub(crate) fn wake_at(&mut self, at: u64) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// Reads what is new in a control feed, folds, and acts on what changed.
    pub(crate) fn control_grew(&mut self, now: u64, feed: FeedId) -> Result<(), StoreError> {
        let Some(owner) = self.collectives.owner(&feed) else { return Ok(()) };
        if self.collectives.read(&self.store, &feed)? {
            self.note_gaps(feed);
            self.refold(now, owner)?;
        }
        self.flush_attestations(now)
    }

    pub(crate) fn refold(&mut self, now: u64, collective: CollectiveId) -> Result<(), StoreError> {
        let refold = self.collectives.refold(&self.store, collective);
        if !refold.changed {
            return Ok(());
        }
        self.refollow();
        self.event(Event::ViewChanged(collective));
        self.enforce_begun(now);
        for lifted in refold.lifted {
            self.event(Event::Lifted(lifted));
        }
        self.rescan_all(now);
        self.erase_withdrawn(collective)
    }

    /// What may be had has changed: look at every feed's bodies again.
    fn rescan_all(&mut self, now: u64) {
        for (feed, collective) in self.data_feeds() {
            for peer in self.peers.values_mut().filter(|peer| peer.session.follows(&collective)) {
                peer.session.rescan(feed);
            }
        }
        self.wake_at(now);
    }

    pub(crate) fn data_feeds(&self) -> Vec<(FeedId, CollectiveId)> {
        let is_data = |feed: &FeedId| self.store.manifest(feed).is_some_and(|m| m.purpose == Purpose::Data);
        let feeds_of = |collective| {
            self.heads.feeds_of(collective).filter(|feed| is_data(feed)).map(|feed| (*feed, *collective))
        };
        self.follow.iter().flat_map(feeds_of).collect()
    }

    /// Returns what is stored.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Returns what is stored, for writes that the protocol need not know of.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Ends the protocol and returns the store.
    pub fn into_store(self) -> S {
        self.store
    }

    /// Returns the views of all collectives whose control logs are held.
    #[must_use]
    pub const fn views(&self) -> &Views {
        &self.collectives.views
    }

    /// Returns the newest leases held.
    #[must_use]
    pub const fn leases(&self) -> &Leases {
        &self.leases
    }

    /// Returns the collectives followed.
    #[must_use]
    pub const fn follow(&self) -> &BTreeSet<CollectiveId> {
        &self.follow
    }

    /// Returns whose feed a feed is.
    #[must_use]
    pub fn owner(&self, feed: &FeedId) -> Option<CollectiveId> {
        self.collectives.owner(feed)
    }

    /// Returns the connected peers.
    pub fn connected(&self) -> impl Iterator<Item = &PublicKey> {
        self.peers.keys()
    }
}
