//! Attacks by signatures, keys and collectives.

use commonwheel_collective::{Ineffective, Verified};
use commonwheel_record::control::{Ballot, Charter, Choice, Content, Embargo, Enrolment, KeySet, Lift};
use commonwheel_record::{Control, Hash, RecordId};

use super::base::{Base, EMERGENCY};
use super::{Dice, Refusals};
use crate::town::*;
use crate::world::network;

/// What governance alone may say, one of each kind, none of it signed.
fn decrees(base: &mut Base, dice: &mut Dice) -> Vec<Content> {
    let starts = EMERGENCY + 40 * DAY + dice.roll(DAY);
    let emergency = unvoted(&base.town, starts, Some(starts + 3600));
    let ballot = Ballot { question: "In our name?".to_owned(), ..question(&base.town) };
    let (commitment, _) = base.town.seal(commonwheel_record::control::encode(&entry(300)));
    vec![
        Content::Embargo(Box::new(emergency)),
        Content::Ballot(Box::new(ballot)),
        Content::Enrolment(Enrolment { entry: commitment }),
        Content::Lift(Lift { mandate: None, ..whole(base.pause, None) }),
    ]
}

pub(crate) fn short_threshold(base: &mut Base, dice: &mut Dice) -> Refusals {
    let signer = *dice.pick(&GOVERNANCE);
    let others = [ROOT, dice.member(), WITNESSES[0]];
    let mut signers = vec![signer];
    signers.extend(&others[..usize::try_from(dice.roll(4)).unwrap()]);
    let mut refusals = Refusals::new();
    for content in decrees(base, dice) {
        let id = base.town.say(dice.feed(), content, &signers);
        refusals.push((id, Ineffective::NotGovernanceSigned));
    }
    // Under a mandate one key adds nothing to none.
    let embargo = voted(&base.town, base.mandate, day(30));
    let embargo = Embargo { ends: Some(day(40 + dice.roll(9))), ..embargo };
    let id = base.town.embargo(dice.feed(), embargo, &signers);
    refusals.push((id, Ineffective::BeyondMandate));
    refusals
}

/// One key signs for two: its signature stands under another's name as well.
pub(crate) fn key_counted_twice(base: &mut Base, dice: &mut Dice) -> Refusals {
    let [one, two, three] = GOVERNANCE;
    let (own, claimed) = *dice.pick(&[(one, two), (two, three), (three, one)]);
    let mut refusals = Refusals::new();
    for content in decrees(base, dice) {
        let control = base.town.signed(content, &[own]);
        let control = forged(control, claimed, own);
        let id = base.town.push(base.town.feeds[dice.feed()], control, None);
        refusals.push((id, Ineffective::NotGovernanceSigned));
    }
    // The same member under a second enrolment is one petitioner and one voter.
    let member = dice.member();
    let seat = base.town.view().roll().get(&public(member)).unwrap().enrolment;
    let again = base.town.enrol(dice.feed(), &entry(member));
    refusals.push((again.max(seat), Ineffective::AlreadyEnrolled));
    let asked = Ballot { question: "Thrice?".to_owned(), ..question(&base.town) };
    let petition = base.town.petition(dice.feed(), asked, &[0, 1, 2]);
    refusals.push((petition, Ineffective::PetitionTooSmall));
    refusals
}

pub(crate) fn forged_signature(base: &mut Base, dice: &mut Dice) -> Refusals {
    let member = dice.member();
    let by = *dice.pick(&[ROOT, member, 400]);
    let mut refusals = Refusals::new();
    for content in decrees(base, dice) {
        let control = base.town.signed(content, &[]);
        let control = GOVERNANCE.iter().fold(control, |control, claimed| forged(control, *claimed, by));
        let id = base.town.push(base.town.feeds[dice.feed()], control, None);
        refusals.push((id, Ineffective::NotGovernanceSigned));
    }
    let enrolment = base.town.view().roll().get(&public(dice.member())).unwrap().enrolment;
    let leave = base.town.leave_by(dice.feed(), enrolment, 400);
    refusals.push((leave, Ineffective::NotPrincipalSigned));
    refusals
}

/// Replaces the governance keys; the old ones are stolen afterwards.
fn amend(base: &mut Base, dice: &mut Dice) -> Hash {
    let mut next: Charter = base.town.charter.clone();
    (next.number, next.previous, next.cut) = (1, Some(base.town.charter_hash), base.town.cut());
    next.governance = KeySet::single(public(61_000));
    let control = base.town.signed(Content::Charter(Box::new(next)), &[ROOT]);
    let hash = Verified::hash_of(&network(), &control);
    base.town.push(base.town.feeds[dice.feed()], control, None);
    hash
}

pub(crate) fn replaced_keys(base: &mut Base, dice: &mut Dice) -> Refusals {
    let next = amend(base, dice);
    let mut refusals = Refusals::new();
    for content in decrees(base, dice) {
        let content = match content {
            Content::Ballot(ballot) => Content::Ballot(Box::new(Ballot { charter: next, ..*ballot })),
            other => other,
        };
        let id = base.town.say(dice.feed(), content, &GOVERNANCE);
        refusals.push((id, Ineffective::ReplacedKeys));
    }
    refusals
}

pub(crate) fn replaced_charter(base: &mut Base, dice: &mut Dice) -> Refusals {
    amend(base, dice);
    // The new keys, or members, ask under the rules that were replaced.
    let asked = Ballot { question: "As it was?".to_owned(), ..question(&base.town) };
    let unknown = Ballot { charter: Hash([3; 32]), ..asked.clone() };
    let by_petition = base.town.petition(dice.feed(), asked.clone(), &[0, 1, 2, 3, 4]);
    let by_keys = base.town.say(dice.feed(), Content::Ballot(Box::new(asked)), &[61_000]);
    let unknown = base.town.say(dice.feed(), Content::Ballot(Box::new(unknown)), &[61_000]);
    // The genesis charter once more founds nothing anew; another one is no charter of ours.
    let mut rival = base.town.charter.clone();
    rival.nonce = Hash([u8::try_from(dice.roll(200)).unwrap() + 11; 32]);
    let rival = Control::new(None, Content::Charter(Box::new(rival))).signed(&network(), &secret(ROOT));
    let rival = base.town.push(base.town.feeds[dice.feed()], rival, None);
    vec![
        (by_petition, Ineffective::ReplacedCharter),
        (by_keys, Ineffective::ReplacedCharter),
        (unknown, Ineffective::UnknownCharter),
        (rival, Ineffective::OtherCollective),
    ]
}

/// Records of another collective, which the same people govern, appended here.
pub(crate) fn foreign_record(base: &mut Base, dice: &mut Dice) -> Refusals {
    let mut refusals = Refusals::new();
    let logs: Vec<_> = base.foreign.logs.values().flat_map(|log| log.leaves.clone()).collect();
    for _ in 0..5 {
        let leaf = dice.pick(&logs).clone();
        let id = base.town.put(base.town.feeds[dice.feed()], leaf);
        refusals.push((id, Ineffective::OtherCollective));
    }
    let vote = base.town.vote(dice.feed(), base.foreign_ballot, dice.member(), Choice::Yes);
    refusals.push((vote, Ineffective::NoBallot));
    let head = RecordId { feed: base.foreign.feeds[1], index: base.foreign.size(base.foreign.feeds[1]) };
    let mut close = close_at(base.open, &base.town.cut(), None, &majority(CLOSES));
    close.heads.push(witnessed(head.feed, head.index, &majority(CLOSES)));
    close.heads.sort_by_key(|head| head.head.feed);
    let close = base.town.say_close(dice.feed(), close);
    refusals.push((close, Ineffective::ForeignHead));
    refusals
}
