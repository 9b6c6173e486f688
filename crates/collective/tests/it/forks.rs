//! A feed's writer signs a second branch: what witnesses cosigned counts all the same.

use commonwheel_collective::{Ineffective, Outcome, Preset};
use commonwheel_record::control::{Choice, Close};
use commonwheel_record::{Hash, RecordId};

use crate::town::*;

/// A strike that members carried, most of it in the second feed, closed by heads as they are.
fn striking() -> (Town, Hash, RecordId) {
    let mut town = Town::new(Preset::Uk2026.rules());
    for member in 0..4 {
        town.enrol(1, &entry(member));
    }
    let asked = question(&town);
    let ballot = town.call(1, asked);
    for voter in 0..4 {
        town.vote(1, ballot, voter, Choice::Yes);
    }
    let result = town.tally(&ballot, &town.cut());
    let heads = town.logs.keys().map(|feed| cosigned(town.head(*feed), &majority(CLOSES))).collect();
    let close = town.say_close(0, Close { ballot, heads, result });
    let mandate = town.mandate(0, ballot, close);
    let embargo = voted(&town, mandate, day(20));
    let embargo = town.embargo(0, embargo, &[]);
    (town, ballot, embargo)
}

#[test]
fn no_carrier_ends_a_strike_by_a_second_branch() {
    let (mut town, ballot, embargo) = striking();
    assert_eq!(town.fold().enforced().map(|standing| standing.id).collect::<Vec<_>>(), [embargo]);
    let late = town.vote_as(1, ballot, 0, 9, commonwheel_record::control::Cast::Open(Choice::No));
    for good in [0, 3, 7] {
        town.logs.get_mut(&town.feeds[1]).unwrap().forked = Some(good);
        let view = town.fold();
        assert_eq!(view.enforced().map(|standing| standing.id).collect::<Vec<_>>(), [embargo]);
        assert_eq!(view.ballot(&ballot).unwrap().outcome, Outcome::Carried);
        assert_eq!(view.ineffective()[&late], Ineffective::Forked, "beyond the witnessed head");
    }
}

#[test]
fn the_other_branch_does_not_count() {
    let (mut town, ballot, _) = striking();
    // This node holds the branch in which the last member says no.
    let log = town.logs.get_mut(&town.feeds[1]).unwrap();
    log.forked = Some(0);
    log.leaves.pop();
    town.vote(1, ballot, 3, Choice::No);
    let view = town.fold();
    assert!(view.ballot(&ballot).is_none() && view.enforced().count() == 0);
}

#[test]
fn fewer_witnesses_than_a_majority_pin_nothing() {
    let (mut town, ballot, _) = striking();
    let leaves = &mut town.logs.get_mut(&town.feeds[0]).unwrap().leaves;
    leaves.truncate(leaves.len() - 3);
    let result = town.tally(&ballot, &town.cut());
    let stamps = [(WITNESSES[0], CLOSES), (WRITERS[1], CLOSES)];
    let heads = town.logs.keys().map(|feed| cosigned(town.head(*feed), &stamps)).collect();
    town.say_close(0, Close { ballot, heads, result });
    assert!(town.fold().ballot(&ballot).is_some());
    town.logs.get_mut(&town.feeds[1]).unwrap().forked = Some(0);
    assert!(town.fold().ballot(&ballot).is_none());
}
