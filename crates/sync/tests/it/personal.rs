//! Bodies of control records travel with their headers, and what lacks one is not whole.
//!
//! ```text
//! co-op 0 ── partner 1 ── mirror 2
//! ```

use commonwheel_collective::found;
use commonwheel_ledger::proof::{FeedNodes, inclusion_proof};
use commonwheel_ledger::publish::PublishError;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::control::Subject;
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{Leaf, RecordId};
use commonwheel_sync::NewRecord;
use commonwheel_sync::wire::{self, ControlMessage, HeaderItem, Reply};

use crate::common::{Coop, World, key, network};

/// The first position after the founding, the data feed and the node.
const FIRST: u64 = 4;

struct Chain {
    world: World,
    coop: Coop,
}

fn chain(links: &[(usize, usize)]) -> Chain {
    let (mut world, coop) = (World::new(), Coop::new(1));
    world.add(coop.key.clone(), &[coop.id], &[]);
    world.add(key(2), &[coop.id], &[coop.key.public()]);
    world.add(key(3), &[coop.id], &[key(2).public()]);
    world.found(0, &coop);
    links.iter().for_each(|(a, b)| world.connect(*a, *b));
    Chain { world, coop }
}

impl Chain {
    fn enrol(&mut self, members: std::ops::Range<u8>) {
        for member in members {
            let record = self.coop.enrol(&key(member));
            self.world.append(0, &self.coop, self.coop.control, vec![record]);
        }
        self.world.run();
    }

    fn held(&self, node: usize) -> usize {
        let store = self.world.nodes[node].sync.store();
        let control = &self.coop.control;
        store.held(control, 0, store.size(control)).into_iter().filter(|held| *held).count()
    }

    fn is_whole(&self, node: usize) -> bool {
        let missing = self.world.nodes[node].sync.not_serving(&self.coop.id);
        !missing.is_some_and(|why| why.contains("missing"))
    }

    /// Takes a body from a node that has none of what it read of it in mind any more.
    fn lose(&mut self, node: usize, index: u64) {
        let store = self.world.nodes[node].sync.store_mut();
        store.erase_bodies(&self.coop.control, &[index]).unwrap();
        self.world.restart(node);
    }

    fn wait(&mut self) {
        self.world.now += 60_000;
        self.world.run();
    }
}

#[test]
fn bodies_arrive_by_gossip() {
    let mut chain = chain(&[(0, 1)]);
    chain.world.replies.clear();
    let control = chain.coop.control;
    let record = chain.coop.enrol(&key(40));
    let sealed = record.body.clone();
    chain.world.append(0, &chain.coop, control, vec![record]);
    chain.world.run();
    let headers = chain.world.replies.iter().filter(|(.., bytes)| is_headers(bytes)).count();
    assert_eq!(headers, 0, "nothing had to be asked for");
    assert_eq!(chain.world.nodes[1].sync.store().body(&control, FIRST).unwrap(), sealed);
    assert!(chain.is_whole(1));
}

fn is_headers(bytes: &[u8]) -> bool {
    matches!(wire::decode(bytes), Ok(Reply::Headers(_)))
}

#[test]
fn bodies_arrive_with_pulled_headers_over_two_hops() {
    let mut chain = chain(&[]);
    chain.enrol(40..60);
    chain.world.deaf = true;
    chain.world.connect(0, 1);
    chain.world.connect(1, 2);
    chain.wait();
    assert_eq!((chain.held(1), chain.held(2)), (20, 20));
    chain.enrol(60..63);
    chain.wait();
    chain.wait();
    assert_eq!((chain.held(1), chain.held(2)), (23, 23));
    assert!(chain.is_whole(1) && chain.is_whole(2));
}

#[test]
fn more_bodies_than_a_page_holds_arrive_in_several() {
    let mut chain = chain(&[]);
    let control = chain.coop.control;
    let records: Vec<NewRecord> =
        (0..300_u16).map(|n| chain.coop.enrol_as([n as u8; 32], vec![(n >> 8) as u8; 4096])).collect();
    chain.world.append(0, &chain.coop, control, records);
    chain.world.connect(0, 1);
    assert_eq!(chain.held(1), 300);
    assert!(chain.is_whole(1));
    let pages = chain.world.replies.iter().filter(|(.., bytes)| is_headers(bytes)).count();
    assert!(pages >= 5, "{pages} pages for 1.2 MB");
}

#[test]
fn a_gap_that_one_peer_leaves_is_filled_by_another() {
    let mut chain = chain(&[(0, 1)]);
    chain.enrol(40..43);
    chain.world.cut(0, 1);
    chain.lose(1, FIRST + 1);
    assert!(!chain.is_whole(1), "a restart does not hide it");
    chain.world.connect(1, 2);
    assert_eq!(chain.held(2), 2, "the leaf is kept without its body");
    assert!(!chain.is_whole(2));
    chain.world.connect(0, 2);
    assert_eq!(chain.held(2), 3);
    assert!(chain.is_whole(2));
    chain.wait();
    assert_eq!(chain.held(1), 3, "and so it comes back");
    assert!(chain.is_whole(1));
}

/// A body is asked for whatever it is of; only one that could have an effect is waited for.
#[test]
fn what_could_have_no_effect_closes_nothing() {
    let mut chain = chain(&[(0, 1)]);
    let enrolment = chain.coop.enrol(&key(40));
    let Ok(Leaf::Control(signed)) = Leaf::decode(&enrolment.leaf) else { panic!("an enrolment is one") };
    let unsigned = found::leaf(&network(), chain.coop.id, &[], signed.content);
    chain.world.append(0, &chain.coop, chain.coop.control, vec![NewRecord { leaf: unsigned, ..enrolment }]);
    chain.world.run();
    chain.world.cut(0, 1);
    chain.lose(1, FIRST);
    assert!(chain.is_whole(1));
    chain.world.connect(0, 1);
    assert_eq!(chain.held(1), 1);
}

#[test]
fn who_sends_a_wrong_body_is_at_fault_and_the_header_stands() {
    fn tamper(from: usize, _: usize, bytes: &[u8]) -> Vec<u8> {
        let Ok(Reply::Headers(mut page)) = wire::decode(bytes) else { return bytes.to_vec() };
        for item in &mut page.items {
            if let (0, HeaderItem::Personal(_, body)) = (from, item) {
                body.bytes[0] ^= 1;
            }
        }
        wire::encode(&Reply::Headers(page))
    }
    let mut chain = chain(&[]);
    chain.enrol(40..41);
    chain.world.tamper = Some(tamper);
    chain.world.connect(0, 1);
    assert_eq!(chain.world.nodes[1].sync.store().size(&chain.coop.control), FIRST + 1);
    assert_eq!(chain.held(1), 0);
    assert!(!chain.is_whole(1));
    assert!(chain.world.faults.contains(&(1, "body that its control record does not commit to")));
    chain.world.tamper = None;
    chain.wait();
    assert_eq!(chain.held(1), 1);
    assert!(chain.is_whole(1));
}

/// A page may lack a body, and so may gossip; neither brings one that is not the record's.
#[test]
fn a_gossiped_body_is_the_records_or_nobodys() {
    let mut chain = chain(&[(0, 1)]);
    chain.world.deaf = true;
    let record = chain.coop.enrol(&key(40));
    let body = record.body.clone().unwrap();
    chain.world.append(0, &chain.coop, chain.coop.control, vec![record.clone()]);
    let head = *chain.world.nodes[0].sync.store().head(&chain.coop.control).unwrap();
    let nodes = FeedNodes { store: chain.world.nodes[0].sync.store(), feed: &chain.coop.control };
    let path = inclusion_proof(&nodes, FIRST, head.head.size).unwrap();
    let message = |body: Option<SealedBody>| ControlMessage {
        feed: head.head.feed,
        size: head.head.size,
        root: head.head.root,
        signature: head.signature,
        index: FIRST,
        leaf: ByteString(record.leaf.clone()),
        path: path.clone(),
        body: body.map(Into::into),
    };
    chain.world.blame = true;
    chain.world.gossip_control(0, 1, message(Some(SealedBody { salt: [9; 32], ..body.clone() })));
    assert_eq!(chain.world.faults, [(1, "gossip that is provably bad")]);
    assert_eq!(chain.world.nodes[1].sync.store().size(&chain.coop.control), FIRST);
    chain.world.gossip_control(0, 1, message(None));
    assert_eq!(chain.world.nodes[1].sync.store().size(&chain.coop.control), FIRST + 1);
    assert_eq!(chain.held(1), 1, "whoever sent it without its body was asked for that");
    assert_eq!(chain.world.nodes[1].sync.store().body(&chain.coop.control, FIRST).unwrap(), Some(body));
}

#[test]
fn nobody_writes_a_record_that_nobody_could_count() {
    let mut chain = chain(&[]);
    let control = chain.coop.control;
    let good = chain.coop.enrol(&key(40));
    let mut wrong = good.clone();
    wrong.body.as_mut().unwrap().salt[0] ^= 1;
    for record in [NewRecord { body: None, ..good }, wrong] {
        let node = &mut chain.world.nodes[0];
        let refused = node.sync.append(1, &mut node.guard, &chain.coop.key, &control, vec![record]);
        assert_eq!(refused, Err(PublishError::Body { index: 0 }));
        assert_eq!(node.sync.store().size(&control), FIRST);
    }
}

/// A carrier writes for the co-op what it may not decide: who sees the co-op alone gets it from there.
#[test]
fn a_carrier_appends_to_a_control_feed_of_another_collective() {
    let mut chain = chain(&[(0, 1), (1, 2)]);
    let carrier = key(2);
    let feed =
        found::feed(&network(), chain.coop.id, Purpose::Control, FeedAudience::Public, carrier.public());
    let id = feed.id();
    let leaf = found::delegate(&network(), chain.coop.id, &[&chain.coop.key], Subject::Feed(id));
    chain.world.append(0, &chain.coop, chain.coop.control, vec![NewRecord { leaf, body: None }]);
    chain.world.run();
    chain.world.nodes[1].sync.create_feed(&feed, chain.coop.id).unwrap();
    let record = chain.coop.enrol(&key(40));
    let (now, node) = (chain.world.now, &mut chain.world.nodes[1]);
    node.sync.append(now, &mut node.guard, &carrier, &id, vec![record]).unwrap();
    chain.world.pump(1);
    chain.world.run();
    chain.wait();
    for node in [0, 2] {
        let sync = &chain.world.nodes[node].sync;
        assert!(sync.store().body(&id, 0).unwrap().is_some(), "node {node}");
        let view = sync.views().held(&chain.coop.id).unwrap();
        assert!(view.control_feeds().contains(&id));
        assert!(!view.ineffective().contains_key(&RecordId { feed: id, index: 0 }), "node {node}");
    }
}
