//! What replies bring: everything is verified before anything is stored.

mod bodies;
mod founding;
mod headers;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::attestation::Attestation;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Manifest, PublicKey};
use commonwheel_valve::Refusal;

use crate::collectives::is_founding;
use crate::limits::{BUNDLE, BUSY_RETRY, MAX_FEEDS, MAX_MANIFESTS, PROTOCOL, SYNC_INTERVAL};
use crate::node::Sync;
use crate::session::{Asked, Phase, Told};
use crate::wire::{self, HeadsPage, Hello, Reply, Since};

impl<S: Store> Sync<S> {
    pub(crate) fn receive(
        &mut self,
        now: u64,
        peer: PublicKey,
        id: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let Some(state) = self.peers.get_mut(&peer) else { return Ok(()) };
        let Some(pending) = state.session.in_flight.remove(&id) else { return Ok(()) };
        let Ok(reply) = wire::decode::<Reply>(bytes) else {
            state.session.in_flight.insert(id, pending);
            self.request_failed(now, peer, id);
            self.fault(peer, "malformed reply");
            return Ok(());
        };
        match (pending.asked, reply) {
            (Asked::Hello, Reply::Hello(hello)) => self.on_hello(now, peer, &hello),
            (Asked::Follow, Reply::Follow(follow)) => self.on_follow(peer, follow),
            (Asked::Heads, Reply::Heads(page)) => self.on_heads(peer, page),
            (Asked::Manifests(feeds), Reply::Manifests(found)) => {
                return self.on_manifests(peer, &feeds, &found);
            }
            (Asked::Proof(feed, told), Reply::Proof(path)) => {
                return self.on_proof(now, peer, feed, told, &path);
            }
            (Asked::Headers(request), Reply::Headers(page)) => {
                return self.on_headers(now, peer, request, page);
            }
            (Asked::Founding(founding), Reply::Headers(page)) => {
                return self.on_founding(now, peer, *founding, page);
            }
            (Asked::Bodies(request), Reply::Bodies(page)) => {
                return self.on_bodies(now, peer, &request, &page);
            }
            (Asked::Attestations, Reply::Attestations(found, more)) => {
                return self.on_attestations(now, peer, found, more);
            }
            (asked, Reply::Refused(refusal)) => {
                state.session.in_flight.insert(id, crate::session::Pending { deadline: now, asked });
                self.refused(now, peer, id, refusal);
            }
            (asked, _) => {
                state.session.in_flight.insert(id, crate::session::Pending { deadline: now, asked });
                self.request_failed(now, peer, id);
                self.fault(peer, "reply to another question");
            }
        }
        Ok(())
    }

    fn refused(&mut self, now: u64, peer: PublicKey, id: u64, refusal: Refusal) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        if let (Refusal::Busy { .. }, Some(Asked::Bodies(request))) =
            (&refusal, state.session.in_flight.get(&id).map(|pending| pending.asked.clone()))
        {
            state.session.in_flight.remove(&id);
            self.body_refused(now, &peer, &request, BUSY_RETRY);
            return;
        }
        self.request_failed(now, peer, id);
    }

    fn on_hello(&mut self, now: u64, peer: PublicKey, hello: &Hello) {
        let ours = self.roots(&peer);
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let session = &mut state.session;
        if hello.oldest > PROTOCOL || hello.newest < PROTOCOL {
            session.phase = Phase::Incompatible;
            return;
        }
        if session.follow.as_ref().map(|(hash, _)| *hash) != Some(hello.follow) {
            // A peer whose answer does not match its own hash is asked once a session, not for ever.
            session.phase =
                if session.follow_asked { Phase::Idle(now + SYNC_INTERVAL) } else { Phase::Follow };
            session.follow_asked = true;
            return;
        }
        if session.since.is_some_and(|(since, ..)| since.instance != hello.instance) {
            session.since = None;
            session.handles.clear();
        }
        let (heads_equal, attestations_equal) = match (ours, hello.roots) {
            (Some(ours), Some(theirs)) => {
                session.compare_roots(ours.heads, theirs.heads);
                (ours.heads == theirs.heads, ours.attestations == theirs.attestations)
            }
            _ => (false, false),
        };
        session.equal = Some(heads_equal);
        session.attestations = (!attestations_equal).then(Vec::new);
        session.phase = if heads_equal { Phase::Work } else { Phase::Heads };
        if heads_equal {
            session.told.clear();
            self.begin_work(now, peer);
        }
    }

    /// Heads are settled with this peer: look for bodies it may have.
    fn begin_work(&mut self, now: u64, peer: PublicKey) {
        let feeds = self.data_feeds();
        let Some(state) = self.peers.get_mut(&peer) else { return };
        for (feed, collective) in feeds {
            if state.session.follows(&collective) {
                state.session.continue_scan(feed);
            }
        }
        for (feed, bundle) in std::mem::take(&mut self.derived) {
            self.look_again(&feed, bundle);
        }
        self.wake_at(now);
    }

    /// Lets every scan come back to a bundle.
    fn look_again(&mut self, feed: &FeedId, bundle: u64) {
        for peer in self.peers.values_mut() {
            if let Some(scan) = peer.session.scans.get_mut(feed) {
                scan.redo.insert(bundle * BUNDLE);
                peer.session.scanning.insert(*feed);
            }
        }
    }

    fn on_follow(&mut self, peer: PublicKey, follow: Vec<CollectiveId>) {
        self.learn_follow(peer, follow);
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.phase = Phase::Hello;
        }
    }

    pub(crate) fn learn_follow(&mut self, peer: PublicKey, follow: Vec<CollectiveId>) {
        let mut hasher = commonwheel_record::Hasher::new(Domain::FOLLOW, &self.config.network);
        follow.iter().for_each(|collective| hasher.update(collective.as_bytes()));
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.follow = Some((hasher.finish(), follow.into_iter().collect()));
        }
    }

    fn on_heads(&mut self, peer: PublicKey, page: HeadsPage) {
        let ours = self.follow_hash;
        let clock = self.clock;
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let session = &mut state.session;
        let theirs = session.follow.as_ref().map_or_else(Hash::default, |(hash, _)| *hash);
        if session.since.is_some_and(|(since, ..)| since.instance != page.instance) {
            session.handles.clear();
        }
        for item in &page.items {
            let collective = match item.names {
                Some((feed, collective)) => {
                    if self.follow.contains(&collective) && session.handles.len() < MAX_FEEDS {
                        session.handles.insert(item.handle, feed);
                    }
                    Some(collective)
                }
                None => session.handles.get(&item.handle).and_then(|feed| self.collectives.owner(feed)),
            };
            let (Some(feed), Some(collective)) = (session.handles.get(&item.handle).copied(), collective)
            else {
                continue;
            };
            if self.follow.contains(&collective) {
                session.told_of.insert(collective);
                let told = Told { size: item.size, root: item.root, signature: item.signature, collective };
                session.tell(feed, told);
            }
        }
        // A list that does not go on ends here, whatever it says.
        let last = page
            .items
            .last()
            .map(|item| item.handle)
            .filter(|last| session.after.is_none_or(|after| *last > after));
        session.after = last.filter(|_| page.more);
        if session.after.is_none() {
            session.since = Some((Since { instance: page.instance, arrival: page.arrival }, ours, theirs));
            session.phase = Phase::Work;
            self.begin_work(clock, peer);
        }
    }

    fn on_manifests(
        &mut self,
        peer: PublicKey,
        asked: &[FeedId],
        found: &[ByteString],
    ) -> Result<(), StoreError> {
        for bytes in found {
            let Ok(manifest) = Manifest::decode(&bytes.0, &self.config.network) else {
                self.fault(peer, "malformed manifest");
                continue;
            };
            let feed = manifest.id();
            let told = self.peers.get(&peer).and_then(|state| state.session.told.get(&feed)).copied();
            let Some(told) = told.filter(|_| asked.contains(&feed)) else { continue };
            if is_founding(&manifest) {
                if self.is_unfounded(&told.collective)
                    && let Some(state) = self.peers.get_mut(&peer)
                    && state.session.founding.len() < MAX_MANIFESTS
                {
                    state.session.founding.push((manifest, told));
                }
                continue;
            }
            let named = manifest.collective == told.collective;
            if named && self.admits(&feed, &told.collective) {
                self.keep_feed(feed, &manifest, told.collective)?;
            } else if let Some(state) = self.peers.get_mut(&peer).filter(|_| named) {
                state.session.deferred.push((manifest, told));
            }
        }
        for feed in asked {
            if !self.is_adopted(feed) {
                self.forget_told(&peer, feed);
            }
        }
        Ok(())
    }

    /// Control logs are caught up: adds the feeds that they turned out to name; says whether there were any.
    pub(crate) fn admit_deferred(&mut self, peer: &PublicKey) -> Result<bool, StoreError> {
        let Some(state) = self.peers.get_mut(peer) else { return Ok(false) };
        let mut any = false;
        for (manifest, told) in std::mem::take(&mut state.session.deferred) {
            let feed = manifest.id();
            if self.admits(&feed, &told.collective) {
                self.keep_feed(feed, &manifest, told.collective)?;
                if let Some(state) = self.peers.get_mut(peer) {
                    state.session.told.insert(feed, told);
                }
                any = true;
            }
        }
        Ok(any)
    }

    /// Adds a feed; that it forked may have been known before it was.
    fn keep_feed(
        &mut self,
        feed: FeedId,
        manifest: &Manifest,
        collective: CollectiveId,
    ) -> Result<(), StoreError> {
        self.store.create(manifest)?;
        self.collectives.adopt(feed, manifest, collective);
        if self.attestations.proves_fork(&feed) {
            self.mark_forked(feed);
        }
        // Whose feed it is decides whether what was taken back there is erased.
        self.erase_withdrawn(collective)
    }

    /// A feed is kept only if its collective's control log names it; that log therefore comes first.
    fn admits(&self, feed: &FeedId, collective: &CollectiveId) -> bool {
        if !self.follow.contains(collective) || self.heads.feeds_of(collective).count() >= MAX_FEEDS {
            return false;
        }
        self.collectives.delegates(collective, feed)
    }

    fn on_attestations(
        &mut self,
        now: u64,
        peer: PublicKey,
        found: Vec<ByteString>,
        more: bool,
    ) -> Result<(), StoreError> {
        let mut last = None;
        for bytes in found {
            if let Some(name) = self.attestations.held_as(&bytes.0) {
                last = Some(name);
                continue;
            }
            match Attestation::open(&bytes.0, &self.config.network) {
                Ok(attestation) => {
                    last = Some(wire::encode(&attestation.key()));
                    self.accept_attestation(now, attestation)?;
                }
                Err(_) => self.fault(peer, "attestation that does not verify"),
            }
        }
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.attestations = if more { last } else { None };
        }
        Ok(())
    }
}
