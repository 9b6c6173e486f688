//! Which votes count.

use commonwheel_collective::{Ineffective, Preset};
use commonwheel_record::control::{Cast, Choice, RollEntry, VoteBody, VoteContent};
use commonwheel_record::{Hash, RecordId};

use crate::town::*;
use crate::world::network;

fn ballot() -> (Town, Hash) {
    Town::balloting(Preset::Uk2026.rules(), 5)
}

/// The votes counted: yes, no, abstained.
fn counted(town: &Town, ballot: Hash) -> (u64, u64, u64) {
    let view = town.fold();
    let tally = view.ballot(&ballot).unwrap().tally;
    (tally.yes, tally.no, tally.abstained)
}

fn why(town: &Town, id: RecordId) -> Option<Ineffective> {
    town.view().ineffective().get(&id).copied()
}

#[test]
fn the_last_vote_of_a_key_counts_wherever_it_stands() {
    let (mut town, ballot) = ballot();
    let second = town.vote_as(1, ballot, 0, 2, Cast::Open(Choice::No));
    let first = town.vote_as(0, ballot, 0, 1, Cast::Open(Choice::Yes));
    assert_eq!(counted(&town, ballot), (0, 1, 0));
    assert_eq!(why(&town, first), Some(Ineffective::Superseded));
    assert_eq!(why(&town, second), None);
    assert_eq!(town.view().ballot(&ballot).unwrap().votes[&public(0)].sequence, 2);
}

#[test]
fn of_two_votes_with_one_number_everybody_counts_the_same() {
    for swapped in [false, true] {
        let (mut town, ballot) = ballot();
        let mut choices = [Choice::Yes, Choice::No];
        if swapped {
            choices.reverse();
        }
        let cast = choices.map(|choice| town.vote_as(0, ballot, 0, 1, Cast::Open(choice)));
        let (yes, no, _) = counted(&town, ballot);
        assert_eq!(yes + no, 1);
        let superseded = cast.iter().filter(|id| why(&town, **id) == Some(Ineffective::Superseded)).count();
        assert_eq!(superseded, 1);
        let (town, ballot) = (town, ballot);
        let chosen = town.view().ballot(&ballot).unwrap().votes[&public(0)].choice;
        let hash = |choice| {
            let content = VoteContent { ballot, sequence: 1, cast: Cast::Open(choice) };
            let bytes = commonwheel_record::control::encode(&content);
            Hash::of(commonwheel_record::Domain::VOTE, &network(), &[&bytes])
        };
        let smaller = if hash(Choice::Yes) < hash(Choice::No) { Choice::Yes } else { Choice::No };
        assert_eq!(chosen, Some(smaller));
    }
}

#[test]
fn copies_of_a_vote_are_one_vote() {
    let (mut town, ballot) = ballot();
    let vote = town.vote(0, ballot, 0, Choice::Yes);
    let copies = [town.copy(1, vote), town.copy(0, vote)];
    // The same vote under another salt is a copy too.
    let content = VoteContent { ballot, sequence: 0, cast: Cast::Open(Choice::Yes) };
    let resealed = town.cast(1, ballot, &VoteBody::sign(&network(), &secret(0), content));
    assert_eq!(counted(&town, ballot), (1, 0, 0));
    for id in copies.into_iter().chain([vote, resealed]) {
        assert_eq!(why(&town, id), None);
    }
}

#[test]
fn a_vote_is_the_voters_own_for_this_ballot() {
    let (mut town, ballot) = ballot();
    let other = {
        let again = commonwheel_record::control::Ballot { question: "Again?".to_owned(), ..question(&town) };
        town.call(1, again)
    };
    let content = VoteContent { ballot, sequence: 0, cast: Cast::Open(Choice::Yes) };
    let mut stolen = VoteBody::sign(&network(), &secret(1), content);
    stolen.key = public(0);
    let forged = town.cast(0, ballot, &stolen);
    let replayed = VoteBody::sign(&network(), &secret(0), VoteContent { ballot: other, ..content });
    let replayed = town.cast(0, ballot, &replayed);
    let mut stretched = VoteBody::sign(&network(), &secret(0), VoteContent { ballot: other, ..content });
    stretched.content.ballot = ballot;
    let stretched = town.cast(0, ballot, &stretched);
    let stranger = town.vote(0, ballot, 99, Choice::Yes);
    let nowhere = town.vote(0, Hash([8; 32]), 0, Choice::Yes);
    assert_eq!(counted(&town, ballot), (0, 0, 0));
    assert_eq!(why(&town, forged), Some(Ineffective::BodyForged));
    assert_eq!(why(&town, replayed), Some(Ineffective::OtherBallot));
    assert_eq!(why(&town, stretched), Some(Ineffective::BodyForged));
    assert_eq!(why(&town, stranger), Some(Ineffective::NotOnRoll));
    assert_eq!(why(&town, nowhere), Some(Ineffective::NoBallot));
}

#[test]
fn a_key_in_custody_has_no_vote() {
    let mut town = Town::new(Preset::Uk2026.rules());
    town.people(2);
    town.enrol(1, &RollEntry { custodial: true, ..entry(2) });
    let asked = question(&town);
    let ballot = town.call(0, asked);
    let vote = town.vote(0, ballot, 2, Choice::No);
    assert_eq!(why(&town, vote), Some(Ineffective::NoVote));
    let view = town.fold();
    let seen = view.ballot(&ballot).unwrap();
    assert_eq!((seen.voters, seen.tally.eligible, seen.tally.no), (2, 2, 0));
    assert_eq!(view.roll().seats().len(), 3);
}

#[test]
fn votes_outside_the_cut_do_not_count() {
    let (mut town, ballot) = ballot();
    town.vote(0, ballot, 0, Choice::Yes);
    let revised = town.vote_as(1, ballot, 1, 0, Cast::Open(Choice::Yes));
    let close = town.close(1, ballot);
    let late = [town.vote(0, ballot, 2, Choice::No), town.vote_as(1, ballot, 1, 7, Cast::Open(Choice::No))];
    assert_eq!(counted(&town, ballot), (2, 0, 0));
    assert_eq!(late.map(|id| why(&town, id)), [Some(Ineffective::AfterClose); 2]);
    assert_eq!((why(&town, revised), why(&town, close)), (None, None));
}

#[test]
fn a_sealed_vote_is_for_secret_ballots() {
    let (mut town, ballot) = ballot();
    let vote = town.sealed_vote(0, ballot, 0, Choice::Yes);
    let reveal = town.reveal(1, ballot, 0, Choice::Yes);
    assert_eq!(counted(&town, ballot), (0, 0, 0));
    assert_eq!(why(&town, vote), Some(Ineffective::SealedVote));
    assert_eq!(why(&town, reveal), Some(Ineffective::NothingSealed));
}

#[test]
fn a_vote_whose_body_is_not_held_makes_the_count_wait() {
    let (mut town, ballot) = ballot();
    let votes = town.votes(ballot, 3, 2, 0);
    let mandate = town.carry(1, ballot);
    town.forget_body(votes[1]);
    let view = town.fold();
    assert_eq!(view.ballot(&ballot).unwrap().outcome, commonwheel_collective::Outcome::Incomplete);
    assert_eq!(view.ineffective()[&votes[1]], Ineffective::BodyMissing);
    assert_eq!(view.ineffective()[&mandate], Ineffective::NotAllHeld);
}

#[test]
fn a_body_that_nobody_can_read_is_no_vote() {
    let (mut town, ballot) = ballot();
    let (commitment, sealed) = town.seal(vec![0xff; 20]);
    let vote = commonwheel_record::control::Vote { ballot, vote: commitment };
    let control = town.signed(commonwheel_record::control::Content::Vote(vote), &[]);
    let vote = town.push(town.feeds[0], control, Some(&sealed));
    assert_eq!(why(&town, vote), Some(Ineffective::BodyMalformed));
    assert_eq!(counted(&town, ballot), (0, 0, 0));
}
