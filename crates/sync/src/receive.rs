//! What replies bring: everything is verified before anything is stored.

use std::sync::Arc;

use commonwheel_ledger::fork;
use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::page;
use commonwheel_ledger::proof::{ProofError, RangeProof, verify_range, verify_seeded_consistency};
use commonwheel_ledger::store::{Position, Store, StoreError};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::attestation::{Attestation, Attested, Statement};
use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::limits::{MAX_BODY, MAX_LEAF};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::submission::{SubmissionBody, item_hash};
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Leaf, Manifest, PublicKey, RecordId};
use commonwheel_valve::Refusal;

use crate::collectives::{founded_by, is_founding};
use crate::fetch::signed_head;
use crate::io::Event;
use crate::limits::{BUNDLE, BUSY_RETRY, MAX_FEEDS, PROTOCOL};
use crate::node::Sync;
use crate::parsed::Header;
use crate::session::{Asked, Partial, Phase, Told};
use crate::wire::{
    self, BodyItem, BodyPage, BodyRequest, Bytes, HeaderItem, HeaderPage, HeaderRequest, HeadsPage, Hello,
    Reply, Since, SubmissionBytes,
};

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
            session.phase = Phase::Follow;
            return;
        }
        if session.since.is_some_and(|(since, ..)| since.instance != hello.instance) {
            session.since = None;
            session.handles.clear();
        }
        let (heads_equal, attestations_equal) = match (ours, hello.roots) {
            (Some(ours), Some(theirs)) => {
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
        self.wake_at(now);
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
                    session.handles.insert(item.handle, feed);
                    Some(collective)
                }
                None => session.handles.get(&item.handle).and_then(|feed| self.collectives.owner(feed)),
            };
            let (Some(feed), Some(collective)) = (session.handles.get(&item.handle).copied(), collective)
            else {
                continue;
            };
            if self.follow.contains(&collective) && session.told.len() < MAX_FEEDS {
                let told = Told { size: item.size, root: item.root, signature: item.signature, collective };
                session.told.insert(feed, told);
            }
        }
        session.after = page.more.then(|| page.items.last().map(|item| item.handle)).flatten();
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
            let named = is_founding(&manifest) || manifest.collective == told.collective;
            if !named || !self.admits(&manifest, &feed, &told.collective) {
                self.forget_told(&peer, &feed);
                continue;
            }
            self.store.create(&manifest)?;
            self.collectives.adopt(feed, &manifest, told.collective);
        }
        for feed in asked {
            if self.store.manifest(feed).is_none() {
                self.forget_told(&peer, feed);
            }
        }
        Ok(())
    }

    /// A feed is kept only if it may be its collective's: a founding feed proves itself by its first leaf, any other is
    /// named by the control log, which therefore comes first.
    fn admits(&self, manifest: &Manifest, feed: &FeedId, collective: &CollectiveId) -> bool {
        if !self.follow.contains(collective) || self.heads.feeds_of(collective).count() >= MAX_FEEDS {
            return false;
        }
        if is_founding(manifest) {
            return self.collectives.control_feeds(collective).next().is_none();
        }
        self.collectives.delegates(collective, feed)
    }

    fn on_proof(
        &mut self,
        now: u64,
        peer: PublicKey,
        feed: FeedId,
        told: Told,
        path: &[Hash],
    ) -> Result<(), StoreError> {
        self.forget_told(&peer, &feed);
        let signed = signed_head(feed, &told);
        let Some(held) = self.store.head(&feed).copied() else { return Ok(()) };
        if held.head.size >= told.size {
            return Ok(());
        }
        match verify_seeded_consistency(held.head.size, &held.head.root, told.size, &told.root, path) {
            Ok(()) => self.adopt_head(feed, &signed),
            Err(ProofError::Fork) => self.forked(now, held, signed, path),
            Err(_) => {
                self.fault(peer, "consistency proof that proves nothing");
                Ok(())
            }
        }
    }

    /// Two heads contradict each other: keep the proof for ever, and tell everyone first.
    pub(crate) fn forked(
        &mut self,
        now: u64,
        a: SignedHead,
        b: SignedHead,
        path: &[Hash],
    ) -> Result<(), StoreError> {
        let feed = a.head.feed;
        let (Some(manifest), Some(owner)) = (self.store.manifest(&feed), self.collectives.owner(&feed))
        else {
            return Ok(());
        };
        let Ok(evidence) = fork::prove(manifest, &a, &b, path) else { return Ok(()) };
        let content = Attested {
            version: 1,
            issuer: self.me,
            subject: Hash(feed.0),
            collective: owner,
            counter: 1,
            time: now / 1000,
            statement: Statement::ForkProof(evidence),
        };
        let attestation = Attestation::sign(&self.config.network, &self.config.key, content);
        self.accept_attestation(now, attestation)?;
        Ok(())
    }

    fn on_headers(
        &mut self,
        now: u64,
        peer: PublicKey,
        request: HeaderRequest,
        page: HeaderPage,
    ) -> Result<(), StoreError> {
        let feed = request.feed;
        let Some(positions) = verified_page(&request, page) else {
            self.release_headers(&peer, &feed);
            if let Some(state) = self.peers.get_mut(&peer) {
                state.session.absent.insert(feed);
            }
            self.fault(peer, "header page that does not verify");
            return Ok(());
        };
        let end = request.start + positions.len() as u64;
        if end <= self.store.size(&feed) {
            return self.fill_headers(&feed, request.start, positions);
        }
        let Some(claim) = self.header_claims.get_mut(&feed).filter(|claim| claim.peer == peer) else {
            return Ok(());
        };
        if end < claim.next && end < request.start + request.bundles * BUNDLE {
            // The page was cut short: go on where it ends.
            claim.next = claim.next.min(end);
        }
        claim.early.insert(request.start, positions);
        self.append_early(now, peer, feed)
    }

    /// Appends pages in order, as far as they have arrived.
    fn append_early(&mut self, now: u64, peer: PublicKey, feed: FeedId) -> Result<(), StoreError> {
        loop {
            let size = self.store.size(&feed);
            let Some(claim) = self.header_claims.get_mut(&feed) else { return Ok(()) };
            let Some((&start, _)) = claim.early.first_key_value() else { break };
            if start > size {
                if claim.next <= size {
                    claim.next = size / BUNDLE * BUNDLE;
                }
                break;
            }
            let Some((start, positions)) = claim.early.pop_first() else { break };
            let skip = usize::try_from(size - start).unwrap_or(usize::MAX);
            if skip >= positions.len() {
                continue;
            }
            if size == 0 && !self.founds(&feed, positions.first()) {
                self.header_claims.remove(&feed);
                self.behind.control.remove(&feed);
                self.fault(peer, "control feed of another collective");
                return Ok(());
            }
            self.append_page(feed, start, skip, positions)?;
        }
        let (size, head) =
            (self.store.size(&feed), self.store.head(&feed).map_or(0, |signed| signed.head.size));
        if size >= head
            || self.header_claims.get(&feed).is_some_and(|claim| claim.next >= head && claim.early.is_empty())
        {
            self.header_claims.remove(&feed);
        }
        self.note_head(feed);
        self.feed_grew(now, feed)
    }

    /// A founding feed must found the collective it was told as.
    fn founds(&self, feed: &FeedId, first: Option<&(Hash, Option<Header>)>) -> bool {
        let Some(manifest) = self.store.manifest(feed) else { return false };
        if !is_founding(manifest) {
            return true;
        }
        let header = first.and_then(|(_, header)| header.as_ref());
        let founded = header.and_then(|header| founded_by(&self.config.network, &header.bytes));
        founded.is_some() && founded == self.collectives.owner(feed)
    }

    fn append_page(
        &mut self,
        feed: FeedId,
        start: u64,
        skip: usize,
        positions: Vec<(Hash, Option<Header>)>,
    ) -> Result<(), StoreError> {
        let appended: Vec<Position<'_>> = positions[skip..]
            .iter()
            .map(|(hash, header)| Position {
                hash: *hash,
                header: header.as_ref().map(|header| header.bytes.as_slice()),
            })
            .collect();
        self.store.append(&feed, &appended)?;
        let mut bundle = start / BUNDLE;
        let mut headers = positions.into_iter().map(|(_, header)| header).peekable();
        while headers.peek().is_some() {
            let of_bundle = headers.by_ref().take(usize::try_from(BUNDLE).unwrap_or(usize::MAX)).collect();
            self.parsed.keep(&feed, bundle, of_bundle);
            bundle += 1;
        }
        Ok(())
    }

    /// New leaves are held: fold them, or look for their bodies.
    pub(crate) fn feed_grew(&mut self, now: u64, feed: FeedId) -> Result<(), StoreError> {
        let Some(purpose) = self.store.manifest(&feed).map(|manifest| manifest.purpose) else {
            return Ok(());
        };
        if purpose == Purpose::Control {
            return self.control_grew(now, feed);
        }
        let Some(owner) = self.collectives.owner(&feed) else { return Ok(()) };
        for peer in self.peers.values_mut().filter(|peer| peer.session.follows(&owner)) {
            peer.session.continue_scan(feed);
        }
        self.wake_at(now);
        Ok(())
    }

    /// Headers that were missing have come.
    fn fill_headers(
        &mut self,
        feed: &FeedId,
        start: u64,
        positions: Vec<(Hash, Option<Header>)>,
    ) -> Result<(), StoreError> {
        let held = self.store.headers(feed, start, start + positions.len() as u64)?;
        let mut filled = false;
        for ((index, held), (_, header)) in (start..).zip(held).zip(&positions) {
            if let (None, Some(header)) = (held, header) {
                self.store.fill_header(feed, index, &header.bytes)?;
                filled = true;
            }
        }
        if filled {
            (start / BUNDLE..=(start + positions.len() as u64) / BUNDLE)
                .for_each(|bundle| self.parsed.forget(feed, bundle));
            for peer in self.peers.values_mut() {
                peer.session.rescan(*feed);
            }
        }
        Ok(())
    }

    fn on_bodies(
        &mut self,
        now: u64,
        peer: PublicKey,
        request: &BodyRequest,
        page: &BodyPage,
    ) -> Result<(), StoreError> {
        let first = request.positions().next().unwrap_or(0);
        self.release_bundle(&peer, request.feed, first / BUNDLE);
        let signed = BodyPage::signed_bytes(
            &self.config.network,
            request,
            &self.me,
            &page.content,
            &page.end.roots,
            page.end.time,
        );
        let verified = peer.verify(Domain::PAGE, &self.config.network, &signed, &page.end.signature);
        let (Ok(()), Ok((submissions, items))) = (verified, page.read()) else {
            self.body_refused(now, &peer, request, BUSY_RETRY);
            self.fault(peer, "body page without a true signature");
            return Ok(());
        };
        self.learn_submissions(request.feed, submissions)?;
        self.take_bodies(now, peer, request, items)
    }

    /// Opens submissions that came with a page, and keeps them.
    fn learn_submissions(
        &mut self,
        feed: FeedId,
        submissions: Vec<SubmissionBytes>,
    ) -> Result<(), StoreError> {
        let Some(owner) = self.collectives.owner(&feed) else { return Ok(()) };
        for submission in submissions {
            if submission.record.feed != feed || self.parsed.submission(&submission.record).is_some() {
                continue;
            }
            let Some(header) = self.header(&submission.record)? else { continue };
            let Leaf::Submission(leaf, _) = &header.0 else { continue };
            let opens = leaf.commitment.opens(&self.config.network, &submission.salt, &submission.bytes);
            let body = SubmissionBody::open(&submission.bytes, &self.config.network, owner);
            if let (true, Ok(body)) = (opens, body) {
                let sealed = SealedBody { salt: submission.salt, submission: None, bytes: submission.bytes };
                self.store.put_bodies(&feed, &[(submission.record.index, sealed)])?;
                self.parsed.keep_submission(submission.record, Arc::new(body));
            }
        }
        Ok(())
    }

    fn take_bodies(
        &mut self,
        now: u64,
        peer: PublicKey,
        request: &BodyRequest,
        items: Vec<BodyItem>,
    ) -> Result<(), StoreError> {
        let mut open: std::collections::BTreeSet<u64> = request.positions().collect();
        let (mut taken, mut refused, mut bad) = (Vec::with_capacity(items.len()), None, false);
        for item in items {
            match item {
                BodyItem::Refused(index, why) if open.remove(&index) => {
                    refused = refused.or(Some((index, why)));
                }
                BodyItem::Body(index, body) if open.contains(&index) => {
                    match self.whole_body(&peer, request, index, body) {
                        Whole::Body(sealed) if self.checks(&request.feed, index, &sealed)? => {
                            open.remove(&index);
                            taken.push((index, sealed));
                        }
                        Whole::Part => {}
                        Whole::Body(_) | Whole::Bad => {
                            open.remove(&index);
                            bad = true;
                        }
                    }
                }
                _ => bad = true,
            }
        }
        let progress = !taken.is_empty();
        self.store.put_bodies(&request.feed, &taken)?;
        if bad {
            self.fault(peer, "body that its header or submission does not bear out");
        }
        self.plan_rest(now, peer, request, open, refused, progress);
        Ok(())
    }

    /// Decides when to ask again for what a page did not bring.
    fn plan_rest(
        &mut self,
        now: u64,
        peer: PublicKey,
        request: &BodyRequest,
        open: std::collections::BTreeSet<u64>,
        refused: Option<(u64, Refusal)>,
        progress: bool,
    ) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let scan = state.session.scans.entry(request.feed).or_default();
        if progress {
            scan.refusals = 0;
        }
        if !open.is_empty() {
            scan.redo.extend(open);
            state.session.scanning.insert(request.feed);
        }
        if let Some((index, why)) = refused {
            let wait = match why {
                Refusal::Busy { retry_after_millis } => retry_after_millis.max(50),
                _ => BUSY_RETRY,
            };
            let request = BodyRequest { runs: vec![(index, 1)], ..request.clone() };
            self.body_refused(now, &peer, &request, wait);
        }
    }

    /// Joins a body that spans pages.
    fn whole_body(&mut self, peer: &PublicKey, request: &BodyRequest, index: u64, body: Bytes) -> Whole {
        let Ok(length) = usize::try_from(body.length) else { return Whole::Bad };
        if length > MAX_BODY {
            return Whole::Bad;
        }
        if body.offset == 0 && body.bytes.len() == length {
            return Whole::Body(SealedBody {
                salt: body.salt,
                submission: body.submission,
                bytes: body.bytes,
            });
        }
        let Some(state) = self.peers.get_mut(peer) else { return Whole::Bad };
        let id = RecordId { feed: request.feed, index };
        let mut partial = match state.session.partials.remove(&id) {
            Some(partial) if body.offset > 0 => partial,
            _ => Partial {
                salt: body.salt,
                submission: body.submission,
                length: body.length,
                bytes: Vec::new(),
            },
        };
        let continues = partial.bytes.len() as u64 == body.offset && partial.length == body.length;
        if !continues || body.bytes.is_empty() || partial.bytes.len() + body.bytes.len() > length {
            return Whole::Bad;
        }
        partial.bytes.extend_from_slice(&body.bytes);
        if partial.bytes.len() < length {
            state.session.keep_partial(id, partial);
            return Whole::Part;
        }
        Whole::Body(SealedBody { salt: partial.salt, submission: partial.submission, bytes: partial.bytes })
    }

    /// Says whether a body is what its header commits to, and its submission lists the header.
    fn checks(&mut self, feed: &FeedId, index: u64, body: &SealedBody) -> Result<bool, StoreError> {
        let network = self.config.network;
        let bundle = self.parsed.bundle(&self.store, feed, index / BUNDLE)?;
        let header =
            usize::try_from(index % BUNDLE).ok().and_then(|i| bundle.get(i)).and_then(Option::as_ref);
        let Some(Header { bytes, leaf: Leaf::Contribution(contribution, _) }) = header else {
            return Ok(false);
        };
        if !contribution.commitment.opens(&network, &body.salt, &body.bytes) {
            return Ok(false);
        }
        let Some(record) = body.submission else { return Ok(false) };
        let Some(submission) = self.submission(&record)? else { return Ok(false) };
        Ok(submission.lists(&item_hash(&network, &body.salt, bytes)))
    }

    /// Returns a submission's opened body, if it is held.
    pub(crate) fn submission(
        &mut self,
        record: &RecordId,
    ) -> Result<Option<Arc<SubmissionBody>>, StoreError> {
        if let Some(body) = self.parsed.submission(record) {
            return Ok(Some(body));
        }
        let (Some(owner), Some(sealed)) =
            (self.collectives.owner(&record.feed), self.store.body(&record.feed, record.index)?)
        else {
            return Ok(None);
        };
        let Ok(body) = SubmissionBody::open(&sealed.bytes, &self.config.network, owner) else {
            return Ok(None);
        };
        let body = Arc::new(body);
        self.parsed.keep_submission(*record, Arc::clone(&body));
        Ok(Some(body))
    }

    /// Returns a record's leaf and bytes, if its header is held.
    pub(crate) fn header(&mut self, record: &RecordId) -> Result<Option<(Leaf, Vec<u8>)>, StoreError> {
        let bundle = self.parsed.bundle(&self.store, &record.feed, record.index / BUNDLE)?;
        let position = usize::try_from(record.index % BUNDLE).unwrap_or(usize::MAX);
        let header = bundle.get(position).and_then(Option::as_ref);
        Ok(header.map(|header| (header.leaf.clone(), header.bytes.clone())))
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

    /// Tells the operator about a feed that forked.
    pub(crate) fn announce_fork(&mut self, feed: FeedId) {
        self.event(Event::Forked(feed));
    }
}

enum Whole {
    Body(SealedBody),
    Part,
    Bad,
}

/// Checks a header page against the head it was asked under; `None` if any part of it is wrong.
fn verified_page(request: &HeaderRequest, page: HeaderPage) -> Option<Vec<(Hash, Option<Header>)>> {
    page::check_bounds(request.start, page.items.len() as u64, request.size).ok()?;
    let mut positions = Vec::with_capacity(page.items.len());
    for item in page.items {
        positions.push(match item {
            HeaderItem::Header(bytes) => {
                let fits = (1..=MAX_LEAF).contains(&bytes.len());
                let hash = leaf_hash(&bytes);
                // A leaf that its writer signed though it is not canonical stays a hash on every node alike.
                let leaf = if fits { Leaf::decode(&bytes).ok() } else { None };
                (hash, leaf.map(|leaf| Header { bytes, leaf }))
            }
            HeaderItem::Missing(hash, _) => (hash, None),
        });
    }
    let hashes: Vec<Hash> = positions.iter().map(|(hash, _)| *hash).collect();
    let proof = RangeProof { left: page.left, right: page.right };
    verify_range(request.start, &hashes, &proof, request.size, &request.root).ok()?;
    Some(positions)
}
