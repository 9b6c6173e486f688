//! A few nodes in memory, joined by a network that loses nothing.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "support of tests, where a panic is a failure"
)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use commonwheel_collective::found;
use commonwheel_ledger::mem::{MemGuard, MemStore};
use commonwheel_record::attestation::{Attestation, NodeRole};
use commonwheel_record::body::{Body, Content as BodyContent, SealedBody};
use commonwheel_record::cbor::{ByteString, encode};
use commonwheel_record::control::{
    Audience, Charter, Content, Embargo, Enrolment, KeySet, Lift, LiftReason, Principal, Range, Reach,
    Release, ReleaseMode, RollEntry, Rules, Rung, Scope, Subject, Variant,
};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::submission::{SubmissionBody, item_hash};
use commonwheel_record::terms::{self, Language, Licence, Preferences, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Cut, Extensions, FeedId, Hash,
    Leaf, NetworkId, PublicKey, RecordId, Regions, SecretKey, Tier,
};
use commonwheel_sync::wire::{ControlMessage, CtlMessage, HeadsMessage};
use commonwheel_sync::{Config, Event, Input, NewRecord, Output, Selection, Sync, Topic};

pub struct Node {
    pub key: SecretKey,
    pub sync: Sync<MemStore>,
    pub guard: MemGuard,
    pub events: Vec<Event>,
}

pub struct Coop {
    pub id: CollectiveId,
    pub key: SecretKey,
    pub control: FeedId,
    pub data: Manifest,
    pub founding: found::Founding,
    pub leaves: Vec<Vec<u8>>,
    /// What its contributions say of their use.
    pub preferences: Preferences,
}

pub fn network() -> NetworkId {
    NetworkId::named("test")
}

pub fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

pub fn charter(byte: u8, key: &SecretKey) -> Charter {
    Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash([byte; 32]),
        name: format!("co-op {byte}"),
        root: KeySet::single(key.public()),
        governance: KeySet::single(key.public()),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: Licence::parse("LicenseRef-coop").unwrap(),
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    }
}

impl Coop {
    pub fn new(byte: u8) -> Self {
        Self::chartered(byte, |_| {})
    }

    /// A co-op whose charter differs from the plainest one.
    pub fn chartered(byte: u8, amend: impl FnOnce(&mut Charter)) -> Self {
        let (network, key) = (network(), key(byte));
        let mut charter = charter(byte, &key);
        amend(&mut charter);
        let founding = found::found(&network, charter, &[&key], key.public());
        let id = founding.collective;
        let data = found::feed(&network, id, Purpose::Data, FeedAudience::Public, key.public());
        let node = Subject::Node { key: key.public(), region: None };
        let mut leaves = founding.leaves.clone();
        leaves.push(found::delegate(&network, id, &[&key], Subject::Feed(data.id())));
        leaves.push(found::delegate(&network, id, &[&key], node));
        let preferences = Preferences::UNSET;
        Self { id, control: founding.manifest.id(), key, data, founding, leaves, preferences }
    }

    pub fn control(&self, content: Content) -> NewRecord {
        NewRecord { leaf: found::leaf(&network(), self.id, &[&self.key], content), body: None }
    }

    /// A control record with a personal part: somebody is entered on the roll.
    pub fn enrol(&self, member: &SecretKey) -> NewRecord {
        let entry = RollEntry {
            version: 1,
            principal: Principal::Member(member.public()),
            shares: 1,
            custodial: false,
            name: None,
        };
        self.enrol_as(*member.public().as_bytes(), commonwheel_record::cbor::encode(&entry))
    }

    /// An enrolment with a body of these bytes.
    pub fn enrol_as(&self, salt: [u8; 32], bytes: Vec<u8>) -> NewRecord {
        self.personal(salt, bytes, |entry| Content::Enrolment(Enrolment { entry }))
    }

    /// A control record with a body.
    pub fn personal(
        &self,
        salt: [u8; 32],
        bytes: Vec<u8>,
        content: impl FnOnce(Commitment) -> Content,
    ) -> NewRecord {
        let record = self.control(content(Commitment::to(&network(), &salt, &bytes)));
        NewRecord { body: Some(SealedBody { salt, submission: None, bytes }), ..record }
    }

    /// A batch: one submission, then its contributions.
    pub fn batch(&self, first: u64, texts: &[&str], licence: &str) -> Vec<NewRecord> {
        let network = network();
        let feed = self.data.id();
        let salt = |i: usize| {
            *Hash::of(commonwheel_record::Domain::TEXT, &network, &[&first.to_be_bytes(), &[i as u8]])
                .as_bytes()
        };
        let items: Vec<(Vec<u8>, Vec<u8>, [u8; 32])> = texts
            .iter()
            .enumerate()
            .map(|(i, text)| {
                let body = Body::of(BodyContent::Text((*text).to_owned())).encode().unwrap();
                let header = Contribution {
                    preferences: self.preferences,
                    ..header(&network, licence, &salt(i), &body)
                };
                (Leaf::Contribution(Box::new(header), Extensions::default()).encode(), body, salt(i))
            })
            .collect();
        let hashes = items.iter().map(|(leaf, _, salt)| item_hash(&network, salt, leaf)).collect();
        let submission =
            SubmissionBody::sign(&network, &key(77), self.id, Hash([1; 32]), 1, hashes).unwrap().encode();
        let salt = salt(255);
        let commitment = Commitment::to(&network, &salt, &submission);
        let leaf = Leaf::Submission(
            commonwheel_record::submission::Submission { commitment },
            Extensions::default(),
        );
        let mut records = vec![NewRecord {
            leaf: leaf.encode(),
            body: Some(SealedBody { salt, submission: None, bytes: submission }),
        }];
        let submission = Some(RecordId { feed, index: first });
        records.extend(items.into_iter().map(|(leaf, bytes, salt)| NewRecord {
            leaf,
            body: Some(SealedBody { salt, submission, bytes }),
        }));
        records
    }
}

fn header(network: &NetworkId, licence: &str, salt: &[u8; 32], body: &[u8]) -> Contribution {
    Contribution {
        kind: ContributionKind::Example,
        language: Language::parse("en").unwrap(),
        domain: Slug::parse("news").unwrap(),
        tags: BTreeSet::new(),
        labelled: false,
        licence: Licence::parse(licence).unwrap(),
        preferences: Preferences::UNSET,
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("test-1").unwrap(),
        stewards: BTreeSet::new(),
        ancestors: BTreeSet::new(),
        commitment: Commitment::to(network, salt, body),
    }
}

pub fn release(feed: FeedId, start: u64, end: u64, licence: &str, mode: ReleaseMode) -> Content {
    let ranges = vec![Range { feed, start, end }];
    Content::Release(Release { licence: Licence::parse(licence).unwrap(), mode, ranges, dated_by: None })
}

pub fn pause(cut: Cut) -> Content {
    Content::Embargo(Box::new(Embargo {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        cut,
        audience: Audience::Everyone,
        rung: Rung::Header,
        starts: 0,
        ends: None,
        demand: "a fair share".to_owned(),
        mandate: None,
    }))
}

pub fn lift(embargo: RecordId) -> Content {
    Content::Lift(Lift { embargo, scope: None, reason: LiftReason::Settled, settlement: None, mandate: None })
}

/// What becomes of a reply on its way: (server, client, bytes).
pub type Tamper = fn(usize, usize, &[u8]) -> Vec<u8>;

pub struct World {
    pub now: u64,
    pub nodes: Vec<Node>,
    pub links: BTreeSet<(usize, usize)>,
    configs: Vec<Config>,
    queue: VecDeque<(usize, Input)>,
    next: u64,
    /// Transport ids: (server, id) to (client, client's id).
    asked: BTreeMap<(usize, u64), (usize, u64)>,
    pub request_bytes: u64,
    pub reply_bytes: u64,
    pub requests: u64,
    /// Every reply that left a node: (server, client, bytes).
    pub replies: Vec<(usize, usize, Vec<u8>)>,
    /// Changes replies on their way: (server, client, bytes).
    pub tamper: Option<Tamper>,
    /// Whether gossip is lost.
    pub deaf: bool,
    /// Whether somebody does what it must not.
    pub blame: bool,
    /// What nodes held against peers, where somebody does.
    pub faults: Vec<(usize, &'static str)>,
}

impl World {
    pub fn new() -> Self {
        Self {
            now: 1_000_000_000_000,
            nodes: Vec::new(),
            links: BTreeSet::new(),
            configs: Vec::new(),
            queue: VecDeque::new(),
            next: 0,
            asked: BTreeMap::new(),
            request_bytes: 0,
            reply_bytes: 0,
            requests: 0,
            replies: Vec::new(),
            tamper: None,
            deaf: false,
            blame: false,
            faults: Vec::new(),
        }
    }

    pub fn add(&mut self, key: SecretKey, follow: &[CollectiveId], partners: &[PublicKey]) -> usize {
        self.add_for(terms::Purpose::Replicate, key, follow, partners)
    }

    /// A node that writes with a key of its own, and is a witness where a charter lists that.
    pub fn add_witness(&mut self, key: SecretKey, writer: &SecretKey, follow: &[CollectiveId]) -> usize {
        let config = Self::config(terms::Purpose::Replicate, &key, follow, &[]);
        self.start(key, Config { witness: Some(writer.clone()), ..config })
    }

    pub fn add_for(
        &mut self,
        purpose: terms::Purpose,
        key: SecretKey,
        follow: &[CollectiveId],
        partners: &[PublicKey],
    ) -> usize {
        let config = Self::config(purpose, &key, follow, partners);
        self.start(key, config)
    }

    fn config(
        purpose: terms::Purpose,
        key: &SecretKey,
        follow: &[CollectiveId],
        partners: &[PublicKey],
    ) -> Config {
        Config {
            network: network(),
            key: key.clone(),
            role: NodeRole::Coop,
            follow: follow.iter().copied().collect(),
            partners: partners.iter().copied().collect(),
            own_feeds: BTreeSet::new(),
            purpose,
            selection: Selection::default(),
            witness: None,
            seed: key.seed(),
        }
    }

    fn start(&mut self, key: SecretKey, config: Config) -> usize {
        let sync = Sync::new(self.now, config.clone(), MemStore::default()).unwrap();
        self.configs.push(config);
        self.nodes.push(Node { key, sync, guard: MemGuard::default(), events: Vec::new() });
        self.nodes.len() - 1
    }

    pub fn found(&mut self, node: usize, coop: &Coop) {
        let (now, state) = (self.now, &mut self.nodes[node]);
        state.sync.create_feed(&coop.founding.manifest, coop.id).unwrap();
        let leaves = coop.leaves.iter().map(|leaf| NewRecord { leaf: leaf.clone(), body: None }).collect();
        state.sync.append(now, &mut state.guard, &coop.key, &coop.control, leaves).unwrap();
        state.sync.create_feed(&coop.data, coop.id).unwrap();
        self.pump(node);
    }

    pub fn append(&mut self, node: usize, coop: &Coop, feed: FeedId, records: Vec<NewRecord>) -> u64 {
        let (now, state) = (self.now, &mut self.nodes[node]);
        let first = state.sync.append(now, &mut state.guard, &coop.key, &feed, records).unwrap();
        self.pump(node);
        first
    }

    pub fn connect(&mut self, a: usize, b: usize) {
        self.links.insert((a, b));
        self.links.insert((b, a));
        let (ka, kb) = (self.nodes[a].key.public(), self.nodes[b].key.public());
        self.queue.push_back((a, Input::Connected { peer: kb }));
        self.queue.push_back((b, Input::Connected { peer: ka }));
        self.run();
    }

    /// Ends a connection.
    pub fn cut(&mut self, a: usize, b: usize) {
        self.links.retain(|link| *link != (a, b) && *link != (b, a));
        let (ka, kb) = (self.nodes[a].key.public(), self.nodes[b].key.public());
        self.queue.push_back((a, Input::Disconnected { peer: kb }));
        self.queue.push_back((b, Input::Disconnected { peer: ka }));
        self.run();
    }

    /// Restarts a node that has no connections.
    pub fn restart(&mut self, node: usize) {
        let Node { key, sync, guard, .. } = self.nodes.remove(node);
        self.configs[node].seed[0] ^= 1;
        let sync = Sync::new(self.now, self.configs[node].clone(), sync.into_store()).unwrap();
        self.nodes.insert(node, Node { key, sync, guard, events: Vec::new() });
    }

    fn find(&self, key: &PublicKey) -> usize {
        self.nodes.iter().position(|node| node.key.public() == *key).unwrap()
    }

    /// Gossips an attestation to a node, as one of its neighbours would.
    pub fn gossip(&mut self, from: usize, to: usize, attestation: &Attestation) {
        let bytes = encode(&HeadsMessage::Attestation(ByteString(attestation.encode())));
        self.hear(from, to, Topic::Heads, bytes);
    }

    /// Gossips a control record likewise.
    pub fn gossip_control(&mut self, from: usize, to: usize, message: ControlMessage) {
        self.hear(from, to, Topic::Ctl, encode(&CtlMessage::Record(Box::new(message))));
    }

    fn hear(&mut self, from: usize, to: usize, topic: Topic, bytes: Vec<u8>) {
        self.next += 1;
        let from = self.nodes[from].key.public();
        self.queue.push_back((to, Input::Gossip { topic, from, id: self.next, bytes }));
        self.run();
    }

    /// Lets time pass up to an instant, in seconds since 1970, stopping for whatever is due on the way.
    pub fn until(&mut self, seconds: u64) {
        while self.now < seconds * 1000 {
            self.now = (self.now + 5_000).min(seconds * 1000);
            self.run_due(0);
        }
    }

    pub fn pump(&mut self, node: usize) {
        self.nodes[node].sync.commit().unwrap();
        while let Some(output) = self.nodes[node].sync.poll_output() {
            self.route(node, output);
        }
    }

    fn route(&mut self, from: usize, output: Output) {
        let me = self.nodes[from].key.public();
        match output {
            Output::Request { peer, id, bytes } => {
                let to = self.find(&peer);
                self.requests += 1;
                self.request_bytes += bytes.len() as u64;
                self.next += 1;
                self.asked.insert((to, self.next), (from, id));
                self.queue.push_back((to, Input::Request { peer: me, id: self.next, bytes }));
            }
            Output::Respond { peer, id, bytes } => {
                let (to, asked) = self.asked.remove(&(from, id)).unwrap();
                self.reply_bytes += bytes.len() as u64;
                self.replies.push((from, to, bytes.clone()));
                self.queue.push_back((from, Input::ResponseSent { peer, id }));
                let bytes = self.tamper.map_or_else(|| bytes.clone(), |tamper| tamper(from, to, &bytes));
                self.queue.push_back((to, Input::Response { peer: me, id: asked, bytes }));
            }
            Output::Publish { .. } if self.deaf => {}
            Output::Publish { topic, bytes } => {
                let to: Vec<usize> = self.links.iter().filter(|(a, _)| *a == from).map(|(_, b)| *b).collect();
                for to in to {
                    self.next += 1;
                    self.queue.push_back((
                        to,
                        Input::Gossip { topic, from: me, id: self.next, bytes: bytes.clone() },
                    ));
                }
            }
            Output::Validate { .. } => {}
            Output::Disconnect { why, .. } => panic!("disconnected: {why}"),
            Output::Event(Event::Fault(_, what)) => {
                assert!(self.blame || self.tamper.is_some(), "{what}");
                self.faults.push((from, what));
            }
            Output::Event(event) => {
                self.nodes[from].events.push(event);
            }
        }
    }

    /// Runs until nothing is due within the next ten seconds.
    pub fn run(&mut self) {
        self.run_due(10_000);
    }

    fn run_due(&mut self, ahead: u64) {
        for _ in 0..1_000_000 {
            if let Some((to, input)) = self.queue.pop_front() {
                let now = self.now;
                self.nodes[to].sync.handle(now, input).unwrap();
                self.pump(to);
                continue;
            }
            let due =
                (0..self.nodes.len()).filter_map(|i| self.nodes[i].sync.next_wake().map(|at| (at, i))).min();
            let Some((at, node)) = due.filter(|(at, _)| *at <= self.now + ahead) else { return };
            self.now = self.now.max(at);
            self.queue.push_back((node, Input::Wake));
        }
        panic!("never quiet");
    }
}
