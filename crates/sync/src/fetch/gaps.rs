//! What is missing among the leaves held: headers that were withheld or lost, and bodies of control records.

use commonwheel_ledger::store::Store;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, PublicKey};

use crate::limits::BUNDLE;
use crate::node::Sync;
use crate::session::Asked;
use crate::wire::{HeaderRequest, Request};

/// A bundle with a gap that is not asked about again before the next hello.
const ASKED: u64 = u64::MAX;

impl<S: Store> Sync<S> {
    /// Asks for a bundle in which something is missing, once between two hellos; says whether something was asked.
    ///
    /// What withheld a header may be over, and that is seen by asking only: a lift of a part says nothing of a record whose
    /// header is not held. The bodies of control records come with their headers.
    pub(super) fn ask_gaps(&mut self, now: u64, peer: PublicKey, purpose: Purpose) -> bool {
        let open = self.gaps.iter().find_map(|gap| Some((*gap, self.open_gap(&peer, gap, purpose)?)));
        let Some(((feed, bundle), bodies)) = open else { return false };
        // Under the tree that is held: a peer may be behind our head.
        let (size, root) = (self.store.size(&feed), self.store.frontier(&feed).root());
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.refetched.insert((feed, bundle), ASKED);
        }
        let request = HeaderRequest { feed, size, root, start: bundle * BUNDLE, bundles: 1, bodies };
        self.ask(now, peer, &Request::Headers(request), Asked::Headers(request));
        true
    }

    /// Returns from where on bodies are wanted of a bundle with a gap, if the peer is to be asked about it now.
    fn open_gap(&self, peer: &PublicKey, gap: &(FeedId, u64), purpose: Purpose) -> Option<u64> {
        let (feed, bundle) = gap;
        let session = &self.peers.get(peer)?.session;
        let owner = self.collectives.owner(feed)?;
        let of_purpose = self.store.manifest(feed).is_some_and(|manifest| manifest.purpose == purpose);
        if !of_purpose || session.absent.contains(feed) || !session.follows(&owner) {
            return None;
        }
        let start = bundle * BUNDLE;
        let from = session.refetched.get(gap).copied();
        let mut later = self
            .collectives
            .missing(feed)
            .filter(|index| *index >= from.unwrap_or(start) && index / BUNDLE == *bundle);
        match from {
            Some(_) => later.next(),
            None => Some(later.next().unwrap_or(start)),
        }
    }

    /// A page about a gap has come, with bodies up to a position: there may be more of them, which did not fit.
    pub(crate) fn gap_answered(&mut self, peer: &PublicKey, feed: FeedId, start: u64, last: Option<u64>) {
        let Some(state) = self.peers.get_mut(peer) else { return };
        if let (Some(from), Some(last)) = (state.session.refetched.get_mut(&(feed, start / BUNDLE)), last) {
            *from = last + 1;
        }
    }
}
