//! Rules 1 to 5 of the precedence, and that an earlier one wins.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Content, Range, ReleaseMode, Rung, Withdrawal, WithdrawalClass};
use commonwheel_record::manifest::FeedAudience;
use commonwheel_record::{
    Commitment, Contribution, Control, Cut, Extensions, Hash, Leaf, RecordId, Tier, submission::Submission,
};
use commonwheel_valve::{Asker, Decision, Policy, Reason, Refusal, may_know};

use crate::question::{Item, Question, lab_asks};
use crate::world::*;

const REVOCABLE: &str = "LicenseRef-x";
const IRREVOCABLE: &str = "CC-BY-4.0";

fn open_world(licence: &str) -> (World, RecordId) {
    let mut world = World::public();
    let release = world.release(licence, ReleaseMode::Open, &[(OWNER, 0, 100)]);
    let id = world.govern(OWNER, release);
    (world, id)
}

fn withdrawal(world: &World, class: WithdrawalClass, rung: Rung, cut: Cut) -> Content {
    let ranges = vec![Range { feed: world.data(OWNER), start: 5, end: 6 }];
    Content::Withdrawal(Withdrawal { ranges, class, rung, cut, member: None })
}

fn everything(world: &World) -> Cut {
    Cut(world.collectives.iter().map(|collective| (collective.control.id(), 1000)).collect())
}

fn header_for(because: Reason) -> Decision {
    Decision { rung: Some(Rung::Header), because }
}

#[test]
fn rule_1_strangers_learn_nothing_of_a_members_feed() {
    let mut world = World::new(&[], FeedAudience::Members);
    let release = world.release(REVOCABLE, ReleaseMode::Open, &[(OWNER, 0, 100)]);
    let release = world.govern(OWNER, release);
    let item = Item::owners(&world, leaf(Contribution { tier: Tier::Collective, ..header(REVOCABLE) }));
    let views = world.views();
    let nothing = Decision { rung: None, because: Reason::Members };
    for rung in [Rung::Commitment, Rung::Header, Rung::Body] {
        assert_eq!(Question { rung, ..Question::default() }.ask(&views, &item), nothing);
        assert!(!nothing.serves(rung));
    }
    assert_eq!(nothing.because.refusal(), Some(Refusal::Absent));
    let carrier = views.get(&world.id(OWNER)).unwrap().carriers().first().unwrap().0[0];
    assert_eq!(Question::by(carrier).ask(&views, &item).because, Reason::Released { release });
    assert_eq!(Question::by(NODES[OWNER]).ask(&views, &item).because, Reason::Owner);
    let own_tools = Question { asker: None, ..Question::default() };
    assert_eq!(own_tools.ask(&views, &item).because, Reason::Local);
    let lab = Asker::Peer(views.audience(&key(NODES[LAB])));
    assert!(!may_know(&views, &item.id.feed, &item.manifest, &lab));
    assert!(may_know(&views, &world.data(LAB), &world.collectives[LAB].data, &lab));
}

#[test]
fn rule_1_without_the_owners_log_a_members_feed_is_for_nobody() {
    let world = World::new(&[], FeedAudience::Members);
    let item = Item::owners(&world, leaf(header(REVOCABLE)));
    let views = world.views_of(&[LAB]);
    assert_eq!(Question::by(NODES[OWNER]).ask(&views, &item).rung, None);
}

#[test]
fn rule_2_control_records_are_served_whoever_asks_and_whatever_is_closed() {
    let mut world = World::public();
    world.govern(OWNER, embargo(|_| ()));
    world.collectives[OWNER].forked = true;
    let manifest = world.collectives[OWNER].control.clone();
    let control = world.collectives[OWNER].log[2].0.clone();
    let leaves = [
        Some(Leaf::Control(Box::new(control))),
        Some(Leaf::Unknown { version: 2, kind: 99, bytes: vec![], critical: true }),
        None,
    ];
    for leaf in leaves {
        let id = RecordId { feed: manifest.id(), index: 2 };
        let item = Item { id, manifest: manifest.clone(), ..Item::new(&world, OWNER, 2, leaf) };
        for views in [world.views(), world.views_of(&[])] {
            let decision = Question::by(ANONYMOUS).ask(&views, &item);
            assert_eq!(decision, Decision { rung: Some(Rung::Body), because: Reason::Control });
        }
    }
}

#[test]
fn rule_2_a_contribution_in_a_control_feed_is_no_control_record() {
    let (mut world, _) = open_world(REVOCABLE);
    let manifest = world.collectives[OWNER].control.clone();
    let everywhere = vec![Range { feed: manifest.id(), start: 0, end: 100 }];
    let Content::Release(mut release) = world.release(REVOCABLE, ReleaseMode::Open, &[(OWNER, 0, 1)]) else {
        unreachable!()
    };
    release.ranges = everywhere;
    world.govern(OWNER, Content::Release(release));
    let id = RecordId { feed: manifest.id(), index: 5 };
    let item = Item { id, manifest, ..Item::owners(&world, leaf(header(REVOCABLE))) };
    assert_eq!(Question::default().ask(&world.views(), &item), header_for(Reason::Unknown));
}

#[test]
fn rule_2_a_submission_gets_the_answer_of_its_contribution() {
    let (mut world, release) = open_world(REVOCABLE);
    let commitment = Commitment { hash: Hash([2; 32]), bucket: 8 };
    let submission = Leaf::Submission(Submission { commitment }, Extensions::default());
    let alone = Item::new(&world, OWNER, 4, Some(submission));
    assert_eq!(Question::default().ask(&world.views(), &alone), header_for(Reason::Submission));
    let through = |world: &World, licence| Item {
        via: Some(Box::new(Item::owners(world, leaf(header(licence))))),
        ..alone.clone()
    };
    let served = Question::default().ask(&world.views(), &through(&world, REVOCABLE));
    assert_eq!(served, Decision { rung: Some(Rung::Body), because: Reason::Released { release } });
    let closed = Question::default().ask(&world.views(), &through(&world, "LicenseRef-other"));
    assert_eq!(closed, header_for(Reason::Unreleased));
    let embargo = world.govern(OWNER, embargo(|_| ()));
    let withheld = Question::default().ask(&world.views(), &through(&world, REVOCABLE));
    assert_eq!(withheld, header_for(Reason::Withheld { embargo }));
    let elsewhere = Item {
        via: Some(Box::new(Item::new(&world, LAB, 5, Some(leaf(header(REVOCABLE)))))),
        ..alone.clone()
    };
    assert_eq!(Question::default().ask(&world.views(), &elsewhere).because, Reason::Submission);
    let nested = Item { via: Some(Box::new(through(&world, REVOCABLE))), ..alone.clone() };
    assert_eq!(Question::default().ask(&world.views(), &nested).because, Reason::Submission);
    let own = Question { asker: None, ..Question::default() }.ask(&world.views(), &alone);
    assert_eq!(own.because, Reason::Local);
}

#[test]
fn rule_3_personal_data_is_erased_everywhere_even_for_the_owner_and_itself() {
    for rung in [Rung::Header, Rung::Commitment] {
        let (mut world, _) = open_world(IRREVOCABLE);
        let withdrawn = withdrawal(&world, WithdrawalClass::PersonalData, rung, everything(&world));
        let by = world.govern(OWNER, withdrawn);
        let item = Item::owners(&world, leaf(header(IRREVOCABLE)));
        let because = Reason::Erased { withdrawal: by, class: WithdrawalClass::PersonalData };
        for asker in [Some(NODES[LAB]), Some(NODES[OWNER]), None] {
            let decision = Question { asker, ..Question::default() }.ask(&world.views(), &item);
            assert_eq!(decision, Decision { rung: Some(rung), because });
        }
        assert_eq!(because.refusal(), Some(Refusal::Erased(by)));
        let beside = Item::new(&world, OWNER, 6, Some(leaf(header(IRREVOCABLE))));
        assert!(Question::default().ask(&world.views(), &beside).serves(Rung::Body));
    }
}

#[test]
fn rule_3_a_preference_does_not_recall_what_was_given_away_before() {
    let case = |licence, knows: bool, struck: bool, me: usize| {
        let (mut world, release) = open_world(licence);
        let cut = if knows { everything(&world) } else { Cut::default() };
        let withdrawn = withdrawal(&world, WithdrawalClass::Preference, Rung::Header, cut);
        world.govern(OWNER, withdrawn);
        if struck {
            world.govern(OWNER, embargo(|_| ()));
        }
        let item = Item::owners(&world, leaf(header(licence)));
        let reason = Question { me: NODES[me], ..Question::default() }.ask(&world.views(), &item).because;
        if reason == (Reason::Irrevocable { release }) { 7 } else { reason.rule() }
    };
    assert_eq!(case(IRREVOCABLE, true, false, STRANGER), 7, "known, irrevocable: stays served");
    assert_eq!(case(REVOCABLE, true, false, STRANGER), 3, "a contract is taken back");
    assert_eq!(case(IRREVOCABLE, false, false, STRANGER), 3, "released only after the withdrawal");
    assert_eq!(case(IRREVOCABLE, true, false, OWNER), 3, "the owner's own node stops");
    assert_eq!(case(IRREVOCABLE, true, true, STRANGER), 3, "where an embargo keeps rule 7 from serving");
}

#[test]
fn rule_3_nobody_else_withdraws() {
    for other in [STEWARD, AFFILIATE, STRANGER] {
        let (mut world, release) = open_world(REVOCABLE);
        let withdrawn = withdrawal(&world, WithdrawalClass::PersonalData, Rung::Header, everything(&world));
        world.govern(other, withdrawn);
        let item = Item::owners(&world, leaf(header(REVOCABLE)));
        assert_eq!(lab_asks(&world, &item), Reason::Released { release });
    }
}

#[test]
fn rule_4_a_burnt_server_gets_its_own_back_strike_or_not() {
    let mut world = World::public();
    world.govern(OWNER, embargo(|e| e.rung = Rung::Commitment));
    world.collectives[OWNER].forked = true;
    let item = Item::owners(&world, leaf(header("NONE")));
    let decision = Question::by(NODES[OWNER]).ask(&world.views(), &item);
    assert_eq!(decision, Decision { rung: Some(Rung::Body), because: Reason::Owner });
    assert_eq!(decision.because.refusal(), None);
}

#[test]
fn rule_5_no_body_where_the_log_or_the_record_is_not_understood() {
    let refused = |world: &World, item: &Item| {
        let decision = Question::default().ask(&world.views(), item);
        assert_eq!(decision.rung, Some(Rung::Header));
        decision.because
    };
    let (mut world, _) = open_world(IRREVOCABLE);
    let good = Item::owners(&world, leaf(header(IRREVOCABLE)));
    let critical = Extensions(BTreeMap::from([(1, vec![])]));
    let critical =
        Item { leaf: Some(Leaf::Contribution(Box::new(header(IRREVOCABLE)), critical)), ..good.clone() };
    assert_eq!(refused(&world, &critical), Reason::Unknown);
    let unknown = Leaf::Unknown { version: 2, kind: 3, bytes: vec![], critical: false };
    assert_eq!(refused(&world, &Item { leaf: Some(unknown), ..good.clone() }), Reason::Unknown);
    let unowned = Item { id: RecordId { feed: world.data(LAB), index: 5 }, ..good.clone() };
    assert_eq!(refused(&world, &unowned), Reason::Unowned);

    let mut closed = Control::new(Some(world.id(OWNER)), embargo(|_| ()));
    closed.extensions = Extensions(BTreeMap::from([(1, vec![])]));
    let mut other = world.clone();
    other.collectives[OWNER].append_control(closed, GOVERNANCE);
    assert_eq!(refused(&other, &good), Reason::Closed);
    world.collectives[OWNER].forked = true;
    assert_eq!(refused(&world, &good), Reason::Closed);
    assert_eq!(Reason::Closed.refusal(), Some(Refusal::Refused(Policy::Closed)));
}

#[test]
fn rule_5_a_steward_whose_log_is_not_held_keeps_the_body() {
    let (world, release) = open_world(REVOCABLE);
    let stewarded = |steward| {
        let stewards = BTreeSet::from([world.id(steward)]);
        Item::owners(&world, leaf(Contribution { stewards, ..header(REVOCABLE) }))
    };
    let without = |missing| {
        let held: Vec<usize> = (0..COLLECTIVES).filter(|of| *of != missing).collect();
        world.views_of(&held)
    };
    let steward = world.id(STEWARD);
    let missing = Question::default().ask(&without(STEWARD), &stewarded(STEWARD));
    assert_eq!(missing, header_for(Reason::StewardMissing(steward)));
    let held = Question::default().ask(&world.views(), &stewarded(STEWARD));
    assert_eq!(held.because, Reason::Released { release });
    let unlisted = Question::default().ask(&without(STRANGER), &stewarded(STRANGER));
    assert_eq!(unlisted.because, Reason::Released { release }, "the owner does not list it");
}

#[test]
fn a_decision_gives_no_more_than_was_asked_for() {
    let (world, _) = open_world(REVOCABLE);
    let item = Item::owners(&world, leaf(header(REVOCABLE)));
    for rung in [Rung::Commitment, Rung::Header, Rung::Body] {
        let decision = Question { rung, ..Question::default() }.ask(&world.views(), &item);
        assert_eq!(decision.rung, Some(rung));
        assert!(decision.serves(rung));
    }
}
