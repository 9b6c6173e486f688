//! What to ask a peer next: control before data, headers before bodies, and nothing twice.

mod bodies;
mod gaps;
mod headers;

use std::collections::BTreeSet;
use std::ops::Bound;

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::proof::{FeedNodes, root_at, seeded_consistency_proof};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::attestation::Head;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey};

use crate::io::Event;
use crate::limits::{
    BODY_RETRY, KICK_INTERVAL, MAX_AHEAD, MAX_IN_FLIGHT, MAX_MANIFESTS, MIN_AHEAD, PROTOCOL, SYNC_INTERVAL,
};
use crate::node::Sync;
use crate::session::{Asked, Phase, Told};
use crate::wire::{HeadsRequest, Hello, ProofRequest, Request, Roots};

pub(crate) use headers::{Arrived, HeaderClaim};

impl<S: Store> Sync<S> {
    /// Asks a peer for as much as may be in flight to it.
    pub(crate) fn drive(&mut self, now: u64, peer: PublicKey) -> Result<(), StoreError> {
        loop {
            let Some(state) = self.peers.get(&peer) else { return Ok(()) };
            let session = &state.session;
            if session.in_flight.len() >= MAX_IN_FLIGHT {
                return Ok(());
            }
            let waits = !session.in_flight.is_empty();
            match session.phase {
                Phase::Incompatible => return Ok(()),
                Phase::Hello | Phase::Follow | Phase::Heads if waits => return Ok(()),
                Phase::Hello => self.ask_hello(now, peer),
                Phase::Follow => {
                    let follow = self.follow.iter().copied().collect();
                    self.ask(now, peer, &Request::Follow(follow), Asked::Follow);
                }
                Phase::Heads => self.ask_heads(now, peer),
                Phase::Idle(until) if now >= until && !waits => self.restart(peer),
                // However long the work is, a strike may have been missed: compare from time to time.
                Phase::Work if now >= session.last_hello + 2 * SYNC_INTERVAL => self.restart(peer),
                Phase::Work | Phase::Idle(_) => {
                    if !self.work(now, peer)? {
                        self.rest(now, peer);
                        return Ok(());
                    }
                }
            }
        }
    }

    fn restart(&mut self, peer: PublicKey) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.restart();
        }
    }

    /// Nothing more can be asked at the moment.
    fn rest(&mut self, now: u64, peer: PublicKey) {
        let jitter = self.rng.number() % (SYNC_INTERVAL / 4);
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let session = &mut state.session;
        if !session.in_flight.is_empty() || !session.scanning.is_empty() {
            return;
        }
        if session.kicked {
            session.kicked = false;
            session.phase = Phase::Idle(now.max(session.last_hello + KICK_INTERVAL));
            return;
        }
        if session.phase == Phase::Work {
            session.phase = Phase::Idle(now + SYNC_INTERVAL + jitter);
            self.event(Event::Settled(peer));
        }
    }

    /// What both we and the peer follow.
    pub(crate) fn shared(&self, peer: &PublicKey) -> BTreeSet<CollectiveId> {
        match self.peers.get(peer).and_then(|state| state.session.follow.as_ref()) {
            Some((_, theirs)) => self.follow.intersection(theirs).copied().collect(),
            None => BTreeSet::new(),
        }
    }

    pub(crate) fn hello(&mut self, peer: &PublicKey) -> Hello {
        Hello {
            oldest: PROTOCOL,
            newest: PROTOCOL,
            role: self.config.role,
            instance: self.heads.instance(),
            arrival: self.heads.arrival(),
            card: self.attestations.card_of(&self.me),
            follow: self.follow_hash,
            roots: self.roots(peer),
        }
    }

    /// Returns the roots over what both follow, if we know what the peer follows.
    pub(crate) fn roots(&mut self, peer: &PublicKey) -> Option<Roots> {
        self.peers.get(peer)?.session.follow.as_ref()?;
        let shared = self.shared(peer);
        let visible: BTreeSet<FeedId> = self.members_feeds_visible_to(peer, &shared);
        let heads = self.heads.root(shared.iter(), |feed| visible.contains(feed));
        Some(Roots { heads, attestations: self.attestations.root(&self.common(shared)) })
    }

    fn ask_hello(&mut self, now: u64, peer: PublicKey) {
        let hello = self.hello(&peer);
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.last_hello = now;
        }
        self.ask(now, peer, &Request::Hello(hello), Asked::Hello);
    }

    fn ask_heads(&mut self, now: u64, peer: PublicKey) {
        let ours = self.follow_hash;
        let Some(state) = self.peers.get(&peer) else { return };
        let theirs = state.session.follow.as_ref().map(|(hash, _)| *hash);
        let told_before = |(since, a, b): (_, Hash, Hash)| (a == ours && Some(b) == theirs).then_some(since);
        let request =
            HeadsRequest { since: state.session.since.and_then(told_before), after: state.session.after };
        self.ask(now, peer, &Request::Heads(request), Asked::Heads);
    }

    /// Asks for one more thing; says whether there was one.
    fn work(&mut self, now: u64, peer: PublicKey) -> Result<bool, StoreError> {
        if self.ask_manifests(now, peer)
            || self.ask_founding(now, peer)
            || self.settle_told(now, peer, Purpose::Control)?
        {
            return Ok(true);
        }
        if self.ask_headers(now, peer, Purpose::Control, MAX_AHEAD)?
            || self.ask_gaps(now, peer, Purpose::Control)
        {
            return Ok(true);
        }
        if self.control_open(&peer) {
            return Ok(false);
        }
        if self.admit_deferred(&peer)? {
            return Ok(true);
        }
        self.compared(&peer);
        if self.settle_told(now, peer, Purpose::Data)? || self.ask_attestations(now, peer) {
            return Ok(true);
        }
        // Bodies before headers, but never so that bodies run out of headers and the line falls idle.
        Ok(self.ask_headers(now, peer, Purpose::Data, MIN_AHEAD)?
            || self.ask_bodies(now, peer)?
            || self.ask_headers(now, peer, Purpose::Data, MAX_AHEAD)?
            || self.ask_gaps(now, peer, Purpose::Data))
    }

    /// Says whether something about a control log is still being asked of the peer.
    fn control_open(&self, peer: &PublicKey) -> bool {
        let Some(state) = self.peers.get(peer) else { return false };
        let is_control =
            |feed: &FeedId| self.store.manifest(feed).is_some_and(|m| m.purpose == Purpose::Control);
        state.session.asked(|asked| match asked {
            Asked::Manifests(_) | Asked::Founding(_) => true,
            Asked::Proof(feed, _) => is_control(feed),
            Asked::Headers(request) => is_control(&request.feed),
            _ => false,
        })
    }

    /// Our control logs are not behind what this peer told: the serve gate may count it.
    fn compared(&mut self, peer: &PublicKey) {
        let shared = self.shared(peer);
        let Some(state) = self.peers.get_mut(peer) else { return };
        if state.session.compared
            || state.session.incomplete
            || matches!(state.session.phase, Phase::Hello | Phase::Follow | Phase::Heads)
        {
            return;
        }
        // A peer that has told nothing of a collective has nothing to compare with.
        let told = state.session.told_of.clone();
        let equal = state.session.equal == Some(true);
        let theirs = self.collectives.views.audience(peer).collectives;
        let mut all = true;
        for collective in shared {
            let behind = |feed: &FeedId| self.behind.control.contains(feed);
            let held = self.collectives.views.held(&collective).is_some();
            let caught_up = !self.collectives.control_feeds(&collective).any(behind);
            if held && caught_up && (equal || told.contains(&collective)) {
                self.gate.compare(collective, *peer, theirs.clone());
            }
            all &= caught_up;
        }
        state.session.compared = all;
    }

    /// Says whether a feed is held and known to be somebody's: of a founding feed a crash may have left the manifest alone.
    pub(crate) fn is_adopted(&self, feed: &FeedId) -> bool {
        self.store.manifest(feed).is_some() && self.collectives.owner(feed).is_some()
    }

    fn ask_manifests(&mut self, now: u64, peer: PublicKey) -> bool {
        let Some(state) = self.peers.get(&peer) else { return false };
        if state.session.asked(|asked| matches!(asked, Asked::Manifests(_))) {
            return false;
        }
        let unknown = state.session.told.keys().filter(|feed| !self.is_adopted(feed));
        let feeds: Vec<FeedId> = unknown.take(MAX_MANIFESTS).copied().collect();
        if feeds.is_empty() {
            return false;
        }
        self.ask(now, peer, &Request::Manifests(feeds.clone()), Asked::Manifests(feeds));
        true
    }

    fn ask_attestations(&mut self, now: u64, peer: PublicKey) -> bool {
        let Some(state) = self.peers.get(&peer) else { return false };
        let Some(after) = state.session.attestations.clone() else { return false };
        if state.session.asked(|asked| matches!(asked, Asked::Attestations)) {
            return false;
        }
        self.ask(now, peer, &Request::Attestations(ByteString(after)), Asked::Attestations);
        true
    }

    /// Compares told heads with ours: adopts, asks for proof, or drops; says whether something was asked.
    ///
    /// It goes on where it left off, so that a long list is gone through once and not once for every proof.
    fn settle_told(&mut self, now: u64, peer: PublicKey, purpose: Purpose) -> Result<bool, StoreError> {
        let Some(state) = self.peers.get_mut(&peer) else { return Ok(false) };
        let start = state.session.settled.remove(&purpose);
        // From there to the end, then from the beginning to there.
        for (mut after, last) in [(start, None), (None, Some(start))] {
            while let Some(feed) = self.next_told(&peer, purpose, after)
                && last.is_none_or(|last| Some(feed) <= last)
            {
                if self.settle_one(now, peer, feed)? {
                    if let Some(state) = self.peers.get_mut(&peer) {
                        state.session.settled.insert(purpose, feed);
                    }
                    return Ok(true);
                }
                after = Some(feed);
            }
        }
        Ok(false)
    }

    fn next_told(&self, peer: &PublicKey, purpose: Purpose, after: Option<FeedId>) -> Option<FeedId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut later =
            self.peers.get(peer)?.session.told.range((from, Bound::Unbounded)).map(|(feed, _)| feed);
        let of_purpose = |feed: &&FeedId| {
            let manifest = self.store.manifest(feed).filter(|manifest| manifest.purpose == purpose);
            manifest.is_some() && self.collectives.owner(feed).is_some()
        };
        later.find(of_purpose).copied()
    }

    fn settle_one(&mut self, now: u64, peer: PublicKey, feed: FeedId) -> Result<bool, StoreError> {
        let Some(state) = self.peers.get(&peer) else { return Ok(false) };
        let Some(told) = state.session.told.get(&feed).copied() else { return Ok(false) };
        if state.session.asked(|asked| matches!(asked, Asked::Proof(of, _) if *of == feed)) {
            return Ok(false);
        }
        let Some(manifest) = self.store.manifest(&feed) else { return Ok(false) };
        let signed = signed_head(feed, &told);
        let held = self.store.head(&feed).copied();
        if held.is_some_and(|held| held.head == signed.head) || self.heads.is_forked(&feed) || told.size == 0
        {
            self.forget_told(&peer, &feed);
            return Ok(false);
        }
        if manifest.purpose == Purpose::Data && !self.collectives.delegates(&told.collective, &feed) {
            self.forget_told(&peer, &feed);
            return Ok(false);
        }
        if signed.verify(manifest).is_err() {
            self.forget_told(&peer, &feed);
            self.fault(peer, "head with a bad signature");
            return Ok(false);
        }
        match held {
            Some(held) if held.head.size > told.size => self.check_behind(now, peer, signed, held)?,
            Some(held) if held.head.size == told.size => self.forked(now, held, signed, &[])?,
            Some(held) if held.head.size > 0 => {
                let request = ProofRequest { feed, from: held.head.size, to: told.size, root: told.root };
                self.ask(now, peer, &Request::Proof(request), Asked::Proof(feed, told));
                return Ok(true);
            }
            _ => self.adopt_head(feed, &signed)?,
        }
        self.forget_told(&peer, &feed);
        Ok(false)
    }

    pub(crate) fn forget_told(&mut self, peer: &PublicKey, feed: &FeedId) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.session.told.remove(feed);
        }
    }

    pub(crate) fn adopt_head(&mut self, feed: FeedId, head: &SignedHead) -> Result<(), StoreError> {
        self.store.set_head(&feed, head)?;
        self.note_head(feed);
        self.relay.head_changed(feed);
        Ok(())
    }

    /// A peer told a smaller head than ours: it is behind, or on another branch.
    fn check_behind(
        &mut self,
        now: u64,
        _peer: PublicKey,
        told: SignedHead,
        held: SignedHead,
    ) -> Result<(), StoreError> {
        let feed = held.head.feed;
        if self.store.size(&feed) < held.head.size {
            return Ok(());
        }
        let path = {
            let nodes = FeedNodes { store: &self.store, feed: &feed };
            if root_at(&nodes, told.head.size)? == told.head.root {
                return Ok(());
            }
            seeded_consistency_proof(&nodes, told.head.size, held.head.size)?
        };
        self.forked(now, told, held, &path)
    }

    /// A request will not be answered: forget what it claimed.
    pub(crate) fn request_failed(&mut self, now: u64, peer: PublicKey, id: u64) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let Some(pending) = state.session.in_flight.remove(&id) else { return };
        state.session.incomplete |= !matches!(pending.asked, Asked::Bodies(_) | Asked::Attestations);
        match pending.asked {
            Asked::Hello | Asked::Follow | Asked::Heads => {
                state.session.phase = Phase::Idle(now + BODY_RETRY);
            }
            Asked::Manifests(feeds) => state.session.told.retain(|feed, _| !feeds.contains(feed)),
            Asked::Proof(feed, _) => state.session.told.retain(|told, _| *told != feed),
            Asked::Headers(request) => {
                state.session.absent.insert(request.feed);
                self.release_headers(&peer, &request.feed);
            }
            Asked::Founding(_) => {}
            Asked::Bodies(request) => self.body_refused(now, &peer, &request, BODY_RETRY),
            Asked::Attestations => state.session.attestations = None,
        }
    }

    /// Lets another peer fetch a feed's headers.
    pub(crate) fn release_headers(&mut self, peer: &PublicKey, feed: &FeedId) {
        if self.header_claims.get(feed).is_some_and(|claim| claim.peer == *peer) {
            self.header_claims.remove(feed);
        }
    }

    /// A peer is gone: what it was fetching is anybody's again.
    pub(crate) fn release_claims(&mut self, peer: &PublicKey) {
        self.header_claims.retain(|_, claim| claim.peer != *peer);
        let claimed: Vec<(FeedId, u64)> =
            self.body_claims.iter().filter(|(_, by)| *by == peer).map(|(key, _)| *key).collect();
        for (feed, bundle) in claimed {
            self.release_bundle(peer, feed, bundle);
        }
    }
}

pub(crate) const fn signed_head(feed: FeedId, told: &Told) -> SignedHead {
    SignedHead { head: Head { feed, size: told.size, root: told.root }, signature: told.signature }
}
