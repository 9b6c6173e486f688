//! The thin path: a co-op, its partner and a mirror, through a release, a strike and its lift.
//!
//! ```text
//! co-op 0 ── partner 1 ── mirror 2
//! ```

use commonwheel_ledger::store::{Position, Store as _};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::attestation::EmbargoState;
use commonwheel_record::control::{Content, Range, ReleaseMode, Rung, Withdrawal, WithdrawalClass};
use commonwheel_record::terms::{Preference, Purpose};
use commonwheel_record::{Cut, RecordId};
use commonwheel_sync::Event;
use commonwheel_sync::wire::{self, Reply};

use crate::common::{Coop, World, key, lift, pause, release};

struct Chain {
    world: World,
    coop: Coop,
}

fn chain() -> Chain {
    let mut world = World::new();
    let coop = Coop::new(1);
    let a = world.add(coop.key.clone(), &[coop.id], &[]);
    let b = world.add(key(2), &[coop.id], &[coop.key.public()]);
    let c = world.add(key(3), &[coop.id], &[key(2).public()]);
    world.found(a, &coop);
    world.connect(a, b);
    world.connect(b, c);
    Chain { world, coop }
}

impl Chain {
    fn control(&mut self, content: Content) -> RecordId {
        let feed = self.coop.control;
        let record = self.coop.control(content);
        let index = self.world.append(0, &self.coop, feed, vec![record]);
        self.world.run();
        RecordId { feed, index }
    }

    fn data(&mut self, texts: &[&str], licence: &str) -> u64 {
        let feed = self.coop.data.id();
        let first = self.world.nodes[0].sync.store().size(&feed);
        let records = self.coop.batch(first, texts, licence);
        self.world.append(0, &self.coop, feed, records);
        self.world.run();
        first
    }

    fn holdings(&mut self, node: usize) -> (u64, u64, u64) {
        let holdings = self.world.nodes[node].sync.holdings(&self.coop.data.id()).unwrap();
        (holdings.contributions, holdings.bodies, holdings.wanted)
    }

    fn converged(&mut self) {
        let id = [self.coop.id];
        let standings: Vec<_> = self.world.nodes.iter_mut().map(|node| node.sync.standing(&id)).collect();
        assert!(standings.windows(2).all(|pair| pair[0] == pair[1]), "{standings:?}");
        assert_eq!(standings[0].missing_leaves, 0);
    }
}

#[test]
fn headers_flow_at_once_and_bodies_after_release() {
    let mut chain = chain();
    chain.converged();
    chain.data(&["one", "two", "three"], "CC-BY-4.0");
    chain.converged();
    assert_eq!(chain.holdings(1), (3, 0, 0));
    assert_eq!(chain.holdings(2), (3, 0, 0));
    let feed = chain.coop.data.id();
    chain.control(release(feed, 0, 4, "CC-BY-4.0", ReleaseMode::Open));
    chain.converged();
    assert_eq!(chain.holdings(1), (3, 3, 0));
    assert_eq!(chain.holdings(2), (3, 3, 0));
}

#[test]
fn a_strike_holds_back_what_it_covers_and_nothing_else() {
    let mut chain = chain();
    let feed = chain.coop.data.id();
    chain.data(&["free one", "free two"], "CC-BY-4.0");
    chain.control(release(feed, 0, 3, "CC-BY-4.0", ReleaseMode::Open));
    let cut = Cut([(chain.coop.control, 5)].into());
    let embargo = chain.control(pause(cut));
    for node in 0..3 {
        assert!(chain.world.nodes[node].events.contains(&Event::EmbargoInForce(embargo)), "node {node}");
        assert_eq!(
            chain.world.nodes[0].sync.acknowledgements(&embargo).len(),
            1,
            "strangers are not forwarded"
        );
    }
    chain.data(&["kept back"], "LicenseRef-coop");
    chain.control(release(feed, 3, 5, "LicenseRef-coop", ReleaseMode::Open));
    assert_eq!(chain.holdings(1), (3, 2, 0));
    assert_eq!(chain.holdings(2), (3, 2, 0));
    chain.control(lift(embargo));
    chain.converged();
    assert_eq!(chain.holdings(1), (3, 3, 0));
    assert_eq!(chain.holdings(2), (3, 3, 0));
}

#[test]
fn many_bundles_and_large_bodies_arrive_whole() {
    let mut chain = chain();
    let feed = chain.coop.data.id();
    let large = "x".repeat(700_000);
    let texts: Vec<String> = (0..100).map(|i| format!("text {i}")).collect();
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.push(&large);
    for _ in 0..8 {
        chain.data(&texts, "CC0-1.0");
    }
    chain.control(release(feed, 0, 8 * 102, "CC0-1.0", ReleaseMode::Open));
    chain.converged();
    assert_eq!(chain.holdings(1), (808, 808, 0));
    assert_eq!(chain.holdings(2), (808, 808, 0));
}

#[test]
fn peers_that_know_each_other_and_agree_say_little() {
    let mut chain = chain();
    chain.data(&["one"], "CC-BY-4.0");
    chain.world.now += 120_000;
    chain.world.run();
    let (bytes, replies, requests) =
        (chain.world.request_bytes, chain.world.reply_bytes, chain.world.requests);
    chain.world.now += 120_000;
    chain.world.run();
    let sessions = chain.world.requests - requests;
    assert_eq!(sessions, 4, "one hello each way on two links");
    assert!((chain.world.request_bytes - bytes) / sessions <= 200);
    assert!((chain.world.reply_bytes - replies) / sessions <= 200);
}

#[test]
fn an_embargo_is_enforced_when_it_begins_and_not_before() {
    let mut chain = chain();
    let Content::Embargo(mut embargo) = pause(Cut::default()) else { panic!("a pause is an embargo") };
    embargo.starts = chain.world.now / 1000 + 3600;
    let embargo = chain.control(Content::Embargo(embargo));
    let in_force = |chain: &Chain| {
        let nodes = &chain.world.nodes;
        let told = nodes.iter().filter(|node| node.events.contains(&Event::EmbargoInForce(embargo))).count();
        let states = nodes[0].sync.acknowledgements(&embargo).into_iter().map(|(_, state, _)| state);
        (told, states.collect::<Vec<_>>())
    };
    assert_eq!(in_force(&chain), (0, vec![EmbargoState::Received]), "the node that is named says so");
    // A restart does not bring it forward.
    chain.world.cut(0, 1);
    chain.world.restart(0);
    chain.world.connect(0, 1);
    chain.world.now += 3_599_000;
    chain.world.run();
    assert_eq!(in_force(&chain), (3, vec![EmbargoState::Enforced]));
}

#[test]
fn after_a_lost_connection_a_peer_tells_only_what_changed() {
    let mut chain = chain();
    chain.data(&["one"], "CC-BY-4.0");
    chain.world.cut(0, 1);
    chain.data(&["two"], "CC-BY-4.0");
    chain.world.replies.clear();
    chain.world.connect(0, 1);
    chain.converged();
    let told: Vec<usize> =
        chain.world.replies.iter().filter_map(|(from, to, bytes)| heads_told(*from, *to, bytes)).collect();
    assert_eq!(told, [1], "the data feed's head alone, and nothing of the control feed");
}

/// Whom the one that stayed remembers, knows nothing of it.
#[test]
fn after_a_restart_a_peer_tells_everything_anew() {
    let mut chain = chain();
    chain.data(&["one"], "CC-BY-4.0");
    chain.world.cut(0, 1);
    chain.data(&["two"], "CC-BY-4.0");
    chain.world.restart(0);
    // The one that remembers asks first.
    chain.world.connect(1, 0);
    chain.converged();
    assert_eq!(chain.holdings(1).0, 2);
}

/// How many heads a reply of the co-op to its partner tells, if it is one to *heads*.
fn heads_told(from: usize, to: usize, bytes: &[u8]) -> Option<usize> {
    match wire::decode(bytes) {
        Ok(Reply::Heads(page)) if (from, to) == (0, 1) => Some(page.items.len()),
        _ => None,
    }
}

#[test]
fn what_is_taken_back_is_erased_everywhere_unless_it_was_given_for_good() {
    let mut chain = chain();
    let feed = chain.coop.data.id();
    chain.data(&["kept", "kept too"], "CC-BY-4.0");
    chain.data(&["taken back", "stays"], "LicenseRef-coop");
    chain.control(release(feed, 0, 3, "CC-BY-4.0", ReleaseMode::Open));
    chain.control(release(feed, 3, 6, "LicenseRef-coop", ReleaseMode::Open));
    assert_eq!(chain.holdings(2), (4, 4, 0));
    let ranges = vec![Range { feed, start: 1, end: 5 }];
    let cut = Cut([(chain.coop.control, 6)].into());
    let withdrawal =
        Withdrawal { ranges, class: WithdrawalClass::Preference, rung: Rung::Header, cut, member: None };
    chain.control(Content::Withdrawal(withdrawal));
    chain.converged();
    for node in 0..3 {
        let store = chain.world.nodes[node].sync.store();
        let held: Vec<bool> = (0..6).map(|index| store.body(&feed, index).unwrap().is_some()).collect();
        let public = node > 0;
        assert_eq!(held, [true, public, public, true, false, true], "node {node}");
    }
    let ranges = vec![Range { feed, start: 1, end: 2 }];
    let class = WithdrawalClass::PersonalData;
    let withdrawal = Withdrawal { ranges, class, rung: Rung::Header, cut: Cut::default(), member: None };
    chain.control(Content::Withdrawal(withdrawal));
    for node in 0..3 {
        assert!(chain.world.nodes[node].sync.store().body(&feed, 1).unwrap().is_none(), "node {node}");
    }
}

#[test]
fn after_a_restart_nothing_is_served_before_heads_were_compared() {
    let mut chain = chain();
    let feed = chain.coop.data.id();
    chain.data(&["one", "two"], "LicenseRef-coop");
    chain.control(release(feed, 0, 3, "LicenseRef-coop", ReleaseMode::Open));
    // The partner restarts, out of the co-op's reach, and a newcomer asks it.
    chain.world.cut(0, 1);
    chain.world.cut(1, 2);
    chain.world.restart(1);
    let newcomer = chain.world.add(key(9), &[chain.coop.id], &[]);
    chain.world.connect(1, newcomer);
    assert_eq!(chain.holdings(newcomer), (2, 0, 2), "headers flow, bodies wait");
    chain.world.connect(0, 1);
    chain.world.now += 60_000;
    chain.world.run();
    assert_eq!(chain.holdings(newcomer), (2, 2, 0), "compared with a partner");
}

#[test]
fn a_header_is_passed_on_by_one_who_may_not_have_the_body() {
    let (mut world, mut coop) = (World::new(), Coop::new(1));
    coop.preferences.train = Preference::Deny;
    let a = world.add(coop.key.clone(), &[coop.id], &[]);
    let b = world.add_for(Purpose::Train, key(2), &[coop.id], &[coop.key.public()]);
    let c = world.add(key(3), &[coop.id], &[key(2).public()]);
    world.found(a, &coop);
    world.connect(a, b);
    let feed = coop.data.id();
    let records = coop.batch(0, &["given away, yet not to train on"], "CC-BY-4.0");
    world.append(a, &coop, feed, records);
    let released = coop.control(release(feed, 0, 2, "CC-BY-4.0", ReleaseMode::Open));
    let release = world.append(a, &coop, coop.control, vec![released]);
    world.run();
    let Content::Embargo(mut late) = pause(Cut([(coop.control, release + 1)].into())) else { unreachable!() };
    late.rung = Rung::Commitment;
    let embargo = coop.control(Content::Embargo(late));
    world.append(a, &coop, coop.control, vec![embargo]);
    world.run();
    world.connect(b, c);
    let [at_b, at_c] = [b, c].map(|node| world.nodes[node].sync.holdings(&feed).unwrap());
    assert_eq!((at_b.contributions, at_b.granted), (1, 0));
    assert_eq!((at_c.contributions, at_c.missing_headers), (1, 0));
}

#[test]
fn a_founding_that_a_crash_cut_short_is_found_again() {
    for (leaves, head) in [(0, false), (1, false), (1, true), (3, false)] {
        let (mut world, coop) = (World::new(), Coop::new(1));
        let a = world.add(coop.key.clone(), &[coop.id], &[]);
        let b = world.add(key(2), &[coop.id], &[coop.key.public()]);
        world.found(a, &coop);
        let told = *world.nodes[a].sync.store().head(&coop.control).unwrap();
        let store = world.nodes[b].sync.store_mut();
        store.create(&coop.founding.manifest).unwrap();
        for leaf in &coop.leaves[..leaves] {
            store.append(&coop.control, &[Position { hash: leaf_hash(leaf), header: Some(leaf) }]).unwrap();
        }
        if head {
            store.set_head(&coop.control, &told).unwrap();
        }
        world.restart(b);
        world.connect(a, b);
        let standings = [a, b].map(|node| world.nodes[node].sync.standing(&[coop.id]));
        assert_eq!(standings[0], standings[1], "{leaves} leaves, head: {head}");
        assert!(world.nodes[b].sync.views().held(&coop.id).is_some());
    }
}
