//! A plan says what the embargo then does: the same counts before it is declared and after, in random worlds.

use std::cell::RefCell;
use std::collections::BTreeSet;

use commonwheel_collective::{Audience, Standing, Views};
use commonwheel_record::control::{
    Audience as Refused, Content, Embargo, Party, Reach, Rung, Scope, Variant,
};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Cut, Leaf, RecordId, Tier};
use commonwheel_valve::Leases;
use commonwheel_valve::plan::{Counts, Plan, Planner, Share};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestRunner;

use crate::draft::{Setting, drafts, settings, written};
use crate::drawn::{Drawn, items};
use crate::question::{Item, Question, with_record};
use crate::world::*;

/// The random scenarios asked for.
const SCENARIOS: u32 = 200;

/// Records in each of them.
const RECORDS: usize = 24;

/// The nodes that a plan is made for.
const ASKERS: [u8; 6] = [NODES[0], NODES[1], NODES[2], NODES[3], NODES[4], ANONYMOUS];

/// An embargo whose parties and cuts are written once the world is.
#[derive(Clone, Debug)]
struct Strike {
    by: usize,
    embargo: Embargo,
    refused: (u8, Vec<usize>),
    data: Vec<u64>,
    control: Vec<u64>,
    now: u64,
    leases: Vec<(usize, u64)>,
}

fn scopes() -> impl Strategy<Value = Scope> {
    let domains = subsequence(vec!["health".parse().unwrap(), "law".parse().unwrap()], 0..=1);
    let tiers = subsequence(vec![Tier::Public, Tier::Gated], 0..=1);
    (domains, tiers).prop_map(|(domains, tiers)| Scope {
        domains: domains.into_iter().collect(),
        tiers: tiers.into_iter().collect(),
        ..Scope::default()
    })
}

fn embargoes() -> impl Strategy<Value = Embargo> {
    let withholding = (select(vec![Variant::Pause, Variant::QualityFreeze]), select(Reach::ALL.to_vec()));
    let overlay = (Just(Variant::EvaluationOnly), Just(Reach::New));
    let limit = (0..3_u64).prop_map(Variant::RateLimit);
    let limited = (limit, select(vec![Reach::New, Reach::Unreleased]));
    let what = prop_oneof![4 => withholding, 1 => overlay, 1 => limited];
    let rung = prop_oneof![2 => Just(Rung::Header), 1 => Just(Rung::Commitment)];
    let starts = prop_oneof![2 => Just(0), 1 => 10..30_u64];
    let ends = prop_oneof![3 => Just(None), 1 => (30..40_u64).prop_map(Some)];
    (what, scopes(), rung, starts, ends).prop_map(|((variant, reach), scope, rung, starts, ends)| Embargo {
        variant,
        reach,
        scope,
        rung,
        starts,
        ends,
        ..pause()
    })
}

fn strikes() -> impl Strategy<Value = Strike> {
    let by = prop_oneof![6 => Just(OWNER), 3 => Just(STEWARD), 3 => Just(AFFILIATE), 1 => Just(STRANGER)];
    let refused = (0..3_u8, vec(0..COLLECTIVES, 0..3));
    let sizes =
        || prop_oneof![Just(vec![0; COLLECTIVES]), Just(vec![100; COLLECTIVES]), vec(0..6_u64, COLLECTIVES)];
    let leases = vec((0..COLLECTIVES, 0..40_u64), 0..3);
    (by, embargoes(), refused, sizes(), sizes(), 0..40_u64, leases).prop_map(
        |(by, embargo, refused, data, control, now, leases)| Strike {
            by,
            embargo,
            refused,
            data,
            control,
            now,
            leases,
        },
    )
}

impl Strike {
    fn embargo(&self, world: &World) -> Embargo {
        let sized = |sizes: &[u64], feed: &dyn Fn(usize) -> commonwheel_record::FeedId| {
            let named = sizes.iter().enumerate().filter(|(_, size)| **size > 0);
            Cut(named.map(|(of, size)| (feed(of), *size)).collect())
        };
        let parties = self.refused.1.iter().map(|of| Party::Collective(world.id(*of))).collect();
        Embargo {
            from_cut: sized(&self.data, &|of| world.data(of)),
            cut: sized(&self.control, &|of| world.collectives[of].control.id()),
            audience: match self.refused.0 {
                0 => Refused::Everyone,
                1 => Refused::Only(parties),
                _ => Refused::Except(parties),
            },
            ..self.embargo.clone()
        }
    }

    fn leases(&self, world: &World) -> Leases {
        Leases(self.leases.iter().map(|(of, time)| (world.id(*of), *time)).collect())
    }

    fn planner(&self, world: &World, views: (Views, Views), standing: Standing) -> Planner {
        let audiences: Vec<Audience> = ASKERS.iter().map(|node| views.0.audience(&key(*node))).collect();
        Planner::new(views, self.leases(world), world.id(self.by), standing, &audiences, self.now)
    }
}

/// A plan, and the shares of whom nobody knows and of each asker.
fn counted(planner: &Planner, items: &[Item]) -> (Plan, Vec<Share>) {
    let mut plan = planner.begin();
    for item in items {
        with_record(item, &mut |record| planner.count(&mut plan, record));
    }
    let unknown = [planner.share_of_unknown(&plan)];
    let shares = unknown.into_iter().chain(planner.shares(&plan)).collect();
    (plan, shares)
}

/// The views with one of them replaced.
fn replaced(views: &Views, view: commonwheel_collective::View) -> Views {
    let mut views = views.clone();
    views.insert(view);
    views
}

/// What a plan says before anything is declared.
fn planned(strike: &Strike, world: &World, held: &[usize], items: &[Item]) -> (Plan, Vec<Share>) {
    let views = world.views_of(held);
    let embargo = strike.embargo(world);
    let id = world.collectives[strike.by].next();
    let standing = Standing { id, ends: embargo.ends, embargo, lifts: Vec::new(), settled: None };
    let view = views.get(&world.id(strike.by)).unwrap().with_embargo(&network(), standing.clone());
    let with = replaced(&views, view);
    counted(&strike.planner(world, (views, with), standing), items)
}

/// What is counted once the embargo is in the log and folded.
fn happened(
    strike: &Strike,
    world: &World,
    held: &[usize],
    items: &[Item],
    id: RecordId,
) -> (Plan, Vec<Share>) {
    let views = world.views_of(held);
    let view = views.get(&world.id(strike.by)).unwrap();
    let standing = view.embargoes().iter().find(|standing| standing.id == id).unwrap().clone();
    let without = replaced(&views, view.without_embargo(&network(), &id));
    counted(&strike.planner(world, (without, views), standing), items)
}

/// What is counted where records that the embargo is not about are left out.
fn total_of_covered(strike: &Strike, world: &World, held: &[usize], items: &[Item], id: RecordId) -> Counts {
    let views = world.views_of(held);
    let view = views.get(&world.id(strike.by)).unwrap();
    let standing = view.embargoes().iter().find(|standing| standing.id == id).unwrap().clone();
    let without = replaced(&views, view.without_embargo(&network(), &id));
    counted(&strike.planner(world, (without, views), standing).only_covered(), items).0.total
}

/// The same figures from nothing but answers: what each node may have of all records before, and after.
fn answered(
    strike: &Strike,
    world: &World,
    views: (&Views, &Views),
    items: &[Item],
) -> (Vec<Share>, u64, u64) {
    let purpose = match strike.embargo.variant {
        Variant::EvaluationOnly => Purpose::Train,
        _ => Purpose::Replicate,
    };
    let now = strike.now.max(strike.embargo.starts);
    let mut shares = vec![Share::default(); ASKERS.len() + 1];
    let (mut lost, mut headers) = (0, 0);
    for item in items.iter().filter(|item| is_counted(item)) {
        let (mut item_lost, mut header_lost) = (false, false);
        for (asker, share) in [0xff].iter().chain(&ASKERS).zip(&mut shares) {
            let question =
                Question { me: 0xff, purpose, now, leases: strike.leases(world), ..Question::by(*asker) };
            let (before, after) = (question.ask(views.0, item), question.ask(views.1, item));
            let gone = before.serves(Rung::Body) && !after.serves(Rung::Body);
            share.may_have += u64::from(before.serves(Rung::Body));
            share.refused += u64::from(gone);
            item_lost |= gone;
            header_lost |= before.serves(Rung::Header) && !after.serves(Rung::Header);
        }
        lost += u64::from(item_lost);
        headers += u64::from(header_lost);
    }
    (shares, lost, headers)
}

/// Whether every way to divide the counts adds up to the same.
fn adds_up(plan: &Plan) -> bool {
    let sum =
        |counts: &mut dyn Iterator<Item = &Counts>| counts.fold(Counts::default(), |sum, one| sum.and(one));
    let with_unknown = |known: Counts| known.and(&plan.unknown) == plan.total;
    with_unknown(sum(&mut plan.classes.values()))
        && with_unknown(sum(&mut plan.languages.values()))
        && with_unknown(sum(&mut plan.domains.values()))
        && with_unknown(sum(&mut plan.kinds.values()))
        && sum(&mut plan.collectives.values()) == plan.total
}

/// Records of the owner's feed, and some of another collective's.
fn placed(world: &World, drawn: &[(Drawn, bool)]) -> Vec<Item> {
    let place = |(drawn, moved): &(Drawn, bool)| {
        let item = drawn.item(world);
        let elsewhere = || Item::new(world, AFFILIATE, item.id.index, item.leaf.clone());
        if *moved { Item { ancestors: item.ancestors.clone(), ..elsewhere() } } else { item }
    };
    drawn.iter().map(place).collect()
}

const fn is_counted(item: &Item) -> bool {
    matches!(item.leaf, Some(Leaf::Contribution(..)) | None)
}

#[derive(Debug, Default)]
struct Met {
    withheld: u32,
    queued: u32,
    irrevocable: u32,
    already: u32,
    open: u32,
    others: u32,
    headers: u32,
}

impl Met {
    fn note(&mut self, plan: &Plan, owner: &commonwheel_record::CollectiveId, by: usize) {
        let some = |count: u64| u32::from(count > 0);
        self.withheld += some(plan.total.withheld);
        self.queued += some(plan.total.queued);
        self.irrevocable += some(plan.total.irrevocable);
        self.already += some(plan.total.already);
        self.open += some(plan.total.open);
        self.headers += some(plan.total.headers);
        let of_owner = plan.collectives.get(owner).map_or(0, |counts| counts.withheld);
        self.others += u32::from(by != OWNER && of_owner > 0);
    }
}

#[test]
fn what_is_planned_is_what_happens() {
    let mut runner = TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(SCENARIOS)
    });
    let met = RefCell::new(Met::default());
    let scenarios = (settings(), drafts(), vec((items(), prop::bool::weighted(0.2)), RECORDS), strikes());
    let agree = runner.run(
        &scenarios,
        |(setting, drafts, drawn, strike): (Setting, _, Vec<(Drawn, bool)>, Strike)| {
            let held: Vec<usize> = setting
                .held
                .iter()
                .copied()
                .chain([strike.by])
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            let mut world = written(&setting, &drafts);
            let items = placed(&world, &drawn);
            let before = world.views_of(&held);
            let (plan, planned_shares) = planned(&strike, &world, &held, &items);
            let embargo = strike.embargo(&world);
            let id = world.govern(strike.by, Content::Embargo(Box::new(embargo)));
            let after = world.views_of(&held);
            let (happened, happened_shares) = happened(&strike, &world, &held, &items, id);
            prop_assert_eq!(&plan, &happened);
            prop_assert_eq!(plan.total, total_of_covered(&strike, &world, &held, &items, id));
            prop_assert_eq!(&planned_shares, &happened_shares);
            let (shares, lost, headers) = answered(&strike, &world, (&before, &after), &items);
            prop_assert_eq!(&planned_shares, &shares);
            prop_assert_eq!(plan.total.headers, headers);
            match strike.embargo.variant {
                Variant::Pause | Variant::QualityFreeze => prop_assert_eq!(lost, plan.total.withheld),
                _ => prop_assert!(
                    (plan.total.withheld..=plan.total.withheld + plan.total.queued).contains(&lost),
                    "{} lost, {:?}",
                    lost,
                    plan.total
                ),
            }
            prop_assert!(adds_up(&plan), "{:?}", plan);
            met.borrow_mut().note(&plan, &world.id(OWNER), strike.by);
            Ok(())
        },
    );
    agree.unwrap_or_else(|error| panic!("{error}"));
    let met = met.into_inner();
    println!("scenarios with something of each: {met:?}");
    let Met { withheld, queued, irrevocable, already, open, others, headers } = met;
    for count in [withheld, queued, irrevocable, already, open, others, headers] {
        assert!(count >= 1, "{met:?}");
    }
}
