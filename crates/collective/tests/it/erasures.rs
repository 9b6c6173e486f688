//! Erasures: personal parts go, the result stays.

use commonwheel_collective::{Ineffective, Outcome, Preset, View};
use commonwheel_record::control::{Ballot, Choice, Erasure, Rules, Tally};
use commonwheel_record::{Hash, RecordId};

use crate::town::*;

const RETENTION: u64 = 30;
/// The second after which a ballot's personal parts may go.
const OVER: u64 = CLOSES + (365 + RETENTION) * DAY;

struct Past {
    town: Town,
    ballot: Hash,
    enrolments: Vec<RecordId>,
    votes: Vec<RecordId>,
    close: RecordId,
    mandate: RecordId,
}

/// A town whose ballot was carried by three of four.
fn past(rules: Rules) -> Past {
    let mut town = Town::new(Rules { retention_days: u32::try_from(RETENTION).unwrap(), ..rules });
    let enrolments = town.people(4);
    let asked = question(&town);
    let ballot = town.call(0, asked);
    let votes = town.votes(ballot, 3, 1, 0);
    let close = town.close(1, ballot);
    let mandate = town.mandate(0, ballot, close);
    Past { town, ballot, enrolments, votes, close, mandate }
}

fn why(view: &View, id: RecordId) -> Option<Ineffective> {
    view.ineffective().get(&id).copied()
}

/// The view must not depend on whether the erased bodies are still held.
fn held_or_not(town: &Town, erased: &[RecordId]) -> View {
    let view = town.fold();
    let mut without = town.clone();
    erased.iter().for_each(|id| without.forget_body(*id));
    let less = without.fold();
    assert_eq!(view.hash(), less.hash(), "a node that erased and one that holds");
    assert_eq!(less.awaited_bodies().count(), 0);
    for id in erased {
        assert!(view.erased(id) && less.erased(id));
    }
    view
}

#[test]
fn an_erasure_is_dated_after_mandate_and_retention() {
    for (time, expected) in [
        (OVER - 1, Some(Ineffective::ErasedTooEarly)),
        (OVER, Some(Ineffective::ErasedTooEarly)),
        (OVER + 1, None),
    ] {
        let Past { mut town, ballot, votes, close, .. } = past(Preset::Uk2026.rules());
        let id = town.erase(Some(close), &votes, time);
        let view = town.fold();
        assert_eq!(why(&view, id), expected, "{time}");
        assert_eq!(view.ballot(&ballot).unwrap().sealed, expected.is_none());
        assert_eq!(view.erased(&votes[0]), expected.is_none());
    }
}

#[test]
fn the_result_stands_as_stated_and_the_votes_are_gone_for_everybody() {
    let Past { mut town, ballot, votes, close, mandate, .. } = past(Preset::Uk2026.rules());
    let before = town.fold().ballot(&ballot).unwrap().tally;
    town.erase(Some(close), &votes, OVER + 1);
    let view = held_or_not(&town, &votes);
    let seen = view.ballot(&ballot).unwrap();
    assert_eq!((seen.tally, seen.outcome, seen.sealed), (before, Outcome::Carried, true));
    assert!(seen.votes.is_empty());
    assert!(view.mandate(&mandate).is_some());
    assert!(seen.closes.contains(&close));
}

#[test]
fn what_was_not_erased_by_declaration_is_still_needed() {
    let Past { mut town, votes, close, mandate, .. } = past(Preset::Uk2026.rules());
    town.erase(Some(close), &votes, OVER);
    town.forget_body(votes[0]);
    let view = town.fold();
    assert_eq!(why(&view, votes[0]), Some(Ineffective::BodyMissing));
    assert_eq!(why(&view, mandate), Some(Ineffective::NotAllHeld));
}

#[test]
fn governance_declares_and_witnesses_date() {
    let Past { mut town, votes, close, .. } = past(Preset::Uk2026.rules());
    let erasure = |stamps: &[(u16, u64)], named| {
        let erasure = Erasure { close: named, ranges: ranges(&votes), dated_by: heads(&town.cut(), stamps) };
        commonwheel_record::control::Content::Erasure(Box::new(erasure))
    };
    let nowhere = RecordId { feed: town.feeds[0], index: 0 };
    let cases = [
        (erasure(&majority(OVER + 1), Some(close)), &GOVERNANCE[..1], Ineffective::NotGovernanceSigned),
        (erasure(&[(WITNESSES[0], OVER + 1)], Some(close)), &GOVERNANCE[..2], Ineffective::TooFewWitnesses),
        (erasure(&majority(OVER + 1), Some(nowhere)), &GOVERNANCE[..2], Ineffective::NoClose),
        // The majority's oldest stamp dates it.
        (
            erasure(&[(WITNESSES[0], OVER + 900), (WITNESSES[1], OVER)], Some(close)),
            &GOVERNANCE[..2],
            Ineffective::ErasedTooEarly,
        ),
    ];
    for (content, signers, expected) in cases {
        let id = town.say(0, content, signers);
        assert_eq!(why(&town.fold(), id), Some(expected));
    }
    assert!(!town.fold().erased(&votes[0]));
}

#[test]
fn an_erasure_reaches_its_own_ballot_and_every_copy_of_what_it_names() {
    let Past { mut town, votes, close, enrolments, .. } = past(Preset::Uk2026.rules());
    let again = Ballot { question: "Again?".to_owned(), ..question(&town) };
    let other = town.call(1, again);
    let current = town.vote(0, other, 0, Choice::Yes);
    let copy = town.copy(1, votes[0]);
    let all: Vec<RecordId> = votes.iter().copied().chain([current]).chain(enrolments.clone()).collect();
    town.erase(Some(close), &all, OVER + 1);
    let mut gone = votes;
    gone.push(copy);
    let view = held_or_not(&town, &gone);
    assert!(!view.erased(&current), "a vote of a ballot that is not over");
    assert!(!enrolments.iter().any(|id| view.erased(id)), "members who did not leave");
    assert_eq!(view.ballot(&other).unwrap().tally.yes, 1);
}

#[test]
fn who_left_is_erased_when_no_ballot_needs_them() {
    for by_themselves in [true, false] {
        let Past { mut town, ballot, votes, close, enrolments, mandate } = past(Preset::Uk2026.rules());
        let left =
            if by_themselves { town.leave_by(1, enrolments[1], 1) } else { town.dismiss(1, enrolments[1]) };
        let mut early = town.clone();
        early.erase(None, &[enrolments[1]], OVER);
        let view = early.fold();
        assert!(!view.erased(&enrolments[1]), "the ballot is not over by then");
        assert!(view.mandate(&mandate).is_some());
        // A ballot that opened after the leave does not need them.
        let again = Ballot { question: "Again?".to_owned(), closes: OVER, ..question(&town) };
        let other = town.call(1, again);
        let mut all = votes.clone();
        all.extend([enrolments[1], left]);
        town.erase(Some(close), &all, OVER + 1);
        let mut gone = votes;
        gone.push(enrolments[1]);
        if by_themselves {
            gone.push(left);
        }
        let view = held_or_not(&town, &gone);
        assert!(view.ballot(&other).is_some() && view.ballot(&ballot).unwrap().sealed);
        assert_eq!(view.roll().voters(), 3);
        assert_eq!(why(&view, left), None);
    }
}

#[test]
fn a_ballot_that_is_not_over_keeps_its_roll() {
    let Past { mut town, votes, close, enrolments, .. } = past(Preset::Uk2026.rules());
    let again = Ballot { question: "Again?".to_owned(), closes: CLOSES + 100, ..question(&town) };
    let other = town.call(1, again);
    town.leave_by(1, enrolments[0], 0);
    let mut all = votes.clone();
    all.push(enrolments[0]);
    town.erase(Some(close), &all, OVER + 100);
    let view = held_or_not(&town, &votes);
    assert!(!view.erased(&enrolments[0]));
    assert_eq!(view.ballot(&other).unwrap().voters, 4);
    let mut believed = town.clone();
    believed.forget_body(enrolments[0]);
    let view = believed.fold();
    assert_eq!(view.awaited_bodies().count(), 0, "nobody waits for what was declared erased");
    town.erase(Some(close), &all, OVER + 101);
    let mut gone = votes;
    gone.push(enrolments[0]);
    held_or_not(&town, &gone);
}

/// Governance cannot unmake a ballot by erasing somebody on its roll under a leave that nobody signed.
#[test]
fn a_forged_notice_erases_nobody() {
    let mut town = Town::new(Rules { petition: 2, ..Preset::Uk2026.rules() });
    let enrolments = town.people(4);
    let forged = town.leave_by(1, enrolments[0], 3);
    let asked = question(&town);
    let ballot = town.petition(1, asked, &[0, 1]);
    let ballot = town.hash_of(ballot);
    town.votes(ballot, 4, 0, 0);
    let mandate = town.carry(1, ballot);
    let erasure = town.erase(None, &[enrolments[0], forged], CLOSES + 20 * DAY);
    let view = town.fold();
    assert!(view.mandate(&mandate).is_some());
    assert_eq!(why(&view, erasure), Some(Ineffective::NothingToErase));
}

#[test]
fn a_petition_goes_with_its_ballot() {
    let mut town = Town::new(Rules { petition: 2, retention_days: 30, ..Preset::Uk2026.rules() });
    town.people(4);
    let asked = question(&town);
    let called = town.petition(1, asked, &[0, 1]);
    let ballot = town.hash_of(called);
    let mut gone = town.votes(ballot, 4, 0, 0);
    let close = town.close(0, ballot);
    gone.push(called);
    town.erase(Some(close), &gone, OVER + 1);
    let view = held_or_not(&town, &gone);
    assert_eq!(view.ballot(&ballot).unwrap().outcome, Outcome::Carried);
}

#[test]
fn a_secret_ballots_votes_and_reveals_go_too() {
    let mut town = Town::new(Rules { retention_days: 30, ..Preset::Uk2026.rules() });
    town.people(2);
    let asked = Ballot { reveals: Some(CLOSES + DAY), ..question(&town) };
    let ballot = town.call(0, asked);
    let mut gone =
        vec![town.sealed_vote(0, ballot, 0, Choice::Yes), town.sealed_vote(1, ballot, 1, Choice::Yes)];
    town.close_voting(0, ballot);
    gone.push(town.reveal(0, ballot, 0, Choice::Yes));
    gone.push(town.reveal(1, ballot, 1, Choice::Yes));
    let close = town.close(0, ballot);
    town.erase(Some(close), &gone, OVER + DAY + 1);
    let view = held_or_not(&town, &gone);
    assert_eq!(view.ballot(&ballot).unwrap().tally, Tally { eligible: 2, yes: 2, ..Tally::default() });
}

#[test]
fn an_embargo_outlives_the_erasure_until_its_own_end() {
    let Past { mut town, votes, close, mandate, .. } = past(Preset::Uk2026.rules());
    let embargo = voted(&town, mandate, day(20));
    let embargo = town.embargo(1, embargo, &[]);
    town.erase(Some(close), &votes, OVER + 1);
    let view = held_or_not(&town, &votes);
    assert_eq!(view.enforced().map(|standing| standing.id).collect::<Vec<_>>(), [embargo]);
    assert_eq!(view.embargoes()[0].ends, Some(day(365)));
}
