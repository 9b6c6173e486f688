//! Answers to peers. Whatever leaves is decided by the valve, page by page and record by record.

mod bodies;

use std::collections::BTreeSet;
use std::ops::Range;

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::proof::{FeedNodes, range_proof, root_at, seeded_consistency_proof};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::control::Rung;
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, Leaf, Manifest, PublicKey, RecordId};
use commonwheel_valve::{
    Ancestor, Asker, Decision, Policy, Reason, Record, Refusal, Request as Ask, decide, may_know,
};

use crate::collectives::{is_members, personal};
use crate::io::Output;
use crate::limits::{BUNDLE, BUSY_RETRY, MAX_ATTESTATIONS, MAX_HEADER_BUNDLES, MAX_HEADS, PAGE_BYTES};
use crate::node::Sync;
use crate::wire::{
    self, HeadItem, HeaderItem, HeaderPage, HeaderRequest, HeadsPage, HeadsRequest, ProofRequest, Reply,
    Request, cut_bodies,
};

/// The reply to somebody who asks too much, or too early.
const BUSY: Refusal = Refusal::Busy { retry_after_millis: BUSY_RETRY };

impl<S: Store> Sync<S> {
    pub(crate) fn serve(
        &mut self,
        now: u64,
        peer: PublicKey,
        id: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let Some(state) = self.peers.get_mut(&peer) else { return Ok(()) };
        let request = wire::decode::<Request>(bytes);
        // What cannot be read costs as much as what asks for little.
        if !state.budget.take(now, request.as_ref().map_or(1, Request::bundles).max(1)) {
            self.respond(peer, id, &Reply::Refused(BUSY));
            return Ok(());
        }
        let Ok(request) = request else {
            self.respond(peer, id, &Reply::Refused(Refusal::Refused(Policy::Malformed)));
            self.fault(peer, "malformed request");
            return Ok(());
        };
        if let Request::Bodies(request) = request {
            return self.queue_bodies(now, peer, id, request);
        }
        let answered = self.answer(now, peer, request);
        // Whoever met what is damaged asks again once it is mended.
        self.respond(peer, id, answered.as_ref().unwrap_or(&Reply::Refused(BUSY)));
        answered.map(drop)
    }

    fn answer(&mut self, now: u64, peer: PublicKey, request: Request) -> Result<Reply, StoreError> {
        Ok(match request {
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
            // These wait for their turn, and are not answered here.
            Request::Bodies(_) => Reply::Refused(BUSY),
        })
    }

    fn respond(&mut self, peer: PublicKey, id: u64, reply: &Reply) {
        self.emit(Output::Respond { peer, id, bytes: wire::encode_reply(reply) });
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
            let head = self.complete_head(&change.feed)?;
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

    /// Returns a feed's head if all its leaves are held.
    pub(crate) fn complete_head(&self, feed: &FeedId) -> Option<&SignedHead> {
        self.store.head(feed).filter(|signed| signed.head.size <= self.store.size(feed))
    }

    fn serve_manifests(&self, peer: &PublicKey, feeds: &[FeedId]) -> Reply {
        let visible = feeds.iter().filter(|feed| self.visible(peer, feed));
        Reply::Manifests(
            visible.filter_map(|feed| self.store.manifest(feed)).map(|m| ByteString(m.encode())).collect(),
        )
    }

    /// Says whether we hold all leaves of the branch that a size and root name.
    pub(crate) fn holds(&self, feed: &FeedId, size: u64, root: &Hash) -> Result<bool, StoreError> {
        if size == 0 || size > self.store.size(feed) {
            return Ok(false);
        }
        // What is held was appended under our head, so it is that of the head's tree.
        let head = self.store.head(feed).map(|signed| signed.head);
        if head.is_some_and(|head| (head.size, head.root) == (size, *root)) {
            return Ok(true);
        }
        Ok(root_at(&FeedNodes { store: &self.store, feed }, size)? == *root)
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
        let HeaderRequest { feed, size, root, start, bundles, bodies } = request;
        let in_bounds = start % BUNDLE == 0 && start < size && (1..=MAX_HEADER_BUNDLES).contains(&bundles);
        if !in_bounds || !self.visible(peer, &feed) || !self.holds(&feed, size, &root)? {
            return Ok(Reply::Refused(Refusal::Absent));
        }
        let asker = self.asker(peer);
        let (mut items, mut bytes) = (Vec::new(), 0);
        for bundle in start / BUNDLE..start / BUNDLE + bundles {
            let end = ((bundle + 1) * BUNDLE).min(size);
            let mut page = self.header_bundle(now, &asker, feed, bundle * BUNDLE..end, bodies)?;
            if items.is_empty() {
                cut_bodies(&mut page);
            }
            let page_bytes: usize = page.iter().map(HeaderItem::size_hint).sum();
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
        positions: Range<u64>,
        bodies: u64,
    ) -> Result<Vec<HeaderItem>, StoreError> {
        let bundle = positions.start / BUNDLE;
        let headers = self.parsed.bundle(&self.store, &feed, bundle)?;
        let hashes = self.store.leaf_hashes(&feed, positions.start, positions.end)?;
        let Some(manifest) = self.store.manifest(&feed).cloned() else { return Ok(Vec::new()) };
        // What a peer means to do with a body is asked when it asks for one; what this node means to do is no matter of
        // the peer's. The bodies of control records travel with their headers.
        let rung = if manifest.purpose == FeedPurpose::Control { Rung::Body } else { Rung::Header };
        let ask = Ask { audience: asker, purpose: Purpose::Replicate, rung };
        let mut items = Vec::with_capacity(hashes.len());
        for ((index, hash), header) in positions.zip(hashes).zip(headers.iter()) {
            let id = RecordId { feed, index };
            let leaf = header.as_ref().map(|header| &header.leaf);
            let decision = self.decide(now, &ask, id, &manifest, leaf)?;
            if decision.because == Reason::HeaderMissing {
                // Nobody withholds or has erased it, so it is lost.
                self.gaps.insert((feed, bundle));
                self.wake_at(now);
            }
            items.push(match header {
                Some(header) if decision.serves(Rung::Header) => {
                    let open = decision.serves(Rung::Body) && index >= bodies;
                    let body = if open { self.personal(id, &header.leaf)? } else { None };
                    let bytes = header.bytes.clone();
                    body.map_or_else(
                        || HeaderItem::Header(bytes.clone()),
                        |body| HeaderItem::Personal(bytes.clone(), body.into()),
                    )
                }
                _ => HeaderItem::Missing(hash, refusal(&decision, Rung::Header)),
            });
        }
        Ok(items)
    }

    /// Returns a control record's body, if it has one and that is held.
    pub(crate) fn personal(&self, id: RecordId, leaf: &Leaf) -> Result<Option<SealedBody>, StoreError> {
        match personal(Some(leaf)) {
            Some(_) => self.store.body(&id.feed, id.index),
            None => Ok(None),
        }
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

    fn serve_attestations(&self, peer: &PublicKey, after: &ByteString) -> Reply {
        let common = self.common(self.shared(peer));
        let (found, more) = self.attestations.page(&common, &after.0, MAX_ATTESTATIONS);
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

/// Returns the wire's word for a decision below what was asked; what was decided in full but is not held is absent.
fn refusal(decision: &Decision, asked: Rung) -> Refusal {
    if decision.serves(asked) {
        return Refusal::Absent;
    }
    decision.because.refusal().unwrap_or(Refusal::Absent)
}
