//! Proofs and header pages: verified against a signed head, then appended in order.

use commonwheel_ledger::fork;
use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::page;
use commonwheel_ledger::proof::{ProofError, RangeProof, verify_range, verify_seeded_consistency};
use commonwheel_ledger::store::{Position, Store, StoreError};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::attestation::{Attestation, Attested, Statement};
use commonwheel_record::limits::MAX_LEAF;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf, PublicKey};

use crate::fetch::{HeaderClaim, signed_head};
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
        let Some(positions) = verified_page(&request, page) else {
            self.release_headers(&peer, &feed);
            if let Some(state) = self.peers.get_mut(&peer) {
                state.session.absent.insert(feed);
            }
            self.fault(peer, "header page that does not verify");
            return Ok(());
        };
        let held = request.start + positions.len() as u64 <= self.store.size(&feed);
        let mut claim = self.header_claims.get_mut(&feed).filter(|claim| claim.peer == peer);
        if let Some(claim) = &mut claim {
            claim.answered(&request, positions.len() as u64);
        }
        match claim {
            _ if held => self.fill_headers(&feed, request.start, positions),
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
        mut positions: Vec<(Hash, Option<Header>)>,
    ) -> Result<(), StoreError> {
        let appended: Vec<Position<'_>> = positions[skip..]
            .iter()
            .map(|(hash, header)| Position {
                hash: *hash,
                header: header.as_ref().map(|header| header.bytes.as_slice()),
            })
            .collect();
        self.store.append(&feed, &appended)?;
        if skip > 0 {
            // Of what was held before, the page may say more than the store, or less.
            positions.truncate(skip);
            return self.fill_headers(&feed, start, positions);
        }
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
            for bundle in start / BUNDLE..=(start + positions.len() as u64) / BUNDLE {
                self.parsed.forget(feed, bundle);
                // The scan that follows finds what is missing still.
                self.gaps.remove(&(*feed, bundle));
            }
            for peer in self.peers.values_mut() {
                peer.session.rescan(*feed);
            }
            self.collectives.unread(feed);
            self.feed_grew(self.clock, *feed)?;
        }
        Ok(())
    }

    /// Tells the operator about a feed that forked.
    pub(crate) fn announce_fork(&mut self, feed: FeedId) {
        self.event(Event::Forked(feed));
    }
}

/// Checks a header page against the head it was asked under; `None` if any part of it is wrong.
pub(super) fn verified_page(
    request: &HeaderRequest,
    page: HeaderPage,
) -> Option<Vec<(Hash, Option<Header>)>> {
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
