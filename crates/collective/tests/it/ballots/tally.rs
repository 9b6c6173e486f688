//! The count against one by brute force.

use std::collections::BTreeMap;

use commonwheel_collective::{Outcome, Preset};
use commonwheel_record::control::{Cast, Choice, Ratio, RollEntry, Rules, Tally, VoteWeight, encode};
use commonwheel_record::{Domain, Hash};
use proptest::prelude::*;

use crate::town::*;
use crate::world::network;

const FEEDS: usize = 3;

/// A vote as it is drawn: who, its number, its choice, the feed.
type Drawn = (u16, u64, Choice, usize);

#[derive(Clone, Debug)]
struct Case {
    /// Shares of each member, and whether the key is in custody.
    members: Vec<(u32, bool)>,
    votes: Vec<Drawn>,
    /// How many of each feed's votes the close leaves out.
    left_out: Vec<u64>,
    rules: Rules,
}

fn ratio() -> impl Strategy<Value = Ratio> {
    (1..6_u32).prop_flat_map(|under| (0..=under).prop_map(move |over| Ratio { over, under }))
}

fn case() -> impl Strategy<Value = Case> {
    let weight = prop::sample::select(vec![VoteWeight::Member, VoteWeight::Shares]);
    let rules = (ratio(), ratio(), ratio(), any::<bool>(), weight, 1..6_u32).prop_map(
        |(turnout, majority, support_floor, abstentions_count, vote_weight, vote_cap)| Rules {
            turnout,
            majority,
            support_floor,
            abstentions_count,
            vote_weight,
            vote_cap,
            ..Preset::Uk2026.rules()
        },
    );
    let members = prop::collection::vec((1..9_u32, prop::bool::weighted(0.15)), 1..9);
    let choices = prop::sample::select(vec![Choice::Yes, Choice::Yes, Choice::No, Choice::Abstain]);
    let votes = prop::collection::vec((0..10_u16, 0..3_u64, choices, 0..FEEDS), 0..24);
    (members, votes, prop::collection::vec(0..3_u64, FEEDS), rules)
        .prop_map(|(members, votes, left_out, rules)| Case { members, votes, left_out, rules })
}

/// Every vote looked at once for each member: the one with the highest number, then the smaller hash.
fn by_hand(case: &Case, ballot: Hash, counts: impl Fn(usize) -> bool) -> Tally {
    let weight = |shares: u32| match case.rules.vote_weight {
        VoteWeight::Member => 1,
        VoteWeight::Shares => u64::from(shares).min(u64::from(case.rules.vote_cap)),
    };
    let mut tally = Tally::default();
    for (member, (shares, custodial)) in (0_u16..).zip(&case.members) {
        if *custodial {
            continue;
        }
        tally.eligible += weight(*shares);
        let mut mine: Vec<(u64, Hash, Choice)> = Vec::new();
        for (at, (voter, sequence, choice, _)) in case.votes.iter().enumerate() {
            if *voter == member && counts(at) {
                let cast = Cast::Open(*choice);
                let content = commonwheel_record::control::VoteContent { ballot, sequence: *sequence, cast };
                mine.push((*sequence, Hash::of(Domain::VOTE, &network(), &[&encode(&content)]), *choice));
            }
        }
        mine.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        match mine.first() {
            None => {}
            Some((_, _, Choice::Yes)) => tally.yes += weight(*shares),
            Some((_, _, Choice::No)) => tally.no += weight(*shares),
            Some((_, _, Choice::Abstain)) => tally.abstained += weight(*shares),
        }
    }
    tally
}

/// The rules as fractions of floating numbers would be wrong; as products of integers they are not.
fn passes(rules: &Rules, tally: &Tally) -> bool {
    let at_least =
        |part: u64, of: u64, ratio: Ratio| part * u64::from(ratio.under) >= u64::from(ratio.over) * of;
    let counted = tally.yes + tally.no + if rules.abstentions_count { tally.abstained } else { 0 };
    let more =
        tally.yes * u64::from(rules.majority.under) > u64::from(rules.majority.over) * (tally.yes + tally.no);
    tally.eligible > 0
        && at_least(counted, tally.eligible, rules.turnout)
        && more
        && at_least(tally.yes, tally.eligible, rules.support_floor)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_count_is_the_one_by_hand(case in case()) {
        let mut town = Town::chartered(charter(case.rules.clone()), FEEDS);
        for (member, (shares, custodial)) in (0_u16..).zip(&case.members) {
            let entry = RollEntry { shares: *shares, custodial: *custodial, ..entry(member) };
            town.enrol(usize::from(member) % FEEDS, &entry);
        }
        let asked = question(&town);
        let ballot = town.call(0, asked);
        let mut placed = Vec::new();
        for (voter, sequence, choice, feed) in &case.votes {
            placed.push(town.vote_as(*feed, ballot, *voter, *sequence, Cast::Open(*choice)));
        }
        // The close leaves out the last votes of a feed, never the ballot.
        let mut cut = town.cut();
        let called = town.verified(town.view().ballot(&ballot).unwrap().id).hash;
        prop_assert_eq!(called, ballot);
        let mut left: BTreeMap<usize, u64> = (0..FEEDS).zip(case.left_out.iter().copied()).collect();
        for (vote, (.., feed)) in placed.iter().zip(&case.votes).rev() {
            let left = left.get_mut(feed).unwrap();
            if *left > 0 {
                *left -= 1;
                cut.0.insert(vote.feed, vote.index);
            }
        }
        let inside = |at: usize| cut.contains(&placed[at].feed, placed[at].index);
        let expected = by_hand(&case, ballot, inside);
        prop_assert_eq!(town.tally(&ballot, &cut), Some(expected));
        let close = town.say_close(1, close_at(ballot, &cut, Some(expected), &majority(CLOSES)));
        let mandate = town.mandate(2, ballot, close);
        let view = town.fold();
        let seen = view.ballot(&ballot).unwrap();
        prop_assert_eq!(seen.tally, expected);
        prop_assert_eq!(seen.outcome == Outcome::Carried, passes(&case.rules, &expected));
        prop_assert_eq!(view.mandate(&mandate).is_some(), passes(&case.rules, &expected));
    }
}
