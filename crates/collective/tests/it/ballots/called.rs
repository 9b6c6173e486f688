//! Which ballots are valid: the charter and the roll they froze, and who called them.

use commonwheel_collective::{Ineffective, Preset};
use commonwheel_record::control::{Ballot, Charter, Content, KeySet, RollEntry, Rules, VoteWeight};
use commonwheel_record::{Control, Hash, RecordId};

use crate::town::*;

fn town(members: u16) -> Town {
    let mut town = Town::new(Rules { petition: 3, ..Preset::Uk2026.rules() });
    town.people(members);
    town
}

fn judged(town: &Town, id: RecordId) -> Result<(), Ineffective> {
    let view = town.fold();
    let valid = view.ballot(&town.hash_of(id)).is_some();
    let why = view.ineffective().get(&id).copied();
    assert_eq!(valid, why.is_none(), "{why:?}");
    why.map_or(Ok(()), Err)
}

#[test]
fn governance_or_enough_members_call_a_ballot() {
    let town = town(10);
    let called = |signers: &[u16]| {
        let mut town = town.clone();
        let ballot = question(&town);
        let id = town.say(1, Content::Ballot(Box::new(ballot)), signers);
        judged(&town, id)
    };
    assert_eq!(called(&GOVERNANCE[..2]), Ok(()));
    assert_eq!(called(&GOVERNANCE), Ok(()));
    assert_eq!(called(&GOVERNANCE[..1]), Err(Ineffective::NotGovernanceSigned));
    assert_eq!(called(&[ROOT, 0, 1, 2, 3]), Err(Ineffective::NotGovernanceSigned));
    let petitioned = |members: &[u16]| {
        let mut town = town.clone();
        let ballot = question(&town);
        let id = town.petition(1, ballot, members);
        judged(&town, id)
    };
    assert_eq!(petitioned(&[0, 1]), Err(Ineffective::PetitionTooSmall));
    assert_eq!(petitioned(&[0, 1, 2]), Ok(()));
    assert_eq!(petitioned(&[0, 1, 2, 3]), Ok(()));
    assert_eq!(petitioned(&[0, 1, 10, 11, 12]), Err(Ineffective::PetitionTooSmall), "strangers");
    assert_eq!(petitioned(&GOVERNANCE), Err(Ineffective::PetitionTooSmall), "governance is no member");
}

#[test]
fn a_petition_is_of_people_with_a_vote_and_where_the_charter_knows_petitions() {
    let mut town = town(2);
    town.enrol(0, &RollEntry { custodial: true, ..entry(2) });
    let ballot = question(&town);
    let id = town.petition(0, ballot, &[0, 1, 2]);
    assert_eq!(judged(&town, id), Err(Ineffective::PetitionTooSmall));
    let mut silent = Town::new(Preset::Uk2026.rules());
    silent.people(5);
    let ballot = question(&silent);
    let id = silent.petition(0, ballot, &[0, 1, 2, 3, 4]);
    assert_eq!(judged(&silent, id), Err(Ineffective::NotGovernanceSigned));
}

#[test]
fn a_petition_signed_for_another_ballot_or_by_another_hand_counts_for_nothing() {
    use commonwheel_record::control::{Petition, encode};

    let mut town = town(5);
    let ballot = question(&town);
    let other = Ballot { question: "Do we lunch?".to_owned(), ..ballot.clone() };
    let network = crate::world::network();
    let mut replayed = Petition::default();
    for member in 0..5 {
        replayed = replayed.signed(&network, &secret(member), &other);
    }
    let (commitment, body) = town.seal(encode(&replayed));
    let ballot = Ballot { petition: Some(commitment), ..ballot };
    let control = town.signed(Content::Ballot(Box::new(ballot)), &[]);
    let id = town.push(town.feeds[1], control, Some(&body));
    assert_eq!(judged(&town, id), Err(Ineffective::PetitionTooSmall));
}

#[test]
fn a_petition_whose_body_is_not_held_has_no_effect_until_it_is() {
    let mut town = town(5);
    let ballot = question(&town);
    let id = town.petition(1, ballot, &[0, 1, 2]);
    let held = town.clone();
    town.forget_body(id);
    assert_eq!(judged(&town, id), Err(Ineffective::BodyMissing));
    assert_eq!(town.view().awaited_bodies().copied().collect::<Vec<_>>(), [id]);
    assert_eq!(judged(&held, id), Ok(()));
}

#[test]
fn the_roll_is_frozen_when_the_ballot_opens() {
    let mut town = town(5);
    let ballot = question(&town);
    let hash = town.call(0, ballot);
    town.enrol(1, &entry(5));
    let late = town.vote(0, hash, 5, commonwheel_record::control::Choice::No);
    let view = town.fold();
    assert_eq!(view.roll().voters(), 6);
    assert_eq!(view.ballot(&hash).unwrap().voters, 5);
    assert_eq!(view.ineffective()[&late], Ineffective::NotOnRoll);
}

#[test]
fn who_left_after_the_opening_still_votes() {
    let mut town = town(3);
    let enrolment = town.view().roll().get(&public(0)).unwrap().enrolment;
    let ballot = question(&town);
    let hash = town.call(0, ballot);
    town.leave_by(1, enrolment, 0);
    town.votes(hash, 1, 0, 0);
    let view = town.fold();
    assert_eq!(view.roll().voters(), 2);
    assert_eq!((view.ballot(&hash).unwrap().voters, view.ballot(&hash).unwrap().tally.yes), (3, 1));
}

#[test]
fn a_ballot_that_names_another_roll_is_none() {
    let mut town = town(5);
    let right = question(&town);
    let wrong = [
        Ballot { roll: Hash([1; 32]), ..right.clone() },
        // The roll is right, and the cut leaves the second feed's people out.
        Ballot { cut: commonwheel_record::Cut([(town.feeds[0], town.size(town.feeds[0]))].into()), ..right },
    ];
    for ballot in wrong {
        let id = town.say(0, Content::Ballot(Box::new(ballot)), &GOVERNANCE[..2]);
        assert_eq!(judged(&town, id), Err(Ineffective::RollDiffers));
    }
    // An enrolment slipped in below the cut's edge would change the roll that was frozen.
    let mut beyond = question(&town);
    *beyond.cut.0.get_mut(&town.feeds[1]).unwrap() += 1;
    town.enrol(1, &entry(5));
    let id = town.say(0, Content::Ballot(Box::new(beyond)), &GOVERNANCE[..2]);
    assert_eq!(judged(&town, id), Err(Ineffective::RollDiffers));
}

#[test]
fn a_ballot_waits_for_the_enrolments_it_rests_on() {
    let mut town = town(5);
    let ballot = question(&town);
    let id = town.say(0, Content::Ballot(Box::new(ballot)), &GOVERNANCE[..2]);
    let member = town.view().roll().get(&public(1)).unwrap().enrolment;
    town.forget_body(member);
    assert_eq!(judged(&town, id), Err(Ineffective::NotAllHeld));
    assert_eq!(town.view().ineffective()[&member], Ineffective::BodyMissing);
}

#[test]
fn shares_weigh_up_to_the_cap() {
    let mut town =
        Town::new(Rules { vote_weight: VoteWeight::Shares, vote_cap: 5, ..Preset::Uk2026.rules() });
    for (member, shares) in [(0, 1), (1, 4), (2, 5), (3, 6), (4, u32::MAX)] {
        town.enrol(0, &RollEntry { shares, ..entry(member) });
    }
    let ballot = question(&town);
    let hash = town.call(0, ballot);
    town.votes(hash, 2, 1, 1);
    let view = town.fold();
    let ballot = view.ballot(&hash).unwrap();
    assert_eq!((ballot.voters, ballot.tally.eligible), (5, 1 + 4 + 5 + 5 + 5));
    assert_eq!((ballot.tally.yes, ballot.tally.no, ballot.tally.abstained), (1 + 4, 5, 5));
}

#[test]
fn a_charter_may_ask_for_secret_ballots_only() {
    let mut town = Town::new(Rules { secret_ballots: true, ..Preset::Uk2026.rules() });
    town.people(3);
    let open = question(&town);
    let secret = Ballot { reveals: Some(CLOSES + DAY), ..open.clone() };
    let open = town.say(0, Content::Ballot(Box::new(open)), &GOVERNANCE[..2]);
    let secret = town.say(0, Content::Ballot(Box::new(secret)), &GOVERNANCE[..2]);
    assert_eq!(judged(&town, open), Err(Ineffective::NotSecret));
    assert_eq!(judged(&town, secret), Ok(()));
}

/// The next charter of a town, with other governance keys.
fn amended(town: &Town, change: impl FnOnce(&mut Charter)) -> Content {
    let mut next = town.charter.clone();
    (next.number, next.previous, next.cut) = (1, Some(town.charter_hash), town.cut());
    next.governance = KeySet::single(public(61_000));
    change(&mut next);
    Content::Charter(Box::new(next))
}

#[test]
fn a_ballot_opened_before_an_amendment_goes_on_and_none_opens_after_it() {
    let mut town = town(3);
    let before = question(&town);
    let before = town.say(1, Content::Ballot(Box::new(before)), &GOVERNANCE[..2]);
    let next = amended(&town, |next| next.rules.notice_days = 99);
    let next = town.root(next);
    let under = |town: &Town, charter| Ballot { charter, question: "Again?".to_owned(), ..question(town) };
    let (old, new) = (under(&town, town.charter_hash), under(&town, town.hash_of(next)));
    let strange = under(&town, Hash([3; 32]));
    let replaced = town.say(1, Content::Ballot(Box::new(new.clone())), &GOVERNANCE[..2]);
    let old = town.say(1, Content::Ballot(Box::new(old)), &[61_000]);
    let strange = town.say(1, Content::Ballot(Box::new(strange)), &[61_000]);
    assert_eq!(judged(&town, before), Ok(()));
    assert_eq!(judged(&town, replaced), Err(Ineffective::ReplacedKeys), "old keys, new charter");
    assert_eq!(judged(&town, old), Err(Ineffective::ReplacedCharter), "new keys, old charter");
    assert_eq!(judged(&town, strange), Err(Ineffective::UnknownCharter));
    let view = town.fold();
    assert_eq!(view.ballot(&town.hash_of(before)).unwrap().rules.notice_days, 10, "the rules are frozen too");
    town.say(0, Content::Ballot(Box::new(new)), &[61_000]);
    assert_eq!(town.fold().ballots().len(), 2, "a copy that the new keys signed");
}

#[test]
fn what_replaced_keys_signed_counts_inside_the_cut_and_not_one_further() {
    let mut town = town(1);
    let enrolled = town.enrol(1, &entry(1));
    let next = amended(&town, |_| ());
    let beyond = town.enrol(1, &entry(2));
    town.root(next);
    let view = town.fold();
    assert!(view.roll().get(&public(1)).is_some() && !view.ineffective().contains_key(&enrolled));
    assert!(view.roll().get(&public(2)).is_none());
    assert_eq!(view.ineffective()[&beyond], Ineffective::ReplacedKeys);
}

#[test]
fn copies_are_one_ballot() {
    let mut town = town(3);
    let ballot = question(&town);
    let unsigned = Control::new(Some(town.id), Content::Ballot(Box::new(ballot.clone())));
    let first = town.push(town.feeds[0], unsigned, None);
    assert_eq!(judged(&town, first), Err(Ineffective::NotGovernanceSigned));
    let hash = town.call(1, ballot);
    town.copy(0, RecordId { feed: town.feeds[1], index: town.size(town.feeds[1]) - 1 });
    let view = town.fold();
    assert_eq!(view.ballots().len(), 1);
    assert_eq!(hash, town.hash_of(first), "signatures are no part of what a ballot is");
}
