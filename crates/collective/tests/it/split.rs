//! I12 for ballots: neither the order of arrival, nor copies, nor which control feed carries a record matters.

use commonwheel_collective::{ControlLeaf, View};
use commonwheel_record::control::{Cast, Choice, Rules};
use commonwheel_record::{FeedId, Hash, RecordId};
use proptest::prelude::*;

use crate::town::*;

const FEEDS: usize = 5;
const MEMBERS: u16 = 6;

/// What one record of the plan says.
#[derive(Clone, Copy, Debug)]
enum Says {
    /// A vote by a member or a stranger; its number is its place in the plan, so that no two tie.
    Vote(u16, Choice),
    /// A copy of an earlier record of the plan.
    Copy(usize),
    /// A vote of another ballot's.
    Stray,
    /// A vote under a name that is not the signer's.
    Forged(u16),
}

fn says() -> impl Strategy<Value = Says> {
    let choice = prop::sample::select(vec![Choice::Yes, Choice::Yes, Choice::No, Choice::Abstain]);
    prop_oneof![
        8 => (0..MEMBERS + 1, choice).prop_map(|(voter, choice)| Says::Vote(voter, choice)),
        2 => (0..20_usize).prop_map(Says::Copy),
        1 => Just(Says::Stray),
        1 => (0..MEMBERS).prop_map(Says::Forged),
    ]
}

/// A plan, and where each of its records goes: the members' enrolments, then what is said.
#[derive(Clone, Debug)]
struct Placement {
    enrolments: Vec<usize>,
    says: Vec<usize>,
    last: [usize; 4],
}

fn placement(count: usize) -> impl Strategy<Value = Placement> {
    let feeds = |count| prop::collection::vec(0..FEEDS, count);
    (feeds(usize::from(MEMBERS)), feeds(count), prop::array::uniform4(0..FEEDS))
        .prop_map(|(enrolments, says, last)| Placement { enrolments, says, last })
}

struct Written {
    town: Town,
    ballot: Hash,
    said: Vec<RecordId>,
    last: [RecordId; 4],
}

fn write(plan: &[Says], placement: &Placement) -> Written {
    let rules = Rules { emergency_hours: 24, ..commonwheel_collective::Preset::Uk2026.rules() };
    let mut town = Town::chartered(charter(rules), FEEDS);
    for (member, feed) in (0_u16..).zip(&placement.enrolments) {
        town.enrol(*feed, &entry(member));
    }
    let asked = question(&town);
    let ballot = town.call(placement.last[0], asked);
    let mut said: Vec<RecordId> = Vec::new();
    for (at, (says, feed)) in plan.iter().zip(&placement.says).enumerate() {
        let cast = |choice| (at as u64, Cast::Open(choice));
        let id = match *says {
            Says::Copy(of) if of < at => town.copy(*feed, said[of]),
            Says::Vote(voter, choice) => {
                let (sequence, cast) = cast(choice);
                town.vote_as(*feed, ballot, voter, sequence, cast)
            }
            Says::Copy(_) | Says::Stray => town.vote(*feed, Hash([1; 32]), 0, Choice::Yes),
            Says::Forged(voter) => {
                let (sequence, cast) = cast(Choice::Yes);
                let content = commonwheel_record::control::VoteContent { ballot, sequence, cast };
                let network = crate::world::network();
                let mut body = commonwheel_record::control::VoteBody::sign(&network, &secret(99), content);
                body.key = public(voter);
                town.cast(*feed, ballot, &body)
            }
        };
        said.push(id);
    }
    let close = town.close(placement.last[1], ballot);
    let mandate = town.mandate(placement.last[2], ballot, close);
    let embargo = voted(&town, mandate, day(20));
    let embargo = town.embargo(placement.last[3], embargo, &[]);
    let called = town.view().ballot(&ballot).unwrap().id;
    Written { town, ballot, said, last: [called, close, mandate, embargo] }
}

/// What a view says, wherever it stands.
fn meaning(written: &Written, view: &View) -> String {
    let ballot = view.ballot(&written.ballot).unwrap();
    let why: Vec<_> = written.said.iter().chain(&written.last).map(|id| view.ineffective().get(id)).collect();
    let choices: Vec<_> = ballot.votes.iter().map(|(key, vote)| (key, vote.sequence, vote.choice)).collect();
    let ends: Vec<_> = view.enforced().map(|standing| standing.ends).collect();
    format!("{:?} {:?} {choices:?} {why:?} {ends:?}", ballot.tally, ballot.outcome)
}

fn plan() -> impl Strategy<Value = (Vec<Says>, Placement, Placement)> {
    prop::collection::vec(says(), 0..20).prop_flat_map(|plan| {
        let count = plan.len();
        (Just(plan), placement(count), placement(count))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn which_feeds_carry_a_ballot_does_not_matter((plan, one, other) in plan()) {
        let (one, other) = (write(&plan, &one), write(&plan, &other));
        prop_assert_eq!(meaning(&one, &one.town.fold()), meaning(&other, &other.town.fold()));
    }

    #[test]
    fn arrival_in_any_order_and_twice_gives_the_same_hash((plan, one, _) in plan(), seed in any::<u64>()) {
        let written = write(&plan, &one);
        let town = &written.town;
        let mut arrivals: Vec<(FeedId, usize)> =
            town.logs.iter().flat_map(|(feed, log)| (0..log.leaves.len()).map(|at| (*feed, at))).collect();
        arrivals.extend(arrivals.clone());
        let mut state = seed | 1;
        arrivals.sort_by_cached_key(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 20
        });
        let mut partial = town.clone();
        partial.logs.values_mut().for_each(|log| log.leaves.fill(ControlLeaf::Missing));
        let mut strikes_early = false;
        for (feed, at) in arrivals {
            let leaf = town.logs[&feed].leaves[at].clone();
            partial.logs.get_mut(&feed).unwrap().leaves[at] = leaf;
            strikes_early |= partial.view().enforced().count() > town.view().enforced().count();
        }
        prop_assert_eq!(partial.view().hash(), town.view().hash());
        prop_assert!(!strikes_early, "nothing acts that all records together do not allow");
    }
}
