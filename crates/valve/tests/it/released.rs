//! Rule 6: what is released, to whom, and for what.

use std::collections::BTreeSet;

use commonwheel_record::control::{Affiliate, Content, Party, Power, ReleaseMode, Rung};
use commonwheel_record::manifest::FeedAudience;
use commonwheel_record::terms::{Preference, Preferences, Purpose};
use commonwheel_record::{Contribution, RecordId, Regions, Tier};
use commonwheel_valve::{Decision, Reason, Refusal};

use crate::question::{Item, Question, lab_asks};
use crate::world::*;

const REVOCABLE: &str = "LicenseRef-x";
const IRREVOCABLE: &str = "CC-BY-4.0";

/// A world in which the owner has released a licence openly.
fn open_world(licence: &str) -> (World, RecordId) {
    let mut world = World::public();
    let release = world.release(licence, ReleaseMode::Open, &[(OWNER, 0, 100)]);
    let id = world.govern(OWNER, release);
    (world, id)
}

fn header_for(because: Reason) -> Decision {
    Decision { rung: Some(Rung::Header), because }
}

#[test]
fn rule_6_what_is_not_released_stays_closed() {
    let (mut world, _) = open_world(REVOCABLE);
    let item = Item::owners(&world, leaf(header(REVOCABLE)));
    let beyond = Item::new(&world, OWNER, 100, item.leaf.clone());
    assert_eq!(Question::default().ask(&world.views(), &beyond), header_for(Reason::Unreleased));
    let other = Item::owners(&world, leaf(header(IRREVOCABLE)));
    assert_eq!(lab_asks(&world, &other), Reason::Unreleased, "another bucket");
    let none = world.release("NONE", ReleaseMode::Open, &[(OWNER, 0, 100)]);
    world.govern(OWNER, none);
    let none = Item::owners(&world, leaf(header("NONE")));
    assert_eq!(lab_asks(&world, &none), Reason::Unreleased, "no licence is never released");
    let missing = Item { leaf: None, ..item };
    let decision = Question::default().ask(&world.views(), &missing);
    assert_eq!(decision, Decision { rung: Some(Rung::Commitment), because: Reason::HeaderMissing });
}

#[test]
fn rule_6_only_the_owner_and_whom_it_empowers_release() {
    let item = |world: &World| Item::owners(world, leaf(header(REVOCABLE)));
    for (powers, until, opens) in [
        (&[Power::Release][..], None, true),
        (&[Power::Release], Some(1001), true),
        (&[Power::Release], Some(1000), false),
        (&[Power::Embargo, Power::Grant], None, false),
        (&[], None, false),
    ] {
        let mut world = World::public();
        let release = world.release(REVOCABLE, ReleaseMode::Open, &[(OWNER, 0, 100)]);
        world.govern(AFFILIATE, release.clone());
        world.govern(STRANGER, release);
        if !powers.is_empty() {
            let (to, powers) = (world.id(AFFILIATE), powers.iter().copied().collect());
            let gives = Affiliate { to, powers, until };
            world.govern(OWNER, Content::Affiliate(gives));
        }
        assert_eq!(
            lab_asks(&world, &item(&world)).rule(),
            if opens { 10 } else { 6 },
            "{powers:?} {until:?}"
        );
    }
}

#[test]
fn rule_6_a_tier_is_not_exceeded() {
    let tiered = |audience, tier, mode: &dyn Fn(RecordId) -> ReleaseMode| {
        let mut world = World::new(&[], audience);
        let offer = world.govern(OWNER, offer(&[]));
        world.govern(OWNER, grant(offer, Party::Node(key(200)), None));
        let release = world.release(REVOCABLE, mode(offer), &[(OWNER, 0, 100)]);
        world.govern(OWNER, release);
        let item = Item::owners(&world, leaf(Contribution { tier, ..header(REVOCABLE) }));
        // The writer of the owner's control log, who may know of its members feeds.
        Question::by(200).ask(&world.views(), &item).because
    };
    let (open, gated) = (|_| ReleaseMode::Open, ReleaseMode::Gated);
    assert_eq!(tiered(FeedAudience::Public, Tier::Public, &open).rule(), 10);
    assert_eq!(tiered(FeedAudience::Public, Tier::Gated, &open), Reason::Tier);
    assert_eq!(tiered(FeedAudience::Public, Tier::Gated, &gated).rule(), 10);
    assert_eq!(tiered(FeedAudience::Public, Tier::Collective, &gated), Reason::Tier);
    assert_eq!(tiered(FeedAudience::Members, Tier::Collective, &open).rule(), 10);
    assert_eq!(tiered(FeedAudience::Public, Tier::Private, &open), Reason::Tier);
    assert_eq!(Reason::Tier.refusal(), Some(Refusal::Tier));
}

#[test]
fn rule_6_regions_are_those_a_collective_vouches_for() {
    let (world, release) = open_world(IRREVOCABLE);
    let swiss = Regions { allow: ["CH".parse().unwrap()].into(), deny: BTreeSet::new() };
    let item = Item::owners(&world, leaf(Contribution { regions: swiss, ..header(IRREVOCABLE) }));
    let asked = |node| Question::by(node).ask(&world.views(), &item).because;
    assert_eq!(asked(NODES[LAB]), Reason::Irrevocable { release });
    assert_eq!(asked(NODES[AFFILIATE]), Reason::Region);
    assert_eq!(asked(ANONYMOUS), Reason::Region, "a region nobody vouches for is none");
}

#[test]
fn rule_6_a_gated_body_needs_a_grant_in_force() {
    let granted = |to: Option<Party>, expires, purposes: &[Purpose], purpose| {
        let mut world = World::public();
        let offer = world.govern(OWNER, offer(purposes));
        let release = world.release(REVOCABLE, ReleaseMode::Gated(offer), &[(OWNER, 0, 100)]);
        world.govern(OWNER, release);
        if let Some(to) = to {
            world.govern(OWNER, grant(offer, to, expires));
        }
        let item = Item::owners(&world, leaf(header(REVOCABLE)));
        let because = Question { purpose, ..Question::default() }.ask(&world.views(), &item).because;
        assert!(because.rule() == 10 || because == Reason::Gated { offer });
        because.rule() == 10
    };
    let lab = World::public().id(LAB);
    let (node, collective) = (Party::Node(key(NODES[LAB])), Party::Collective(lab));
    let replicate = Purpose::Replicate;
    assert!(!granted(None, None, &[], replicate));
    assert!(granted(Some(node), None, &[], replicate));
    assert!(granted(Some(collective), None, &[], replicate));
    assert!(!granted(Some(Party::Node(key(NODES[STRANGER]))), None, &[], replicate));
    assert!(granted(Some(node), Some(1001), &[], replicate));
    assert!(!granted(Some(node), Some(1000), &[], replicate), "expired by the clock");
    assert!(granted(Some(node), None, &[Purpose::Train], Purpose::Train));
    assert!(!granted(Some(node), None, &[Purpose::Train], Purpose::Search), "not what the offer is for");
    assert!(granted(Some(node), None, &[Purpose::Train], replicate), "an offer says nothing about holding");
}

#[test]
fn rule_6_a_grant_expires_by_a_lease_too() {
    let mut world = World::public();
    let offer = world.govern(OWNER, offer(&[]));
    let release = world.release(REVOCABLE, ReleaseMode::Sealed(offer), &[(OWNER, 0, 100)]);
    world.govern(OWNER, release);
    world.govern(OWNER, grant(offer, Party::Node(key(NODES[LAB])), Some(2000)));
    let item = Item::owners(&world, leaf(header(REVOCABLE)));
    let with_lease = |collective, time| {
        let mut question = Question::default();
        question.leases.0.insert(world.id(collective), time);
        question.ask(&world.views(), &item).because.rule()
    };
    assert_eq!(with_lease(OWNER, 1999), 10);
    assert_eq!(with_lease(OWNER, 2000), 6);
    assert_eq!(with_lease(LAB, 2000), 10, "a lease of somebody else tells nothing");
}

#[test]
fn rule_6_grants_of_others_give_nothing_but_an_affiliates_with_the_power_do() {
    for (empowered, gives) in [(false, 6), (true, 10)] {
        let mut world = World::public();
        let offer = world.govern(AFFILIATE, offer(&[]));
        world.govern(AFFILIATE, grant(offer, Party::Collective(world.id(LAB)), None));
        let release = world.release(REVOCABLE, ReleaseMode::Gated(offer), &[(OWNER, 0, 100)]);
        world.govern(OWNER, release);
        if empowered {
            let (to, powers) = (world.id(AFFILIATE), [Power::Grant].into());
            let gives = Affiliate { to, powers, until: None };
            world.govern(OWNER, Content::Affiliate(gives));
        }
        let item = Item::owners(&world, leaf(header(REVOCABLE)));
        assert_eq!(lab_asks(&world, &item).rule(), gives);
    }
}

#[test]
fn rule_6_a_denied_purpose_is_refused_and_holding_is_not_a_purpose_to_deny() {
    let (world, release) = open_world(IRREVOCABLE);
    let preferences =
        Preferences { train: Preference::Deny, evaluate: Preference::Allow, ..Preferences::UNSET };
    let item = Item::owners(&world, leaf(Contribution { preferences, ..header(IRREVOCABLE) }));
    let asked = |purpose| Question { purpose, ..Question::default() }.ask(&world.views(), &item).because;
    assert_eq!(asked(Purpose::Train), Reason::Purpose);
    for purpose in [Purpose::Evaluate, Purpose::Search, Purpose::Replicate] {
        assert_eq!(asked(purpose), Reason::Irrevocable { release });
    }
}
