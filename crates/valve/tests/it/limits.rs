//! Rule 8: rate limits, which let through so many records a month.

use commonwheel_record::control::{
    Affiliate, Audience, Content, Embargo, Lift, LiftReason, Party, Power, Range, Reach, Release,
    ReleaseMode, Scope, Variant,
};
use commonwheel_record::terms::Licence;
use commonwheel_record::{Contribution, ContributionKind, Cut, RecordId};
use commonwheel_valve::{Reason, month_start};

use crate::question::{Held, Item, Question};
use crate::world::*;

const LICENCE: &str = "LicenseRef-x";

/// December 2026, counted from January 1970: the month the worlds begin in.
const DECEMBER: u64 = (2026 - 1970) * 12 + 11;

/// Releases positions of a collective's data feed in a collective's control log, witnessed in a month, if any is given.
fn release(world: &mut World, by: usize, (start, end): (u64, u64), month: Option<u64>) -> RecordId {
    let content = world.release(LICENCE, ReleaseMode::Open, &[(OWNER, start, end)]);
    let release = world.govern(by, content);
    world.dates.extend(month.map(|month| (release, month_start(month) + 5)));
    release
}

fn limit(records: u64, change: impl FnOnce(&mut Embargo)) -> Content {
    embargo(|embargo| {
        (embargo.variant, embargo.reach) = (Variant::RateLimit(records), Reach::New);
        change(embargo);
    })
}

/// The owner's record at a position, on a node that holds the headers of the first hundred.
fn at(world: &World, index: u64) -> Item {
    let item = Item::new(world, OWNER, index, Some(leaf(header(LICENCE))));
    let feed = world.data(OWNER);
    let shelf = (0..100).map(|index| (RecordId { feed, index }, leaf(header(LICENCE)))).collect();
    Item { shelf, ..item }
}

fn passes(world: &World, item: &Item, lease: Option<(usize, u64)>) -> bool {
    let mut question = Question::default();
    question.leases.0.extend(lease.map(|(of, time)| (world.id(of), time)));
    match question.ask_in(world, item).because {
        Reason::Released { .. } => true,
        Reason::Withheld { .. } | Reason::Unreleased => false,
        because => panic!("{because:?}"),
    }
}

/// The first so many positions that pass.
fn passing(world: &World, lease: Option<u64>) -> Vec<u64> {
    (0..20).filter(|index| passes(world, &at(world, *index), lease.map(|time| (OWNER, time)))).collect()
}

#[test]
fn so_many_pass_in_the_month_of_the_release_and_the_rest_month_by_month() {
    let mut world = World::public();
    let embargo = world.govern(OWNER, limit(3, |_| ()));
    release(&mut world, OWNER, (0, 20), Some(DECEMBER));
    let denied = Question::default().ask_in(&world, &at(&world, 3)).because;
    assert_eq!(denied, Reason::Withheld { embargo });
    assert_eq!(passing(&world, None), [0, 1, 2]);
    let january = month_start(DECEMBER + 1);
    assert_eq!(passing(&world, Some(january - 1)), [0, 1, 2], "the last second of December");
    assert_eq!(passing(&world, Some(january)), [0, 1, 2, 3, 4, 5], "the first of January");
    assert_eq!(passing(&world, Some(month_start(DECEMBER + 6))).len(), 20, "nothing is dropped");
}

#[test]
fn neither_the_clock_nor_anothers_lease_opens_a_month() {
    let mut world = World::public();
    world.govern(OWNER, limit(3, |_| ()));
    release(&mut world, OWNER, (0, 20), Some(DECEMBER));
    let later = month_start(DECEMBER + 2);
    let item = at(&world, 3);
    assert!(!passes(&world, &item, Some((LAB, later))));
    let question = Question { now: later, ..Question::default() };
    assert_eq!(question.ask_in(&world, &item).because.rule(), 8);
    assert!(passes(&world, &item, Some((OWNER, later))));
}

#[test]
fn a_later_release_opens_the_months_up_to_its_own() {
    let mut world = World::public();
    world.govern(OWNER, limit(3, |_| ()));
    release(&mut world, OWNER, (0, 10), Some(DECEMBER));
    assert_eq!(passing(&world, None).len(), 3);
    release(&mut world, OWNER, (10, 20), Some(DECEMBER + 1));
    assert_eq!(passing(&world, None), [0, 1, 2, 3, 4, 5], "those who wait come first");
    release(&mut world, OWNER, (0, 20), Some(DECEMBER + 1));
    assert_eq!(passing(&world, None), [0, 1, 2, 3, 4, 5], "released again, they keep their place");
}

#[test]
fn releases_of_one_month_share_its_number_whatever_they_say_of_their_date() {
    for second in [DECEMBER, DECEMBER - 1] {
        let mut world = World::public();
        world.govern(OWNER, limit(3, |_| ()));
        release(&mut world, OWNER, (0, 2), Some(DECEMBER));
        release(&mut world, OWNER, (10, 12), Some(second));
        assert_eq!(passing(&world, None), [0, 1, 10]);
    }
}

#[test]
fn what_a_month_did_not_use_is_not_saved_up() {
    let mut world = World::public();
    world.govern(OWNER, limit(3, |_| ()));
    release(&mut world, OWNER, (0, 1), Some(DECEMBER));
    release(&mut world, OWNER, (1, 20), Some(DECEMBER + 2));
    assert_eq!(passing(&world, None), [0, 1, 2, 3]);
}

#[test]
fn only_what_it_covers_is_counted() {
    let mut world = World::public();
    let judgements = Scope { kinds: [ContributionKind::Label].into(), ..Scope::default() };
    world.govern(OWNER, limit(1, |e| (e.scope, e.from_cut) = (judgements, Cut([(world_data(), 2)].into()))));
    release(&mut world, OWNER, (0, 20), Some(DECEMBER));
    let label = || leaf(Contribution { kind: ContributionKind::Label, ..header(LICENCE) });
    let feed = world.data(OWNER);
    let item = |index| {
        let mut item = at(&world, index);
        item.shelf.extend([1, 4, 8].map(|index| (RecordId { feed, index }, label())));
        item.leaf = item.shelf.get(&item.id).cloned();
        item
    };
    let passed: Vec<u64> = (0..10).filter(|index| passes(&world, &item(*index), None)).collect();
    assert_eq!(passed, [0, 1, 2, 3, 4, 5, 6, 7, 9], "1 is old, 4 is the first label, 8 the second");
}

/// The owner's data feed, which is the same in every public world.
fn world_data() -> commonwheel_record::FeedId {
    World::public().data(OWNER)
}

#[test]
fn other_licences_in_the_range_are_not_counted_and_missing_headers_are() {
    let mut world = World::public();
    world.govern(OWNER, limit(1, |_| ()));
    release(&mut world, OWNER, (0, 20), Some(DECEMBER));
    let feed = world.data(OWNER);
    let mut item = at(&world, 2);
    assert!(!passes(&world, &item, None));
    for index in [0, 1] {
        item.shelf.insert(RecordId { feed, index }, leaf(header("LicenseRef-other")));
    }
    assert!(passes(&world, &item, None));
    item.shelf.remove(&RecordId { feed, index: 0 });
    assert!(!passes(&world, &item, None));
}

#[test]
fn what_has_no_slot_is_withheld() {
    let releases = |by: usize, month| {
        let mut world = World::public();
        let to = world.id(AFFILIATE);
        let powers = [Power::Release].into();
        world.govern(OWNER, Content::Affiliate(Affiliate { to, powers, until: None }));
        world.govern(OWNER, limit(5, |_| ()));
        release(&mut world, by, (0, 3), month);
        passing(&world, Some(month_start(DECEMBER + 100)))
    };
    assert_eq!(releases(OWNER, Some(DECEMBER)), [0, 1, 2]);
    assert_eq!(releases(OWNER, None), [3; 0], "without a date");
    assert_eq!(releases(AFFILIATE, Some(DECEMBER)), [3; 0], "in another feed");
    let mut world = World::public();
    world.govern(OWNER, limit(0, |_| ()));
    release(&mut world, OWNER, (0, 3), Some(DECEMBER));
    assert_eq!(passing(&world, Some(u64::MAX)), [3; 0], "a limit of none");
}

#[test]
fn until_a_node_has_counted_nothing_passes() {
    let mut world = World::public();
    world.govern(OWNER, limit(3, |_| ()));
    release(&mut world, OWNER, (0, 3), Some(DECEMBER));
    assert_eq!(Question::default().ask(&world.views(), &at(&world, 0)).because.rule(), 8);
    let mut views = world.views();
    at(&world, 0).queue(&world, &mut views);
    assert_eq!(Question::default().ask(&views, &at(&world, 0)).because.rule(), 10);
    views.insert(world.collectives[OWNER].view());
    assert_eq!(Question::default().ask(&views, &at(&world, 0)).because.rule(), 10, "counted stays counted");
}

#[test]
fn unreleased_leaves_alone_what_a_release_it_knew_opened() {
    let mut world = World::public();
    release(&mut world, OWNER, (0, 5), Some(DECEMBER));
    let size = world.collectives[OWNER].log.len() as u64;
    let cut = Cut([(world.collectives[OWNER].control.id(), size)].into());
    world.govern(OWNER, limit(2, |e| (e.reach, e.cut) = (Reach::Unreleased, cut)));
    release(&mut world, OWNER, (0, 20), Some(DECEMBER));
    assert_eq!(passing(&world, None), [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn it_refuses_those_it_names_and_holds_no_release_back() {
    let mut world = World::public();
    let stranger = Party::Collective(world.id(STRANGER));
    world.govern(OWNER, limit(0, |e| e.audience = Audience::Only([stranger].into())));
    release(&mut world, OWNER, (0, 5), Some(DECEMBER));
    assert!(passes(&world, &at(&world, 0), None), "the lab is not named");
    let asked = Question::by(NODES[STRANGER]).ask_in(&world, &at(&world, 0));
    assert_eq!(asked.because.rule(), 8);
    assert!(!Question::default().finds_covered(&world.views(), &at(&world, 0)));
}

#[test]
fn a_lift_of_a_part_frees_it_and_its_place() {
    let mut world = World::public();
    let embargo = world.govern(OWNER, limit(1, |_| ()));
    release(&mut world, OWNER, (0, 5), Some(DECEMBER));
    let feed = world.data(OWNER);
    let law = Contribution { domain: "law".parse().unwrap(), ..header(LICENCE) };
    let with_law = |world: &World, index| {
        let mut item = at(world, index);
        item.shelf.insert(RecordId { feed, index: 0 }, leaf(law.clone()));
        item.leaf = item.shelf.get(&item.id).cloned();
        item
    };
    let passed = |world: &World| -> Vec<u64> {
        (0..5).filter(|index| passes(world, &with_law(world, *index), None)).collect()
    };
    assert_eq!(passed(&world), [0]);
    let scope = Some(Scope { domains: ["law".parse().unwrap()].into(), ..Scope::default() });
    let lift = Lift { embargo, scope, reason: LiftReason::Voted, settlement: None, mandate: None };
    world.govern(OWNER, Content::Lift(lift));
    assert_eq!(passed(&world), [0, 1]);
}

#[test]
fn a_steward_counts_in_its_own_release_feed() {
    let mut world = World::public();
    let (to, powers) = (world.id(STEWARD), [Power::Release].into());
    world.govern(OWNER, Content::Affiliate(Affiliate { to, powers, until: None }));
    let embargo = world.govern(STEWARD, limit(1, |_| ()));
    release(&mut world, STEWARD, (0, 5), Some(DECEMBER));
    let stewards = [world.id(STEWARD)].into();
    let named = leaf(Contribution { stewards, ..header(LICENCE) });
    let ask = |index, leaf: &commonwheel_record::Leaf| {
        let item = Item { leaf: Some(leaf.clone()), ..at(&world, index) };
        Question::default().ask_in(&world, &item).because
    };
    assert_eq!(ask(0, &named).rule(), 10);
    assert_eq!(ask(1, &named), Reason::Withheld { embargo });
    assert_eq!(ask(1, &leaf(header(LICENCE))).rule(), 10, "it names no steward");
}

#[test]
fn the_derived_waits_for_its_ancestors() {
    let mut world = World::public();
    world.govern(OWNER, limit(1, |e| e.from_cut = Cut::default()));
    release(&mut world, OWNER, (0, 2), Some(DECEMBER));
    let range = Range { feed: world.data(STRANGER), start: 0, end: 9 };
    world.govern(
        STRANGER,
        Content::Release(Release {
            licence: Licence::parse(LICENCE).unwrap(),
            mode: ReleaseMode::Open,
            ranges: vec![range],
            dated_by: None,
        }),
    );
    let derived = |index| {
        let ancestor = at(&world, index);
        let ancestors = [ancestor.id].into();
        let header = Contribution { kind: ContributionKind::Derived, ancestors, ..header(LICENCE) };
        let known = Held { id: ancestor.id, manifest: Some(ancestor.manifest), leaf: ancestor.leaf };
        Item {
            ancestors: vec![known],
            shelf: ancestor.shelf,
            ..Item::new(&world, STRANGER, 0, Some(leaf(header)))
        }
    };
    assert!(passes(&world, &derived(0), None));
    assert!(!passes(&world, &derived(1), None));
    let mut blind = derived(0);
    blind.ancestors[0].leaf = None;
    assert!(!passes(&world, &blind, None), "nobody here can tell whether the release opened it");
}
