//! Leases: an embargo's end passes by the owner's word alone, and not by a clock.
//!
//! ```text
//! co-op 0 ── partner 1
//! ```

use commonwheel_ledger::cosign::cosign;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::{Attestation, Attested, Lease, Statement};
use commonwheel_record::control::{Content, ReleaseMode};
use commonwheel_record::{Cut, Hash, SecretKey};

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
    world.add(coop.key.clone(), &[coop.id], &[]);
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
