//! Attacks by closes.

use commonwheel_collective::Ineffective;
use commonwheel_record::control::Tally;
use commonwheel_record::{Cut, Hash};

use super::base::Base;
use super::{Dice, Refusals};
use crate::town::*;

/// A close with these cosignatures that states the right result, what is built on it, and why it does not count.
fn built(
    base: &mut Base,
    dice: &mut Dice,
    ballot: Hash,
    stamps: &[(u16, u64)],
    why: Ineffective,
) -> Refusals {
    let cut = base.town.cut();
    let result = base.town.tally(&ballot, &cut);
    let close = base.town.say_close(dice.feed(), close_at(ballot, &cut, result, stamps));
    let mandate = base.town.mandate(dice.feed(), ballot, close);
    let mut refusals = base.act(dice, mandate);
    refusals.extend([(close, why), (mandate, Ineffective::NoClose)]);
    refusals
}

/// The votes that would carry an undecided ballot, if only it were closed.
fn enough(base: &mut Base, dice: &mut Dice) -> Hash {
    let ballot = base.undecided(dice);
    for voter in 4..8 {
        base.town.vote(dice.feed(), ballot, voter, commonwheel_record::control::Choice::Yes);
    }
    ballot
}

pub(crate) fn two_closes(base: &mut Base, dice: &mut Dice) -> Refusals {
    // A smaller cut of the ballot that was carried, with what the votes amount to there.
    let ballot = base.ballot;
    let whole = base.town.view().ballot(&ballot).unwrap().cut.clone().unwrap();
    let called = base.town.view().ballot(&ballot).unwrap().id;
    let smaller = |(feed, size): (&commonwheel_record::FeedId, &u64)| {
        let least = if *feed == called.feed { called.index + 1 } else { 1 };
        (*feed, least.max(size - 1 - dice.roll(3)))
    };
    let cut = Cut(whole.0.iter().map(smaller).collect());
    let inside = |id: &commonwheel_record::RecordId| cut.contains(&id.feed, id.index);
    let view = base.town.view();
    let mut tally = Tally { eligible: 10, ..Tally::default() };
    for vote in view.ballot(&ballot).unwrap().votes.values().filter(|vote| inside(&vote.id)) {
        match vote.choice {
            Some(commonwheel_record::control::Choice::Yes) => tally.yes += 1,
            _ => tally.no += 1,
        }
    }
    assert_ne!(tally, view.ballot(&ballot).unwrap().tally);
    let close = close_at(ballot, &cut, Some(tally), &majority(CLOSES + dice.roll(3600)));
    let close = base.town.say_close(dice.feed(), close);
    let mandate = base.town.mandate(dice.feed(), ballot, close);
    let mut refusals = base.act(dice, mandate);
    refusals.extend([(close, Ineffective::ResultDiffers), (mandate, Ineffective::ResultDiffers)]);
    refusals
}

pub(crate) fn misstated_result(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = *dice.pick(&[base.open, base.lifting, base.ballot]);
    base.close_as_carried(dice, ballot).into_iter().chain(base.stray_close(dice)).collect()
}

impl Base {
    /// A close of no ballot at all.
    fn stray_close(&mut self, dice: &mut Dice) -> Refusals {
        let nothing = Hash([u8::try_from(dice.roll(256)).unwrap(); 32]);
        let close = close_at(nothing, &self.town.cut(), Some(Tally::default()), &majority(CLOSES));
        let close = self.town.say_close(dice.feed(), close);
        vec![(close, Ineffective::NoBallot)]
    }
}

pub(crate) fn out_of_time(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = enough(base, dice);
    let early = CLOSES - 1 - dice.roll(DAY);
    let late = CLOSES + DAY + 1 + dice.roll(DAY);
    let time = *dice.pick(&[early, late]);
    let stamps = [(WITNESSES[0], CLOSES + dice.roll(DAY)), (WITNESSES[1], time)];
    built(base, dice, ballot, &stamps, Ineffective::WitnessedOutOfTime)
}

pub(crate) fn too_few_witnesses(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = enough(base, dice);
    let time = CLOSES + dice.roll(DAY);
    let one = *dice.pick(&WITNESSES[..2]);
    // The third of the town's old witnesses is no witness here, nor is anybody else.
    let others = [WITNESSES[2], GOVERNANCE[0], ROOT, dice.member()];
    let mut stamps = vec![(one, time)];
    stamps.extend((0..dice.roll(4)).map(|at| (others[usize::try_from(at).unwrap()], time)));
    built(base, dice, ballot, &stamps, Ineffective::TooFewWitnesses)
}

pub(crate) fn self_witnessed(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = enough(base, dice);
    let time = CLOSES + dice.roll(DAY);
    let cut = base.town.cut();
    let result = base.town.tally(&ballot, &cut);
    // Every other head is beyond reproach.
    let mut close = close_at(ballot, &cut, result, &majority(time));
    let own = base.town.feeds[1];
    let head = close.heads.iter_mut().find(|head| head.head.feed == own).unwrap();
    *head = witnessed(own, head.head.size, &[(WRITERS[1], time), (*dice.pick(&WITNESSES[..2]), time)]);
    let close = base.town.say_close(dice.feed(), close);
    let mandate = base.town.mandate(dice.feed(), ballot, close);
    let mut refusals = base.act(dice, mandate);
    refusals.extend([(close, Ineffective::SelfWitnessed), (mandate, Ineffective::NoClose)]);
    refusals
}

pub(crate) fn not_carried(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let close = base.town.close(dice.feed(), ballot);
    let mandate = base.town.mandate(dice.feed(), ballot, close);
    let mut refusals = base.act(dice, mandate);
    refusals.push((mandate, Ineffective::NotCarried));
    refusals
}
