//! The protocol's root: owns the sub-machines and passes events between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use commonwheel_collective::{Audience, Views};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::attestation::Attestation;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey, RecordId};
use commonwheel_valve::{Asker, Leases};

use crate::attestations::Attestations;
use crate::collectives::Collectives;
use crate::enforce::Enforced;
use crate::fetch::HeaderClaim;
use crate::gate::Gate;
use crate::io::{Config, Event, Input, Output};
use crate::limits::{MAX_FAULTS, REQUEST_DEADLINE};
use crate::parsed::Parsed;
use crate::queues::Queues;
use crate::reconcile::HeadTable;
use crate::relay::Relay;
use crate::remember::Remembered;
use crate::rng::Rng;
use crate::session::{Asked, Peer, Pending};
use crate::stamps::Stamps;
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
    pub(crate) stamps: Stamps,
    pub(crate) gate: Gate,
    pub(crate) peers: BTreeMap<PublicKey, Peer>,
    remembered: Remembered,
    pub(crate) enforced: Enforced,
    pub(crate) queues: Queues,
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
    /// When to look at next whether a head is to be cosigned or a lease to be given; 0 after each change.
    pub(crate) duties: Option<u64>,
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
            stamps: Stamps::load(&store),
            gate: Gate::new(now, config.partners.clone()),
            peers: BTreeMap::new(),
            remembered: Remembered::default(),
            enforced: Enforced::default(),
            queues: Queues::default(),
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
            duties: Some(0),
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

    pub(crate) fn disconnect(&mut self, peer: PublicKey, why: &'static str) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.drain_by = None;
            state.waiting.clear();
        }
        self.emit(Output::Disconnect { peer, why });
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
