//! Which control feeds count, and how far.

use commonwheel_collective::{Closed, ControlLeaf, Ineffective, UNFOUNDED};
use commonwheel_record::control::{Content, Revoked};
use commonwheel_record::limits::MAX_CONTROL_FEEDS;
use commonwheel_record::{CollectiveId, Manifest, RecordId};

use crate::world::*;

#[test]
fn the_first_feed_founds_the_view() {
    let coop = Coop::new();
    let view = coop.fold();
    assert!(view.is_founded());
    assert_eq!(view.control_feeds().iter().copied().collect::<Vec<_>>(), [coop.first]);
    assert!(view.carriers().contains(&key(100)));
    assert!(view.owns(&RecordId { feed: coop.first, index: 7 }));
}

#[test]
fn without_its_first_two_leaves_it_founds_nothing() {
    for gap in [0, 1] {
        let mut coop = Coop::new();
        coop.govern(pause("p"));
        coop.logs.get_mut(&coop.first).unwrap().leaves[gap] = ControlLeaf::Missing;
        let view = coop.fold();
        assert!(!view.is_founded());
        assert!(view.embargoes().is_empty());
    }
}

#[test]
fn a_genesis_charter_without_its_own_root_threshold_founds_nothing() {
    let mut founding = charter();
    founding.root = key_set(2, &[ROOT, 7]);
    assert!(!Coop::founded(founding.clone(), &[ROOT]).fold().is_founded());
    assert!(Coop::founded(founding, &[ROOT, 7]).fold().is_founded());
}

#[test]
fn a_copy_of_the_founding_leaves_makes_no_control_feed() {
    let mut coop = Coop::new();
    let copy = coop.open_as(manifest(UNFOUNDED, 66));
    let founding = coop.logs[&coop.first].leaves.clone();
    coop.logs.get_mut(&copy).unwrap().leaves = founding;
    coop.append(copy, pause("forged"), &[GOVERNANCE]);
    let view = coop.fold();
    assert!(!view.control_feeds().contains(&copy));
    assert!(view.embargoes().is_empty());
}

#[test]
fn delegated_feeds_count_through_each_other() {
    let mut coop = Coop::new();
    let partner = coop.open_delegated(101);
    let laptop = coop.open(102);
    coop.append(partner, delegate_feed(laptop), &[ROOT]);
    let strike = coop.append(laptop, pause("p"), &[GOVERNANCE]);
    let view = coop.fold();
    assert_eq!(view.control_feeds().len(), 3);
    assert_eq!(view.embargoes()[0].id, strike);
}

#[test]
fn only_root_keys_delegate() {
    let mut coop = Coop::new();
    let feed = coop.open(101);
    let at = coop.govern(delegate_feed(feed));
    coop.append(feed, pause("p"), &[GOVERNANCE]);
    let view = coop.fold();
    assert!(!view.control_feeds().contains(&feed));
    assert!(view.embargoes().is_empty());
    assert_eq!(view.ineffective()[&at], Ineffective::NotRootSigned);
}

#[test]
fn a_feed_of_another_collective_or_under_a_false_name_does_not_count() {
    let mut coop = Coop::new();
    let other = coop.open_as(manifest(CollectiveId([8; 32]), 101));
    let unfounded = coop.open_as(manifest(UNFOUNDED, 102));
    let misnamed = data_feed(42);
    let named = coop.open(103);
    let log = coop.logs[&named].clone();
    coop.logs.insert(misnamed, log);
    for feed in [other, unfounded, misnamed] {
        coop.root(delegate_feed(feed));
        coop.append(feed, pause("p"), &[GOVERNANCE]);
    }
    let view = coop.fold();
    assert_eq!(view.control_feeds().len(), 1);
    assert!(view.embargoes().is_empty());
}

#[test]
fn feeds_beyond_the_number_there_may_be_do_not_count() {
    let mut coop = Coop::new();
    let feeds: Vec<_> = (0..6).map(|n| coop.open(101 + n)).collect();
    let delegations: Vec<_> = feeds.iter().map(|feed| coop.root(delegate_feed(*feed))).collect();
    for feed in &feeds {
        coop.append(*feed, pause("p"), &[GOVERNANCE]);
    }
    let view = coop.fold();
    assert_eq!(view.control_feeds().len(), MAX_CONTROL_FEEDS);
    let kept = MAX_CONTROL_FEEDS - 1;
    assert!(feeds[..kept].iter().all(|feed| view.control_feeds().contains(feed)), "the first delegated stay");
    assert_eq!(view.embargoes().len(), kept);
    for (feed, delegation) in feeds[kept..].iter().zip(&delegations[kept..]) {
        assert_eq!(view.ineffective()[delegation], Ineffective::TooManyControlFeeds);
        assert!(!view.owns(&RecordId { feed: *feed, index: 0 }));
    }
}

#[test]
fn a_revocation_bounds_what_counts_but_not_what_root_keys_signed() {
    let mut coop = Coop::new();
    let feed = coop.open_delegated(101);
    let before = coop.append(feed, pause("before"), &[GOVERNANCE]);
    let size = coop.size(feed);
    let after = coop.append(feed, pause("after"), &[GOVERNANCE]);
    coop.append(feed, delegate_feed(data_feed(50)), &[ROOT]);
    coop.root(revoke_feed(feed, size));
    coop.root(revoke_feed(feed, size + 1));
    let view = coop.fold();
    assert_eq!(view.embargoes().iter().map(|e| e.id).collect::<Vec<_>>(), [before]);
    assert_eq!(view.ineffective()[&after], Ineffective::BeyondRevocation);
    assert!(view.feeds().contains_key(&data_feed(50)));
    assert!(view.owns(&RecordId { feed, index: size - 1 }) && !view.owns(&RecordId { feed, index: size }));
}

#[test]
fn revoked_keys_and_affiliations_do_not_come_back() {
    let mut coop = Coop::new();
    coop.root(revoke(Revoked::Key(key(30))));
    coop.root(revoke(Revoked::Affiliate(CollectiveId([31; 32]))));
    let node = coop.root(delegate_node(30, None));
    let affiliation = coop.govern(affiliate(31, &[commonwheel_record::control::Power::Embargo], None));
    let view = coop.fold();
    assert!(view.nodes().is_empty());
    assert_eq!(view.affiliates_with(commonwheel_record::control::Power::Embargo).count(), 0);
    assert_eq!(view.ineffective()[&node], Ineffective::Revoked);
    assert_eq!(view.ineffective()[&affiliation], Ineffective::Revoked);
}

#[test]
fn a_fork_of_the_first_feed_closes_and_embargoes_hold_on_from_every_branch() {
    let mut coop = Coop::new();
    let good = coop.size(coop.first);
    let strike = coop.govern(pause("p"));
    let open = coop.govern(release("MIT", commonwheel_record::control::ReleaseMode::Open, &[(50, 0, 9)]));
    let end = coop.govern(lift(strike, None));
    coop.fork(coop.first, good);
    let view = coop.fold();
    assert_eq!(view.closed(), Some(Closed::Forked(coop.first)));
    assert_eq!(view.enforced().map(|e| e.id).collect::<Vec<_>>(), [strike]);
    assert!(view.releases().is_empty());
    assert_eq!(view.ineffective()[&open], Ineffective::Forked);
    assert_eq!(view.ineffective()[&end], Ineffective::Forked);
}

#[test]
fn a_fork_of_a_delegated_feed_ends_that_feed_alone() {
    let mut coop = Coop::new();
    let feed = coop.open_delegated(101);
    let before = coop.append(feed, offer("before"), &[GOVERNANCE]);
    let after = coop.append(feed, offer("after"), &[GOVERNANCE]);
    coop.fork(feed, after.index);
    let view = coop.fold();
    assert_eq!(view.closed(), None);
    assert_eq!(view.offers().keys().copied().collect::<Vec<_>>(), [before]);
    assert_eq!(view.ineffective()[&after], Ineffective::Forked);
}

#[test]
fn a_root_signed_successor_ends_the_closure() {
    let continuing = |coop: &mut Coop, signers: &[u8]| {
        let size = coop.size(coop.first);
        coop.fork(coop.first, size);
        let successor = Manifest { prologue: Some(prologue(coop.first, size)), ..manifest(coop.id, 104) };
        let feed = coop.open_as(successor);
        coop.append(feed, delegate_feed(feed), signers);
        coop.append(feed, offer("next"), &[GOVERNANCE]);
        coop.fold()
    };
    let view = continuing(&mut Coop::new(), &[ROOT]);
    assert_eq!(view.closed(), None);
    assert_eq!(view.offers().len(), 1);
    let view = continuing(&mut Coop::new(), &[GOVERNANCE]);
    assert!(matches!(view.closed(), Some(Closed::Forked(_))));
    assert!(view.offers().is_empty());
}

#[test]
fn a_feed_cannot_delegate_itself_unless_it_continues_a_forked_one() {
    let mut coop = Coop::new();
    let size = coop.size(coop.first);
    let successor = Manifest { prologue: Some(prologue(coop.first, size)), ..manifest(coop.id, 104) };
    let (eager, plain) = (coop.open_as(successor), coop.open(105));
    for feed in [eager, plain] {
        coop.append(feed, delegate_feed(feed), &[ROOT]);
    }
    assert_eq!(coop.fold().control_feeds().len(), 1);
}

#[test]
fn a_charter_in_a_feed_its_rival_delegated_does_not_unseat_the_feed() {
    let mut coop = Coop::new();
    let amended = |name: &str, root: u8| {
        let mut next = charter();
        (next.number, next.previous) = (1, Some(coop.genesis_hash()));
        (next.name, next.root) = (name.to_owned(), key_set(1, &[root]));
        Content::Charter(Box::new(next))
    };
    // Both rivals are tried as the one that delegates, so that once the other has the smaller hash.
    for (near, far) in [((7, "A"), (8, "B")), ((8, "B"), (7, "A"))] {
        let mut coop = coop.clone();
        let feed = coop.open(101);
        coop.append(coop.first, amended(near.1, near.0), &[ROOT, near.0]);
        coop.append(coop.first, delegate_feed(feed), &[near.0]);
        coop.append(feed, amended(far.1, far.0), &[ROOT, far.0]);
        let view = coop.fold();
        assert!(view.control_feeds().contains(&feed));
        assert_eq!(view.charter_chain().len(), 2);
    }
    coop.root(delegate_feed(data_feed(50)));
    assert_eq!(coop.fold().feeds().len(), 2);
}
