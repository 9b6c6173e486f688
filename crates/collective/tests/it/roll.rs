//! Who is on the roll.

use commonwheel_collective::{Ineffective, Preset};
use commonwheel_record::control::{Content, Enrolment, Leave, LeaveNotice, Principal, RollEntry, encode};
use commonwheel_record::{CollectiveId, RecordId};

use crate::town::*;
use crate::world::network;

fn town() -> Town {
    Town::new(Preset::Uk2026.rules())
}

fn why(town: &Town, id: RecordId) -> Option<Ineffective> {
    town.fold().ineffective().get(&id).copied()
}

fn union(id: u8, key: u16) -> RollEntry {
    let principal = Principal::Collective { id: CollectiveId([id; 32]), key: public(key) };
    RollEntry { principal, ..entry(key) }
}

#[test]
fn governance_enrols() {
    let mut town = town();
    let short = town.enrol_as(1, &entry(0), &GOVERNANCE[..1]);
    let by_root = town.enrol_as(1, &entry(1), &[ROOT]);
    let right = town.enrol(1, &entry(2));
    assert_eq!(why(&town, short), Some(Ineffective::NotGovernanceSigned));
    assert_eq!(why(&town, by_root), Some(Ineffective::NotGovernanceSigned));
    assert_eq!(seated(town.fold().roll()), [right]);
}

#[test]
fn one_principal_is_on_the_roll_once_by_key_and_by_collective() {
    let mut town = town();
    let placed = [
        town.enrol(0, &entry(0)),
        town.enrol(0, &RollEntry { shares: 9, ..entry(0) }),
        town.enrol(0, &union(5, 1)),
        town.enrol(0, &union(5, 2)),
        town.enrol(0, &union(6, 1)),
        town.enrol(0, &union(6, 3)),
    ];
    let view = town.fold();
    assert_eq!(seated(view.roll()), [placed[0], placed[2], placed[5]]);
    for again in [placed[1], placed[3], placed[4]] {
        assert_eq!(view.ineffective()[&again], Ineffective::AlreadyEnrolled);
    }
    assert_eq!(view.roll().votes(), 3);
}

#[test]
fn who_leaves_is_off_the_roll_with_every_copy() {
    for by_themselves in [true, false] {
        let mut town = town();
        let mine = town.enrol(0, &entry(0));
        let copy = town.copy(1, mine);
        let left = if by_themselves { town.leave_by(1, copy, 0) } else { town.dismiss(1, mine) };
        town.copy(1, mine);
        let view = town.fold();
        assert!(view.roll().get(&public(0)).is_none());
        assert_eq!(view.ineffective().get(&left), None);
        let back = town.enrol(0, &entry(0));
        assert_eq!(seated(town.fold().roll()), [back], "who is enrolled anew is back");
    }
}

#[test]
fn nobody_is_taken_off_the_roll_by_a_stranger() {
    let mut town = town();
    let mine = town.enrol(0, &entry(0));
    let theirs = town.enrol(1, &entry(1));
    let stranger = town.leave_by(1, mine, 1);
    let unsigned = town.say(1, Content::Leave(Leave { enrolment: mine, notice: None }), &GOVERNANCE[..1]);
    let nothing = town.dismiss(0, RecordId { feed: town.feeds[0], index: 0 });
    // A notice for one enrolment under the leave of another.
    let notice = LeaveNotice::sign(&network(), &secret(0), theirs);
    let (commitment, body) = town.seal(encode(&notice));
    let control = town.signed(Content::Leave(Leave { enrolment: mine, notice: Some(commitment) }), &[]);
    let replayed = town.push(town.feeds[1], control, Some(&body));
    // A signature by somebody else under the member's key.
    let mut notice = LeaveNotice::sign(&network(), &secret(1), mine);
    notice.key = public(0);
    let (commitment, body) = town.seal(encode(&notice));
    let control = town.signed(Content::Leave(Leave { enrolment: mine, notice: Some(commitment) }), &[]);
    let forged = town.push(town.feeds[1], control, Some(&body));
    assert_eq!(town.fold().roll().voters(), 2);
    assert_eq!(why(&town, stranger), Some(Ineffective::NotPrincipalSigned));
    assert_eq!(why(&town, unsigned), Some(Ineffective::NotPrincipalSigned));
    assert_eq!(why(&town, nothing), Some(Ineffective::NoEnrolment));
    assert_eq!(why(&town, replayed), Some(Ineffective::NotPrincipalSigned));
    assert_eq!(why(&town, forged), Some(Ineffective::BodyForged));
}

#[test]
fn an_enrolment_without_its_body_waits() {
    let mut town = town();
    let mine = town.enrol(0, &entry(0));
    town.forget_body(mine);
    assert_eq!(why(&town, mine), Some(Ineffective::BodyMissing));
    assert_eq!(town.fold().roll().voters(), 0);
    let (commitment, body) = town.seal(vec![1]);
    let control = town.signed(Content::Enrolment(Enrolment { entry: commitment }), &GOVERNANCE[..2]);
    let unreadable = town.push(town.feeds[0], control, Some(&body));
    assert_eq!(why(&town, unreadable), Some(Ineffective::BodyMalformed));
}

#[test]
fn a_collective_votes_by_its_key() {
    use commonwheel_record::control::Choice;

    let mut town = town();
    town.enrol(0, &union(5, 0));
    town.enrol(1, &entry(1));
    let asked = question(&town);
    let ballot = town.call(0, asked);
    town.vote(1, ballot, 0, Choice::Yes);
    let tally = town.fold().ballot(&ballot).unwrap().tally;
    assert_eq!((tally.eligible, tally.yes), (2, 1));
}
