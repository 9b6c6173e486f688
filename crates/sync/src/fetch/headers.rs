//! Which headers to ask for: all of a feed from one peer, in pages that may arrive in any order and be cut short.

use std::collections::BTreeMap;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, PublicKey};

use crate::limits::{BUNDLE, MAX_EARLY, MAX_HEADER_BUNDLES};
use crate::node::Sync;
use crate::parsed::Header;
use crate::session::Asked;
use crate::wire::{HeaderRequest, Request};

/// A position of a verified page.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) hash: Hash,
    pub(crate) header: Option<Header>,
    /// The body of a control record, which opens what its header says of it.
    pub(crate) body: Option<SealedBody>,
}

/// Positions of a verified page.
type Page = Vec<Arrived>;

/// Who fetches a feed's headers, and what is on its way.
#[derive(Debug)]
pub(crate) struct HeaderClaim {
    pub(crate) peer: PublicKey,
    /// Where each page that was asked for and has not come starts and ends.
    asked: BTreeMap<u64, u64>,
    /// Verified pages that arrived before the ones they follow, by their first position.
    pub(crate) early: BTreeMap<u64, Page>,
    /// Bundles that a page holds, as far as is known.
    bundles: u64,
}

impl HeaderClaim {
    const fn new(peer: PublicKey) -> Self {
        Self { peer, asked: BTreeMap::new(), early: BTreeMap::new(), bundles: MAX_HEADER_BUNDLES }
    }

    /// Returns where the first positions are that are neither held nor on their way, and how many bundles to ask for.
    fn next(&self, size: u64, head: u64) -> Option<(u64, u64)> {
        let mut start = size / BUNDLE * BUNDLE;
        while let Some(end) = self.end_of(start).filter(|end| *end > start) {
            start = end;
        }
        if size >= head || start >= head || start.saturating_sub(size) >= MAX_EARLY {
            return None;
        }
        start = start / BUNDLE * BUNDLE;
        let asked = self.asked.range(start + 1..).next().map(|(later, _)| *later);
        let early = self.early.range(start + 1..).next().map(|(later, _)| *later);
        let end = [asked, early].into_iter().flatten().fold(head, u64::min);
        Some((start, (end - start).div_ceil(BUNDLE).min(self.bundles)))
    }

    /// Returns where the page that holds a position ends, if it has come early or is on its way.
    fn end_of(&self, position: u64) -> Option<u64> {
        let asked = self.asked.range(..=position).next_back().map(|(_, end)| *end);
        let early = self.early.range(..=position).next_back();
        asked.max(early.map(|(start, page)| start + page.len() as u64))
    }

    /// Notes that a page has come, perhaps not whole.
    pub(crate) fn answered(&mut self, request: &HeaderRequest, positions: u64) {
        let end = end(request);
        if self.asked.get(&request.start) == Some(&end) {
            self.asked.remove(&request.start);
        }
        if request.start + positions < end {
            // It was cut short: more at a time is not to be had of this feed.
            self.bundles = (positions / BUNDLE).max(1);
        }
    }

    /// Says whether nothing is on its way any more.
    pub(crate) fn is_done(&self) -> bool {
        self.asked.is_empty() && self.early.is_empty()
    }
}

impl<S: Store> Sync<S> {
    /// Asks for headers that are missing up to a head of ours, of feeds where they are less than `ahead` positions ahead
    /// of bodies; says whether something was asked.
    pub(super) fn ask_headers(
        &mut self,
        now: u64,
        peer: PublicKey,
        purpose: Purpose,
        ahead: u64,
    ) -> Result<bool, StoreError> {
        let behind = match purpose {
            Purpose::Control => &self.behind.control,
            Purpose::Data => &self.behind.data,
        };
        let candidates = behind.iter().filter(|feed| self.may_ask_headers(&peer, feed, ahead));
        let Some(request) = candidates.into_iter().find_map(|feed| self.next_headers(feed)) else {
            return Ok(false);
        };
        let claim = self.header_claims.entry(request.feed).or_insert_with(|| HeaderClaim::new(peer));
        claim.asked.insert(request.start, end(&request));
        self.ask(now, peer, &Request::Headers(request), Asked::Headers(request));
        Ok(true)
    }

    fn next_headers(&self, feed: &FeedId) -> Option<HeaderRequest> {
        let head = self.store.head(feed)?.head;
        let fresh = HeaderClaim::new(self.me);
        let claim = self.header_claims.get(feed).unwrap_or(&fresh);
        let (start, bundles) = claim.next(self.store.size(feed), head.size)?;
        Some(HeaderRequest { feed: *feed, size: head.size, root: head.root, start, bundles, bodies: start })
    }

    fn may_ask_headers(&self, peer: &PublicKey, feed: &FeedId, ahead: u64) -> bool {
        let Some(state) = self.peers.get(peer) else { return false };
        let shared = self.collectives.owner(feed).is_none_or(|owner| state.session.follows(&owner));
        let mine = self.header_claims.get(feed).is_none_or(|claim| claim.peer == *peer);
        let near = state.session.scans.get(feed).is_none_or(|scan| {
            !state.session.scanning.contains(feed) || self.store.size(feed).saturating_sub(scan.next) < ahead
        });
        shared && mine && near && !state.session.absent.contains(feed)
    }
}

/// Returns where a page ends that is not cut short.
fn end(request: &HeaderRequest) -> u64 {
    (request.start + request.bundles * BUNDLE).min(request.size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(positions: u64) -> Page {
        (0..positions).map(|_| Arrived { hash: Hash::default(), header: None, body: None }).collect()
    }

    fn request(start: u64, bundles: u64, size: u64) -> HeaderRequest {
        HeaderRequest { feed: FeedId([2; 32]), size, root: Hash::default(), start, bundles, bodies: start }
    }

    fn claim(asked: &[(u64, u64)]) -> HeaderClaim {
        HeaderClaim { asked: asked.iter().copied().collect(), ..HeaderClaim::new(PublicKey([1; 32])) }
    }

    #[test]
    fn asks_on_behind_what_is_on_its_way() {
        assert_eq!(claim(&[]).next(0, 10_000), Some((0, 4)));
        assert_eq!(claim(&[(0, 1024)]).next(0, 10_000), Some((1024, 4)));
        assert_eq!(claim(&[]).next(300, 10_000), Some((256, 4)));
        assert_eq!(claim(&[]).next(10_000, 10_000), None);
        assert_eq!(claim(&[(0, 1024), (1024, 1100)]).next(0, 1100), None);
        assert_eq!(claim(&[(0, 1024)]).next(0, 1100), Some((1024, 1)));
    }

    #[test]
    fn asks_again_for_what_a_page_left_out() {
        let mut claim = claim(&[(0, 1024), (1024, 2048)]);
        claim.answered(&request(0, 4, 10_000), 768);
        claim.early.insert(0, page(768));
        assert_eq!(claim.next(0, 10_000), Some((768, 1)), "the gap alone");
        claim.asked.insert(768, 1024);
        claim.answered(&request(1024, 4, 10_000), 768);
        claim.early.insert(1024, page(768));
        assert_eq!(claim.next(0, 10_000), Some((1792, 3)), "as much as a page has held");
    }

    #[test]
    fn does_not_run_too_far_ahead() {
        assert_eq!(claim(&[(0, MAX_EARLY)]).next(0, 1 << 20), None);
        assert!(claim(&[(0, MAX_EARLY)]).next(BUNDLE, 1 << 20).is_some());
    }

    #[test]
    fn goes_on_in_the_bundle_where_an_older_head_ended() {
        let mut claim = claim(&[]);
        claim.early.insert(1024, page(276));
        assert_eq!(claim.next(1024, 5000), Some((1280, 4)));
        claim.asked.insert(1280, 2304);
        claim.answered(&request(1280, 4, 1300), 20);
        assert_eq!(claim.asked.len(), 1, "that was the answer under the older head");
        assert_eq!(claim.bundles, MAX_HEADER_BUNDLES);
    }
}
