//! Gossip in and out. It is a hint; what it brings is verified, and what it misses is pulled.

use std::collections::{BTreeSet, VecDeque};

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::proof::{FeedNodes, inclusion_proof, verify_inclusion};
use commonwheel_ledger::store::{Position, Store, StoreError};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::attestation::{Attestation, Head};
use commonwheel_record::cbor::ByteString;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf, PublicKey, RecordId, Signature};

use crate::collectives::{is_body_of, is_members};
use crate::io::{Output, Topic, Verdict};
use crate::limits::{HEADS_INTERVAL, KICK_INTERVAL, MAX_BUNDLED_HEADS, MAX_CTL_BYTES, MAX_HEADS_BYTES};
use crate::node::Sync;
use crate::session::{Phase, Told};
use crate::wire::{self, ControlMessage, CtlMessage, HeadsMessage, PersonalBytes};

/// What waits to be gossiped.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    /// Feeds whose head changed; one bundle a second, so at most one head a second and feed.
    heads: BTreeSet<FeedId>,
    heads_due: Option<u64>,
    last_heads: u64,
    attestations: VecDeque<Vec<u8>>,
    forks: VecDeque<Vec<u8>>,
}

/// Attestations that wait to be gossiped; more than this are left to anti-entropy.
const MAX_QUEUED_ATTESTATIONS: usize = 256;

impl Relay {
    pub(crate) fn head_changed(&mut self, feed: FeedId) {
        self.heads.insert(feed);
        self.heads_due = Some(self.last_heads + HEADS_INTERVAL);
    }

    pub(crate) fn attestation(&mut self, bytes: Vec<u8>, fork: bool) {
        let queue = if fork { &mut self.forks } else { &mut self.attestations };
        if queue.len() < MAX_QUEUED_ATTESTATIONS {
            queue.push_back(bytes);
        }
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        if self.forks.is_empty() && self.attestations.is_empty() { self.heads_due } else { Some(0) }
    }
}

impl<S: Store> Sync<S> {
    /// Sends what waits, as far as it is due.
    pub(crate) fn relay_tick(&mut self, now: u64) {
        while let Some(bytes) = self.relay.forks.pop_front() {
            self.publish(Topic::Ctl, &CtlMessage::Fork(ByteString(bytes)));
        }
        while let Some(bytes) = self.relay.attestations.pop_front() {
            self.publish(Topic::Heads, &HeadsMessage::Attestation(ByteString(bytes)));
        }
        if self.relay.heads_due.is_some_and(|due| due <= now) {
            self.publish_heads(now);
        }
    }

    fn publish_heads(&mut self, now: u64) {
        self.relay.last_heads = now;
        let mut bundle = Vec::new();
        while bundle.len() < MAX_BUNDLED_HEADS
            && let Some(feed) = self.relay.heads.pop_first()
        {
            let public = self.store.manifest(&feed).is_some_and(|manifest| !is_members(manifest));
            if let Some(signed) = self.complete_head(&feed).filter(|_| public && !self.heads.is_forked(&feed))
            {
                bundle.push((feed, signed.head.size, signed.head.root, signed.signature));
            }
        }
        self.relay.heads_due = (!self.relay.heads.is_empty()).then_some(now + HEADS_INTERVAL);
        if !bundle.is_empty() {
            self.publish(Topic::Heads, &HeadsMessage::Heads(bundle));
        }
    }

    fn publish<T: commonwheel_record::cbor::Encode>(&mut self, topic: Topic, message: &T) {
        let bytes = wire::encode(message);
        let limit = match topic {
            Topic::Ctl => MAX_CTL_BYTES,
            Topic::Heads => MAX_HEADS_BYTES,
        };
        if bytes.len() <= limit {
            self.emit(Output::Publish { topic, bytes });
        }
    }

    /// Tells the neighbours of a control record of ours at once.
    pub(crate) fn publish_control(&mut self, feed: FeedId, index: u64) -> Result<(), StoreError> {
        let Some(signed) = self.store.head(&feed).copied() else { return Ok(()) };
        if self.store.manifest(&feed).is_none_or(is_members) {
            return Ok(());
        }
        let Some(leaf) = self.store.headers(&feed, index, index + 1)?.into_iter().next().flatten() else {
            return Ok(());
        };
        let path = inclusion_proof(&FeedNodes { store: &self.store, feed: &feed }, index, signed.head.size)?;
        let body = match Leaf::decode(&leaf) {
            Ok(leaf) => self.personal(RecordId { feed, index }, &leaf)?,
            Err(_) => None,
        };
        let message = ControlMessage {
            feed,
            size: signed.head.size,
            root: signed.head.root,
            signature: signed.signature,
            index,
            leaf: ByteString(leaf),
            path,
            body: body.map(Into::into),
        };
        self.publish(Topic::Ctl, &CtlMessage::Record(Box::new(message)));
        Ok(())
    }

    pub(crate) fn gossip(
        &mut self,
        now: u64,
        topic: Topic,
        from: PublicKey,
        id: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let verdict = match topic {
            Topic::Ctl => match wire::decode::<CtlMessage>(bytes) {
                Ok(CtlMessage::Record(message)) => self.on_control(now, from, *message)?,
                Ok(CtlMessage::Fork(bytes)) => self.on_gossiped_attestation(now, &bytes.0)?,
                Err(_) => Verdict::Reject,
            },
            Topic::Heads => match wire::decode::<HeadsMessage>(bytes) {
                Ok(HeadsMessage::Heads(heads)) => self.on_gossiped_heads(from, heads),
                Ok(HeadsMessage::Attestation(bytes)) => self.on_gossiped_attestation(now, &bytes.0)?,
                Err(_) => Verdict::Reject,
            },
        };
        if verdict == Verdict::Reject {
            self.fault(from, "gossip that is provably bad");
        }
        self.emit(Output::Validate { from, id, verdict });
        self.drive(now, from)
    }

    fn on_gossiped_attestation(&mut self, now: u64, bytes: &[u8]) -> Result<Verdict, StoreError> {
        if self.attestations.held_as(bytes).is_some() {
            return Ok(Verdict::Ignore);
        }
        match Attestation::open(bytes, &self.config.network) {
            Ok(attestation) => self.accept_attestation(now, attestation),
            Err(_) => Ok(Verdict::Reject),
        }
    }

    /// A head we do not have: ask whoever told us for what is behind it.
    fn on_gossiped_heads(&mut self, from: PublicKey, heads: Vec<(FeedId, u64, Hash, Signature)>) -> Verdict {
        // Only what was checked in whole is forwarded: a neighbour may know better about a head we passed over, and
        // would blame us for it.
        let (mut news, mut checked) = (false, true);
        for (feed, size, root, signature) in heads {
            let (Some(manifest), Some(collective)) =
                (self.store.manifest(&feed), self.collectives.owner(&feed))
            else {
                // A feed we have not heard of may be one of a collective we follow.
                self.kick(&from);
                checked = false;
                continue;
            };
            let signed = SignedHead { head: Head { feed, size, root }, signature };
            let held = self.store.head(&feed);
            if held.is_some_and(|held| *held == signed) {
                continue;
            }
            if is_members(manifest) || held.is_some_and(|held| held.head.size >= size) {
                checked = false;
                continue;
            }
            if signed.verify(manifest).is_err() {
                return Verdict::Reject;
            }
            news = true;
            if let Some(state) = self.peers.get_mut(&from) {
                state.session.tell(feed, Told { size, root, signature, collective });
            }
        }
        if news && checked { Verdict::Accept } else { Verdict::Ignore }
    }

    /// A control record: if it is the next one, it acts at once; if not, its log is pulled.
    fn on_control(
        &mut self,
        now: u64,
        from: PublicKey,
        message: ControlMessage,
    ) -> Result<Verdict, StoreError> {
        let feed = message.feed;
        let Some(manifest) = self.store.manifest(&feed) else {
            self.kick(&from);
            return Ok(Verdict::Ignore);
        };
        if manifest.purpose != Purpose::Control || is_members(manifest) {
            return Ok(Verdict::Reject);
        }
        let signed = SignedHead {
            head: Head { feed, size: message.size, root: message.root },
            signature: message.signature,
        };
        let leaf = &message.leaf.0;
        let included =
            verify_inclusion(message.index, &leaf_hash(leaf), message.size, &message.root, &message.path);
        let body = message.body.map(PersonalBytes::sealed);
        let network = &self.config.network;
        let spoiled =
            body.as_ref().is_some_and(|body| !is_body_of(network, Leaf::decode(leaf).ok().as_ref(), body));
        if signed.verify(manifest).is_err() || included.is_err() || spoiled {
            return Ok(Verdict::Reject);
        }
        let size = self.store.size(&feed);
        if message.index < size || self.heads.is_forked(&feed) {
            return Ok(Verdict::Ignore);
        }
        let settled = self.store.head(&feed).is_none_or(|held| held.head.size == size);
        if message.index == size
            && message.size == size + 1
            && settled
            && self.continues(&feed, leaf, &message.root)
        {
            self.header_claims.remove(&feed);
            self.store.append(&feed, &[Position { hash: leaf_hash(leaf), header: Some(leaf) }])?;
            let kept = body.filter(|_| self.keeps_personal(&RecordId { feed, index: size }));
            let bodies: Vec<_> = kept.into_iter().map(|body| (size, body)).collect();
            self.store.put_bodies(&feed, &bodies)?;
            self.adopt_head(feed, &signed)?;
            self.control_grew(now, feed)?;
            if self.collectives.missing(&feed).any(|index| index == size) {
                // Whoever sent the record without its body may have that, or soon will.
                self.kick(&from);
            }
            return Ok(Verdict::Accept);
        }
        self.tell(&from, &signed);
        Ok(Verdict::Ignore)
    }

    /// Says whether appending the leaf to what is held gives the root.
    fn continues(&self, feed: &FeedId, leaf: &[u8], root: &Hash) -> bool {
        let mut edge = self.store.frontier(feed);
        edge.push(leaf_hash(leaf));
        edge.root() == *root && Leaf::decode(leaf).is_ok()
    }

    fn tell(&mut self, from: &PublicKey, signed: &SignedHead) {
        let feed = signed.head.feed;
        let Some(collective) = self.collectives.owner(&feed) else { return };
        if let Some(state) = self.peers.get_mut(from) {
            let Head { size, root, .. } = signed.head;
            state.session.tell(feed, Told { size, root, signature: signed.signature, collective });
        }
    }

    /// Something has happened that we know nothing of: compare with this peer soon.
    pub(crate) fn kick(&mut self, peer: &PublicKey) {
        let now = self.clock;
        if let Some(state) = self.peers.get_mut(peer) {
            let earliest = now.max(state.session.last_hello + KICK_INTERVAL);
            if let Phase::Idle(until) = &mut state.session.phase {
                *until = earliest.min(*until);
            } else {
                state.session.kicked = true;
            }
        }
    }
}
