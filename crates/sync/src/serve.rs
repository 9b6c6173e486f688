//! Answers to peers. Whatever leaves is decided by the valve, page by page and record by record.

use std::collections::BTreeSet;

use commonwheel_ledger::proof::{FeedNodes, range_proof, root_at, seeded_consistency_proof};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::control::Rung;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Leaf, Manifest, PublicKey, RecordId};
use commonwheel_valve::{
    Ancestor, Asker, Decision, Policy, Record, Refusal, Request as Ask, decide, may_know,
};

use crate::collectives::is_members;
use crate::io::Output;
use crate::limits::{
    BUNDLE, BUSY_RETRY, MAX_ATTESTATIONS, MAX_HEADER_BUNDLES, MAX_HEADS, MAX_UNSENT, MAX_WAITING, PAGE_BYTES,
};
use crate::node::Sync;
use crate::parsed::Header;
use crate::wire::{
    self, BodyItem, BodyPage, BodyRequest, Bytes, HeadItem, HeaderItem, HeaderPage, HeaderRequest, HeadsPage,
    HeadsRequest, PageEnd, PageRoots, ProofRequest, Reply, Request, SubmissionBytes,
};

/// The reply to somebody who asks too much, or too early.
const BUSY: Refusal = Refusal::Busy { retry_after_millis: BUSY_RETRY };

/// Bytes of a page that are not content: counts, proofs, signature.
const PAGE_OVERHEAD: usize = 512;

impl<S: Store> Sync<S> {
    pub(crate) fn serve(
        &mut self,
        now: u64,
        peer: PublicKey,
        id: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let Some(state) = self.peers.get_mut(&peer) else { return Ok(()) };
        if !state.budget.take(now) {
            self.respond(peer, id, &Reply::Refused(BUSY));
            return Ok(());
        }
        let Ok(request) = wire::decode::<Request>(bytes) else {
            self.respond(peer, id, &Reply::Refused(Refusal::Refused(Policy::Excluded)));
            self.fault(peer, "malformed request");
            return Ok(());
        };
        let reply = match request {
            Request::Hello(_) => Reply::Hello(self.hello(&peer)),
            Request::Follow(follow) => {
                self.learn_follow(peer, follow);
                Reply::Follow(self.follow.iter().copied().collect())
            }
            Request::Heads(request) => self.serve_heads(&peer, request),
            Request::Manifests(feeds) => self.serve_manifests(&peer, &feeds),
            Request::Proof(request) => self.serve_proof(&peer, request)?,
            Request::Headers(request) => self.serve_headers(now, &peer, request)?,
            Request::Attestations(after) => self.serve_attestations(&peer, &after),
            Request::Bodies(request) => return self.queue_bodies(now, peer, id, request),
        };
        self.respond(peer, id, &reply);
        Ok(())
    }

    fn respond(&mut self, peer: PublicKey, id: u64, reply: &Reply) {
        self.emit(Output::Respond { peer, id, bytes: wire::encode(reply) });
    }

    fn asker(&self, peer: &PublicKey) -> Asker {
        Asker::Peer(self.collectives.views.audience(peer))
    }

    fn visible(&self, peer: &PublicKey, feed: &FeedId) -> bool {
        let Some(manifest) = self.store.manifest(feed) else { return false };
        may_know(&self.collectives.views, feed, manifest, &self.asker(peer))
    }

    pub(crate) fn members_feeds_visible_to(
        &self,
        peer: &PublicKey,
        of: &BTreeSet<CollectiveId>,
    ) -> BTreeSet<FeedId> {
        let feeds = of.iter().flat_map(|collective| self.heads.feeds_of(collective));
        let members = feeds.filter(|feed| self.store.manifest(feed).is_some_and(is_members));
        members.filter(|feed| self.visible(peer, feed)).copied().collect()
    }

    fn serve_heads(&self, peer: &PublicKey, request: HeadsRequest) -> Reply {
        let shared = self.shared(peer);
        let since =
            request.since.filter(|since| since.instance == self.heads.instance()).map(|since| since.arrival);
        let visible = |feed: &FeedId, collective: &CollectiveId| {
            shared.contains(collective) && self.visible(peer, feed)
        };
        let (changes, more) = self.heads.changes(since, request.after, visible, MAX_HEADS);
        let item = |change: crate::reconcile::Change| {
            let head = self.store.head(&change.feed)?;
            Some(HeadItem {
                handle: change.handle,
                names: change.is_new.then_some((change.feed, change.collective)),
                size: head.head.size,
                root: head.head.root,
                signature: head.signature,
            })
        };
        Reply::Heads(HeadsPage {
            instance: self.heads.instance(),
            arrival: self.heads.arrival(),
            items: changes.into_iter().filter_map(item).collect(),
            more,
        })
    }

    fn serve_manifests(&self, peer: &PublicKey, feeds: &[FeedId]) -> Reply {
        let visible = feeds.iter().filter(|feed| self.visible(peer, feed));
        Reply::Manifests(
            visible.filter_map(|feed| self.store.manifest(feed)).map(|m| ByteString(m.encode())).collect(),
        )
    }

    /// Says whether we hold all leaves of the branch that a size and root name.
    fn holds(&self, feed: &FeedId, size: u64, root: &Hash) -> Result<bool, StoreError> {
        let enough = size > 0 && size <= self.store.size(feed);
        Ok(enough && root_at(&FeedNodes { store: &self.store, feed }, size)? == *root)
    }

    fn serve_proof(&self, peer: &PublicKey, request: ProofRequest) -> Result<Reply, StoreError> {
        let ProofRequest { feed, from, to, root } = request;
        if !self.visible(peer, &feed) || from > to || !self.holds(&feed, to, &root)? {
            return Ok(Reply::Refused(Refusal::Absent));
        }
        seeded_consistency_proof(&FeedNodes { store: &self.store, feed: &feed }, from, to).map(Reply::Proof)
    }

    fn serve_headers(
        &mut self,
        now: u64,
        peer: &PublicKey,
        request: HeaderRequest,
    ) -> Result<Reply, StoreError> {
        let HeaderRequest { feed, size, root, start, bundles } = request;
        let in_bounds = start % BUNDLE == 0 && start < size && (1..=MAX_HEADER_BUNDLES).contains(&bundles);
        if !in_bounds || !self.visible(peer, &feed) || !self.holds(&feed, size, &root)? {
            return Ok(Reply::Refused(Refusal::Absent));
        }
        let asker = self.asker(peer);
        let (mut items, mut bytes) = (Vec::new(), 0);
        for bundle in start / BUNDLE..start / BUNDLE + bundles {
            let end = ((bundle + 1) * BUNDLE).min(size);
            let page = self.header_bundle(now, &asker, feed, bundle, end)?;
            let page_bytes: usize = page.iter().map(item_bytes).sum();
            if !items.is_empty() && bytes + page_bytes > PAGE_BYTES {
                break;
            }
            bytes += page_bytes;
            items.extend(page);
            if end == size {
                break;
            }
        }
        let nodes = FeedNodes { store: &self.store, feed: &feed };
        let proof = range_proof(&nodes, start, start + items.len() as u64, size)?;
        Ok(Reply::Headers(HeaderPage { items, left: proof.left, right: proof.right }))
    }

    fn header_bundle(
        &mut self,
        now: u64,
        asker: &Asker,
        feed: FeedId,
        bundle: u64,
        end: u64,
    ) -> Result<Vec<HeaderItem>, StoreError> {
        let start = bundle * BUNDLE;
        let headers = self.parsed.bundle(&self.store, &feed, bundle)?;
        let hashes = self.store.leaf_hashes(&feed, start, end)?;
        let Some(manifest) = self.store.manifest(&feed).cloned() else { return Ok(Vec::new()) };
        let ask = Ask { audience: asker, purpose: self.config.purpose, rung: Rung::Header };
        let mut items = Vec::with_capacity(hashes.len());
        for ((index, hash), header) in (start..end).zip(hashes).zip(headers.iter()) {
            let leaf = header.as_ref().map(|header| &header.leaf);
            let decision = self.decide(now, &ask, RecordId { feed, index }, &manifest, leaf)?;
            items.push(match header {
                Some(header) if decision.serves(Rung::Header) => HeaderItem::Header(header.bytes.clone()),
                _ => HeaderItem::Missing(hash, refusal(&decision, Rung::Header)),
            });
        }
        Ok(items)
    }

    /// Asks the valve what this node answers.
    fn decide(
        &mut self,
        now: u64,
        ask: &Ask<'_>,
        id: RecordId,
        manifest: &Manifest,
        leaf: Option<&Leaf>,
    ) -> Result<Decision, StoreError> {
        self.clock = now;
        let me = self.me;
        self.decide_as(&me, ask, id, manifest, leaf)
    }

    /// Asks the valve about a record, with all that is known of its ancestors, as if `server` were asked.
    pub(crate) fn decide_as(
        &mut self,
        server: &PublicKey,
        ask: &Ask<'_>,
        id: RecordId,
        manifest: &Manifest,
        leaf: Option<&Leaf>,
    ) -> Result<Decision, StoreError> {
        let known = self.ancestors(leaf)?;
        let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
        let record = Record { ancestors: &ancestors, ..Record::new(id, manifest, leaf) };
        Ok(decide(&self.collectives.views, &self.leases, server, &record, ask, self.clock / 1000))
    }

    /// Looks up what is known of a record's ancestors; nothing for all but derived contributions.
    pub(crate) fn ancestors(&mut self, leaf: Option<&Leaf>) -> Result<Vec<Known>, StoreError> {
        let Some(Leaf::Contribution(header, _)) = leaf else { return Ok(Vec::new()) };
        let mut known = Vec::new();
        for id in &header.ancestors {
            let manifest = self.store.manifest(&id.feed).cloned();
            let leaf = if id.index < self.store.size(&id.feed) {
                self.header(id)?.map(|(leaf, _)| leaf)
            } else {
                None
            };
            known.push(Known { id: *id, manifest, leaf });
        }
        Ok(known)
    }

    /// Body requests wait for earlier replies to drain, and are decided only when their page is made.
    fn queue_bodies(
        &mut self,
        now: u64,
        peer: PublicKey,
        id: u64,
        request: BodyRequest,
    ) -> Result<(), StoreError> {
        let Some(state) = self.peers.get_mut(&peer) else { return Ok(()) };
        if state.waiting.len() >= MAX_WAITING {
            self.respond(peer, id, &Reply::Refused(BUSY));
            return Ok(());
        }
        state.waiting.push_back((id, request));
        self.serve_waiting(now, peer)
    }

    pub(crate) fn response_sent(&mut self, now: u64, peer: PublicKey, id: u64) -> Result<(), StoreError> {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.drained(id);
        }
        self.serve_waiting(now, peer)
    }

    fn serve_waiting(&mut self, now: u64, peer: PublicKey) -> Result<(), StoreError> {
        while let Some(state) = self.peers.get_mut(&peer) {
            if state.unsent_bytes + PAGE_BYTES > MAX_UNSENT {
                return Ok(());
            }
            let Some((id, request)) = state.waiting.pop_front() else { return Ok(()) };
            let reply = self.serve_bodies(now, &peer, &request)?;
            let bytes = wire::encode(&reply);
            if let Some(state) = self.peers.get_mut(&peer) {
                state.hand(id, bytes.len());
            }
            self.emit(Output::Respond { peer, id, bytes });
        }
        Ok(())
    }

    fn serve_bodies(
        &mut self,
        now: u64,
        peer: &PublicKey,
        request: &BodyRequest,
    ) -> Result<Reply, StoreError> {
        let Some(manifest) = self.store.manifest(&request.feed).cloned() else {
            return Ok(Reply::Refused(Refusal::Absent));
        };
        if !self.visible(peer, &request.feed) {
            return Ok(Reply::Refused(Refusal::Absent));
        }
        let owner = self.collectives.owner(&request.feed);
        if owner.is_none_or(|owner| !self.gate.is_open(now, &owner, self.writes_all(&owner))) {
            return Ok(Reply::Refused(BUSY));
        }
        let mut page = Page::default();
        let asker = self.asker(peer);
        for (nth, index) in request.positions().enumerate() {
            let offset = if nth == 0 { request.offset } else { 0 };
            if page.bytes >= PAGE_BYTES {
                break;
            }
            self.add_body(now, &asker, &manifest, request, index, offset, &mut page)?;
        }
        self.sign_page(now, peer, request, page)
    }

    /// This node writes all control feeds of the collective, and nobody else may close its records.
    pub(crate) fn writes_all(&self, owner: &CollectiveId) -> bool {
        let mut feeds = self.collectives.control_feeds(owner);
        feeds.all(|feed| self.config.own_feeds.contains(feed)) && self.collectives.named_by(owner).is_empty()
    }

    #[expect(clippy::too_many_arguments, reason = "one position of a page: who, what, where and into what")]
    fn add_body(
        &mut self,
        now: u64,
        asker: &Asker,
        manifest: &Manifest,
        request: &BodyRequest,
        index: u64,
        offset: u64,
        page: &mut Page,
    ) -> Result<(), StoreError> {
        let feed = request.feed;
        let bundle = self.parsed.bundle(&self.store, &feed, index / BUNDLE)?;
        let entry = usize::try_from(index % BUNDLE).ok().and_then(|i| bundle.get(i)).and_then(Option::as_ref);
        let id = RecordId { feed, index };
        let leaf = entry.map(|header| &header.leaf);
        let ask = Ask { audience: asker, purpose: request.purpose, rung: Rung::Body };
        let decision = self.decide(now, &ask, id, manifest, leaf)?;
        let is_contribution = matches!(entry, Some(Header { leaf: Leaf::Contribution(..), .. }));
        if !decision.serves(Rung::Body) || !is_contribution {
            page.refuse(index, refusal(&decision, Rung::Body));
            return Ok(());
        }
        let Some(body) = self.store.body(&feed, index)? else {
            page.refuse(index, Refusal::Absent);
            return Ok(());
        };
        let Some(submission) = body.submission else {
            page.refuse(index, Refusal::Absent);
            return Ok(());
        };
        if self.add_submission(
            now,
            &ask,
            manifest,
            request,
            &Record::new(id, manifest, leaf),
            submission,
            page,
        )? {
            page.add(index, offset, body);
        } else {
            page.refuse(index, Refusal::Absent);
        }
        Ok(())
    }

    /// Adds the submission of a body to the page, unless the asker has it; says whether it may be had.
    ///
    /// It is asked for through a contribution, and gets that contribution's answer.
    #[expect(
        clippy::too_many_arguments,
        reason = "one submission of a page: who, what, through what and into what"
    )]
    fn add_submission(
        &mut self,
        now: u64,
        ask: &Ask<'_>,
        manifest: &Manifest,
        request: &BodyRequest,
        via: &Record<'_>,
        submission: RecordId,
        page: &mut Page,
    ) -> Result<bool, StoreError> {
        if page.submissions.iter().any(|sent| sent.record == submission)
            || (submission.feed == request.feed && request.held_submissions.contains(&submission.index))
        {
            return Ok(true);
        }
        let Some((leaf, _)) = self.header(&submission)? else { return Ok(false) };
        let known = self.ancestors(via.leaf)?;
        let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
        let via = Record { ancestors: &ancestors, ..*via };
        let record = Record { via: Some(&via), ..Record::new(submission, manifest, Some(&leaf)) };
        if !decide(&self.collectives.views, &self.leases, &self.me, &record, ask, now / 1000)
            .serves(Rung::Body)
        {
            return Ok(false);
        }
        let Some(body) = self.store.body(&submission.feed, submission.index)? else { return Ok(false) };
        page.bytes += body.bytes.len() + PAGE_OVERHEAD;
        page.submissions.push(SubmissionBytes { record: submission, salt: body.salt, bytes: body.bytes });
        Ok(true)
    }

    fn sign_page(
        &mut self,
        now: u64,
        peer: &PublicKey,
        request: &BodyRequest,
        page: Page,
    ) -> Result<Reply, StoreError> {
        let roots = self.page_roots(&request.feed);
        let content = BodyPage::content(&page.submissions, &page.items, page.bytes + PAGE_OVERHEAD);
        let time = now / 1000;
        let signed = BodyPage::signed_bytes(&self.config.network, request, peer, &content, &roots, time);
        let signature = self.config.key.sign(Domain::PAGE, &self.config.network, &signed);
        Ok(Reply::Bodies(BodyPage { content, end: PageEnd { roots, time, signature } }))
    }

    /// Returns the control state of the owner and of every collective that may embargo its records.
    fn page_roots(&mut self, feed: &FeedId) -> PageRoots {
        let Some(owner) = self.collectives.owner(feed) else { return Vec::new() };
        let mut concerned = self.collectives.named_by(&owner);
        concerned.insert(owner);
        concerned
            .into_iter()
            .map(|collective| (collective, self.collectives.control_root(&collective)))
            .collect()
    }

    fn serve_attestations(&self, peer: &PublicKey, after: &ByteString) -> Reply {
        let shared = self.shared(peer);
        let (found, more) = self.attestations.page(&shared, &after.0, MAX_ATTESTATIONS);
        Reply::Attestations(found, more)
    }

    /// Says what leaves of a record, for whoever asks here: local tools go through the same valve.
    ///
    /// # Errors
    /// [`StoreError`] if the record cannot be read.
    pub fn why(
        &mut self,
        now: u64,
        record: RecordId,
        asker: &Asker,
        purpose: Purpose,
        rung: Rung,
    ) -> Result<Option<Decision>, StoreError> {
        let Some(manifest) = self.store.manifest(&record.feed).cloned() else { return Ok(None) };
        if record.index >= self.store.size(&record.feed) {
            return Ok(None);
        }
        let bundle = self.parsed.bundle(&self.store, &record.feed, record.index / BUNDLE)?;
        let entry =
            usize::try_from(record.index % BUNDLE).ok().and_then(|i| bundle.get(i)).and_then(Option::as_ref);
        let ask = Ask { audience: asker, purpose, rung };
        self.decide(now, &ask, record, &manifest, entry.map(|header| &header.leaf)).map(Some)
    }
}

/// What is known of an ancestor.
pub(crate) struct Known {
    id: RecordId,
    manifest: Option<Manifest>,
    leaf: Option<Leaf>,
}

impl Known {
    pub(crate) const fn borrow(&self) -> Ancestor<'_> {
        Ancestor { id: self.id, manifest: self.manifest.as_ref(), leaf: self.leaf.as_ref() }
    }
}

/// A body page in the making.
#[derive(Default)]
struct Page {
    submissions: Vec<SubmissionBytes>,
    items: Vec<BodyItem>,
    bytes: usize,
}

impl Page {
    fn refuse(&mut self, index: u64, why: Refusal) {
        self.bytes += 16;
        self.items.push(BodyItem::Refused(index, why));
    }

    /// Adds a body, or as much of it from `offset` on as the page still holds.
    fn add(&mut self, index: u64, offset: u64, body: SealedBody) {
        let room = PAGE_BYTES.saturating_sub(self.bytes);
        let SealedBody { salt, submission, bytes } = body;
        let length = bytes.len() as u64;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let whole = bytes.len() - start;
        if whole > room && !self.items.is_empty() {
            // It fits the next page better: this one ends here.
            self.bytes = PAGE_BYTES;
            return;
        }
        let bytes = if whole <= PAGE_BYTES && start == 0 {
            bytes
        } else {
            bytes[start..start + whole.min(PAGE_BYTES)].to_vec()
        };
        self.bytes += bytes.len() + 96;
        self.items.push(BodyItem::Body(index, Bytes { salt, submission, length, offset, bytes }));
    }
}

fn item_bytes(item: &HeaderItem) -> usize {
    match item {
        HeaderItem::Header(bytes) => bytes.len() + 3,
        HeaderItem::Missing(..) => 64,
    }
}

/// Returns the wire's word for a decision below what was asked; what was decided in full but is not held is absent.
fn refusal(decision: &Decision, asked: Rung) -> Refusal {
    if decision.serves(asked) {
        return Refusal::Absent;
    }
    decision.because.refusal().unwrap_or(Refusal::Absent)
}
