//! Answers across collectives.

use commonwheel_collective::{View, Views};
use commonwheel_record::control::Party;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Hash, Manifest, RecordId};

use crate::world::*;

fn coop(nonce: u8, change: impl FnOnce(&mut commonwheel_record::control::Charter)) -> Coop {
    let mut founding = charter();
    founding.nonce = Hash([nonce; 32]);
    change(&mut founding);
    Coop::founded(founding, &[ROOT])
}

fn data_manifest(collective: CollectiveId) -> Manifest {
    Manifest { purpose: Purpose::Data, ..manifest(collective, 90) }
}

fn views(all: Vec<View>) -> Views {
    let mut views = Views::new(network());
    for view in all {
        assert!(views.insert(view).is_none());
    }
    views
}

#[test]
fn a_feed_two_collectives_claim_is_the_one_the_manifest_names() {
    let (mut ours, mut thief) = (coop(1, |_| ()), coop(2, |_| ()));
    let manifest = data_manifest(ours.id);
    let record = RecordId { feed: manifest.id(), index: 3 };
    ours.root(delegate_feed(record.feed));
    thief.root(delegate_feed(record.feed));
    thief.root(delegate_feed(ours.first));
    let both = views(vec![ours.fold(), thief.fold()]);
    assert_eq!(both.owner_of(&record, &manifest).unwrap().id(), ours.id);
    assert!(both.owner(&record.feed).is_none());
    assert_eq!(both.claimants(&record.feed).count(), 2);
    let first = RecordId { feed: ours.first, index: 0 };
    let first_manifest = &ours.logs[&ours.first].manifest;
    assert_eq!(both.owner_of(&first, first_manifest).unwrap().id(), ours.id);
    let thief_alone = views(vec![thief.fold()]);
    assert!(thief_alone.owner_of(&record, &manifest).is_none());
    assert!(thief_alone.owner_of(&first, first_manifest).is_none());
}

#[test]
fn an_owner_does_not_own_beyond_a_revocation() {
    let mut ours = coop(1, |_| ());
    let manifest = data_manifest(ours.id);
    ours.root(delegate_feed(manifest.id()));
    ours.root(revoke_feed(manifest.id(), 5));
    let views = views(vec![ours.fold()]);
    let owned = |index| views.owner_of(&RecordId { feed: manifest.id(), index }, &manifest).is_some();
    assert!(owned(4) && !owned(5));
    assert!(views.owner_of_feed(&manifest.id(), &manifest).is_some());
}

#[test]
fn a_node_is_what_control_logs_say_of_it() {
    let (mut one, mut two) = (coop(1, |_| ()), coop(2, |_| ()));
    one.root(delegate_node(40, Some("CH")));
    two.root(delegate_node(40, None));
    one.root(delegate_node(41, Some("CH")));
    two.root(delegate_node(41, Some("US")));
    let both = views(vec![one.fold(), two.fold()]);
    let audience = both.audience(&key(40));
    assert_eq!(audience.collectives, [one.id, two.id].into());
    assert_eq!(audience.region, Some("CH".parse().unwrap()));
    assert_eq!(both.audience(&key(41)).region, None, "two that disagree vouch for nothing");
    assert!(audience.is(&Party::Node(key(40))) && audience.is(&Party::Collective(one.id)));
    assert!(!audience.is(&Party::Node(key(41))) && !audience.is_anonymous());
    assert!(both.audience(&key(42)).is_anonymous());
}

#[test]
fn replacing_or_removing_a_view_leaves_nothing_of_the_old() {
    let steward = CollectiveId([70; 32]);
    let mut one = coop(1, |charter| charter.stewards = [steward].into());
    let empty = Views::new(network());
    let mut all = empty.clone();
    let manifest = data_manifest(one.id);
    let before = one.fold();
    one.root(delegate_node(40, None));
    one.root(delegate_feed(manifest.id()));
    all.insert(one.fold());
    assert_eq!(all.stewarded_by(&steward).map(View::id).collect::<Vec<_>>(), [one.id]);
    assert!(all.owner(&manifest.id()).is_some());
    assert!(all.insert(before.clone()).is_some());
    assert!(all.owner(&manifest.id()).is_none());
    assert!(all.audience(&key(40)).is_anonymous());
    assert_eq!(all.hash(), views(vec![before]).hash());
    assert!(all.remove(&one.id).is_some());
    assert_eq!(all.stewarded_by(&steward).count(), 0);
    assert_eq!(all.hash(), empty.hash());
    assert_eq!(all.ids().count(), 0);
}
