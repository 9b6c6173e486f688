//! Secret ballots: sealed votes, then reveals.

use commonwheel_collective::{Ineffective, Outcome, Preset, View};
use commonwheel_record::control::{Ballot, Cast, Choice, Tally, sealed_choice};
use commonwheel_record::{Hash, RecordId};

use crate::town::*;
use crate::world::network;

const REVEALS: u64 = CLOSES + 2 * DAY;

fn balloting(members: u16) -> (Town, Hash) {
    let mut town = Town::new(Preset::Uk2026.rules());
    town.people(members);
    let asked = Ballot { reveals: Some(REVEALS), ..question(&town) };
    let ballot = town.call(0, asked);
    (town, ballot)
}

fn tally(view: &View, ballot: Hash) -> (u64, u64, u64) {
    let tally = view.ballot(&ballot).unwrap().tally;
    (tally.yes, tally.no, tally.abstained)
}

fn why(town: &Town, id: RecordId) -> Option<Ineffective> {
    town.fold().ineffective().get(&id).copied()
}

#[test]
fn sealed_votes_count_once_revealed() {
    let (mut town, ballot) = balloting(6);
    for (voter, choice) in
        [(0, Choice::Yes), (1, Choice::Yes), (2, Choice::No), (3, Choice::Abstain), (4, Choice::No)]
    {
        town.sealed_vote(usize::from(voter) % 2, ballot, voter, choice);
    }
    let view = town.fold();
    assert_eq!((view.ballot(&ballot).unwrap().outcome, tally(&view, ballot)), (Outcome::Open, (0, 0, 5)));
    town.close_voting(1, ballot);
    assert_eq!(town.fold().ballot(&ballot).unwrap().outcome, Outcome::Revealing);
    for (voter, choice) in [(0, Choice::Yes), (1, Choice::Yes), (2, Choice::No), (3, Choice::Abstain)] {
        town.reveal(usize::from(voter) % 2, ballot, voter, choice);
    }
    let mandate = town.carry(0, ballot);
    let view = town.fold();
    assert_eq!(tally(&view, ballot), (2, 1, 2), "what was never revealed counts as abstained");
    assert_eq!(view.ballot(&ballot).unwrap().outcome, Outcome::Carried);
    assert_eq!(view.mandate(&mandate).unwrap().earliest, REVEALS + 10 * DAY, "from the last reveal on");
    assert_eq!(view.mandate(&mandate).unwrap().expires, REVEALS + 365 * DAY);
}

#[test]
fn a_reveal_opens_the_vote_of_its_own_voter_only() {
    let (mut town, ballot) = balloting(4);
    town.sealed_vote(0, ballot, 0, Choice::Yes);
    // The second voter casts what the first sealed.
    let copied = sealed_choice(&network(), &nonce(0), &ballot, &public(0), Choice::Yes);
    town.vote_as(0, ballot, 1, 0, Cast::Sealed(copied));
    town.close_voting(1, ballot);
    let right = town.reveal(0, ballot, 0, Choice::Yes);
    let lie = town.reveal(0, ballot, 0, Choice::No);
    let idle = town.reveal(0, ballot, 3, Choice::No);
    assert_eq!(tally(&town.fold(), ballot), (1, 0, 1));
    assert_eq!(why(&town, right), None);
    assert_eq!(why(&town, lie), Some(Ineffective::NothingSealed));
    assert_eq!(why(&town, idle), Some(Ineffective::NothingSealed));
}

#[test]
fn an_open_vote_has_no_place_in_a_secret_ballot() {
    let (mut town, ballot) = balloting(3);
    let vote = town.vote(0, ballot, 0, Choice::Yes);
    assert_eq!(why(&town, vote), Some(Ineffective::OpenVote));
}

#[test]
fn votes_after_the_first_close_and_reveals_after_the_last_do_not_count() {
    let (mut town, ballot) = balloting(4);
    town.sealed_vote(0, ballot, 0, Choice::Yes);
    town.sealed_vote(1, ballot, 1, Choice::Yes);
    town.close_voting(1, ballot);
    let late_vote = town.sealed_vote(1, ballot, 2, Choice::No);
    town.reveal(0, ballot, 0, Choice::Yes);
    let close = town.close(0, ballot);
    let late_reveal = town.reveal(0, ballot, 1, Choice::Yes);
    let view = town.fold();
    assert_eq!(tally(&view, ballot), (1, 0, 1));
    assert_eq!(view.ineffective()[&late_vote], Ineffective::AfterClose);
    assert_eq!(view.ineffective()[&late_reveal], Ineffective::AfterClose);
    assert!(!view.ineffective().contains_key(&close));
}

/// Why the last close of a secret ballot has no effect, if its heads were cosigned at a time.
fn last_close(voting_closed: bool, time: u64) -> Option<Ineffective> {
    let (mut town, ballot) = balloting(1);
    town.sealed_vote(0, ballot, 0, Choice::Yes);
    if voting_closed {
        town.close_voting(1, ballot);
    }
    town.reveal(0, ballot, 0, Choice::Yes);
    let cut = town.cut();
    let result = Some(Tally { eligible: 1, yes: 1, ..Tally::default() });
    let close = town.say_close(1, close_at(ballot, &cut, result, &majority(time)));
    why(&town, close)
}

#[test]
fn the_last_close_is_witnessed_after_the_revealing() {
    let late = Some(Ineffective::WitnessedOutOfTime);
    assert_eq!(last_close(true, CLOSES + 1), late);
    assert_eq!(last_close(true, REVEALS - 1), late);
    assert_eq!(last_close(true, REVEALS), None);
    assert_eq!(last_close(true, REVEALS + 24 * 3600), None);
    assert_eq!(last_close(true, REVEALS + 24 * 3600 + 1), late);
    assert_eq!(last_close(false, REVEALS), Some(Ineffective::VotingNotClosed));
}
