//! One second before, at, and one second after, at every edge in time.

use commonwheel_collective::{Ineffective, Preset};
use commonwheel_record::control::Rules;

use crate::town::*;

/// Whether an embargo that begins so many seconds after the ballot's end counts, governance-signed or not.
fn begins(rules: &Rules, after: u64) -> Result<(), Ineffective> {
    let (mut town, ballot) = Town::balloting(rules.clone(), 20);
    town.votes(ballot, 11, 9, 0);
    let mandate = town.carry(1, ballot);
    let embargo = voted(&town, mandate, CLOSES + after);
    let plain = town.embargo(1, embargo.clone(), &[]);
    let signed = town.embargo(0, embargo, &GOVERNANCE[..2]);
    let view = town.fold();
    let judged = |id| view.ineffective().get(&id).copied();
    assert_eq!(judged(plain), judged(signed));
    let standing = view.embargoes().iter().filter(|standing| [plain, signed].contains(&standing.id));
    assert_eq!(standing.count(), if judged(plain).is_some() { 0 } else { 2 });
    judged(plain).map_or(Ok(()), Err)
}

#[test]
fn an_action_waits_for_the_notice_and_ends_with_the_mandate() {
    let day = 86_400;
    for (preset, notice, mandate) in [(Preset::Uk2016, 14, 183), (Preset::Uk2026, 10, 365)] {
        let rules = preset.rules();
        assert_eq!(begins(&rules, notice * day - 1), Err(Ineffective::BeforeNotice));
        assert_eq!(begins(&rules, notice * day), Ok(()));
        assert_eq!(begins(&rules, notice * day + 1), Ok(()));
        assert_eq!(begins(&rules, mandate * day - 1), Ok(()));
        assert_eq!(begins(&rules, mandate * day), Err(Ineffective::AfterMandate));
        assert_eq!(begins(&rules, mandate * day + 1), Err(Ineffective::AfterMandate));
    }
    let rules = Preset::Uk2026.rules();
    assert_eq!(begins(&rules, 9 * day + 23 * 3600), Err(Ineffective::BeforeNotice), "nine days and 23 hours");
    assert_eq!(begins(&rules, 0), Err(Ineffective::BeforeNotice));
}

#[test]
fn an_embargo_is_over_with_its_mandate_at_the_latest() {
    let (mut town, ballot) = Town::balloting(Preset::Uk2026.rules(), 3);
    town.votes(ballot, 3, 0, 0);
    let mandate = town.carry(0, ballot);
    let embargo = voted(&town, mandate, day(20));
    for (ends, expected) in [(None, 365), (Some(day(364)), 364), (Some(day(365)), 365), (Some(day(366)), 365)]
    {
        let mut town = town.clone();
        let embargo = commonwheel_record::control::Embargo { ends, ..embargo.clone() };
        town.embargo(0, embargo, &GOVERNANCE[..2]);
        assert_eq!(town.fold().embargoes()[0].ends, Some(day(expected)));
    }
}

/// Whether a close counts whose heads one of its two witnesses cosigned at a time.
fn cosigned_at(grace_hours: u32, time: u64) -> Result<(), Ineffective> {
    let (mut town, ballot) = Town::balloting(Rules { grace_hours, ..Preset::Uk2026.rules() }, 3);
    town.votes(ballot, 3, 0, 0);
    let cut = town.cut();
    let result = town.tally(&ballot, &cut);
    let stamps = [(WITNESSES[0], CLOSES), (WITNESSES[1], time)];
    let close = town.say_close(1, close_at(ballot, &cut, result, &stamps));
    let view = town.fold();
    assert_eq!(
        view.ballot(&ballot).unwrap().closes.contains(&close),
        !view.ineffective().contains_key(&close)
    );
    view.ineffective().get(&close).copied().map_or(Ok(()), Err)
}

#[test]
fn a_close_is_witnessed_between_the_end_of_voting_and_the_end_of_the_grace() {
    let late = Err(Ineffective::WitnessedOutOfTime);
    for grace in [1, 24] {
        let end = CLOSES + u64::from(grace) * 3600;
        assert_eq!(cosigned_at(grace, CLOSES - 1), late);
        assert_eq!(cosigned_at(grace, CLOSES), Ok(()));
        assert_eq!(cosigned_at(grace, CLOSES + 1), Ok(()));
        assert_eq!(cosigned_at(grace, end - 1), Ok(()));
        assert_eq!(cosigned_at(grace, end), Ok(()));
        assert_eq!(cosigned_at(grace, end + 1), late);
    }
    assert_eq!(cosigned_at(0, CLOSES), Ok(()));
    assert_eq!(cosigned_at(0, CLOSES + 1), late, "no grace is one second");
}

/// Whether an embargo without a mandate counts under a charter that allows so many hours.
fn emergency(hours: u32, starts: u64, ends: Option<u64>) -> Result<(), Ineffective> {
    let mut town = Town::new(Rules { emergency_hours: hours, ..Preset::Uk2026.rules() });
    let embargo = unvoted(&town, starts, ends);
    let id = town.embargo(0, embargo, &GOVERNANCE[..2]);
    let view = town.fold();
    assert_eq!(view.embargoes().is_empty(), view.ineffective().contains_key(&id));
    view.ineffective().get(&id).copied().map_or(Ok(()), Err)
}

#[test]
fn an_emergency_embargo_is_dated_and_short() {
    let ends = |length: u64| Some(OPENS + length);
    assert_eq!(emergency(48, OPENS, ends(48 * 3600 - 1)), Ok(()));
    assert_eq!(emergency(48, OPENS, ends(48 * 3600)), Ok(()));
    assert_eq!(emergency(48, OPENS, ends(48 * 3600 + 1)), Err(Ineffective::EmergencyTooLong));
    assert_eq!(emergency(48, OPENS, None), Err(Ineffective::NoMandate));
    assert_eq!(emergency(48, 0, Some(60)), Err(Ineffective::NoMandate));
    assert_eq!(emergency(0, OPENS, ends(1)), Err(Ineffective::NoMandate));
}

#[test]
fn emergencies_are_thirty_days_apart() {
    let gap = 30 * DAY;
    // Beginnings, and which of them count.
    let cases: [(&[u64], &[bool]); 6] = [
        (&[0, gap - 1], &[true, false]),
        (&[0, gap], &[true, true]),
        (&[0, gap + 1], &[true, true]),
        (&[0, 0, 0], &[true, true, true]),
        // The second does not count, so the third is measured from the first.
        (&[0, gap - 1, gap], &[true, false, true]),
        (&[gap, 0, 1], &[true, true, false]),
    ];
    for (begin, counts) in cases {
        let mut town = Town::new(Rules { emergency_hours: 24, ..Preset::Uk2026.rules() });
        let mut ids = Vec::new();
        for (n, after) in begin.iter().enumerate() {
            let embargo = unvoted(&town, OPENS + after, Some(OPENS + after + 3600));
            ids.push(town.embargo(n % 2, embargo, &GOVERNANCE[..2]));
        }
        let view = town.fold();
        let repeated = |id| view.ineffective().get(id) == Some(&Ineffective::EmergencyRepeated);
        assert_eq!(ids.iter().map(|id| !repeated(id)).collect::<Vec<_>>(), counts, "{begin:?}");
        assert_eq!(view.embargoes().len(), counts.iter().filter(|counts| **counts).count());
    }
}
