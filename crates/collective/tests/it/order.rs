//! I12: any order and duplication of the same records gives the same view hash.

use commonwheel_collective::{ControlLeaf, View, Views};
use commonwheel_record::RecordId;
use proptest::prelude::*;

use crate::plan::{Draft, Places, drafts, free_drafts};
use crate::world::*;

/// Drafts in the order they are appended, each with the feed it goes to.
type Placement = Vec<(usize, usize)>;

/// A collective with two delegated control feeds; the drafts stand in the order and the feeds given.
fn placed(plan: &[Draft], places: &[(usize, usize)]) -> (Coop, Places) {
    let mut coop = Coop::new();
    let feeds = vec![coop.first, coop.open_delegated(101), coop.open_delegated(102)];
    let mut sizes: Vec<u64> = feeds.iter().map(|feed| coop.size(*feed)).collect();
    let mut ids = vec![RecordId { feed: coop.first, index: 0 }; plan.len()];
    for (draft, feed) in places {
        ids[*draft] = RecordId { feed: feeds[*feed], index: sizes[*feed] };
        sizes[*feed] += 1;
    }
    let places_of = Places { drafts: ids, feeds: feeds.clone() };
    for (draft, feed) in places {
        let control = plan[*draft].control(&coop, &places_of);
        coop.append_control(feeds[*feed], control, &plan[*draft].signers);
    }
    (coop, places_of)
}

/// What a view says of each draft, whatever it is called and wherever it stands.
fn by_draft(view: &View, places: &Places) -> Vec<String> {
    let describe = |id: &RecordId| {
        let embargo = view.embargoes().iter().find(|e| e.id == *id).map(|e| (e.is_lifted(), e.lifts.len()));
        let release = view.releases().iter().any(|e| e.id == *id);
        let withdrawal = view.withdrawals().iter().any(|e| e.id == *id);
        let pending = view.pending_withdrawals().iter().any(|e| e.id == *id);
        let grant = view.grants().iter().any(|e| e.id == *id);
        let offer = view.offers().contains_key(id);
        let why = view.ineffective().get(id);
        format!("{embargo:?} {release} {withdrawal} {pending} {grant} {offer} {why:?}")
    };
    places.drafts.iter().map(describe).collect()
}

/// What a view says that names no record.
fn at_large(view: &View) -> String {
    let powers = commonwheel_record::control::Power::ALL;
    let affiliates: Vec<_> = powers.iter().flat_map(|power| view.affiliates_with(*power)).collect();
    let closed = view.closed().is_some();
    format!("{:?} {affiliates:?} {:?} {:?} {closed}", view.charter_chain(), view.nodes(), view.feeds())
}

/// Everything of a view that has effect.
fn whole(view: &View) -> String {
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        at_large(view),
        view.closed(),
        view.control_feeds(),
        view.liveness(),
        view.releases(),
        view.embargoes(),
        view.withdrawals(),
        view.pending_withdrawals(),
        view.offers(),
        view.grants(),
    )
}

/// A plan, and two ways to place it.
fn twice_placed() -> impl Strategy<Value = (Vec<Draft>, Placement, Placement)> {
    free_drafts().prop_flat_map(|plan| {
        let count = plan.len();
        let place = move || {
            let order = Just((0..count).collect::<Vec<usize>>()).prop_shuffle();
            (order, prop::collection::vec(0..3_usize, count))
                .prop_map(|(order, feeds)| order.into_iter().zip(feeds).collect::<Placement>())
        };
        (Just(plan), place(), place())
    })
}

fn deliveries() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(any::<usize>(), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Neither the feed nor the position a record stands at changes what it says.
    #[test]
    fn meaning_does_not_depend_on_where_records_stand((plan, one, other) in twice_placed()) {
        let ((one, at_one), (other, at_other)) = (placed(&plan, &one), placed(&plan, &other));
        let (one, other) = (one.fold(), other.fold());
        prop_assert_eq!(by_draft(&one, &at_one), by_draft(&other, &at_other));
        prop_assert_eq!(at_large(&one), at_large(&other));
    }

    /// A node that got leaves in any order, some twice, ends with the hash of one that got them in order.
    #[test]
    fn arrival_in_any_order_and_twice_gives_the_same_hash(
        (plan, places, _) in twice_placed(),
        extra in deliveries(),
        seed in any::<u64>(),
    ) {
        let (coop, _) = placed(&plan, &places);
        let mut arrivals: Vec<(commonwheel_record::FeedId, usize)> =
            coop.logs.iter().flat_map(|(feed, log)| (0..log.leaves.len()).map(|at| (*feed, at))).collect();
        let again: Vec<_> = extra.iter().map(|n| arrivals[n % arrivals.len()]).collect();
        arrivals.extend(again);
        let mut state = seed | 1;
        arrivals.sort_by_cached_key(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 20
        });
        let mut partial = coop.clone();
        for log in partial.logs.values_mut() {
            log.leaves.fill(ControlLeaf::Missing);
        }
        let mut views = Views::new(network());
        for (feed, at) in arrivals {
            let leaf = coop.logs[&feed].leaves[at].clone();
            partial.logs.get_mut(&feed).unwrap().leaves[at] = leaf;
            views.insert(partial.fold());
        }
        let mut at_once = Views::new(network());
        at_once.insert(coop.fold());
        prop_assert_eq!(views.hash(), at_once.hash());
        prop_assert_eq!(views.get(&coop.id).map(View::hash), Some(coop.fold().hash()));
    }

    /// Views differ in their hash if and only if they differ in effect.
    #[test]
    fn the_hash_tells_apart_what_differs_in_effect(plan in drafts(3), dropped in any::<prop::sample::Index>()) {
        let everywhere: Placement = (0..plan.len()).map(|draft| (draft, draft % 3)).collect();
        let (mut coop, places) = placed(&plan, &everywhere);
        let full = coop.fold();
        let at = places.drafts[dropped.index(plan.len())];
        let index = usize::try_from(at.index).unwrap();
        coop.logs.get_mut(&at.feed).unwrap().leaves[index] = ControlLeaf::Missing;
        let less = coop.fold();
        prop_assert_eq!(whole(&full) == whole(&less), full.hash() == less.hash());
    }
}
