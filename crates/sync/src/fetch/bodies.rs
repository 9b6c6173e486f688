//! Which bodies to ask for: what the valve would grant, bundle by bundle, and nothing twice.

use std::collections::BTreeSet;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::control::Rung;
use commonwheel_record::{Contribution, FeedId, Leaf, Manifest, PublicKey, RecordId};
use commonwheel_valve::{Asker, Request as Ask};

use crate::io::Selection;
use crate::limits::{BODY_RETRY, BUNDLE, MAX_BODY_POSITIONS, MAX_HELD_SUBMISSIONS, MAX_ORPHANS};
use crate::node::Sync;
use crate::parsed::Header;
use crate::session::Asked;
use crate::wire::{BodyRequest, Request};

/// Bundles a body scan looks at before it lets others have their turn.
const SCAN_STEP: u64 = 16;

impl<S: Store> Sync<S> {
    /// Asks for bodies; says whether something was asked.
    pub(super) fn ask_bodies(&mut self, now: u64, peer: PublicKey) -> Result<bool, StoreError> {
        let Some(state) = self.peers.get_mut(&peer) else { return Ok(false) };
        let due: Vec<FeedId> = state.session.scans.keys().copied().collect();
        due.iter().for_each(|feed| state.session.retry(feed, now));
        let feeds: Vec<FeedId> = state.session.scanning.iter().copied().collect();
        for feed in feeds {
            if self.ask_bodies_of(now, peer, feed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn ask_bodies_of(&mut self, now: u64, peer: PublicKey, feed: FeedId) -> Result<bool, StoreError> {
        for _ in 0..SCAN_STEP {
            let Some(positions) = self.next_positions(&peer, feed)? else { return Ok(false) };
            let offset = self.partial_offset(&peer, feed, &positions);
            let mut positions = positions;
            if offset > 0 {
                // Only the first position may be continued; the others have their turn after it.
                let rest = positions.split_off(1);
                rest.first().into_iter().for_each(|next| self.redo(&peer, feed, *next));
            }
            let Some(&first) = positions.first() else { continue };
            let bundle = first / BUNDLE;
            self.body_claims.insert((feed, bundle), peer);
            let request = BodyRequest {
                feed,
                runs: BodyRequest::runs_of(&positions),
                offset,
                held_submissions: self.recent_submissions(&feed),
                purpose: self.config.purpose,
                nonce: self.rng.nonce(),
            };
            self.ask(now, peer, &Request::Bodies(request.clone()), Asked::Bodies(request));
            return Ok(true);
        }
        // Nothing in so many bundles: go on later, so that others have their turn.
        self.wake_at(now);
        Ok(false)
    }

    /// A body that spans pages is continued before anything else is asked in its place.
    fn partial_offset(&self, peer: &PublicKey, feed: FeedId, positions: &[u64]) -> u64 {
        let (Some(state), Some(&index)) = (self.peers.get(peer), positions.first()) else { return 0 };
        let partial = state.session.partials.get(&RecordId { feed, index });
        partial.map_or(0, |partial| partial.bytes.len() as u64)
    }

    /// Returns wanted positions of the next bundle to look at, perhaps none; `None` at the end of the feed.
    fn next_positions(&mut self, peer: &PublicKey, feed: FeedId) -> Result<Option<Vec<u64>>, StoreError> {
        let size = self.store.size(&feed);
        let Some(state) = self.peers.get_mut(peer) else { return Ok(None) };
        let session = &mut state.session;
        let Some(scan) = session.scans.get_mut(&feed) else { return Ok(None) };
        let (start, end) = if let Some(first) = scan.redo.first().copied() {
            let end = (first / BUNDLE + 1) * BUNDLE;
            let later = scan.redo.split_off(&end);
            scan.redo = later;
            (first, end.min(size))
        } else if scan.next < size {
            let start = scan.next;
            scan.next = ((start / BUNDLE + 1) * BUNDLE).min(size);
            (start, scan.next)
        } else {
            session.scanning.remove(&feed);
            return Ok(None);
        };
        match self.body_claims.get(&(feed, start / BUNDLE)) {
            Some(other) if other == peer => {
                // Our own request for this bundle is still out; come back when it is answered.
                self.redo(peer, feed, start);
                Ok(None)
            }
            // Whoever has claimed it brings it; if they fail, every scan comes back here.
            Some(_) => Ok(Some(Vec::new())),
            None => self.wanted(peer, feed, start, end).map(Some),
        }
    }

    /// A body is held whose submission is not, because that was damaged: the body is asked for again, since submissions
    /// come with bodies only.
    pub(crate) fn note_orphan(&mut self, now: u64, submission: RecordId, contribution: RecordId) {
        if self.orphans.len() >= MAX_ORPHANS || self.orphans.insert(submission, contribution).is_some() {
            return;
        }
        self.peers.values_mut().for_each(|peer| peer.session.rescan(submission.feed));
        self.wake_at(now);
    }

    fn redo(&mut self, peer: &PublicKey, feed: FeedId, position: u64) {
        if let Some(scan) = self.peers.get_mut(peer).and_then(|state| state.session.scans.get_mut(&feed)) {
            scan.redo.insert(position);
        }
    }

    /// Returns the positions in one bundle whose bodies we want, may have from this peer, and do not hold.
    fn wanted(
        &mut self,
        peer: &PublicKey,
        feed: FeedId,
        start: u64,
        end: u64,
    ) -> Result<Vec<u64>, StoreError> {
        let mut held = self.store.held(&feed, start, end);
        for orphan in self.orphans.values().filter(|orphan| orphan.feed == feed && orphan.index >= start) {
            let place = usize::try_from(orphan.index - start).unwrap_or(usize::MAX);
            held.get_mut(place).into_iter().for_each(|held| *held = false);
        }
        if held.iter().all(|held| *held) {
            return Ok(Vec::new());
        }
        let Some(manifest) = self.store.manifest(&feed).cloned() else { return Ok(Vec::new()) };
        let bundle = self.parsed.bundle(&self.store, &feed, start / BUNDLE)?;
        let first = start / BUNDLE * BUNDLE;
        let mut positions = Vec::new();
        let (mut missing, mut blocked) = (false, false);
        for (position, held) in (start..end).zip(held) {
            let Some(entry) = bundle.get(usize::try_from(position - first).unwrap_or(usize::MAX)) else {
                break;
            };
            match entry {
                None => missing = true,
                Some(Header { leaf: leaf @ Leaf::Contribution(header, _), .. }) if !held => {
                    let id = RecordId { feed, index: position };
                    if !selected(&self.config.selection, header) {
                        continue;
                    }
                    if self.would_serve(peer, id, &manifest, Some(leaf))? {
                        positions.push(position);
                    } else {
                        blocked |= !header.ancestors.is_empty();
                    }
                }
                Some(_) => {}
            }
        }
        if missing {
            self.gaps.insert((feed, start / BUNDLE));
        }
        if blocked {
            self.derived.insert((feed, start / BUNDLE));
        }
        positions.truncate(MAX_BODY_POSITIONS);
        Ok(positions)
    }

    /// Says whether the peer, seeing what we see, would serve us this body.
    pub(crate) fn would_serve(
        &mut self,
        peer: &PublicKey,
        id: RecordId,
        manifest: &Manifest,
        leaf: Option<&Leaf>,
    ) -> Result<bool, StoreError> {
        if self.is_erased_here(id, manifest, leaf)? {
            return Ok(false);
        }
        let asker = std::mem::replace(&mut self.asker, Asker::SelfNode);
        let ask = Ask { audience: &asker, purpose: self.config.purpose, rung: Rung::Body };
        let decision = self.decide_as(peer, &ask, id, manifest, leaf);
        self.asker = asker;
        let decision = decision?;
        Ok(decision.serves(Rung::Body))
    }

    /// Says whether a record of ours to be was taken back since its body was asked for.
    pub(crate) fn is_taken_back(&mut self, id: RecordId) -> Result<bool, StoreError> {
        if self.collectives.views.iter().all(|view| view.withdrawals().is_empty()) {
            return Ok(false);
        }
        let Some(manifest) = self.store.manifest(&id.feed).cloned() else { return Ok(false) };
        let leaf = self.header(&id)?.map(|(leaf, _)| leaf);
        self.is_erased_here(id, &manifest, leaf.as_ref())
    }

    /// What was taken back is not fetched again from somebody who may keep it.
    fn is_erased_here(
        &mut self,
        id: RecordId,
        manifest: &Manifest,
        leaf: Option<&Leaf>,
    ) -> Result<bool, StoreError> {
        let view = self.collectives.views.get(&manifest.collective);
        let derived = matches!(leaf, Some(Leaf::Contribution(header, _)) if !header.ancestors.is_empty());
        if !derived && view.is_none_or(|view| view.withdrawals().is_empty()) {
            return Ok(false);
        }
        let ask = Ask { audience: &Asker::SelfNode, purpose: self.config.purpose, rung: Rung::Body };
        let me = self.me;
        Ok(!self.decide_as(&me, &ask, id, manifest, leaf)?.serves(Rung::Body))
    }

    fn recent_submissions(&self, feed: &FeedId) -> Vec<u64> {
        let mut indices = self.parsed.recent_submissions(feed, MAX_HELD_SUBMISSIONS);
        indices.sort_unstable();
        indices
    }

    /// Bodies were not served: look again later, and let others fetch them meanwhile.
    pub(crate) fn body_refused(&mut self, now: u64, peer: &PublicKey, request: &BodyRequest, wait: u64) {
        let Some(first) = request.positions().next() else { return };
        self.release_bundle(peer, request.feed, first / BUNDLE);
        let Some(state) = self.peers.get_mut(peer) else { return };
        let scan = state.session.scans.entry(request.feed).or_default();
        scan.refusals = scan.refusals.saturating_add(1);
        let at = now + (wait << scan.refusals.min(6)).min(BODY_RETRY);
        let earlier = scan.retry.map_or(first, |(position, _)| position.min(first));
        scan.retry = Some((earlier, at));
    }

    /// Ends a claim on a bundle; whoever passed over it comes back.
    pub(crate) fn release_bundle(&mut self, peer: &PublicKey, feed: FeedId, bundle: u64) {
        if self.body_claims.get(&(feed, bundle)) != Some(peer) {
            return;
        }
        self.body_claims.remove(&(feed, bundle));
        // At once, before whoever failed claims it anew: otherwise the one peer that holds it may never have its turn.
        self.wake_at(self.clock);
        for (_, other) in self.peers.iter_mut().filter(|(key, _)| *key != peer) {
            // Whoever refused, too, comes back in its own time.
            if let Some(scan) = other.session.scans.get_mut(&feed)
                && scan.next > bundle * BUNDLE
                && scan.retry.is_none_or(|(position, _)| position >= (bundle + 1) * BUNDLE)
            {
                scan.redo.insert(bundle * BUNDLE);
                other.session.scanning.insert(feed);
            }
        }
    }
}

fn selected(selection: &Selection, header: &Contribution) -> bool {
    fn any<T: Ord>(set: &BTreeSet<T>, value: &T) -> bool {
        set.is_empty() || set.contains(value)
    }
    !selection.headers_only
        && any(&selection.languages, &header.language)
        && any(&selection.licences, &header.licence)
        && any(&selection.domains, &header.domain)
}
