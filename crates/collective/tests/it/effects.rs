//! What governance decides, and what does not count.

use commonwheel_collective::{Closed, ControlLeaf, Ineffective};
use commonwheel_record::control::{Content, Party, Power, ReleaseMode, Scope, Variant, WithdrawalClass};
use commonwheel_record::terms::Condition;
use commonwheel_record::{CollectiveId, Control, RecordId};

use crate::world::*;

#[test]
fn governance_records_need_the_governance_threshold() {
    let offered = RecordId { feed: data_feed(1), index: 0 };
    let contents = [
        affiliate(31, &[Power::Embargo], None),
        release("MIT", ReleaseMode::Open, &[(50, 0, 9)]),
        pause("p"),
        lift(offered, None),
        withdraw((50, 0, 1), WithdrawalClass::Preference, false),
        offer("o"),
        grant(offered, Party::Node(key(5)), None),
    ];
    for content in contents {
        let mut coop = Coop::new();
        let kind = content.kind();
        let at = coop.root(content);
        assert_eq!(coop.fold().ineffective()[&at], Ineffective::NotGovernanceSigned, "{kind}");
    }
}

#[test]
fn a_threshold_counts_each_key_once() {
    let mut founding = charter();
    founding.governance = key_set(2, &[5, 6]);
    let mut coop = Coop::founded(founding, &[ROOT]);
    coop.append(coop.first, pause("one"), &[5]);
    coop.append(coop.first, pause("stranger"), &[5, 9]);
    let both = coop.append(coop.first, pause("both"), &[5, 6]);
    let view = coop.fold();
    assert_eq!(view.embargoes().iter().map(|e| e.id).collect::<Vec<_>>(), [both]);
}

#[test]
fn records_of_another_collective_are_not_ours() {
    let mut coop = Coop::new();
    let control = Control::new(Some(CollectiveId([8; 32])), pause("p"));
    let at = coop.append_control(coop.first, control, &[GOVERNANCE]);
    let genesis = Control::new(None, Content::Charter(Box::new(charter())));
    let mut other = charter();
    other.nonce = commonwheel_record::Hash([77; 32]);
    let foreign =
        coop.append_control(coop.first, Control::new(None, Content::Charter(Box::new(other))), &[ROOT]);
    let copy = coop.append_control(coop.first, genesis, &[ROOT]);
    let view = coop.fold();
    assert_eq!(view.ineffective()[&at], Ineffective::OtherCollective);
    assert_eq!(view.ineffective()[&foreign], Ineffective::OtherCollective);
    assert!(!view.ineffective().contains_key(&copy));
}

#[test]
fn a_lift_ends_its_embargo_wherever_either_stands() {
    for lift_first in [false, true] {
        let mut coop = Coop::new();
        let partner = coop.open_delegated(101);
        let here = RecordId { feed: coop.first, index: coop.size(coop.first) + u64::from(lift_first) };
        if lift_first {
            coop.govern(lift(here, None));
        }
        assert_eq!(coop.govern(pause("p")), here);
        if !lift_first {
            coop.append(partner, lift(here, None), &[GOVERNANCE]);
        }
        let view = coop.fold();
        assert!(view.embargoes()[0].is_lifted());
        assert_eq!(view.enforced().count(), 0);
    }
}

#[test]
fn a_lift_ends_every_copy_of_an_embargo() {
    let mut coop = Coop::new();
    let partner = coop.open_delegated(101);
    let strike = coop.govern(pause("p"));
    coop.govern(lift(strike, None));
    coop.append(partner, pause("p"), &[GOVERNANCE]);
    let other = coop.append(partner, pause("another"), &[GOVERNANCE]);
    let view = coop.fold();
    assert_eq!(view.embargoes().len(), 3);
    assert_eq!(view.enforced().map(|e| e.id).collect::<Vec<_>>(), [other]);
}

#[test]
fn a_partial_lift_leaves_the_rest() {
    let mut coop = Coop::new();
    let strike = coop.govern(pause("p"));
    let part = Scope { tiers: [commonwheel_record::Tier::Public].into(), ..Scope::default() };
    coop.govern(lift(strike, Some(part)));
    let view = coop.fold();
    let standing = view.enforced().next().unwrap();
    assert!(!standing.is_lifted());
    assert!(standing.covers(None), "a missing header is in scope, and no partial lift reaches it");
}

#[test]
fn a_lift_of_nothing_has_no_effect() {
    let mut coop = Coop::new();
    let forged = coop.root(pause("not governance"));
    let at = coop.govern(lift(forged, None));
    assert_eq!(coop.fold().ineffective()[&at], Ineffective::NoEmbargo);
}

#[test]
fn every_variant_is_enforced() {
    let mut coop = Coop::new();
    let variants = [
        Variant::QualityFreeze,
        Variant::Pause,
        Variant::EvaluationOnly,
        Variant::PreferenceShift(Condition::Pay),
        Variant::RateLimit(5),
    ];
    for variant in variants {
        coop.govern(embargo(variant, "p"));
    }
    let view = coop.fold();
    assert_eq!(view.embargoes().iter().map(|e| e.embargo.variant).collect::<Vec<_>>(), variants);
    assert_eq!(view.enforced().map(|e| e.embargo.variant).collect::<Vec<_>>(), variants);
}

#[test]
fn where_the_charter_demands_a_mandate_no_embargo_holds_yet() {
    let mut founding = charter();
    founding.rules.mandate_required = true;
    founding.rules.emergency_hours = 24;
    let mut coop = Coop::founded(founding, &[ROOT]);
    let at = coop.govern(pause("p"));
    let view = coop.fold();
    assert!(view.embargoes().is_empty());
    assert_eq!(view.ineffective()[&at], Ineffective::NoMandate);
}

#[test]
fn grants_need_an_offer_of_the_same_collective() {
    let mut coop = Coop::new();
    let offered = coop.govern(offer("o"));
    let good = coop.govern(grant(offered, Party::Node(key(5)), Some(7)));
    let bad = coop.govern(grant(RecordId { feed: data_feed(1), index: 0 }, Party::Node(key(6)), None));
    let view = coop.fold();
    assert_eq!(view.grants().iter().map(|g| g.id).collect::<Vec<_>>(), [good]);
    assert_eq!(view.ineffective()[&bad], Ineffective::NoOffer);
    assert!(view.names_node(&key(5), |end| end == Some(7)));
    assert!(!view.names_node(&key(6), |_| true));
}

#[test]
fn no_licence_is_never_released() {
    for (licence, counts) in [("NONE", false), ("NOASSERTION", false), ("MIT", true), ("LicenseRef-x", true)]
    {
        let mut coop = Coop::new();
        let at = coop.govern(release(licence, ReleaseMode::Open, &[(50, 0, 9)]));
        let view = coop.fold();
        assert_eq!(view.releases().len(), usize::from(counts), "{licence}");
        assert_eq!(view.ineffective().get(&at).copied(), (!counts).then_some(Ineffective::NoLicence));
    }
}

#[test]
fn a_members_withdrawal_waits_unless_governance_signs_it() {
    let mut coop = Coop::new();
    let mine = withdraw((50, 0, 1), WithdrawalClass::PersonalData, true);
    let waiting = coop.append(coop.first, mine.clone(), &[]);
    let view = coop.fold();
    assert!(view.withdrawals().is_empty());
    assert_eq!(view.pending_withdrawals()[0].id, waiting);
    assert!(view.ineffective().is_empty());
    let signed = coop.govern(mine);
    let view = coop.fold();
    assert_eq!(view.withdrawals()[0].id, signed);
}

#[test]
fn affiliations_add_up_to_the_longest() {
    let mut coop = Coop::new();
    coop.govern(affiliate(31, &[Power::Embargo, Power::Release], Some(10)));
    coop.govern(affiliate(31, &[Power::Embargo], Some(20)));
    coop.govern(affiliate(31, &[Power::Grant], Some(20)));
    coop.govern(affiliate(31, &[Power::Grant], None));
    let view = coop.fold();
    let until = |power| view.affiliates_with(power).collect::<Vec<_>>();
    let to = CollectiveId([31; 32]);
    assert_eq!(until(Power::Embargo), [(to, Some(20))]);
    assert_eq!(until(Power::Release), [(to, Some(10))]);
    assert_eq!(until(Power::Grant), [(to, None)]);
}

#[test]
fn an_unknown_critical_extension_closes_only_under_the_governance_threshold() {
    for (signers, closes) in [(&[GOVERNANCE][..], true), (&[ROOT], false), (&[], false)] {
        let mut coop = Coop::new();
        let control = critical(Control::new(Some(coop.id), pause("p")));
        let at = coop.append_control(coop.first, control, signers);
        let view = coop.fold();
        assert!(view.embargoes().is_empty());
        assert_eq!(view.closed(), closes.then_some(Closed::UnknownCritical(at)));
        let why = if closes { Ineffective::ClosesBodies } else { Ineffective::UnknownCritical };
        assert_eq!(view.ineffective()[&at], why);
    }
}

#[test]
fn unknown_kinds_have_no_effect_critical_or_not() {
    for critical in [false, true] {
        let mut coop = Coop::new();
        let before = coop.fold().hash();
        coop.logs.get_mut(&coop.first).unwrap().leaves.push(ControlLeaf::Unknown { critical });
        let view = coop.fold();
        assert_eq!(view.closed(), None);
        assert_eq!(view.hash(), before);
        assert_eq!(view.ineffective()[&RecordId { feed: coop.first, index: 2 }], Ineffective::UnknownKind);
    }
}
