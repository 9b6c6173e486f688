//! Attacks by votes: each would carry a ballot that is one vote short.

use commonwheel_collective::Ineffective;
use commonwheel_record::control::{Ballot, Cast, Choice, VoteBody, VoteContent};

use super::base::{Base, CUSTODIAL};
use super::{Dice, Refusals};
use crate::town::*;
use crate::world::network;

const YES: Cast = Cast::Open(Choice::Yes);

/// The refused votes, and then all that is built on them.
fn and_close(
    base: &mut Base,
    dice: &mut Dice,
    ballot: commonwheel_record::Hash,
    votes: Refusals,
) -> Refusals {
    let mut refusals = base.close_as_carried(dice, ballot);
    refusals.extend(votes);
    refusals
}

pub(crate) fn forged_vote(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let content = VoteContent { ballot, sequence: dice.roll(9), cast: YES };
    let mut body = VoteBody::sign(&network(), &secret(dice.member()), content);
    // Somebody else's name under it, or something else above it.
    if dice.roll(2) == 0 {
        body.key = public(4 + u16::try_from(dice.roll(5)).unwrap());
        body.content.sequence += 1;
    } else {
        body.content.sequence += 1 + dice.roll(9);
    }
    let vote = base.town.cast(dice.feed(), ballot, &body);
    and_close(base, dice, ballot, vec![(vote, Ineffective::BodyForged)])
}

pub(crate) fn replayed_vote(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let voter = 4 + u16::try_from(dice.roll(4)).unwrap();
    // They said yes to the strike, or to something of another collective.
    let other = *dice.pick(&[base.ballot, base.foreign_ballot]);
    let content = VoteContent { ballot: other, sequence: 0, cast: YES };
    let vote = base.town.cast(dice.feed(), ballot, &VoteBody::sign(&network(), &secret(voter), content));
    and_close(base, dice, ballot, vec![(vote, Ineffective::OtherBallot)])
}

pub(crate) fn roll_changed(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let newcomer = 100 + dice.member();
    let before = base.town.cut();
    base.town.enrol(dice.feed(), &entry(newcomer));
    let vote = base.town.vote(dice.feed(), ballot, newcomer, Choice::Yes);
    // A ballot that names the new roll at the old cut, or the old one at the new.
    let old = question(&super::base::base().town).roll;
    let now = question(&base.town);
    let mixed = if dice.roll(2) == 0 { Ballot { cut: before, ..now } } else { Ballot { roll: old, ..now } };
    let mixed = Ballot { question: "Behind your backs?".to_owned(), ..mixed };
    let mixed = base.town.call(dice.feed(), mixed);
    let called = base.town.logs.values().flat_map(|log| (0..).zip(&log.leaves).map(move |leaf| (log, leaf)));
    let called = called.filter_map(|(log, (index, leaf))| match leaf {
        commonwheel_collective::ControlLeaf::Record(verified) if verified.hash == mixed => {
            Some(commonwheel_record::RecordId { feed: log.manifest.id(), index })
        }
        _ => None,
    });
    let mut refusals: Refusals = called.map(|id| (id, Ineffective::RollDiffers)).collect();
    assert_eq!(refusals.len(), 1);
    let stray = base.town.vote(dice.feed(), mixed, dice.member(), Choice::Yes);
    refusals.extend([(vote, Ineffective::NotOnRoll), (stray, Ineffective::NoBallot)]);
    and_close(base, dice, ballot, refusals)
}

pub(crate) fn vote_after_cut(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let honest = base.town.close(dice.feed(), ballot);
    let late = base.town.vote(dice.feed(), ballot, 4 + dice.member() % 6, Choice::Yes);
    let mandate = base.town.mandate(dice.feed(), ballot, honest);
    // A close that holds the late vote, cosigned when it was there.
    let time = CLOSES + 24 * 3600 + 1 + dice.roll(DAY);
    let result = commonwheel_record::control::Tally { eligible: 10, yes: 5, no: 0, abstained: 0 };
    let close = close_at(ballot, &base.town.cut(), Some(result), &majority(time));
    let close = base.town.say_close(dice.feed(), close);
    let second = base.town.mandate(dice.feed(), ballot, close);
    let mut refusals = {
        let named = *dice.pick(&[mandate, second]);
        base.act(dice, named)
    };
    refusals.extend([
        (late, Ineffective::AfterClose),
        (mandate, Ineffective::NotCarried),
        (close, Ineffective::WitnessedOutOfTime),
        (second, Ineffective::NoClose),
    ]);
    refusals
}

pub(crate) fn custodial_vote(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let vote = base.town.vote_as(dice.feed(), ballot, CUSTODIAL, dice.roll(9), YES);
    and_close(base, dice, ballot, vec![(vote, Ineffective::NoVote)])
}

pub(crate) fn stranger_vote(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let strangers = [200 + dice.member(), GOVERNANCE[0], ROOT, WITNESSES[1], WRITERS[2]];
    let mut votes = Refusals::new();
    for _ in 0..=dice.roll(3) {
        let voter = *dice.pick(&strangers);
        let vote = base.town.vote_as(dice.feed(), ballot, voter, dice.roll(9), YES);
        votes.push((vote, Ineffective::NotOnRoll));
    }
    and_close(base, dice, ballot, votes)
}

pub(crate) fn sealed_vote(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let voter = 4 + dice.member() % 6;
    let vote = base.town.sealed_vote(dice.feed(), ballot, voter, Choice::Yes);
    let reveal = base.town.reveal(dice.feed(), ballot, voter, Choice::Yes);
    and_close(base, dice, ballot, vec![(vote, Ineffective::SealedVote), (reveal, Ineffective::NothingSealed)])
}

pub(crate) fn double_vote(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let voter = dice.member() % 4;
    // The first of these four said yes already, under number 0.
    let numbers = [1 + dice.roll(4), 6 + dice.roll(4)];
    let votes = numbers.map(|sequence| base.town.vote_as(dice.feed(), ballot, voter, sequence, YES));
    and_close(base, dice, ballot, vec![(votes[0], Ineffective::Superseded)])
}
