//! Rules 6 and 8: embargoes that change preferences and let bodies pass.

use commonwheel_collective::{Standing, Views};
use commonwheel_record::control::{
    Audience, Content, Embargo, Lift, LiftReason, Party, Reach, ReleaseMode, Rung, Scope, Variant,
};
use commonwheel_record::terms::{Condition, Preference, Preferences, Purpose};
use commonwheel_record::{Contribution, ContributionKind, Cut, RecordId};
use commonwheel_valve::{Reason, Refusal};

use crate::question::{Held, Item, Question, lab_asks};
use crate::world::*;

const REVOCABLE: &str = "LicenseRef-x";
const IRREVOCABLE: &str = "CC-BY-4.0";
const OVERLAYS: [Variant; 2] = [Variant::EvaluationOnly, Variant::PreferenceShift(Condition::Pay)];

/// A world in which the owner has released a licence openly.
fn released(licence: &str) -> (World, RecordId) {
    let mut world = World::public();
    let release = world.release(licence, ReleaseMode::Open, &[(OWNER, 0, 100)]);
    let release = world.govern(OWNER, release);
    (world, release)
}

fn overlay(variant: Variant, change: impl FnOnce(&mut Embargo)) -> Content {
    embargo(|embargo| {
        (embargo.variant, embargo.reach) = (variant, Reach::New);
        change(embargo);
    })
}

fn item(world: &World, licence: &str) -> Item {
    Item::owners(world, leaf(header(licence)))
}

fn at(world: &World, index: u64) -> Item {
    Item::new(world, OWNER, index, Some(leaf(header(REVOCABLE))))
}

fn knows(world: &World) -> Cut {
    let control = &world.collectives[OWNER];
    Cut([(control.control.id(), control.log.len() as u64)].into())
}

fn for_training() -> Question {
    Question { purpose: Purpose::Train, ..Question::default() }
}

fn trains(world: &World, item: &Item) -> Reason {
    for_training().ask_in(world, item).because
}

#[test]
fn training_is_denied_and_everything_else_flows() {
    for variant in OVERLAYS {
        let (mut world, release) = released(REVOCABLE);
        let embargo = world.govern(OWNER, overlay(variant, |_| ()));
        let item = item(&world, REVOCABLE);
        for purpose in Purpose::ALL {
            let question = Question { purpose: *purpose, ..Question::default() };
            let decision = question.ask(&world.views(), &item);
            let denied = *purpose == Purpose::Train;
            let expected = if denied { Reason::Overlaid { embargo } } else { Reason::Released { release } };
            assert_eq!((decision.because, decision.serves(Rung::Body)), (expected, !denied), "{purpose}");
        }
        assert_eq!(Reason::Overlaid { embargo }.refusal(), Some(Refusal::Purpose));
    }
}

#[test]
fn the_effective_preferences_are_the_headers_under_what_is_laid_over_them() {
    let effective = |variants: &[Variant], own: Preferences, asker: Option<u8>| {
        let (mut world, _) = released(REVOCABLE);
        for variant in variants {
            world.govern(OWNER, overlay(*variant, |_| ()));
        }
        let header = Contribution { preferences: own, ..header(REVOCABLE) };
        let item = Item::owners(&world, leaf(header));
        Question { asker, ..Question::default() }.finds_preferences(&world.views(), &item).unwrap()
    };
    let lab = Some(NODES[LAB]);
    let own = Preferences { evaluate: Preference::Deny, search: Preference::Allow, ..Preferences::UNSET };
    let [evaluation, shift] = OVERLAYS;
    assert_eq!(effective(&[], own, lab), own);
    assert_eq!(effective(&[evaluation], Preferences::UNSET, lab), Preferences::EVALUATION_ONLY);
    assert_eq!(effective(&[shift], Preferences::UNSET, lab), Preferences::NO_TRAINING);
    assert_eq!(effective(&[shift, evaluation], Preferences::UNSET, lab), Preferences::EVALUATION_ONLY);
    let denied = Preferences { train: Preference::Deny, ..own };
    assert_eq!(effective(&[evaluation], own, lab), denied, "an overlay opens nothing the member denied");
    assert_eq!(effective(&[evaluation], own, None), denied, "to whomever it refuses");
    assert_eq!(effective(&[evaluation], own, Some(NODES[OWNER])), own, "the owner is refused nothing");
}

#[test]
fn what_the_member_denied_is_the_members_to_deny() {
    let (mut world, _) = released(REVOCABLE);
    world.govern(OWNER, overlay(Variant::EvaluationOnly, |_| ()));
    let preferences = Preferences { train: Preference::Deny, ..Preferences::UNSET };
    let item = Item::owners(&world, leaf(Contribution { preferences, ..header(REVOCABLE) }));
    assert_eq!(trains(&world, &item), Reason::Purpose);
}

#[test]
fn it_reaches_new_records_in_scope_for_those_it_refuses() {
    let (mut world, release) = released(REVOCABLE);
    let (from_cut, lab) = (Cut([(world.data(OWNER), 5)].into()), Party::Collective(world.id(LAB)));
    let scope = Scope { domains: ["health".parse().unwrap()].into(), ..Scope::default() };
    let audience = Audience::Only([lab].into());
    let says = |e: &mut Embargo| (e.from_cut, e.scope, e.audience) = (from_cut, scope, audience);
    let embargo = world.govern(OWNER, overlay(Variant::EvaluationOnly, says));
    assert_eq!(trains(&world, &at(&world, 5)), Reason::Overlaid { embargo });
    assert_eq!(trains(&world, &at(&world, 4)), Reason::Released { release }, "older");
    let law = Contribution { domain: "law".parse().unwrap(), ..header(REVOCABLE) };
    assert_eq!(trains(&world, &Item::owners(&world, leaf(law))), Reason::Released { release });
    let other = Question { asker: Some(NODES[STRANGER]), ..for_training() };
    assert_eq!(other.ask_in(&world, &at(&world, 5)).because, Reason::Released { release });
    let others = Item::new(&world, STRANGER, 5, Some(leaf(header(REVOCABLE))));
    let release = world.release(REVOCABLE, ReleaseMode::Open, &[(STRANGER, 0, 100)]);
    let release = world.govern(STRANGER, release);
    assert_eq!(trains(&world, &others), Reason::Released { release }, "another collective's");
}

#[test]
fn what_an_irrevocable_licence_would_give_away_waits_until_it_is_over() {
    for variant in OVERLAYS {
        let (mut world, release) = released(IRREVOCABLE);
        let before = world.collectives[OWNER].log.len() as u64 - 1;
        let unknown = Cut([(world.collectives[OWNER].control.id(), before)].into());
        let embargo = world.govern(OWNER, overlay(variant, |e| e.cut = unknown));
        let item = item(&world, IRREVOCABLE);
        assert_eq!(lab_asks(&world, &item), Reason::Withheld { embargo });
        assert_eq!(trains(&world, &item), Reason::Withheld { embargo }, "not just denied");
        assert!(Question::default().finds_covered(&world.views(), &item), "so it is not released now");
        let preferences = for_training().finds_preferences(&world.views(), &item).unwrap();
        assert_eq!(preferences.train, Preference::Deny);
        let lift = Lift { embargo, scope: None, reason: LiftReason::Voted, settlement: None, mandate: None };
        world.govern(OWNER, Content::Lift(lift));
        assert_eq!(trains(&world, &item), Reason::Irrevocable { release });
    }
}

#[test]
fn what_was_given_away_before_it_is_untouched() {
    for variant in OVERLAYS {
        let (mut world, release) = released(IRREVOCABLE);
        let cut = knows(&world);
        world.govern(OWNER, overlay(variant, |e| e.cut = cut));
        let item = item(&world, IRREVOCABLE);
        assert_eq!(trains(&world, &item), Reason::Irrevocable { release });
        let owners = Question { me: NODES[OWNER], ..for_training() };
        assert_eq!(owners.ask_in(&world, &item).because, Reason::Released { release });
        let preferences = for_training().finds_preferences(&world.views(), &item);
        assert_eq!(preferences, Some(Preferences::UNSET));
        assert!(!Question::default().finds_covered(&world.views(), &item));
    }
}

#[test]
fn it_holds_back_no_release_under_a_revocable_licence() {
    let (mut world, _) = released(REVOCABLE);
    world.govern(OWNER, overlay(Variant::EvaluationOnly, |_| ()));
    assert!(!Question::default().finds_covered(&world.views(), &item(&world, REVOCABLE)));
}

#[test]
fn the_derived_inherits_its_ancestors_overlays() {
    let (mut world, release) = released(REVOCABLE);
    let ancestor = Item::new(&world, LAB, 3, Some(leaf(header(REVOCABLE))));
    let ancestors = [ancestor.id].into();
    let derived = Contribution { kind: ContributionKind::Derived, ancestors, ..header(REVOCABLE) };
    let known = Held { id: ancestor.id, manifest: Some(ancestor.manifest), leaf: ancestor.leaf };
    let derived = Item { ancestors: vec![known], ..Item::owners(&world, leaf(derived)) };
    let mirror = Question { asker: Some(NODES[STRANGER]), ..for_training() };
    assert_eq!(mirror.ask_in(&world, &derived).because, Reason::Released { release });
    let embargo = world.govern(LAB, overlay(Variant::PreferenceShift(Condition::Credit), |_| ()));
    assert_eq!(mirror.ask_in(&world, &derived).because, Reason::Overlaid { embargo });
}

#[test]
fn a_steward_lays_over_the_records_that_name_it_and_no_others() {
    let (mut world, release) = released(REVOCABLE);
    let embargo = world.govern(STEWARD, overlay(Variant::EvaluationOnly, |_| ()));
    let stewards = [world.id(STEWARD)].into();
    let named = Item::owners(&world, leaf(Contribution { stewards, ..header(REVOCABLE) }));
    assert_eq!(trains(&world, &named), Reason::Overlaid { embargo });
    assert_eq!(trains(&world, &item(&world, REVOCABLE)), Reason::Released { release });
}

#[test]
fn a_strike_escalates_by_a_second_embargo_and_comes_down_again() {
    let (mut world, release) = released(REVOCABLE);
    let item = item(&world, REVOCABLE);
    let lift = |embargo, scope| {
        Content::Lift(Lift { embargo, scope, reason: LiftReason::Voted, settlement: None, mandate: None })
    };
    let chats = || Some(Scope { kinds: [ContributionKind::Chat].into(), ..Scope::default() });
    let first = world.govern(OWNER, overlay(Variant::EvaluationOnly, |_| ()));
    assert_eq!(
        (trains(&world, &item), lab_asks(&world, &item).rule()),
        (Reason::Overlaid { embargo: first }, 10)
    );
    let second = world.govern(OWNER, embargo(|e| e.demand = "more".to_owned()));
    assert_eq!(trains(&world, &item), Reason::Overlaid { embargo: first }, "rule 6 comes first");
    assert_eq!(lab_asks(&world, &item), Reason::Withheld { embargo: second });
    world.govern(OWNER, lift(second, chats()));
    assert_eq!(
        (trains(&world, &item), lab_asks(&world, &item).rule()),
        (Reason::Overlaid { embargo: first }, 10)
    );
    world.govern(OWNER, lift(first, chats()));
    assert_eq!(trains(&world, &item), Reason::Released { release });
}

/// The owner's view with an embargo that something else has a say in.
fn with_standing(world: &World, change: impl FnOnce(&mut Standing)) -> Views {
    let id = world.collectives[OWNER].next();
    let Content::Embargo(embargo) = overlay(Variant::PreferenceShift(Condition::Pay), |_| ()) else {
        unreachable!("an overlay is an embargo")
    };
    let mut standing = Standing { id, embargo: *embargo, ends: None, lifts: vec![], settled: None };
    change(&mut standing);
    let mut views = world.views();
    views.insert(world.collectives[OWNER].view().with_embargo(&network(), standing));
    views
}

#[test]
fn a_settlement_frees_what_comes_after_it_and_leaves_what_came_during_the_shift() {
    let (world, release) = released(REVOCABLE);
    let embargo = world.collectives[OWNER].next();
    let until = Cut([(world.data(OWNER), 7)].into());
    let views = with_standing(&world, |standing| standing.settled = Some(until));
    let asked = |index| for_training().ask(&views, &at(&world, index)).because;
    assert_eq!((asked(6), asked(7)), (Reason::Overlaid { embargo }, Reason::Released { release }));
    let nowhere = with_standing(&world, |standing| standing.settled = Some(Cut::default()));
    let asked = for_training().ask(&nowhere, &at(&world, 0)).because;
    assert_eq!(asked, Reason::Released { release }, "a feed that is absent counts from 0");
}

#[test]
fn the_end_of_what_it_rests_on_is_its_end() {
    let (world, _) = released(REVOCABLE);
    let views = with_standing(&world, |standing| standing.ends = Some(60));
    let rule = |lease: u64| {
        let mut question = Question { now: 1000, ..for_training() };
        question.leases.0.insert(world.id(OWNER), lease);
        question.ask(&views, &at(&world, 5)).because.rule()
    };
    assert_eq!((rule(60), rule(61)), (6, 10));
}
