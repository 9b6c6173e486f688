//! Body pages: every body is held against its header, and its header against its submission.

use std::sync::Arc;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::limits::MAX_BODY;
use commonwheel_record::submission::{SubmissionBody, item_hash};
use commonwheel_record::{Domain, FeedId, Leaf, PublicKey, RecordId};
use commonwheel_valve::Refusal;

use crate::limits::{BUNDLE, BUSY_RETRY};
use crate::node::Sync;
use crate::parsed::Header;
use crate::session::Partial;
use crate::wire::{BodyItem, BodyPage, BodyRequest, Bytes, SubmissionBytes};

impl<S: Store> Sync<S> {
    pub(super) fn on_bodies(
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
        let mut learned = Vec::with_capacity(submissions.len());
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
                learned.push((submission.record.index, sealed));
                self.orphans.remove(&submission.record);
                self.parsed.keep_submission(submission.record, Arc::new(body));
            }
        }
        self.store.put_bodies(&feed, &learned)
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
        // Taken back while the page was on its way.
        let mut kept = Vec::with_capacity(taken.len());
        for (index, sealed) in taken {
            if !self.is_taken_back(RecordId { feed: request.feed, index })? {
                kept.push((index, sealed));
            }
        }
        let progress = !kept.is_empty();
        self.store.put_bodies(&request.feed, &kept)?;
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
        let Some(record) = body.submission.filter(|record| record.feed == *feed) else { return Ok(false) };
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
}

enum Whole {
    Body(SealedBody),
    Part,
    Bad,
}
