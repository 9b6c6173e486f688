//! A collective's first control feed: kept only once its first two leaves prove whose it is.
//!
//! Its manifest names no collective, so anybody could say of a feed of their own that it founds this or that one. The
//! genesis charter at leaf 0 can be copied, too; the delegation at leaf 1, which names the feed, cannot.

use commonwheel_collective::Verified as Opened;
use commonwheel_ledger::note::SignedHead;
use commonwheel_record::control::{Content, Subject};
use commonwheel_record::{CollectiveId, Control, FeedId, Leaf, Manifest, NetworkId};

use super::headers::{Verified, WRONG_BODY};
use super::*;
use crate::collectives::FOUNDING_LEAVES;
use crate::fetch::{Arrived, signed_head};
use crate::limits::MAX_HEADER_BUNDLES;
use crate::parsed::Header;
use crate::wire::{HeaderPage, HeaderRequest, Request};

impl<S: Store> Sync<S> {
    /// Says whether a first control feed of the collective is still looked for.
    pub(super) fn is_unfounded(&self, collective: &CollectiveId) -> bool {
        let founding = |feed: &FeedId| self.store.manifest(feed).is_some_and(is_founding);
        self.follow.contains(collective) && !self.collectives.control_feeds(collective).any(founding)
    }

    /// Asks for the first leaves of a feed that is told to found a collective; says whether something was asked.
    pub(crate) fn ask_founding(&mut self, now: u64, peer: PublicKey) -> bool {
        let Some(state) = self.peers.get_mut(&peer) else { return false };
        if state.session.asked(|asked| matches!(asked, Asked::Founding(..))) {
            return false;
        }
        let Some((manifest, told)) = state.session.founding.pop() else { return false };
        let (feed, size, root) = (manifest.id(), told.size, told.root);
        let request = HeaderRequest { feed, size, root, start: 0, bundles: MAX_HEADER_BUNDLES, bodies: 0 };
        self.ask(now, peer, &Request::Headers(request), Asked::Founding(Box::new((manifest, told, request))));
        true
    }

    pub(super) fn on_founding(
        &mut self,
        now: u64,
        peer: PublicKey,
        (manifest, told, request): (Manifest, Told, HeaderRequest),
        page: HeaderPage,
    ) -> Result<(), StoreError> {
        let feed = request.feed;
        let signed = signed_head(feed, &told);
        let verified = signed.verify(&manifest).ok();
        let verified = verified.and_then(|()| headers::verified_page(&self.config.network, &request, page));
        let proven = verified.filter(|page| {
            let leaf = |index: usize| page.positions.get(index).and_then(|arrived| arrived.header.as_ref());
            founds(&self.config.network, &feed, &told.collective, leaf(0), leaf(1))
        });
        let Some(Verified { positions, spoiled }) = proven else {
            self.fault(peer, "feed that does not found what it was told to");
            return Ok(());
        };
        if spoiled {
            self.fault(peer, WRONG_BODY);
        }
        if !self.is_unfounded(&told.collective) || !self.continues_held(&feed, &positions)? {
            return Ok(());
        }
        self.keep_feed(feed, &manifest, told.collective)?;
        self.keep_leaves(peer, feed, (told, signed), positions)?;
        self.control_grew(now, feed)
    }

    /// Says whether leaves begin with those that a crash left of the feed, if it left any.
    fn continues_held(&self, feed: &FeedId, positions: &[Arrived]) -> Result<bool, StoreError> {
        if self.store.manifest(feed).is_none() {
            return Ok(true);
        }
        let held = self.store.leaf_hashes(feed, 0, positions.len() as u64)?;
        Ok(held.iter().zip(positions).all(|(held, told)| *held == told.hash))
    }

    /// Keeps the first leaves. Where a head is held from before a crash, those of the founding alone: whether the others
    /// are of its branch takes a proof.
    fn keep_leaves(
        &mut self,
        peer: PublicKey,
        feed: FeedId,
        (told, signed): (Told, SignedHead),
        mut positions: Vec<Arrived>,
    ) -> Result<(), StoreError> {
        let fresh = self.store.head(&feed).is_none() && self.store.size(&feed) <= told.size;
        if fresh {
            self.store.set_head(&feed, &signed)?;
        } else {
            positions.truncate(FOUNDING_LEAVES as usize);
        }
        let held = usize::try_from(self.store.size(&feed)).unwrap_or(usize::MAX);
        if held < positions.len() {
            self.append_page(feed, 0, held, positions)?;
        }
        if fresh {
            return self.adopt_head(feed, &signed);
        }
        self.note_head(feed);
        if let Some(state) = self.peers.get_mut(&peer) {
            state.session.told.insert(feed, told);
        }
        Ok(())
    }
}

/// Says whether a feed's first two leaves make it the first control feed of a collective.
fn founds(
    network: &NetworkId,
    feed: &FeedId,
    collective: &CollectiveId,
    genesis: Option<&Header>,
    delegation: Option<&Header>,
) -> bool {
    let (Some(genesis), Some(delegation)) = (control(genesis), control(delegation)) else { return false };
    let Content::Charter(charter) = &genesis.content else { return false };
    let names_feed = matches!(&delegation.content, Content::Delegation(delegated) if delegated.subject == Subject::Feed(*feed));
    let signed =
        |record: &Control| charter.root.satisfied_by(&Opened::open(network, record.clone(), None).signers);
    genesis.collective.is_none()
        && genesis.owner(network) == *collective
        && names_feed
        && delegation.collective == Some(*collective)
        && signed(genesis)
        && signed(delegation)
}

fn control(header: Option<&Header>) -> Option<&Control> {
    match &header?.leaf {
        Leaf::Control(control) => Some(control),
        _ => None,
    }
}
