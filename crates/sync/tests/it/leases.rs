//! Leases: an embargo's end passes by the owner's word alone, and not by a clock.
//!
//! ```text
//! co-op 0 ── partner 1
//! ```

use commonwheel_collective::found;
use commonwheel_ledger::cosign::cosign;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::{Attestation, Attested, Lease, Statement};
use commonwheel_record::control::{Content, ReleaseMode, Revocation, Revoked, Subject};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{Cut, Hash, SecretKey};
use commonwheel_sync::{Event, NewRecord};

use crate::common::{Coop, World, key, network, pause, release};

struct Pair {
    world: World,
    coop: Coop,
    /// When the embargo is over, in seconds since 1970.
    ends: u64,
}

/// A co-op under an embargo of an hour, which covers one body.
fn pair(alive: bool) -> Pair {
    let coop = Coop::chartered(1, |charter| {
        if alive {
            charter.liveness.insert(key(1).public());
        }
        charter.lease_hours = 720;
    });
    let mut world = World::new();
    world.add_witness(coop.key.clone(), &key(61), &[coop.id]);
    world.add(key(2), &[coop.id], &[coop.key.public()]);
    world.found(0, &coop);
    let ends = world.now / 1000 + 3600;
    let Content::Embargo(mut embargo) = pause(Cut::default()) else { panic!("a pause is an embargo") };
    (embargo.starts, embargo.ends) = (world.now / 1000, Some(ends));
    let records = coop.batch(0, &["kept back for an hour"], "LicenseRef-coop");
    let released = release(coop.data.id(), 0, 2, "LicenseRef-coop", ReleaseMode::Open);
    for content in [released, Content::Embargo(embargo)] {
        let record = coop.control(content);
        world.append(0, &coop, coop.control, vec![record]);
    }
    world.append(0, &coop, coop.data.id(), records);
    world.connect(0, 1);
    Pair { world, coop, ends }
}

impl Pair {
    fn bodies(&mut self) -> u64 {
        self.world.nodes[1].sync.holdings(&self.coop.data.id()).unwrap().bodies
    }

    fn newest(&self, node: usize) -> Option<u64> {
        self.world.nodes[node].sync.leases().newest(&self.coop.id)
    }

    fn lease(&self, key: &SecretKey, time: u64, counter: u64) -> Attestation {
        let head = self.world.nodes[0].sync.store().head(&self.coop.control).unwrap().head;
        let statement = Statement::Lease(Lease { heads: vec![cosign(&network(), key, head, time)] });
        let id = self.coop.id;
        let (issuer, subject) = (key.public(), Hash(id.0));
        let content = Attested { version: 1, issuer, subject, collective: id, counter, time, statement };
        Attestation::sign(&network(), key, content)
    }
}

#[test]
fn a_lease_ends_an_embargo_as_soon_as_its_end_has_come() {
    let mut pair = pair(true);
    pair.world.until(pair.ends - 5);
    assert_eq!(pair.bodies(), 0);
    assert!(pair.newest(1).is_some_and(|time| time < pair.ends), "the one from the start");
    pair.world.until(pair.ends + 20);
    assert!(pair.newest(1).is_some_and(|time| time > pair.ends), "published at once");
    assert_eq!(pair.bodies(), 1);
    let over = |event: &Event| matches!(event, Event::Lifted(_));
    assert_eq!(pair.world.nodes[1].events.iter().filter(|event| over(event)).count(), 1);
}

#[test]
fn without_a_lease_no_clock_ends_it() {
    let mut dead = pair(false);
    dead.world.until(dead.ends + 7200);
    assert_eq!((dead.newest(1), dead.bodies()), (None, 0), "no liveness key");
    let mut dark = pair(true);
    dark.world.cut(0, 1);
    dark.world.until(dark.ends + 7200);
    assert_eq!(dark.bodies(), 0);
    dark.world.connect(0, 1);
    dark.world.until(dark.ends + 7300);
    assert_eq!(dark.bodies(), 1);
}

#[test]
fn a_lease_from_the_future_or_of_a_stranger_does_not_count() {
    let mut pair = pair(true);
    let (now, before) = (pair.world.now / 1000, pair.newest(1));
    let forged = [
        pair.lease(&pair.coop.key, now + 3601 + 600, u64::MAX),
        pair.lease(&key(2), pair.ends + 1, u64::MAX),
        pair.lease(&key(77), pair.ends + 1, u64::MAX),
    ];
    forged.iter().for_each(|lease| pair.world.gossip(0, 1, lease));
    assert_eq!((pair.newest(1), pair.bodies()), (before, 0));
    let near = pair.lease(&pair.coop.key, now + 599, u64::MAX);
    pair.world.gossip(0, 1, &near);
    assert_eq!(pair.newest(1), Some(now + 599), "a clock may be a little ahead");
    assert_eq!(pair.bodies(), 0);
}

#[test]
fn a_lease_counts_once_its_heads_are_folded_and_is_remembered() {
    let mut pair = pair(true);
    pair.world.cut(0, 1);
    let record = pair.coop.enrol(&key(40));
    pair.world.append(0, &pair.coop, pair.coop.control, vec![record]);
    pair.world.until(pair.ends + 10);
    let lease = pair.lease(&pair.coop.key, pair.ends + 5, u64::MAX - 1);
    pair.world.gossip(0, 1, &lease);
    assert!(pair.newest(1) < Some(pair.ends), "it names a head that is not held");
    pair.world.connect(0, 1);
    pair.world.until(pair.ends + 60);
    assert_eq!((pair.newest(1), pair.bodies()), (Some(pair.ends + 5), 1));
    pair.world.cut(0, 1);
    pair.world.restart(1);
    assert_eq!(pair.newest(1), Some(pair.ends + 5));
}

/// A newcomer would not keep what a revoked key said, and roots are compared; that others still name the key is not enough.
#[test]
fn the_leases_of_a_key_that_is_revoked_go() {
    let mut pair = pair(false);
    let carrier = key(61);
    let (audience, purpose) = (FeedAudience::Public, Purpose::Control);
    let feed = found::feed(&network(), pair.coop.id, purpose, audience, carrier.public());
    for subject in [Subject::Liveness(carrier.public()), Subject::Feed(feed.id())] {
        let leaf = found::delegate(&network(), pair.coop.id, &[&pair.coop.key], subject);
        pair.world.append(0, &pair.coop, pair.coop.control, vec![NewRecord { leaf, body: None }]);
    }
    let record = pair.coop.enrol(&key(40));
    let (now, node) = (pair.world.now, &mut pair.world.nodes[0]);
    node.sync.create_feed(&feed, pair.coop.id).unwrap();
    node.sync.append(now, &mut node.guard, &carrier, &feed.id(), vec![record]).unwrap();
    pair.world.pump(0);
    pair.world.until(pair.world.now / 1000 + 60);
    assert!(pair.newest(1).is_some());
    let revoked = Revoked::Key(carrier.public());
    let revocation = pair.coop.control(Content::Revocation(Revocation { revoked }));
    pair.world.append(0, &pair.coop, pair.coop.control, vec![revocation]);
    let newcomer = pair.world.add(key(3), &[pair.coop.id], &[pair.coop.key.public()]);
    pair.world.connect(1, newcomer);
    pair.world.until(pair.world.now / 1000 + 60);
    let id = [pair.coop.id];
    let standings = [1, newcomer].map(|node| pair.world.nodes[node].sync.standing(&id));
    assert_eq!(standings[0], standings[1]);
}
