//! Arbitrary enrolments, leaves, settlements and erasures, with the bodies of those that have one.

use commonwheel_record::control::{
    Content, Enrolment, Erasure, Leave, LeaveNotice, Principal, RollEntry, Settlement,
};
use commonwheel_record::terms::Condition;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::ballots::heads;
use crate::words::{collective, cut, hash, key, party, personal, plain, ranges, record, signature};

pub(crate) fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        personal().prop_map(|entry| Content::Enrolment(Enrolment { entry })).boxed(),
        (record(), of(personal()))
            .prop_map(|(enrolment, notice)| Content::Leave(Leave { enrolment, notice }))
            .boxed(),
        settlement().prop_map(Content::Settlement).boxed(),
        erasure().prop_map(|erasure| Content::Erasure(Box::new(erasure))).boxed(),
    ]
}

pub(crate) fn principal() -> impl Strategy<Value = Principal> {
    prop_oneof![
        key().prop_map(Principal::Member),
        (collective(), key()).prop_map(|(id, key)| Principal::Collective { id, key }),
    ]
}

prop_compose! {
    pub(crate) fn entry()(
        principal in principal(),
        shares in 1..=u32::MAX,
        custodial in any::<bool>(),
        name in of(plain(64)),
    ) -> RollEntry {
        RollEntry { version: 1, principal, shares, custodial, name }
    }
}

pub(crate) fn notice() -> impl Strategy<Value = LeaveNotice> {
    (record(), key(), signature()).prop_map(|(enrolment, key, signature)| LeaveNotice {
        enrolment,
        key,
        signature,
    })
}

prop_compose! {
    fn settlement()(
        (embargo, condition, evidence) in (record(), select(Condition::ALL), hash()),
        (with, until, mandate) in (of(party()), cut(), of(record())),
    ) -> Settlement {
        Settlement { embargo, condition, evidence, with, until, mandate }
    }
}

fn erasure() -> impl Strategy<Value = Erasure> {
    (of(record()), ranges(), heads()).prop_map(|(close, ranges, dated_by)| Erasure {
        close,
        ranges,
        dated_by,
    })
}
