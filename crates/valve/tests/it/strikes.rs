//! Rules 7 and 8: embargoes, whom they cover, and what came too late to be withheld.

use commonwheel_record::control::{
    Affiliate, Audience, Content, Embargo, Grant, Lift, LiftReason, Party, Power, Reach, ReleaseMode,
    Revocation, Revoked, Rung, Scope, Subject, Variant,
};
use commonwheel_record::{Contribution, ContributionKind, Cut, Hash, RecordId, Tier};
use commonwheel_valve::{Decision, Reason, Refusal};

use crate::question::{Held, Item, Question, lab_asks};
use crate::world::*;

const REVOCABLE: &str = "LicenseRef-x";
const IRREVOCABLE: &str = "CC-BY-4.0";

/// A world in which the owner has released both licences openly.
fn open_world() -> (World, RecordId, RecordId) {
    let mut world = World::public();
    let [one, two] = [REVOCABLE, IRREVOCABLE].map(|licence| {
        let release = world.release(licence, ReleaseMode::Open, &[(OWNER, 0, 100)]);
        world.govern(OWNER, release)
    });
    (world, one, two)
}

fn knows(world: &World, collective: usize) -> Cut {
    let control = &world.collectives[collective];
    Cut([(control.control.id(), control.log.len() as u64)].into())
}

fn item(world: &World, licence: &str) -> Item {
    Item::owners(world, leaf(header(licence)))
}

#[test]
fn rule_8_an_embargo_withholds_bodies_and_leaves_headers() {
    let (mut world, ..) = open_world();
    let embargo = world.govern(OWNER, embargo(|_| ()));
    let decision = Question::default().ask(&world.views(), &item(&world, REVOCABLE));
    assert_eq!(decision, Decision { rung: Some(Rung::Header), because: Reason::Withheld { embargo } });
    assert!(decision.serves(Rung::Header) && !decision.serves(Rung::Body));
    assert_eq!(decision.because.refusal(), Some(Refusal::Withheld(embargo)));
}

#[test]
fn rule_7_an_irrevocable_licence_flows_on_except_from_the_owners_node() {
    let (mut world, _, release) = open_world();
    let cut = knows(&world, OWNER);
    let embargo = world.govern(OWNER, embargo(|e| e.cut = cut));
    let item = item(&world, IRREVOCABLE);
    assert_eq!(lab_asks(&world, &item), Reason::Irrevocable { release });
    let owners = Question { me: NODES[OWNER], ..Question::default() };
    assert_eq!(owners.ask(&world.views(), &item).because, Reason::Withheld { embargo });
}

#[test]
fn rule_7_a_release_after_the_embargo_is_no_release_before_it() {
    let mut world = World::public();
    let cut = knows(&world, OWNER);
    let embargo = world.govern(OWNER, embargo(|e| e.cut = cut));
    let release = world.release(IRREVOCABLE, ReleaseMode::Open, &[(OWNER, 0, 100)]);
    world.govern(OWNER, release);
    assert_eq!(lab_asks(&world, &item(&world, IRREVOCABLE)), Reason::Withheld { embargo });
}

#[test]
fn rule_7_every_covering_embargo_must_have_come_too_late() {
    let (mut world, _, release) = open_world();
    let late = knows(&world, OWNER);
    world.govern(OWNER, embargo(|e| e.cut = late));
    assert_eq!(lab_asks(&world, &item(&world, IRREVOCABLE)), Reason::Irrevocable { release });
    world.govern(OWNER, embargo(|e| e.demand = "knew nothing".to_owned()));
    assert_eq!(lab_asks(&world, &item(&world, IRREVOCABLE)).rule(), 8);
}

#[test]
fn rule_7_a_gated_release_gives_nothing_away() {
    let mut world = World::public();
    let offer = world.govern(OWNER, offer(&[]));
    let grant = Grant { offer, to: Party::Collective(world.id(LAB)), expires: None };
    world.govern(OWNER, Content::Grant(grant));
    let release = world.release(IRREVOCABLE, ReleaseMode::Gated(offer), &[(OWNER, 0, 100)]);
    world.govern(OWNER, release);
    assert_eq!(lab_asks(&world, &item(&world, IRREVOCABLE)).rule(), 10);
    let cut = knows(&world, OWNER);
    world.govern(OWNER, embargo(|e| e.cut = cut));
    assert_eq!(lab_asks(&world, &item(&world, IRREVOCABLE)).rule(), 8);
}

#[test]
fn a_lift_reopens_and_a_partial_one_in_part() {
    let lift = |embargo, scope| {
        Content::Lift(Lift { embargo, scope, reason: LiftReason::Settled, settlement: None, mandate: None })
    };
    let (mut world, release, _) = open_world();
    let embargo = world.govern(OWNER, embargo(|_| ()));
    let chats = Scope { kinds: [ContributionKind::Chat].into(), ..Scope::default() };
    world.govern(OWNER, lift(embargo, Some(chats)));
    let label = leaf(Contribution { kind: ContributionKind::Label, ..header(REVOCABLE) });
    let label = Item::owners(&world, label);
    assert_eq!(lab_asks(&world, &item(&world, REVOCABLE)), Reason::Released { release });
    assert_eq!(lab_asks(&world, &label), Reason::Withheld { embargo });
    world.govern(OWNER, lift(embargo, None));
    assert_eq!(lab_asks(&world, &label), Reason::Released { release });
}

#[test]
fn each_dimension_of_a_scope_counts_and_an_empty_one_means_any() {
    let scopes = [
        (Scope::default(), true),
        (Scope { kinds: [ContributionKind::Chat].into(), ..Scope::default() }, true),
        (Scope { kinds: [ContributionKind::Label].into(), ..Scope::default() }, false),
        (Scope { languages: ["fr".parse().unwrap()].into(), ..Scope::default() }, false),
        (Scope { domains: ["law".parse().unwrap()].into(), ..Scope::default() }, false),
        (Scope { tags: ["x".parse().unwrap()].into(), ..Scope::default() }, false),
        (Scope { tiers: [Tier::Gated].into(), ..Scope::default() }, false),
        (Scope { tiers: [Tier::Public, Tier::Gated].into(), ..Scope::default() }, true),
    ];
    for (scope, covered) in scopes {
        let (mut world, ..) = open_world();
        world.govern(OWNER, embargo(|e| e.scope = scope.clone()));
        let rule = lab_asks(&world, &item(&world, REVOCABLE)).rule();
        assert_eq!(rule == 8, covered, "{scope:?}");
    }
}

#[test]
fn reach_is_judged_by_cuts() {
    let rule = |change: &dyn Fn(&World, &mut Embargo)| {
        let (mut world, ..) = open_world();
        let strike = {
            let world = &world;
            embargo(|e| change(world, e))
        };
        world.govern(OWNER, strike);
        lab_asks(&world, &item(&world, REVOCABLE)).rule()
    };
    let from = |size| {
        move |world: &World, e: &mut Embargo| {
            e.reach = Reach::New;
            e.from_cut = Cut([(world.data(OWNER), size)].into());
        }
    };
    assert_eq!(rule(&from(6)), 10, "position 5 lies inside");
    assert_eq!(rule(&from(5)), 8, "position 5 is new");
    assert_eq!(rule(&|_, e| e.reach = Reach::New), 8, "a feed that is absent counts from 0");
    assert_eq!(rule(&|_, e| e.reach = Reach::Unreleased), 8, "it knew of no release");
    let knew = |world: &World, e: &mut Embargo| {
        (e.reach, e.cut) = (Reach::Unreleased, knows(world, OWNER));
    };
    assert_eq!(rule(&knew), 10, "the release stood before it");
}

#[test]
fn the_commitment_rung_is_for_new_positions_only() {
    let left = |size, licence| {
        let (mut world, ..) = open_world();
        let from_cut = Cut([(world.data(OWNER), size)].into());
        world.govern(OWNER, embargo(|e| (e.rung, e.from_cut) = (Rung::Commitment, from_cut)));
        let decision = Question::default().ask(&world.views(), &item(&world, licence));
        (decision.rung, decision.because.rule())
    };
    assert_eq!(left(6, REVOCABLE), (Some(Rung::Header), 8), "its header was public before");
    assert_eq!(left(5, REVOCABLE), (Some(Rung::Commitment), 8));
    // Rule 6 comes first, and its header is no more than the embargo leaves open.
    assert_eq!(left(5, "LicenseRef-unreleased"), (Some(Rung::Commitment), 6));
}

#[test]
fn a_header_kept_back_by_an_embargo_is_withheld_and_not_just_absent() {
    let (mut world, ..) = open_world();
    let missing = Item { leaf: None, ..item(&world, REVOCABLE) };
    assert_eq!(lab_asks(&world, &missing), Reason::HeaderMissing);
    let elsewhere = Scope { domains: ["law".parse().unwrap()].into(), ..Scope::default() };
    let embargo = world.govern(OWNER, embargo(|e| (e.rung, e.scope) = (Rung::Commitment, elsewhere)));
    assert_eq!(lab_asks(&world, &missing), Reason::Withheld { embargo }, "a missing header is in scope");
}

#[test]
fn of_several_embargoes_the_one_that_leaves_least_is_named() {
    let (mut world, ..) = open_world();
    let first = world.govern(OWNER, embargo(|_| ()));
    assert_eq!(lab_asks(&world, &item(&world, REVOCABLE)), Reason::Withheld { embargo: first });
    let second = world.govern(OWNER, embargo(|e| e.rung = Rung::Commitment));
    let decision = Question::default().ask(&world.views(), &item(&world, REVOCABLE));
    let because = Reason::Withheld { embargo: second };
    assert_eq!(decision, Decision { rung: Some(Rung::Commitment), because });
}

#[test]
fn starts_pass_by_the_clock_or_a_lease_and_ends_by_a_lease_alone() {
    let rule = |starts, ends, now, lease: Option<(usize, u64)>| {
        let (mut world, ..) = open_world();
        world.govern(OWNER, embargo(|e| (e.starts, e.ends) = (starts, ends)));
        let mut question = Question { now, ..Question::default() };
        question.leases.0.extend(lease.map(|(of, time)| (world.id(of), time)));
        question.ask(&world.views(), &item(&world, REVOCABLE)).because.rule()
    };
    assert_eq!(rule(50, None, 49, None), 10, "not begun");
    assert_eq!(rule(50, None, 50, None), 8, "begun by the clock");
    assert_eq!(rule(50, None, 0, Some((OWNER, 50))), 8, "begun by a lease");
    assert_eq!(rule(50, None, 0, Some((LAB, 50))), 10, "not by another's lease");
    assert_eq!(rule(0, Some(60), 1000, None), 8, "the clock ends nothing");
    assert_eq!(rule(0, Some(60), 1000, Some((OWNER, 60))), 8, "nor a lease of that very second");
    assert_eq!(rule(0, Some(60), 0, Some((OWNER, 61))), 10, "a lease dated after it does");
    assert_eq!(rule(0, Some(60), 1000, Some((LAB, 99))), 8, "not another's");
}

#[test]
fn whom_an_embargo_refuses() {
    let lab = Party::Collective(World::public().id(LAB));
    let refused = |audience: Audience, node| {
        let (mut world, ..) = open_world();
        world.govern(OWNER, embargo(|e| e.audience = audience.clone()));
        Question::by(node).ask(&world.views(), &item(&world, REVOCABLE)).because.rule() == 8
    };
    let only = |parties: &[Party]| Audience::Only(parties.iter().copied().collect());
    let except = |parties: &[Party]| Audience::Except(parties.iter().copied().collect());
    assert!(refused(Audience::Everyone, NODES[STRANGER]));
    assert!(refused(only(&[lab]), NODES[LAB]));
    assert!(!refused(only(&[lab]), NODES[STRANGER]));
    assert!(refused(only(&[lab]), ANONYMOUS), "the anonymous count as targeted");
    assert!(!refused(except(&[lab]), NODES[LAB]));
    assert!(refused(except(&[lab]), NODES[STRANGER]));
    assert!(refused(except(&[lab]), ANONYMOUS));
    assert!(!refused(except(&[Party::Node(key(ANONYMOUS))]), ANONYMOUS), "its key is named");
}

#[test]
fn a_node_the_strikers_granted_something_is_not_anonymous_to_them() {
    for (by, expires, refused) in [(OWNER, None, false), (STRANGER, None, true), (OWNER, Some(1000), true)] {
        let (mut world, ..) = open_world();
        let lab = Party::Collective(world.id(LAB));
        world.govern(OWNER, embargo(|e| e.audience = Audience::Only([lab].into())));
        let offer = world.govern(by, offer(&[]));
        world.govern(by, Content::Grant(Grant { offer, to: Party::Node(key(ANONYMOUS)), expires }));
        let because = Question::by(ANONYMOUS).ask(&world.views(), &item(&world, REVOCABLE)).because;
        assert_eq!(because.rule() == 8, refused, "{by} {expires:?}");
    }
}

#[test]
fn stewards_and_affiliates_with_the_power_strike_and_nobody_else() {
    let rule = |by: usize, named: bool, power: Option<(Power, Option<u64>)>, lease: Option<u64>| {
        let (mut world, ..) = open_world();
        world.govern(by, embargo(|_| ()));
        let to = world.id(AFFILIATE);
        if let Some((power, until)) = power {
            world.govern(OWNER, Content::Affiliate(Affiliate { to, powers: [power].into(), until }));
        }
        let stewards = named.then(|| world.id(by)).into_iter().collect();
        let item = Item::owners(&world, leaf(Contribution { stewards, ..header(REVOCABLE) }));
        let mut question = Question::default();
        question.leases.0.extend(lease.map(|time| (world.id(OWNER), time)));
        question.ask(&world.views(), &item).because.rule()
    };
    assert_eq!(rule(STEWARD, true, None, None), 8, "named, and listed by the owner");
    assert_eq!(rule(STEWARD, false, None, None), 10, "listed, but not by this record");
    assert_eq!(rule(STRANGER, true, None, None), 10, "named, but not listed by the owner");
    assert_eq!(rule(AFFILIATE, false, None, None), 10);
    assert_eq!(rule(AFFILIATE, false, Some((Power::Embargo, None)), None), 8);
    assert_eq!(rule(AFFILIATE, false, Some((Power::Release, None)), None), 10);
    assert_eq!(rule(AFFILIATE, false, Some((Power::Embargo, Some(10))), None), 8, "no clock ends the power");
    assert_eq!(rule(AFFILIATE, false, Some((Power::Embargo, Some(10))), Some(10)), 8);
    assert_eq!(
        rule(AFFILIATE, false, Some((Power::Embargo, Some(10))), Some(11)),
        10,
        "the owner's lease does"
    );
}

#[test]
fn an_ancestors_embargo_and_withdrawal_hold_for_the_derived() {
    let (mut world, release, _) = open_world();
    let ancestor = Item::new(&world, LAB, 3, Some(leaf(header(REVOCABLE))));
    let derived = Contribution {
        kind: ContributionKind::Derived,
        ancestors: [ancestor.id].into(),
        ..header(REVOCABLE)
    };
    let known = Held { id: ancestor.id, manifest: Some(ancestor.manifest), leaf: ancestor.leaf };
    let derived = Item { ancestors: vec![known.clone()], ..Item::owners(&world, leaf(derived)) };
    assert_eq!(lab_asks(&world, &derived), Reason::Released { release });

    let law = Scope { domains: ["law".parse().unwrap()].into(), ..Scope::default() };
    let embargo = world.govern(LAB, embargo(|e| e.scope = law));
    let mirror = Question::by(NODES[STRANGER]);
    assert_eq!(mirror.ask(&world.views(), &derived).because, Reason::Released { release }, "out of scope");
    let blind = Held { leaf: None, ..known.clone() };
    let blind = Item { ancestors: vec![blind], ..derived.clone() };
    assert_eq!(
        mirror.ask(&world.views(), &blind).because,
        Reason::Withheld { embargo },
        "its header is missing"
    );
    let unlisted = Item { ancestors: vec![], ..derived.clone() };
    assert_eq!(mirror.ask(&world.views(), &unlisted).because, Reason::Withheld { embargo });

    let ranges = vec![commonwheel_record::control::Range { feed: known.id.feed, start: 3, end: 4 }];
    let (class, rung) = (commonwheel_record::control::WithdrawalClass::Preference, Rung::Header);
    let withdrawal =
        commonwheel_record::control::Withdrawal { ranges, class, rung, cut: Cut::default(), member: None };
    let withdrawal = world.govern(LAB, Content::Withdrawal(withdrawal));
    assert_eq!(mirror.ask(&world.views(), &derived).because, Reason::Erased { withdrawal, class });
}

#[test]
fn an_ancestor_of_unknown_manifest_is_as_good_as_owned_by_whoever_delegates_its_feed() {
    let (mut world, release, _) = open_world();
    let feed = world.data(LAB);
    let derived = |index| {
        let ancestors = [RecordId { feed, index }].into();
        let header = Contribution { kind: ContributionKind::Derived, ancestors, ..header(REVOCABLE) };
        Item::owners(&world, leaf(header))
    };
    let (inside, beyond) = (derived(3), derived(4));
    world.collectives[STRANGER].delegate(Subject::Feed(feed));
    world.collectives[STRANGER].append(
        Content::Revocation(Revocation { revoked: Revoked::Feed { feed, size: 4, root: Hash([0; 32]) } }),
        ROOT,
    );
    let embargo = world.govern(STRANGER, embargo(|_| ()));
    assert_eq!(lab_asks(&world, &inside), Reason::Withheld { embargo });
    assert_eq!(lab_asks(&world, &beyond), Reason::Released { release }, "revoked before it");
    let known = Held {
        id: RecordId { feed, index: 3 },
        manifest: Some(world.collectives[LAB].data.clone()),
        leaf: None,
    };
    let inside = Item { ancestors: vec![known], ..inside };
    assert_eq!(lab_asks(&world, &inside), Reason::Released { release }, "the manifest names another owner");
}

#[test]
fn a_quality_freeze_holds_back_judgements_and_lets_plain_chats_pass() {
    let (mut world, release, _) = open_world();
    let embargo = world.govern(OWNER, embargo(|e| e.variant = Variant::QualityFreeze));
    let asked = |change: &dyn Fn(&mut Contribution)| {
        let mut header = header(REVOCABLE);
        change(&mut header);
        lab_asks(&world, &Item::owners(&world, leaf(header)))
    };
    assert_eq!(asked(&|_| ()), Reason::Released { release });
    assert_eq!(asked(&|header| header.labelled = true), Reason::Withheld { embargo });
    for kind in [ContributionKind::Label, ContributionKind::Correction, ContributionKind::PreferencePair] {
        assert_eq!(asked(&|header| header.kind = kind), Reason::Withheld { embargo }, "{kind:?}");
    }
}
