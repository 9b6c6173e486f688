//! Body pages: decided record by record when they are made, and signed with the control state that decided.

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::Rung;
use commonwheel_record::{CollectiveId, Domain, FeedId, Leaf, Manifest, PublicKey, RecordId};
use commonwheel_valve::{Ancestor, Asker, Record, Refusal, Request as Ask, decide};

use crate::io::Output;
use crate::limits::{BUNDLE, MAX_UNSENT, MAX_WAITING, PAGE_BYTES};
use crate::node::Sync;
use crate::parsed::Header;
use crate::wire::{self, BodyItem, BodyPage, BodyRequest, Bytes, PageEnd, PageRoots, Reply, SubmissionBytes};

use super::{BUSY, Known, refusal};

/// Bytes of a page that are not content: counts, proofs, signature.
const PAGE_OVERHEAD: usize = 512;

impl<S: Store> Sync<S> {
    /// Body requests wait for earlier replies to drain, and are decided only when their page is made.
    pub(super) fn queue_bodies(
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
            let served = self.serve_bodies(now, &peer, &request);
            // Whoever met what is damaged asks again once it is mended.
            let bytes = wire::encode_reply(served.as_ref().unwrap_or(&Reply::Refused(BUSY)));
            if let Some(state) = self.peers.get_mut(&peer) {
                state.hand(id, bytes.len());
            }
            self.emit(Output::Respond { peer, id, bytes });
            served?;
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
        if owner.is_none_or(|owner| !self.may_serve(now, &owner)) {
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

    /// The serve gate is open for the owner and everyone else who may close its records, and no control record of theirs
    /// is missing.
    pub(crate) fn may_serve(&self, now: u64, owner: &CollectiveId) -> bool {
        let named = self.collectives.named_by(owner);
        named.iter().chain([owner]).all(|collective| {
            // Of one whose log nobody here has seen nothing was missed; the valve closes what names it.
            let unseen = collective != owner && self.collectives.views.held(collective).is_none();
            self.collectives.is_whole(collective)
                && (unseen || self.gate.is_open(now, collective, self.writes_all(collective)))
        })
    }

    /// This node writes all control feeds of the collective, and nobody else may close its records.
    pub(crate) fn writes_all(&self, owner: &CollectiveId) -> bool {
        let Some(view) = self.collectives.views.held(owner) else { return false };
        // A delegated feed that is not held may be a control feed of somebody else's.
        let unknown = |feed: &FeedId| self.store.manifest(feed).is_none();
        view.control_feeds().iter().all(|feed| self.config.own_feeds.contains(feed))
            && !view.feeds().keys().any(unknown)
            && self.collectives.named_by(owner).is_empty()
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
        // Another feed's submission may be another collective's, closed by another strike.
        if submission.feed != request.feed {
            return Ok(false);
        }
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
        let Some(body) = self.store.body(&submission.feed, submission.index)? else {
            self.note_orphan(now, submission, via.id);
            return Ok(false);
        };
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
