//! Attacks by embargoes, lifts and settlements.

use commonwheel_collective::Ineffective;
use commonwheel_record::control::{
    Audience, Content, Embargo, Lift, Reach, Rung, Scope, Settlement, Variant,
};
use commonwheel_record::terms::Condition;
use commonwheel_record::{Cut, FeedId, Hash, RecordId, Tier};

use super::base::{Base, EMERGENCY, shift};
use super::{Dice, Refusals};
use crate::town::*;

/// Appends an embargo by governance and by nobody, both refused for one reason.
fn both(base: &mut Base, dice: &mut Dice, embargo: &Embargo, why: Ineffective) -> Refusals {
    let signed = base.town.embargo(dice.feed(), embargo.clone(), &GOVERNANCE[..2]);
    let unsigned = base.town.embargo(dice.feed(), embargo.clone(), &[]);
    vec![(signed, why), (unsigned, why)]
}

pub(crate) fn no_mandate(base: &mut Base, dice: &mut Dice) -> Refusals {
    let dates = [(0, None), (0, Some(day(9))), (day(20), None)];
    let (starts, ends) = *dice.pick(&dates);
    let mut embargo = unvoted(&base.town, starts, ends);
    embargo.demand = format!("demand {}", dice.roll(9));
    let id = base.town.embargo(dice.feed(), embargo.clone(), &GOVERNANCE[..2]);
    let unsigned = base.town.embargo(dice.feed(), embargo, &[]);
    vec![(id, Ineffective::NoMandate), (unsigned, Ineffective::NotGovernanceSigned)]
}

/// A mandate of one ballot for another, and of nothing.
pub(crate) fn replayed_mandate(base: &mut Base, dice: &mut Dice) -> Refusals {
    let ballot = base.undecided(dice);
    let other = base.town.mandate(dice.feed(), ballot, base.close);
    let none = base.town.mandate(dice.feed(), base.ballot, base.pause);
    let mut refusals = vec![(other, Ineffective::OtherBallot), (none, Ineffective::NoClose)];
    refusals.extend(base.act(dice, *[other, none].iter().min().unwrap()));
    refusals
}

pub(crate) fn foreign_mandate(base: &mut Base, dice: &mut Dice) -> Refusals {
    base.act(dice, base.foreign_mandate)
}

/// A lift under a mandate for something else, or of something else, or of a copy that is not in force.
pub(crate) fn replayed_lift(base: &mut Base, dice: &mut Dice) -> Refusals {
    let target = *dice.pick(&[base.pause, base.shift]);
    let wrong = base.town.lift(dice.feed(), whole(target, Some(base.mandate)), &GOVERNANCE);
    let nothing = *dice.pick(&[base.mandate, base.close, base.foreign_mandate]);
    let idle = base.town.lift(dice.feed(), whole(nothing, Some(base.mandate)), &GOVERNANCE);
    let unsigned = base.town.lift(dice.feed(), whole(target, None), &[]);
    vec![
        (wrong, Ineffective::NotProposed),
        (idle, Ineffective::NoEmbargo),
        (unsigned, Ineffective::NotGovernanceSigned),
    ]
}

pub(crate) fn out_of_notice(base: &mut Base, dice: &mut Dice) -> Refusals {
    let starts = *dice.pick(&[0, day(10) - 1, CLOSES, day(9) + 23 * 3600, OPENS]);
    let embargo = voted(&base.town, base.mandate, starts);
    both(base, dice, &embargo, Ineffective::BeforeNotice)
}

pub(crate) fn out_of_mandate(base: &mut Base, dice: &mut Dice) -> Refusals {
    let later = day(365 + dice.roll(900));
    let starts = *dice.pick(&[day(365), day(365) + 1, later, u64::MAX]);
    let embargo = voted(&base.town, base.mandate, starts);
    both(base, dice, &embargo, Ineffective::AfterMandate)
}

/// What the ballot did not propose; and, without governance, what it left open.
pub(crate) fn other_terms(base: &mut Base, dice: &mut Dice) -> Refusals {
    let starts = day(10 + dice.roll(355));
    let voted = voted(&base.town, base.mandate, starts);
    let mut other = voted.clone();
    match dice.roll(6) {
        0 => other.variant = Variant::QualityFreeze,
        1 => other.scope = Scope { tiers: [Tier::Public].into(), ..Scope::default() },
        2 => other.reach = Reach::Unreleased,
        3 => other.audience = Audience::Except([].into()),
        4 => other.rung = Rung::Commitment,
        _ => other.demand = "everything".to_owned(),
    }
    let mut refusals = both(base, dice, &other, Ineffective::NotProposed);
    let mut beyond = voted;
    match dice.roll(3) {
        0 => beyond.from_cut = Cut([(FeedId([50; 32]), dice.roll(99))].into()),
        1 => drop(beyond.cut.0.pop_first()),
        _ => beyond.ends = Some(starts + 1 + dice.roll(DAY)),
    }
    let id = base.town.embargo(dice.feed(), beyond, &[]);
    refusals.push((id, Ineffective::BeyondMandate));
    refusals
}

pub(crate) fn emergency(base: &mut Base, dice: &mut Dice) -> Refusals {
    let later = EMERGENCY + 60 * DAY;
    let length = 48 * 3600 + 1 + dice.roll(30 * DAY);
    let long = unvoted(&base.town, later, Some(later + length));
    let soon = EMERGENCY + 1 + dice.roll(30 * DAY - 1);
    let repeated = unvoted(&base.town, soon, Some(soon + 1 + dice.roll(48 * 3600)));
    let long = base.town.embargo(dice.feed(), long, &GOVERNANCE);
    let repeated = base.town.embargo(dice.feed(), repeated, &GOVERNANCE);
    vec![(long, Ineffective::EmergencyTooLong), (repeated, Ineffective::EmergencyRepeated)]
}

pub(crate) fn lift_without_ballot(base: &mut Base, dice: &mut Dice) -> Refusals {
    let target = *dice.pick(&[base.pause, base.shift]);
    let scope = (dice.roll(2) == 0).then(Scope::default);
    let lift = base.town.lift(dice.feed(), Lift { scope, ..whole(target, None) }, &GOVERNANCE);
    let undecided = base.town.lift(dice.feed(), whole(base.pause, Some(base.pause)), &GOVERNANCE);
    vec![(lift, Ineffective::NeedsBallot), (undecided, Ineffective::NoValidMandate)]
}

pub(crate) fn other_condition(base: &mut Base, dice: &mut Dice) -> Refusals {
    assert_eq!(shift().variant, Variant::PreferenceShift(Condition::Pay));
    let settled = |embargo: RecordId, condition| Settlement {
        embargo,
        condition,
        evidence: Hash([1; 32]),
        with: None,
        until: Cut::default(),
        mandate: None,
    };
    let wrong = *dice.pick(&[Condition::Credit, Condition::Open, Condition::Ask]);
    let cases = [
        (settled(base.shift, wrong), Ineffective::OtherCondition),
        (settled(base.pause, Condition::Pay), Ineffective::OtherCondition),
        (settled(base.shift, Condition::Pay), Ineffective::NeedsBallot),
        (
            Settlement { mandate: Some(base.mandate), ..settled(base.shift, Condition::Pay) },
            Ineffective::NotProposed,
        ),
        (settled(base.close, Condition::Pay), Ineffective::NoEmbargo),
    ];
    let mut refusals = Refusals::new();
    for (settlement, why) in cases {
        let id = base.town.say(dice.feed(), Content::Settlement(settlement), &GOVERNANCE[..2]);
        refusals.push((id, why));
    }
    refusals
}
