//! Proofs and header pages: verified against a signed head, then appended in order.

use std::ops::Range;

use commonwheel_ledger::fork;
use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::page;
use commonwheel_ledger::proof::{ProofError, RangeProof, verify_range, verify_seeded_consistency};
use commonwheel_ledger::store::{Position, Store, StoreError};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::attestation::{Attestation, Attested, Statement};
use commonwheel_record::body::SealedBody;
use commonwheel_record::limits::MAX_LEAF;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf, NetworkId, PublicKey, RecordId};

use crate::collectives::is_body_of;
use crate::fetch::{Arrived, HeaderClaim, signed_head};
use crate::io::Event;
use crate::limits::BUNDLE;
use crate::node::Sync;
use crate::parsed::Header;
use crate::session::Told;
use crate::wire::{HeaderItem, HeaderPage, HeaderRequest};

impl<S: Store> Sync<S> {
    pub(super) fn on_proof(
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

    pub(super) fn on_headers(
        &mut self,
        now: u64,
        peer: PublicKey,
        request: HeaderRequest,
        page: HeaderPage,
    ) -> Result<(), StoreError> {
        let feed = request.feed;
        let Some(Verified { positions, spoiled }) = verified_page(&self.config.network, &request, page)
        else {
            self.release_headers(&peer, &feed);
            if let Some(state) = self.peers.get_mut(&peer) {
                state.session.absent.insert(feed);
            }
            self.fault(peer, "header page that does not verify");
            return Ok(());
        };
        if spoiled {
            self.fault(peer, WRONG_BODY);
        }
        let held = request.start + positions.len() as u64 <= self.store.size(&feed);
        let mut claim = self.header_claims.get_mut(&feed).filter(|claim| claim.peer == peer);
        if let Some(claim) = &mut claim {
            claim.answered(&request, positions.len() as u64);
        }
        match claim {
            _ if held => {
                let with_body = positions.iter().rposition(|arrived| arrived.body.is_some());
                let last = with_body.map(|place| request.start + place as u64);
                self.gap_answered(&peer, feed, request.start, last);
                self.fill(feed, request.start, positions)
            }
            Some(claim) => {
                claim.early.insert(request.start, positions);
                self.append_early(now, feed)
            }
            None => Ok(()),
        }
    }

    /// Appends pages in order, as far as they have arrived.
    fn append_early(&mut self, now: u64, feed: FeedId) -> Result<(), StoreError> {
        loop {
            let size = self.store.size(&feed);
            let Some(claim) = self.header_claims.get_mut(&feed) else { return Ok(()) };
            let Some((&start, _)) = claim.early.first_key_value() else { break };
            if start > size {
                break;
            }
            let Some((start, positions)) = claim.early.pop_first() else { break };
            let skip = usize::try_from(size - start).unwrap_or(usize::MAX);
            if skip >= positions.len() {
                continue;
            }
            self.append_page(feed, start, skip, positions)?;
        }
        let (size, head) =
            (self.store.size(&feed), self.store.head(&feed).map_or(0, |signed| signed.head.size));
        if size >= head || self.header_claims.get(&feed).is_some_and(HeaderClaim::is_done) {
            self.header_claims.remove(&feed);
        }
        self.note_head(feed);
        if size >= head {
            self.relay.head_changed(feed);
        }
        self.feed_grew(now, feed)
    }

    pub(super) fn append_page(
        &mut self,
        feed: FeedId,
        start: u64,
        skip: usize,
        mut positions: Vec<Arrived>,
    ) -> Result<(), StoreError> {
        let appended: Vec<Position<'_>> = positions[skip..]
            .iter()
            .map(|Arrived { hash, header, .. }| Position {
                hash: *hash,
                header: header.as_ref().map(|header| header.bytes.as_slice()),
            })
            .collect();
        self.store.append(&feed, &appended)?;
        let bodies = (start..).zip(&mut positions).skip(skip);
        let bodies: Vec<(u64, SealedBody)> =
            bodies.filter_map(|(index, arrived)| Some((index, arrived.body.take()?))).collect();
        let bodies = self.kept(&feed, bodies);
        // Before the fold reads the leaves, and in the same commit.
        self.store.put_bodies(&feed, &bodies)?;
        if skip > 0 {
            // Of what was held before, the page may say more than the store, or less.
            positions.truncate(skip);
            return self.fill(feed, start, positions);
        }
        let mut bundle = start / BUNDLE;
        let mut headers = positions.into_iter().map(|arrived| arrived.header).peekable();
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
        self.queue_grown(now, &feed)?;
        let Some(owner) = self.collectives.owner(&feed) else { return Ok(()) };
        for peer in self.peers.values_mut().filter(|peer| peer.session.follows(&owner)) {
            peer.session.continue_scan(feed);
        }
        self.wake_at(now);
        Ok(())
    }

    /// Takes from a page what was missing of positions that are held.
    fn fill(&mut self, feed: FeedId, start: u64, positions: Vec<Arrived>) -> Result<(), StoreError> {
        let end = start + positions.len() as u64;
        let headers = self.store.headers(&feed, start, end)?;
        let bodies = self.store.held(&feed, start, end);
        let (mut filled, mut new) = (false, Vec::new());
        for ((index, arrived), (header, held)) in
            (start..).zip(positions).zip(headers.into_iter().zip(bodies))
        {
            if let (None, Some(header)) = (header, arrived.header) {
                self.store.fill_header(&feed, index, &header.bytes)?;
                filled = true;
            }
            new.extend(arrived.body.filter(|_| !held).map(|body| (index, body)));
        }
        let new = self.kept(&feed, new);
        self.store.put_bodies(&feed, &new)?;
        if filled || !new.is_empty() { self.filled(feed, start..end) } else { Ok(()) }
    }

    /// Leaves out bodies of control records that are declared erased.
    fn kept(&self, feed: &FeedId, mut bodies: Vec<(u64, SealedBody)>) -> Vec<(u64, SealedBody)> {
        bodies.retain(|(index, _)| self.keeps_personal(&RecordId { feed: *feed, index: *index }));
        bodies
    }

    /// Something that was missing among positions has come.
    pub(crate) fn filled(&mut self, feed: FeedId, positions: Range<u64>) -> Result<(), StoreError> {
        for bundle in positions.start / BUNDLE..=positions.end / BUNDLE {
            self.parsed.forget(&feed, bundle);
            // The scan or fold that follows finds what is missing still.
            self.gaps.remove(&(feed, bundle));
        }
        if self.store.manifest(&feed).is_some_and(|manifest| manifest.purpose == Purpose::Control) {
            return self.control_filled(self.clock, feed, positions);
        }
        self.queue_filled(self.clock, &feed, &positions)?;
        for peer in self.peers.values_mut() {
            peer.session.rescan(feed);
        }
        self.feed_grew(self.clock, feed)
    }

    /// Tells the operator about a feed that forked.
    pub(crate) fn announce_fork(&mut self, feed: FeedId) {
        self.event(Event::Forked(feed));
    }
}

/// What a header page holds, once it is verified.
pub(super) struct Verified {
    pub(super) positions: Vec<Arrived>,
    /// Whether it held a body that its header does not commit to, which is left out.
    pub(super) spoiled: bool,
}

/// What is said of a peer that sent a body of another record.
pub(super) const WRONG_BODY: &str = "body that its control record does not commit to";

/// Checks a header page against the head it was asked under; `None` if any leaf of it is wrong.
pub(super) fn verified_page(
    network: &NetworkId,
    request: &HeaderRequest,
    page: HeaderPage,
) -> Option<Verified> {
    page::check_bounds(request.start, page.items.len() as u64, request.size).ok()?;
    let mut verified = Verified { positions: Vec::with_capacity(page.items.len()), spoiled: false };
    for item in page.items {
        let (bytes, body) = match item {
            HeaderItem::Header(bytes) => (bytes, None),
            HeaderItem::Personal(bytes, body) => (bytes, Some(body.sealed())),
            HeaderItem::Missing(hash, _) => {
                verified.positions.push(Arrived { hash, header: None, body: None });
                continue;
            }
        };
        let fits = (1..=MAX_LEAF).contains(&bytes.len());
        let hash = leaf_hash(&bytes);
        // A leaf that its writer signed though it is not canonical stays a hash on every node alike.
        let leaf = if fits { Leaf::decode(&bytes).ok() } else { None };
        let true_body = body.as_ref().is_none_or(|body| is_body_of(network, leaf.as_ref(), body));
        verified.spoiled |= !true_body;
        let header = leaf.map(|leaf| Header { bytes, leaf });
        verified.positions.push(Arrived { hash, header, body: body.filter(|_| true_body) });
    }
    let hashes: Vec<Hash> = verified.positions.iter().map(|arrived| arrived.hash).collect();
    let proof = RangeProof { left: page.left, right: page.right };
    verify_range(request.start, &hashes, &proof, request.size, &request.root).ok()?;
    Some(verified)
}
