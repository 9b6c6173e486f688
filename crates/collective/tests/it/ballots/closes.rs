//! Which closes are valid, and how several of them count.

use commonwheel_collective::{ControlLeaf, Ineffective, Outcome, Preset};
use commonwheel_record::control::{Choice, Tally, WitnessedHead};
use commonwheel_record::{Cut, FeedId, Hash, RecordId};

use crate::town::*;

fn why(town: &Town, id: RecordId) -> Option<Ineffective> {
    town.fold().ineffective().get(&id).copied()
}

fn voted_on() -> (Town, Hash) {
    let (mut town, ballot) = Town::balloting(Preset::Uk2026.rules(), 6);
    town.votes(ballot, 4, 1, 1);
    (town, ballot)
}

/// Why a close with these heads has no effect.
fn with_heads(town: &Town, ballot: Hash, heads: Vec<WitnessedHead>) -> Option<Ineffective> {
    let mut town = town.clone();
    let result = town.tally(&ballot, &town.cut());
    let close = commonwheel_record::control::Close { ballot, heads, result };
    let close = town.say_close(0, close);
    why(&town, close)
}

#[test]
fn a_majority_of_all_listed_witnesses_cosigns_every_head() {
    let (town, ballot) = voted_on();
    let stamps = |keys: &[u16]| keys.iter().map(|key| (*key, CLOSES + 1)).collect::<Vec<_>>();
    let [one, two, three] = WITNESSES;
    let judged = |keys: &[u16]| with_heads(&town, ballot, heads(&town.cut(), &stamps(keys)));
    let few = Some(Ineffective::TooFewWitnesses);
    assert_eq!(judged(&[]), few);
    assert_eq!(judged(&[one]), few);
    assert_eq!(judged(&[one, two]), None);
    assert_eq!(judged(&[two, three]), None);
    assert_eq!(judged(&[one, two, three]), None);
    assert_eq!(judged(&[one, GOVERNANCE[0], ROOT, WRITERS[0]]), few, "no witnesses these");
    // One head of two.
    let mut mixed = heads(&town.cut(), &stamps(&[one, two]));
    mixed[1].stamps.remove(&public(two));
    assert_eq!(with_heads(&town, ballot, mixed), few);
}

#[test]
fn of_an_even_number_half_is_no_majority() {
    let mut charter = charter(Preset::Uk2026.rules());
    charter.witnesses.insert(public(60_023));
    let mut town = Town::chartered(charter, 2);
    town.people(2);
    let asked = question(&town);
    let ballot = town.call(0, asked);
    let judged = |count: usize| {
        let keys = [WITNESSES[0], WITNESSES[1], WITNESSES[2], 60_023];
        let stamps: Vec<_> = keys[..count].iter().map(|key| (*key, CLOSES)).collect();
        with_heads(&town, ballot, heads(&town.cut(), &stamps))
    };
    assert_eq!((judged(2), judged(3)), (Some(Ineffective::TooFewWitnesses), None));
}

#[test]
fn a_writer_is_no_witness_of_its_own_feed() {
    let mut charter = charter(Preset::Uk2026.rules());
    charter.witnesses = [WITNESSES[0], WITNESSES[1], WRITERS[1]].map(public).into();
    let mut town = Town::chartered(charter, 2);
    town.people(4);
    let asked = question(&town);
    let ballot = town.call(0, asked);
    let [own, stranger] = [WRITERS[1], WITNESSES[0]];
    let judged = |keys: &[u16]| {
        let stamps: Vec<_> = keys.iter().map(|key| (*key, CLOSES)).collect();
        with_heads(&town, ballot, heads(&town.cut(), &stamps))
    };
    assert_eq!(judged(&[own, stranger]), Some(Ineffective::SelfWitnessed));
    assert_eq!(judged(&[own, stranger, WITNESSES[1]]), None);
    // Of another feed it is as good a witness as any.
    let mut mixed = heads(&town.cut(), &[(stranger, CLOSES), (WITNESSES[1], CLOSES)]);
    let first = mixed.iter_mut().find(|head| head.head.feed == town.feeds[0]).unwrap();
    *first = witnessed(first.head.feed, first.head.size, &[(own, CLOSES), (stranger, CLOSES)]);
    assert_eq!(with_heads(&town, ballot, mixed), None);
}

#[test]
fn a_forged_cosignature_is_none() {
    let (town, ballot) = voted_on();
    let mut forged = heads(&town.cut(), &majority(CLOSES));
    let stamp = forged[0].stamps.get_mut(&public(WITNESSES[0])).unwrap();
    stamp.time += 1;
    assert_eq!(with_heads(&town, ballot, forged), Some(Ineffective::TooFewWitnesses));
    let mut grown = heads(&town.cut(), &majority(CLOSES));
    grown[0].head.size -= 1;
    assert_eq!(with_heads(&town, ballot, grown), Some(Ineffective::TooFewWitnesses));
}

#[test]
fn a_charter_without_witnesses_closes_nothing() {
    let mut charter = charter(Preset::Uk2026.rules());
    charter.witnesses.clear();
    let mut town = Town::chartered(charter, 1);
    town.people(1);
    let asked = question(&town);
    let ballot = town.call(0, asked);
    assert_eq!(
        with_heads(&town, ballot, heads(&town.cut(), &majority(CLOSES))),
        Some(Ineffective::NoWitnesses)
    );
}

#[test]
fn heads_are_of_the_collectives_control_feeds() {
    let (town, ballot) = voted_on();
    let mut foreign = heads(&town.cut(), &majority(CLOSES));
    foreign.push(witnessed(FeedId([0xff; 32]), 1, &majority(CLOSES)));
    assert_eq!(with_heads(&town, ballot, foreign), Some(Ineffective::ForeignHead));
}

#[test]
fn a_wrong_result_carries_nothing_and_its_cut_still_counts() {
    let (mut town, ballot) = voted_on();
    let cut = town.cut();
    let right = town.tally(&ballot, &cut).unwrap();
    let wrong = [
        Tally { yes: 5, ..right },
        Tally { no: 0, ..right },
        Tally { abstained: 0, ..right },
        Tally { eligible: 5, ..right },
    ];
    let mut ids = Vec::new();
    for result in wrong {
        let close = town.say_close(1, close_at(ballot, &cut, Some(result), &majority(CLOSES)));
        ids.push((close, town.mandate(0, ballot, close)));
    }
    let late = town.vote(0, ballot, 5, Choice::No);
    let view = town.fold();
    for (close, mandate) in ids {
        assert_eq!(view.ineffective()[&close], Ineffective::ResultDiffers);
        assert_eq!(view.ineffective()[&mandate], Ineffective::ResultDiffers);
    }
    assert_eq!(view.ineffective()[&late], Ineffective::AfterClose);
    let seen = view.ballot(&ballot).unwrap();
    assert_eq!((seen.tally, seen.outcome, seen.cut.as_ref()), (right, Outcome::Carried, Some(&cut)));
    assert!(seen.closes.is_empty() && view.mandates().is_empty());
}

#[test]
fn of_two_closes_the_larger_size_of_each_feed_holds() {
    let (mut town, ballot) = Town::balloting(Preset::Uk2026.rules(), 6);
    let ends = |town: &Town| [0, 1].map(|feed| town.size(town.feeds[feed]));
    town.vote(0, ballot, 0, Choice::Yes);
    town.vote(1, ballot, 1, Choice::Yes);
    let before = ends(&town);
    town.vote(0, ballot, 2, Choice::No);
    town.vote(1, ballot, 3, Choice::Yes);
    let after = ends(&town);
    let [one, two] = [town.feeds[0], town.feeds[1]];
    let cut = |first, second| Cut([(one, first), (two, second)].into());
    let (early, one, other) = (cut(before[0], before[1]), cut(after[0], before[1]), cut(before[0], after[1]));
    let result = |yes, no| Some(Tally { eligible: 6, yes, no, abstained: 0 });
    let whole = result(3, 1);
    let mut say = |cut: &Cut, result| {
        let id = town.say_close(0, close_at(ballot, cut, result, &majority(CLOSES)));
        (id, why(&town, id))
    };
    let (early, judged) = say(&early, result(2, 0));
    assert_eq!(judged, None, "alone it is right");
    let (one, judged) = say(&one, result(2, 1));
    assert_eq!(judged, None, "so is the next, and the first is no more");
    let (other, judged) = say(&other, whole);
    assert_eq!(judged, None, "the two together hold all four votes");
    let view = town.fold();
    for id in [early, one] {
        assert_eq!(view.ineffective()[&id], Ineffective::ResultDiffers);
    }
    let seen = view.ballot(&ballot).unwrap();
    assert_eq!(seen.cut, Some(cut(after[0], after[1])));
    assert_eq!((Some(seen.tally), seen.closes.len()), (whole, 1));
    assert!(seen.closes.contains(&other));
}

#[test]
fn a_close_waits_for_the_leaves_inside_it() {
    let (mut town, ballot) = voted_on();
    let mandate = town.carry(1, ballot);
    let full = town.fold();
    let mut partial = town.clone();
    let last = partial.logs.get_mut(&town.feeds[0]).unwrap().leaves.last_mut().unwrap();
    *last = ControlLeaf::Missing;
    let view = partial.fold();
    assert_eq!(view.ballot(&ballot).unwrap().outcome, Outcome::Incomplete);
    assert_eq!(view.ineffective()[&mandate], Ineffective::NotAllHeld);
    assert!(full.mandate(&mandate).is_some());
}

#[test]
fn a_ballot_lies_inside_its_own_close() {
    let mut town = Town::new(Preset::Uk2026.rules());
    town.people(3);
    let before = town.cut();
    let asked = question(&town);
    let ballot = town.call(0, asked);
    let result = Some(Tally { eligible: 3, ..Tally::default() });
    let close = town.say_close(1, close_at(ballot, &before, result, &majority(CLOSES)));
    assert_eq!(why(&town, close), Some(Ineffective::BallotAfterClose));
    assert_eq!(town.view().ballot(&ballot).unwrap().outcome, Outcome::Open);
}

#[test]
fn closes_and_mandates_name_what_is_there() {
    let (mut town, ballot) = voted_on();
    let cut = town.cut();
    let result = town.tally(&ballot, &cut);
    let stray = town.say_close(0, close_at(Hash([6; 32]), &cut, result, &majority(CLOSES)));
    let other = {
        let again = commonwheel_record::control::Ballot { question: "Again?".to_owned(), ..question(&town) };
        town.call(1, again)
    };
    let close = town.close(1, ballot);
    let plain = town.say_close(1, close_at(ballot, &cut, None, &majority(CLOSES)));
    let unwitnessed = town.say_close(1, close_at(ballot, &cut, result, &[]));
    let mandates = [
        (town.mandate(0, ballot, RecordId { feed: town.feeds[1], index: 0 }), Ineffective::NoClose),
        (town.mandate(0, ballot, unwitnessed), Ineffective::NoClose),
        (town.mandate(0, other, close), Ineffective::OtherBallot),
        (town.mandate(0, ballot, plain), Ineffective::NoResult),
        (town.mandate(0, Hash([6; 32]), stray), Ineffective::NoBallot),
    ];
    let view = town.fold();
    assert_eq!(view.ineffective()[&stray], Ineffective::NoBallot);
    assert_eq!(view.ineffective().get(&plain), None, "without a result it is a cut all the same");
    for (mandate, reason) in mandates {
        assert_eq!(view.ineffective()[&mandate], reason);
    }
}

#[test]
fn a_ballot_that_was_not_carried_gives_no_mandate() {
    let (mut town, ballot) = Town::balloting(Preset::Uk2026.rules(), 6);
    town.votes(ballot, 3, 3, 0);
    let mandate = town.carry(1, ballot);
    assert_eq!(why(&town, mandate), Some(Ineffective::NotCarried));
}
