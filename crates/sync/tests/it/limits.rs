//! A rate limit lets so many records through a month, in the order of their releases, and the rest when their month comes.
//!
//! ```text
//! co-op 0 ── partner 1
//! ```

use std::collections::BTreeMap;

use commonwheel_collective::{Standing, UNFOUNDED, Views};
use commonwheel_ledger::cosign::cosign;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{
    Content, Reach, Release, ReleaseMode, Rung, Stamp, Variant, WitnessedHead,
};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::terms;
use commonwheel_record::{Cut, RecordId};
use commonwheel_sync::Seen;
use commonwheel_valve::{Asker, month_of, month_start};

use crate::common::{Coop, World, key, network, pause, release};

struct Pair {
    world: World,
    coop: Coop,
}

/// A co-op that counts releases by the month, and a partner that is not connected yet.
fn pair() -> Pair {
    let manifest = Manifest {
        version: 1,
        collective: UNFOUNDED,
        purpose: Purpose::Control,
        audience: FeedAudience::Public,
        writer: key(1).public(),
        network: network(),
        prologue: None,
    };
    let coop = Coop::chartered(1, |charter| {
        charter.release_feed = Some(manifest.id());
        charter.liveness.insert(key(1).public());
    });
    let mut world = World::new();
    world.add(coop.key.clone(), &[coop.id], &[]);
    world.add(key(2), &[coop.id], &[coop.key.public()]);
    world.found(0, &coop);
    Pair { world, coop }
}

impl Pair {
    fn append(&mut self, content: Content) -> RecordId {
        let (feed, record) = (self.coop.control, self.coop.control(content));
        let index = self.world.append(0, &self.coop, feed, vec![record]);
        self.world.run();
        RecordId { feed, index }
    }

    /// New records at most so many a month, and whatever is released.
    fn limit(&mut self, records: u64) -> RecordId {
        let Content::Embargo(mut embargo) = pause(Cut::default()) else { panic!("a pause is an embargo") };
        (embargo.variant, embargo.reach) = (Variant::RateLimit(records), Reach::New);
        self.append(Content::Embargo(embargo))
    }

    fn contribute(&mut self, texts: &[&str]) {
        let feed = self.coop.data.id();
        let first = self.world.nodes[0].sync.store().size(&feed);
        let records = self.coop.batch(first, texts, "LicenseRef-coop");
        self.world.append(0, &self.coop, feed, records);
        self.world.run();
    }

    /// Releases positions in the month of now.
    fn release(&mut self, start: u64, end: u64) {
        let head = self.world.nodes[0].sync.store().head(&self.coop.control).unwrap().head;
        let cosigned = cosign(&network(), &self.coop.key, head, self.world.now / 1000);
        let stamp = Stamp { time: cosigned.time, signature: cosigned.signature };
        let stamps = BTreeMap::from([(self.coop.key.public(), stamp)]);
        let undated = release(self.coop.data.id(), start, end, "LicenseRef-coop", ReleaseMode::Open);
        let Content::Release(undated) = undated else { panic!("a release is one") };
        self.append(Content::Release(Release { dated_by: Some(WitnessedHead { head, stamps }), ..undated }));
    }

    fn next_month(&mut self) {
        self.world.now = (month_start(month_of(self.world.now / 1000) + 1) + 10) * 1000;
        self.world.run();
    }

    fn held(&self) -> Vec<u64> {
        let (store, feed) = (self.world.nodes[1].sync.store(), self.coop.data.id());
        let held = (0..).zip(store.held(&feed, 0, store.size(&feed)));
        held.filter(|(_, held)| *held).map(|(index, _)| index).collect()
    }
}

#[test]
fn the_rest_follows_month_by_month() {
    let mut pair = pair();
    pair.world.connect(0, 1);
    pair.limit(2);
    pair.contribute(&["one", "two", "three", "four", "five"]);
    pair.release(0, 6);
    assert_eq!(pair.held(), [0, 1, 2], "two of them, and the submission");
    pair.world.until(pair.world.now / 1000 + 600);
    assert_eq!(pair.held(), [0, 1, 2]);
    pair.next_month();
    assert_eq!(pair.held(), [0, 1, 2, 3, 4]);
    pair.world.cut(0, 1);
    pair.next_month();
    assert_eq!(pair.held(), [0, 1, 2, 3, 4], "no month comes by a clock");
    pair.world.connect(0, 1);
    assert_eq!(pair.held(), [0, 1, 2, 3, 4, 5]);
}

/// Control logs come first, so a newcomer counts positions whose headers it does not know yet.
#[test]
fn headers_that_arrive_later_are_counted_then() {
    let mut pair = pair();
    pair.limit(2);
    pair.contribute(&["one", "two", "three"]);
    pair.release(0, 4);
    pair.world.connect(0, 1);
    pair.world.until(pair.world.now / 1000 + 120);
    assert_eq!(pair.held(), [0, 1, 2]);
    pair.world.cut(0, 1);
    pair.world.restart(1);
    pair.world.connect(0, 1);
    pair.next_month();
    assert_eq!(pair.held(), [0, 1, 2, 3]);
}

#[test]
fn a_plan_sees_the_queue_that_a_limit_would_have() {
    let mut pair = pair();
    pair.contribute(&["one", "two", "three"]);
    let id = pair.limit(2);
    pair.release(0, 4);
    let feed = pair.coop.data.id();
    let sync = &mut pair.world.nodes[0].sync;
    let real = sync.views().clone();
    let view = real.held(&pair.coop.id).unwrap().clone();
    let mut tighter = view.embargoes()[0].clone();
    tighter.embargo.variant = Variant::RateLimit(1);
    let mut planned = real.clone();
    planned.insert(
        view.with_embargo(&network(), Standing { id: RecordId { feed, index: 9 }, ..tighter.clone() }),
    );
    let asker = Asker::Peer(real.audience(&key(99).public()));
    let mut served = |views: &Views| {
        let mut served = Vec::new();
        let each = |seen: &Seen<'_>| {
            served.extend(seen.decision.serves(Rung::Body).then_some(seen.record.index));
        };
        sync.survey_with(views, &feed, &key(98).public(), &asker, terms::Purpose::Replicate, each).unwrap();
        (served, sync.slots_of(&view, &tighter).unwrap())
    };
    assert_eq!(served(&real).0, [1, 2]);
    let (without_queue, slots) = served(&planned);
    assert_eq!(without_queue, [], "a limit whose queue is not known lets nothing through");
    planned.set_slots(RecordId { feed, index: 9 }, slots.unwrap());
    assert_eq!(served(&planned).0, [1]);
    assert_eq!(pair.world.nodes[0].sync.views().slots(&id), real.slots(&id), "a plan changes nothing");
}
