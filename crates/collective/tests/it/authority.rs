//! By whose word an embargo holds, and by whose it ends.

use commonwheel_collective::{Ineffective, Preset};
use commonwheel_record::control::{
    Audience, Ballot, Embargo, Lift, Proposal, Reach, Rules, Rung, Scope, Settlement, Terms, Variant,
};
use commonwheel_record::terms::Condition;
use commonwheel_record::{Cut, FeedId, Hash, RecordId};

use crate::town::*;

fn judged(town: &Town, id: RecordId) -> Result<(), Ineffective> {
    let view = town.fold();
    let why = view.ineffective().get(&id).copied();
    why.map_or(Ok(()), Err)
}

/// A town whose members carried a ballot, and the mandate.
fn carried(rules: Rules, proposals: Vec<Proposal>) -> (Town, RecordId) {
    let mut town = Town::new(rules);
    town.people(3);
    let mandate = carry(&mut town, "Do we strike?", proposals);
    (town, mandate)
}

fn carry(town: &mut Town, question_: &str, proposals: Vec<Proposal>) -> RecordId {
    let asked = Ballot { question: question_.to_owned(), proposals, ..question(town) };
    let ballot = town.call(0, asked);
    town.votes(ballot, 3, 0, 0);
    town.carry(1, ballot)
}

fn pause() -> Vec<Proposal> {
    vec![Proposal::Embargo(Box::new(terms("a fair share")))]
}

#[test]
fn without_a_mandate_where_one_is_needed_nothing_holds() {
    let mut town = Town::new(Preset::Uk2026.rules());
    let embargo = unvoted(&town, OPENS, None);
    let id = town.embargo(0, embargo, &GOVERNANCE);
    assert_eq!(judged(&town, id), Err(Ineffective::NoMandate));
    let mut simple = Town::new(Preset::Simple.rules());
    let embargo = unvoted(&simple, 0, None);
    let id = simple.embargo(0, embargo.clone(), &GOVERNANCE[..2]);
    let short = simple.embargo(1, embargo, &GOVERNANCE[..1]);
    assert_eq!(judged(&simple, id), Ok(()));
    assert_eq!(judged(&simple, short), Err(Ineffective::NotGovernanceSigned));
}

#[test]
fn an_embargo_is_on_the_terms_voted_for() {
    let (town, mandate) = carried(Preset::Uk2026.rules(), pause());
    let base = voted(&town, mandate, day(20));
    let feed = FeedId([50; 32]);
    let cut = |size| Cut([(feed, size)].into());
    let party = commonwheel_record::control::Party::Node(public(9));
    let scope = Scope { tiers: [commonwheel_record::Tier::Public].into(), ..Scope::default() };
    // What is changed, and how it is judged with governance's signature and without.
    let proposed = Err(Ineffective::NotProposed);
    let beyond = Err(Ineffective::BeyondMandate);
    let early = Err(Ineffective::BeforeNotice);
    let changed = |change: &dyn Fn(&mut Embargo)| {
        let mut embargo = base.clone();
        change(&mut embargo);
        embargo
    };
    let cases = [
        (base.clone(), Ok(()), Ok(())),
        (changed(&|e| e.variant = Variant::QualityFreeze), proposed, proposed),
        (changed(&|e| e.scope = scope.clone()), proposed, proposed),
        (changed(&|e| e.reach = Reach::New), proposed, proposed),
        (changed(&|e| e.audience = Audience::Only([party].into())), proposed, proposed),
        (changed(&|e| e.rung = Rung::Commitment), proposed, proposed),
        (changed(&|e| e.demand = "more".to_owned()), proposed, proposed),
        (changed(&|e| e.from_cut = cut(5)), Ok(()), beyond),
        (changed(&|e| e.cut = cut(5)), Ok(()), beyond),
        (changed(&|e| e.ends = Some(day(30))), Ok(()), beyond),
        (changed(&|e| e.starts = 0), early, early),
    ];
    for (embargo, governed, plain) in cases {
        let mut town = town.clone();
        let signed = town.embargo(1, embargo.clone(), &GOVERNANCE[..2]);
        assert_eq!(judged(&town, signed), governed, "{embargo:?}");
        let unsigned = town.embargo(1, embargo.clone(), &[]);
        assert_eq!(judged(&town, unsigned), plain, "{embargo:?}");
    }
}

#[test]
fn members_may_strike_where_no_mandate_is_needed_too() {
    let rules = Rules { mandate_required: false, ..Preset::Uk2026.rules() };
    let (mut town, mandate) = carried(rules, pause());
    let embargo = voted(&town, mandate, day(20));
    let id = town.embargo(1, embargo, &[]);
    assert_eq!(judged(&town, id), Ok(()));
}

#[test]
fn a_mandate_that_is_not_valid_supports_nothing() {
    for rules in [Preset::Simple.rules(), Preset::Uk2026.rules()] {
        let (mut town, mandate) = carried(rules, pause());
        let base = voted(&town, mandate, day(20));
        let nowhere = RecordId { feed: town.feeds[0], index: 0 };
        let foreign = RecordId { feed: FeedId([9; 32]), index: 3 };
        for named in [nowhere, foreign] {
            let embargo = Embargo { mandate: Some(named), ..base.clone() };
            let id = town.embargo(0, embargo, &GOVERNANCE);
            assert_eq!(judged(&town, id), Err(Ineffective::NoValidMandate));
        }
    }
}

#[test]
fn each_proposal_of_a_ballot_may_become_an_embargo() {
    let freeze = Terms { variant: Variant::QualityFreeze, ..terms("freeze") };
    let proposals = vec![pause().remove(0), Proposal::Embargo(Box::new(freeze.clone()))];
    let (mut town, mandate) = carried(Preset::Uk2026.rules(), proposals);
    let one = voted(&town, mandate, day(20));
    let other = freeze.embargo(one.cut.clone(), day(21), None, mandate);
    let placed = [town.embargo(0, one, &[]), town.embargo(1, other, &[])];
    assert_eq!(placed.map(|id| judged(&town, id)), [Ok(()), Ok(())]);
    assert_eq!(town.fold().enforced().count(), 2);
}

#[test]
fn a_further_close_takes_nothing_from_an_embargo_that_nobody_signed() {
    let (mut town, mandate) = carried(Preset::Uk2026.rules(), pause());
    let embargo = voted(&town, mandate, day(20));
    let id = town.embargo(1, embargo, &[]);
    let ballot = town.view().mandate(&mandate).unwrap().mandate.ballot;
    town.say(0, crate::world::pause("noise"), &[]);
    let larger = town.close(0, ballot);
    assert_eq!(judged(&town, larger), Ok(()));
    assert_eq!(judged(&town, id), Ok(()));
}

/// A town under a mandated embargo.
fn striking(lift_by_ballot: bool) -> (Town, RecordId) {
    let (mut town, mandate) = carried(Rules { lift_by_ballot, ..Preset::Uk2026.rules() }, pause());
    let embargo = voted(&town, mandate, day(20));
    let embargo = town.embargo(1, embargo, &[]);
    (town, embargo)
}

#[test]
fn governance_lifts_what_members_voted_for_unless_the_charter_keeps_that_to_them() {
    for by_ballot in [false, true] {
        let (mut town, embargo) = striking(by_ballot);
        let lift = town.lift(0, whole(embargo, None), &GOVERNANCE[..2]);
        let expected = if by_ballot { Err(Ineffective::NeedsBallot) } else { Ok(()) };
        assert_eq!(judged(&town, lift), expected);
        assert_eq!(town.fold().enforced().count(), usize::from(by_ballot));
    }
}

#[test]
fn members_lift_by_a_ballot_of_their_own() {
    let (mut town, embargo) = striking(true);
    let mandate = carry(&mut town, "Enough?", vec![Proposal::Lift(embargo)]);
    let unsigned = town.lift(1, whole(embargo, Some(mandate)), &[]);
    assert_eq!(judged(&town, unsigned), Ok(()));
    assert_eq!(town.fold().enforced().count(), 0);
}

#[test]
fn a_mandate_lifts_what_it_was_given_for_all_of_it() {
    let (mut town, embargo) = striking(true);
    let strike = town.view().embargoes()[0].embargo.mandate.unwrap();
    let mandate = carry(&mut town, "Enough?", vec![Proposal::Lift(embargo)]);
    let other = {
        let second = carry(&mut town, "Again?", pause());
        let again = voted(&town, second, day(21));
        town.embargo(0, again, &[])
    };
    let part = Lift { scope: Some(Scope::default()), ..whole(embargo, Some(mandate)) };
    let cases = [
        (whole(other, Some(mandate)), Err(Ineffective::NotProposed)),
        (whole(embargo, Some(strike)), Err(Ineffective::NotProposed)),
        (part.clone(), Err(Ineffective::BeyondMandate)),
        (whole(embargo, None), Err(Ineffective::NotGovernanceSigned)),
        (whole(embargo, Some(embargo)), Err(Ineffective::NoValidMandate)),
        (whole(mandate, Some(mandate)), Err(Ineffective::NoEmbargo)),
    ];
    for (lift, expected) in cases {
        let id = town.lift(1, lift, &[]);
        assert_eq!(judged(&town, id), expected);
    }
    assert_eq!(town.fold().enforced().count(), 2);
    let part = town.lift(1, part, &GOVERNANCE[..2]);
    assert_eq!(judged(&town, part), Ok(()), "governance may end a part of what may be ended");
}

#[test]
fn a_lift_mandate_that_was_over_before_the_embargo_began_lifts_nothing() {
    for (starts, expected) in [(day(365) - 1, Ok(())), (day(365), Err(Ineffective::AfterMandate))] {
        let mut town = Town::new(Preset::Simple.rules());
        town.people(3);
        // The members foresee where a later embargo will stand.
        let foreseen = RecordId { feed: town.feeds[0], index: 30 };
        let rules = Rules { mandate_days: 365, ..Preset::Simple.rules() };
        assert_eq!(town.charter.rules, rules);
        let lifting = carry(&mut town, "Enough?", vec![Proposal::Lift(foreseen)]);
        while town.next(0).index < foreseen.index {
            town.govern(crate::world::offer("o"));
        }
        let embargo = unvoted(&town, starts, None);
        assert_eq!(town.embargo(0, embargo, &GOVERNANCE[..2]), foreseen);
        let lift = town.lift(1, whole(foreseen, Some(lifting)), &[]);
        assert_eq!(judged(&town, lift), expected);
    }
}

fn shift() -> Terms {
    Terms { variant: Variant::PreferenceShift(Condition::Pay), reach: Reach::New, ..terms("pay") }
}

fn settlement(embargo: RecordId, until: &[(u8, u64)]) -> Settlement {
    Settlement {
        embargo,
        condition: Condition::Pay,
        evidence: Hash([2; 32]),
        with: None,
        until: Cut(until.iter().map(|(feed, size)| (FeedId([*feed; 32]), *size)).collect()),
        mandate: None,
    }
}

/// A town under a preference shift that governance declared.
fn shifting() -> (Town, RecordId) {
    let mut town = Town::new(Preset::Simple.rules());
    let nowhere = RecordId { feed: town.feeds[0], index: 0 };
    let embargo = Embargo { mandate: None, ..shift().embargo(Cut::default(), 0, None, nowhere) };
    let id = town.embargo(0, embargo, &GOVERNANCE[..2]);
    (town, id)
}

fn settle(town: &mut Town, settlement: Settlement, signers: &[u16]) -> RecordId {
    town.say(1, commonwheel_record::control::Content::Settlement(settlement), signers)
}

#[test]
fn settlements_shrink_a_shift_feed_by_feed() {
    let (mut town, embargo) = shifting();
    assert_eq!(town.fold().embargoes()[0].settled, None);
    settle(&mut town, settlement(embargo, &[(1, 9), (2, 5), (3, 1)]), &GOVERNANCE[..2]);
    settle(&mut town, settlement(embargo, &[(1, 4), (2, 7)]), &GOVERNANCE[..2]);
    let copy = town.copy(1, embargo);
    let expected = settlement(embargo, &[(1, 4), (2, 5)]).until;
    let view = town.fold();
    for standing in view.embargoes() {
        assert_eq!(standing.settled.as_ref(), Some(&expected), "{:?}", standing.id);
    }
    assert!(view.embargoes().iter().any(|standing| standing.id == copy), "a copy is settled too");
}

#[test]
fn a_settlement_is_of_the_condition_by_the_authority_that_lifts() {
    let (mut town, embargo) = shifting();
    let pause = unvoted(&town, 0, None);
    let pause = town.embargo(0, pause, &GOVERNANCE[..2]);
    let base = settlement(embargo, &[(1, 4)]);
    let other = Settlement { condition: Condition::Ask, ..base.clone() };
    let cases = [
        (other, &GOVERNANCE[..2], Err(Ineffective::OtherCondition)),
        (Settlement { embargo: pause, ..base.clone() }, &GOVERNANCE[..2], Err(Ineffective::OtherCondition)),
        (base.clone(), &GOVERNANCE[..1], Err(Ineffective::NotGovernanceSigned)),
        (
            Settlement { embargo: RecordId { feed: town.feeds[0], index: 0 }, ..base.clone() },
            &GOVERNANCE[..2],
            Err(Ineffective::NoEmbargo),
        ),
        (Settlement { mandate: Some(embargo), ..base }, &GOVERNANCE[..2], Err(Ineffective::NoValidMandate)),
    ];
    for (settlement, signers, expected) in cases {
        let id = settle(&mut town, settlement, signers);
        assert_eq!(judged(&town, id), expected);
    }
    assert_eq!(town.fold().embargoes()[0].settled, None);
}

#[test]
fn a_lift_may_rest_on_a_settlement_of_the_same_embargo() {
    let (mut town, embargo) = shifting();
    let later = unvoted(&town, 0, None);
    let later = town.embargo(0, later, &GOVERNANCE[..2]);
    let right = settle(&mut town, settlement(embargo, &[(1, 4)]), &GOVERNANCE[..2]);
    let forged = settle(&mut town, settlement(embargo, &[(1, 3)]), &[]);
    let lift = |embargo, settlement| Lift { settlement: Some(settlement), ..whole(embargo, None) };
    let cases = [
        (lift(embargo, forged), Err(Ineffective::NoSettlement)),
        (lift(later, right), Err(Ineffective::NoSettlement)),
        (lift(embargo, embargo), Err(Ineffective::NoSettlement)),
        (lift(embargo, right), Ok(())),
    ];
    for (lift, expected) in cases {
        let id = town.lift(0, lift, &GOVERNANCE[..2]);
        assert_eq!(judged(&town, id), expected);
    }
}
