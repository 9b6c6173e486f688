//! Peers that lie: in what they ask, say and write unasked.

use std::collections::BTreeSet;

use commonwheel_collective::UNFOUNDED;
use commonwheel_ledger::SignedHead;
use commonwheel_ledger::proof::{FeedNodes, inclusion_proof};
use commonwheel_ledger::store::{Position, Store as _};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::attestation::{Attestation, Attested, ForkEvidence, Statement};
use commonwheel_record::cbor::ByteString;
use commonwheel_record::control::{
    Audience, Content, Embargo, Range, Reach, Release, ReleaseMode, Rung, Scope, Subject, Variant,
    Withdrawal, WithdrawalClass,
};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose as FeedPurpose};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Control, Cut, FeedId, Hash, RecordId, SecretKey};
use commonwheel_sync::wire::{
    self, BodyRequest, ControlMessage, CtlMessage, HeaderRequest, HeadsRequest, Request,
};
use commonwheel_sync::{NewRecord, Topic};

use crate::collective::{Written, encode};
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::world::{Event, World};

impl World {
    /// A liar does something, and plans the next.
    pub(crate) fn attack(&mut self, node: usize) {
        if self.calm {
            return;
        }
        if self.nodes[node].is_up() {
            if self.nodes[node].lies {
                self.harass(node);
            } else if self.nodes[node].twin_of.is_none() && self.liar.rng.chance(120) {
                self.equivocate(node);
            }
        }
        let delay = self.rng.between(300, 5_000);
        self.queue.after(delay, Event::Attack { node });
    }

    fn harass(&mut self, node: usize) {
        match self.liar.rng.below(16) {
            0 => self.ask_malformed(node),
            1 => self.ask_too_much(node),
            2..=3 | 14..=15 => self.ask_ungranted(node),
            4 => self.gossip_malformed(node),
            5 => self.gossip_again(node),
            6 => self.forge_control(node),
            7 => self.forge_fork(node),
            8 => self.rule_over_others(node),
            9..=12 => self.write_hostile(node),
            _ => self.publish_as_another(node),
        }
    }

    /// Sends a request that the protocol did not make, to a random neighbour.
    fn ask(&mut self, node: usize, bytes: Vec<u8>) -> bool {
        let neighbours = self.net.neighbours(node);
        let Some(to) = self.liar.rng.pick(&neighbours).copied() else { return false };
        self.ask_one(node, to, bytes)
    }

    fn ask_one(&mut self, node: usize, to: usize, bytes: Vec<u8>) -> bool {
        let peer = self.nodes[to].me;
        // The protocol counts its own requests from one on, so that it never waits for this one.
        let id = u64::MAX - self.liar.rng.below(1 << 40);
        self.act(node, commonwheel_sync::Output::Request { peer, id, bytes });
        true
    }

    /// Asks whoever is said to serve what others withhold, if that is a neighbour.
    fn ask_pretender(&mut self, node: usize, bytes: Vec<u8>) -> bool {
        let neighbours = self.net.neighbours(node);
        let pretender = neighbours.into_iter().find(|to| self.nodes[*to].pretends);
        match pretender.filter(|_| self.liar.rng.chance(500)) {
            Some(to) => self.ask_one(node, to, bytes),
            None => self.ask(node, bytes),
        }
    }

    fn ask_malformed(&mut self, node: usize) {
        let request = wire::encode(&Request::Heads(HeadsRequest { since: None, after: None }));
        let garbage = self.liar.garbage(&request);
        if wire::decode::<Request>(&garbage).is_err() && self.ask(node, garbage) {
            self.faults.count(Fault::MalformedRequest);
        }
    }

    fn ask_too_much(&mut self, node: usize) {
        let Some((feed, _)) = self.some_feed(FeedPurpose::Data) else { return };
        let root = Hash(self.liar.rng.bytes());
        let request = match self.liar.rng.below(4) {
            0 => Request::Headers(HeaderRequest {
                feed,
                size: u64::MAX,
                root,
                start: 0,
                bundles: u64::MAX,
                bodies: 0,
            }),
            1 => Request::Manifests(vec![feed; 5_000]),
            2 => Request::Attestations(ByteString(vec![7; 100_000])),
            _ => Request::Bodies(self.body_request(feed, vec![(0, u64::MAX - 1), (u64::MAX - 1, 1)])),
        };
        if self.ask(node, wire::encode(&request)) {
            self.faults.count(Fault::OversizeRequest);
        }
    }

    fn ask_ungranted(&mut self, node: usize) {
        let Some((feed, size)) = self.some_feed(FeedPurpose::Data) else { return };
        let start = self.liar.rng.below(size + 1);
        let runs = vec![(start, self.liar.rng.between(1, 200))];
        let request = Request::Bodies(self.body_request(feed, runs));
        if self.ask_pretender(node, wire::encode(&request)) {
            self.faults.count(Fault::UngrantedRequest);
        }
    }

    fn body_request(&mut self, feed: FeedId, runs: Vec<(u64, u64)>) -> BodyRequest {
        let nonce = self.liar.rng.bytes();
        let purpose = if self.liar.rng.chance(500) { Purpose::Train } else { Purpose::Replicate };
        BodyRequest { feed, runs, offset: 0, held_submissions: Vec::new(), purpose, nonce }
    }

    /// A feed of an honest writer, with its size there.
    fn some_feed(&mut self, purpose: FeedPurpose) -> Option<(FeedId, u64)> {
        let honest = self.truth.feeds.iter().filter(|(_, of)| self.nodes[of.writer].honest);
        let feeds: Vec<(FeedId, usize)> = honest
            .filter(|(_, of)| of.manifest.purpose == purpose)
            .map(|(id, of)| (*id, of.writer))
            .collect();
        let (feed, writer) = self.liar.rng.pick(&feeds).copied()?;
        Some((feed, self.raw(writer)?.size(&feed)))
    }

    fn gossip_malformed(&mut self, node: usize) {
        let topic = if self.liar.rng.chance(500) { Topic::Ctl } else { Topic::Heads };
        let garbage = self.liar.garbage(&[0x82, 0x00, 0x80]);
        self.spread(node, None, topic, &garbage, false);
        self.faults.count(Fault::MalformedGossip);
    }

    fn gossip_again(&mut self, node: usize) {
        if let Some((topic, bytes)) = self.liar.something_overheard() {
            self.spread(node, None, topic, &bytes, true);
            self.faults.count(Fault::ReplayedGossip);
        }
    }

    /// Gossips the next record of a co-op's control feed, under a head that is signed with the liar's key.
    fn forge_control(&mut self, node: usize) {
        let Some(message) = self.forged_control(node) else { return };
        let bytes = wire::encode(&CtlMessage::Record(Box::new(message)));
        self.spread(node, None, Topic::Ctl, &bytes, false);
        self.faults.count(Fault::ForgedControl);
    }

    fn forged_control(&mut self, node: usize) -> Option<ControlMessage> {
        let (feed, _) = self.some_feed(FeedPurpose::Control)?;
        let leaf = self.unsigned_ruling(node, feed)?;
        let mut store = self.raw(node)?.clone();
        let (index, manifest) = (store.size(&feed), store.manifest(&feed)?.clone());
        store.append(&feed, &[Position { hash: leaf_hash(&leaf), header: Some(&leaf) }]).ok()?;
        let (size, root) = (index + 1, store.frontier(&feed).root());
        let signed = SignedHead::sign(&manifest, &self.nodes[node].config.key, size, root);
        let path = inclusion_proof(&FeedNodes { store: &store, feed: &feed }, index, size).ok()?;
        let signature = signed.signature;
        Some(ControlMessage { feed, size, root, signature, index, leaf: ByteString(leaf), path, body: None })
    }

    /// A ruling in the name of a feed's collective that nobody but the liar signed.
    fn unsigned_ruling(&mut self, node: usize, feed: FeedId) -> Option<Vec<u8>> {
        let victim = self.truth.feeds.get(&feed)?.collective;
        let content = self.greedy_ruling(victim)?;
        let control = Control::new(Some(victim), content);
        Some(encode(control.signed(&self.network_id, &self.nodes[node].config.key)))
    }

    /// Opens, closes or takes back everything of a co-op.
    fn greedy_ruling(&mut self, victim: commonwheel_record::CollectiveId) -> Option<Content> {
        let victim = self.collectives.iter().find(|collective| collective.id == victim)?;
        let (feed, _) = victim.data?;
        let ranges = vec![Range { feed, start: 0, end: 10_000 }];
        let licence = self.liar.rng.pick(&self.words.licences)?.clone();
        Some(match self.liar.rng.below(3) {
            0 => Content::Release(Release { licence, mode: ReleaseMode::Open, ranges, dated_by: None }),
            1 => Content::Withdrawal(Withdrawal {
                ranges,
                class: WithdrawalClass::PersonalData,
                rung: Rung::Commitment,
                cut: Cut::default(),
                member: None,
            }),
            _ => Content::Embargo(Box::new(total_embargo())),
        })
    }

    /// Says that a writer forked, with two heads that can both be true.
    fn forge_fork(&mut self, node: usize) {
        let Some((feed, _)) = self.some_feed(FeedPurpose::Data) else { return };
        let Some((manifest, head)) =
            self.raw(node).and_then(|raw| Some((raw.manifest(&feed)?.clone(), *raw.head(&feed)?)))
        else {
            return;
        };
        let note = head.to_note(&manifest);
        let path = if self.liar.rng.chance(500) { Vec::new() } else { vec![Hash(self.liar.rng.bytes()); 2] };
        let evidence = ForkEvidence {
            manifest: ByteString(manifest.encode()),
            smaller: note.clone(),
            larger: note,
            path,
        };
        let content = Attested {
            version: 1,
            issuer: self.nodes[node].me,
            subject: Hash(feed.0),
            collective: self.truth.feeds[&feed].collective,
            counter: self.now(),
            time: self.now() / 1000,
            statement: Statement::ForkProof(evidence),
        };
        let forged = Attestation::sign(&self.network_id, &self.nodes[node].config.key, content).encode();
        let bytes = wire::encode(&CtlMessage::Fork(ByteString(forged)));
        self.spread(node, None, Topic::Ctl, &bytes, false);
        self.faults.count(Fault::ForgedForkProof);
    }

    /// Rules over a co-op's records: by a collective of the liar's own, or in a control feed of the co-op that the liar
    /// carries.
    fn rule_over_others(&mut self, node: usize) {
        let carried = self.truth.feeds.iter().find(|(_, of)| {
            of.writer == node
                && of.manifest.purpose == FeedPurpose::Control
                && self.nodes[node].home.is_some_and(|home| self.collectives[home].id != of.collective)
        });
        let carried = carried.map(|(feed, _)| *feed);
        if let Some(feed) = carried.filter(|_| self.liar.rng.chance(500)) {
            let Some(leaf) = self.unsigned_ruling(node, feed) else { return };
            if self.append(node, feed, vec![NewRecord { leaf, body: None }]).is_some() {
                self.faults.count(Fault::UnsignedControl);
            }
            return;
        }
        let Some((victim, _)) = self.some_feed(FeedPurpose::Data) else { return };
        let Some(home) = self.nodes[node].home else { return };
        let Some(control) = self.foreign_ruling(home, victim) else { return };
        let Some((feed, _)) = self.collectives[home].control.first().copied() else { return };
        if self.say_in(home, feed, node, Written { control, body: None }, true).is_some() {
            self.faults.count(Fault::ForeignRuling);
        }
    }

    fn foreign_ruling(&mut self, home: usize, victim: FeedId) -> Option<Control> {
        if self.liar.rng.chance(200) {
            // Names the victim's feed as its own.
            return Some(self.collectives[home].delegation(Subject::Feed(victim)));
        }
        let owner = self.truth.feeds.get(&victim)?.collective;
        let content = self.greedy_ruling(owner)?;
        Some(self.collectives[home].governed(content))
    }

    /// Creates a feed that says it is a co-op's, and writes to it.
    fn publish_as_another(&mut self, node: usize) {
        let Some((feed, _)) = self.some_feed(FeedPurpose::Data) else { return };
        let victim = self.truth.feeds[&feed].collective;
        let (purpose, collective, leaves) = match self.liar.rng.below(3) {
            0 => (FeedPurpose::Data, victim, vec![Some(self.unmarked_leaf())]),
            1 => (FeedPurpose::Control, victim, vec![self.unsigned_ruling(node, feed)]),
            // The genesis charter is for everybody to read, and to copy.
            _ => {
                let founded = self.collectives.iter().find(|collective| collective.id == victim);
                let genesis = founded.map(|collective| encode(collective.genesis().clone()));
                (FeedPurpose::Control, UNFOUNDED, vec![genesis, self.unsigned_ruling(node, feed)])
            }
        };
        let key = SecretKey::from_seed(&self.liar.rng.bytes());
        let (writer, network, audience) = (key.public(), self.network_id, FeedAudience::Public);
        let manifest =
            Manifest { version: 1, collective, purpose, audience, writer, network, prologue: None };
        let id = manifest.id();
        let Some(process) = self.nodes[node].process.as_mut() else { return };
        if process.create_feed(&manifest, victim).is_err() {
            return;
        }
        self.nodes[node].writers.insert(id, key);
        let leaves = leaves.into_iter().flatten().map(|leaf| NewRecord { leaf, body: None }).collect();
        if self.append(node, id, leaves).is_some() {
            self.faults.count(Fault::MirrorPublish);
        }
        if self.options.mutant == Some(Mutant::BelievesPublishers) {
            self.believe(&manifest);
        }
    }

    fn believe(&mut self, manifest: &Manifest) {
        for node in self.nodes.iter_mut().filter(|node| node.honest) {
            let created = node.process.as_mut().map(|process| process.store_mut().create(manifest));
            debug_assert!(created.is_none_or(|created| created.is_ok()), "only a blown fuse fails");
        }
    }

    /// Signs two heads that contradict each other: a clone of the node goes on by itself, for half of the neighbours.
    fn equivocate(&mut self, node: usize) {
        let Some(twin) = (0..self.nodes.len()).find(|twin| self.nodes[*twin].twin_of == Some(node)) else {
            return;
        };
        let Some(home) = self.nodes[node].home.filter(|_| !self.nodes[twin].is_up()) else { return };
        if self.nodes[twin].starts > 0 {
            return;
        }
        let data = self.collectives[home].data.map(|(feed, _)| feed);
        let control = self.collectives[home].control.first().map(|(feed, _)| *feed);
        let feed = if self.liar.rng.chance(700) { data } else { control };
        let Some(feed) = feed else { return };
        self.clone_into(node, twin);
        self.truth.fork(&feed);
        let signed = [node, twin].map(|branch| {
            let leaves = self.liar.rng.between(1, 3);
            let leaves = (0..leaves).map(|_| self.branch_leaf(home, Some(feed) == data)).collect();
            self.append(branch, feed, leaves).is_some()
        });
        if signed == [true, true] {
            self.faults.count(Fault::Equivocation);
        }
    }

    fn branch_leaf(&mut self, home: usize, data: bool) -> NewRecord {
        let leaf = if data {
            self.unmarked_leaf()
        } else {
            let range = Range { feed: FeedId(self.liar.rng.bytes()), start: 0, end: 1 };
            let licence = self.words.licences[0].clone();
            let (mode, ranges) = (ReleaseMode::Open, vec![range]);
            self.collectives[home].rule(Content::Release(Release { licence, mode, ranges, dated_by: None }))
        };
        NewRecord { leaf, body: None }
    }

    fn clone_into(&mut self, node: usize, twin: usize) {
        let Some(mut disk) = self.nodes[node].disk().cloned() else { return };
        disk.spare();
        let (guard, writers) = (self.nodes[node].guard.clone(), self.nodes[node].writers.clone());
        let clone = &mut self.nodes[twin];
        (clone.disk, clone.guard, clone.writers) = (Some(disk), guard, writers);
        self.start(twin);
        for other in (0..self.nodes.len()).filter(|other| self.net.are_laid(twin, *other)).collect::<Vec<_>>()
        {
            self.disconnect(node, other);
            self.queue.after(100, Event::Connect { a: twin, b: other });
        }
    }
}

/// An embargo on everything, for everybody.
pub(crate) fn total_embargo() -> Embargo {
    Embargo {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        cut: Cut::default(),
        audience: Audience::Except(BTreeSet::new()),
        rung: Rung::Commitment,
        starts: 0,
        ends: None,
        demand: String::new(),
        mandate: None::<RecordId>,
    }
}
