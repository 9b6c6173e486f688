//! One less, exactly, one more, at every threshold of a ballot.

use commonwheel_collective::{Outcome, Preset, Shortfall};
use commonwheel_record::control::{Ratio, Rules};

use crate::town::*;

/// The outcome of a ballot of 200 with so many votes, as two nodes see it, whose records stand in one feed or two.
fn outcome(rules: &Rules, (yes, no, abstained): (u16, u16, u16)) -> Outcome {
    let outcome = |feeds: usize| {
        let mut town = Town::chartered(charter(rules.clone()), feeds);
        town.people(200);
        let ballot = question(&town);
        let ballot = town.call(feeds - 1, ballot);
        town.votes(ballot, yes, no, abstained);
        let close = town.close(feeds - 1, ballot);
        let mandate = town.mandate(0, ballot, close);
        let view = town.fold();
        let seen = view.ballot(&ballot).unwrap();
        assert_eq!(seen.tally.eligible, 200);
        assert_eq!(seen.closes.iter().copied().collect::<Vec<_>>(), [close]);
        assert_eq!(view.mandate(&mandate).is_some(), seen.outcome == Outcome::Carried);
        seen.outcome
    };
    let (one, two) = (outcome(1), outcome(2));
    assert_eq!(one, two, "wherever the records stand");
    one
}

fn turnout(counted: u64, needed: u64) -> Outcome {
    Outcome::Failed(Shortfall::Turnout { counted, eligible: 200, needed })
}

fn majority(yes: u64, cast: u64, needed: u64) -> Outcome {
    Outcome::Failed(Shortfall::Majority { yes, cast, needed })
}

fn support(yes: u64, needed: u64) -> Outcome {
    Outcome::Failed(Shortfall::Support { yes, eligible: 200, needed })
}

#[test]
fn uk_2016() {
    let rules = Preset::Uk2016.rules();
    assert_eq!(outcome(&rules, (99, 0, 0)), turnout(99, 100));
    assert_eq!(outcome(&rules, (100, 0, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (101, 0, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (51, 49, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (50, 50, 0)), majority(50, 100, 51), "a tie is no majority");
    assert_eq!(outcome(&rules, (49, 51, 0)), majority(49, 100, 51));
    assert_eq!(outcome(&rules, (51, 50, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (50, 51, 0)), majority(50, 101, 51));
}

#[test]
fn uk_2016_important_public_service() {
    let rules = Preset::Uk2016Important.rules();
    assert_eq!(outcome(&rules, (79, 41, 0)), support(79, 80));
    assert_eq!(outcome(&rules, (80, 40, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (81, 39, 0)), Outcome::Carried);
}

#[test]
fn uk_2026() {
    let rules = Preset::Uk2026.rules();
    assert_eq!(outcome(&rules, (51, 49, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (51, 48, 0)), turnout(99, 100));
    assert_eq!(outcome(&rules, (50, 50, 0)), majority(50, 100, 51));
}

#[test]
fn abstentions_count_towards_the_turnout_or_not_as_the_charter_says() {
    let mut rules = Preset::Uk2016.rules();
    assert_eq!(outcome(&rules, (51, 10, 38)), turnout(99, 100));
    assert_eq!(outcome(&rules, (51, 10, 39)), Outcome::Carried);
    rules.abstentions_count = false;
    assert_eq!(outcome(&rules, (51, 10, 39)), turnout(61, 100));
    assert_eq!(outcome(&rules, (51, 48, 50)), turnout(99, 100));
    assert_eq!(outcome(&rules, (51, 49, 50)), Outcome::Carried);
}

#[test]
fn fractions_that_do_not_divide_the_roll() {
    let two_thirds = Ratio { over: 2, under: 3 };
    let rules = Rules { turnout: two_thirds, majority: two_thirds, ..Preset::Uk2016.rules() };
    assert_eq!(outcome(&rules, (133, 0, 0)), turnout(133, 134), "133.33 of 200");
    assert_eq!(outcome(&rules, (134, 0, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (90, 45, 0)), majority(90, 135, 91), "exactly two thirds");
    assert_eq!(outcome(&rules, (91, 44, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules, (89, 46, 0)), majority(89, 135, 91));
}

#[test]
fn a_charter_that_asks_for_everybody_and_one_that_asks_for_nobody() {
    let all = Ratio { over: 1, under: 1 };
    let none = Ratio { over: 0, under: 1 };
    let rules = |turnout, majority| Rules { turnout, majority, ..Preset::Uk2016.rules() };
    assert_eq!(outcome(&rules(all, none), (199, 0, 0)), turnout(199, 200));
    assert_eq!(outcome(&rules(all, none), (200, 0, 0)), Outcome::Carried);
    assert_eq!(outcome(&rules(all, all), (200, 0, 0)), majority(200, 200, 201), "more than all never is");
    assert_eq!(outcome(&rules(none, none), (0, 0, 0)), majority(0, 0, 1), "nobody's yes carries nothing");
    assert_eq!(outcome(&rules(none, none), (1, 9, 0)), Outcome::Carried);
}

#[test]
fn nobody_entitled_carries_nothing() {
    let none = Ratio { over: 0, under: 1 };
    let mut town = Town::new(Rules { turnout: none, ..Preset::Uk2016.rules() });
    let ballot = question(&town);
    let ballot = town.call(0, ballot);
    town.close(0, ballot);
    let view = town.fold();
    assert_eq!(view.ballot(&ballot).unwrap().outcome, Outcome::Failed(Shortfall::NobodyEntitled));
}

#[test]
fn outcomes_read_as_facts() {
    assert_eq!(turnout(99, 100).to_string(), "not carried: turnout 99 of 200, 100 needed");
    assert_eq!(
        majority(50, 100, 51).to_string(),
        "not carried: 50 yes of 100 votes cast, 51 needed; a tie fails"
    );
    assert_eq!(support(79, 80).to_string(), "not carried: 79 yes of 200 entitled, 80 needed");
}
