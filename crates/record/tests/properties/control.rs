//! Arbitrary control records of every kind.

use std::collections::BTreeMap;

use commonwheel_record::control::{
    Affiliate, Audience, Charter, Content, Delegation, DividendMode, Embargo, Grant, KeySet, Lift,
    LiftReason, Offer, Power, Ratio, Reach, Release, ReleaseMode, Revocation, Revoked, Rules, Rung, Scope,
    Subject, Variant, VoteWeight, Withdrawal, WithdrawalClass,
};
use commonwheel_record::limits::{LEASE_HOURS, MAX_PETITIONERS};
use commonwheel_record::terms::Condition;
use commonwheel_record::{ContributionKind, Control, Cut, Leaf, Signature, Tier};
use proptest::collection::{btree_map, btree_set};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::ballots::{self, witnessed};
use crate::people;
use crate::words::{
    collective, commitment, conditions, cut, extensions, feed, hash, key, language, licence, party, plain,
    preferences, purposes, ranges, record, region, signature, slug,
};

pub(crate) fn leaf() -> impl Strategy<Value = Leaf> {
    control().prop_map(|control| Leaf::Control(Box::new(control)))
}

pub(crate) fn control() -> impl Strategy<Value = Control> {
    (collective(), content(), extensions(), signatures()).prop_map(
        |(collective, content, extensions, signatures)| {
            let genesis = matches!(&content, Content::Charter(charter) if charter.number == 0);
            let collective = if genesis { None } else { Some(collective) };
            Control { collective, content, extensions, signatures }
        },
    )
}

fn signatures() -> impl Strategy<Value = BTreeMap<commonwheel_record::PublicKey, Signature>> {
    btree_map(key(), signature(), 0..=4)
}

/// Boxed, each of them: unboxed, the values they grow from take more stack than a test has.
fn content() -> impl Strategy<Value = Content> {
    let grant = |(offer, to, expires)| Content::Grant(Grant { offer, to, expires });
    prop_oneof![
        charter().prop_map(|charter| Content::Charter(Box::new(charter))).boxed(),
        subject().prop_map(|subject| Content::Delegation(Delegation { subject })).boxed(),
        revoked().prop_map(|revoked| Content::Revocation(Revocation { revoked })).boxed(),
        affiliate().prop_map(Content::Affiliate).boxed(),
        release().prop_map(Content::Release).boxed(),
        embargo().prop_map(|embargo| Content::Embargo(Box::new(embargo))).boxed(),
        lift().prop_map(Content::Lift).boxed(),
        withdrawal().prop_map(Content::Withdrawal).boxed(),
        offer().prop_map(Content::Offer).boxed(),
        (record(), party(), of(any::<u64>())).prop_map(grant).boxed(),
        people::content().boxed(),
        ballots::content().boxed(),
    ]
}

fn key_set() -> impl Strategy<Value = KeySet> {
    (btree_set(key(), 1..6), any::<u8>()).prop_map(|(keys, pick)| {
        let threshold = 1 + pick % u8::try_from(keys.len()).unwrap();
        KeySet { threshold, keys }
    })
}

fn ratio() -> impl Strategy<Value = Ratio> {
    (any::<u32>(), 1..=u32::MAX).prop_map(|(a, b)| Ratio { over: a.min(b), under: b })
}

prop_compose! {
    fn rules()(
        (mandate_required, vote_weight, vote_cap) in (any::<bool>(), select(VoteWeight::ALL), 1..=u32::MAX),
        (turnout, majority, support_floor) in (ratio(), ratio(), ratio()),
        (notice_days, mandate_days) in (0..u32::MAX, 1..=u32::MAX),
        (emergency_hours, cadence_days) in any::<(u32, u32)>(),
        (reserve_permille, dividend) in (0..=1000u32, select(DividendMode::ALL)),
        retention_days in any::<u32>(),
        (abstentions_count, secret_ballots, lift_by_ballot) in any::<(bool, bool, bool)>(),
        (petition, grace_hours) in (0..=MAX_PETITIONERS as u32, any::<u32>()),
    ) -> Rules {
        Rules {
            mandate_required, vote_weight, vote_cap, turnout, majority, support_floor, abstentions_count,
            secret_ballots, petition, grace_hours, lift_by_ballot,
            notice_days: notice_days.min(mandate_days - 1), mandate_days, emergency_hours, cadence_days, reserve_permille, dividend, retention_days,
        }
    }
}

prop_compose! {
    fn charter()(
        (number, previous, nonce, name) in (prop_oneof![Just(0), any::<u64>()], hash(), hash(), plain(64)),
        (root, governance) in (key_set(), key_set()),
        next_root in btree_set(hash(), 0..3),
        (liveness, witnesses) in (btree_set(key(), 0..3), btree_set(key(), 0..3)),
        (stewards, lease_hours) in (btree_set(collective(), 0..3), LEASE_HOURS),
        (release_feed, default_licence, terms) in (of(feed()), licence(), of(hash())),
        (default_preferences, preferences_locked) in (preferences(), any::<bool>()),
        (rules, cut) in (rules(), cut()),
    ) -> Charter {
        let previous = (number > 0).then_some(previous);
        let cut = if number > 0 { cut } else { Cut::default() };
        Charter {
            number, previous, cut, nonce, name, root, governance, next_root, liveness, witnesses, stewards,
            lease_hours, release_feed, default_licence, terms, default_preferences, preferences_locked, rules,
        }
    }
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        feed().prop_map(Subject::Feed),
        (key(), of(region())).prop_map(|(key, region)| Subject::Node { key, region }),
        key().prop_map(Subject::Liveness),
    ]
}

fn revoked() -> impl Strategy<Value = Revoked> {
    prop_oneof![
        (feed(), any::<u64>(), hash()).prop_map(|(feed, size, root)| Revoked::Feed { feed, size, root }),
        key().prop_map(Revoked::Key),
        collective().prop_map(Revoked::Affiliate),
    ]
}

fn affiliate() -> impl Strategy<Value = Affiliate> {
    (collective(), btree_set(select(Power::ALL), 1..=3), of(any::<u64>()))
        .prop_map(|(to, powers, until)| Affiliate { to, powers, until })
}

fn release() -> impl Strategy<Value = Release> {
    let mode = prop_oneof![
        Just(ReleaseMode::Open),
        record().prop_map(ReleaseMode::Gated),
        record().prop_map(ReleaseMode::Sealed),
    ];
    (licence(), mode, ranges(), of(witnessed(feed()))).prop_map(|(licence, mode, ranges, dated_by)| Release {
        licence,
        mode,
        ranges,
        dated_by,
    })
}

pub(crate) fn scope() -> impl Strategy<Value = Scope> {
    (
        btree_set(select(ContributionKind::ALL), 0..4),
        btree_set(language(), 0..4),
        btree_set(slug(), 0..4),
        btree_set(slug(), 0..4),
        btree_set(select(Tier::ALL), 0..4),
    )
        .prop_map(|(kinds, languages, domains, tags, tiers)| Scope {
            kinds,
            languages,
            domains,
            tags,
            tiers,
        })
}

fn variant() -> impl Strategy<Value = Variant> {
    prop_oneof![
        Just(Variant::QualityFreeze),
        Just(Variant::Pause),
        Just(Variant::EvaluationOnly),
        select(Condition::ALL).prop_map(Variant::PreferenceShift),
        any::<u64>().prop_map(Variant::RateLimit),
    ]
}

fn audience() -> impl Strategy<Value = Audience> {
    prop_oneof![
        Just(Audience::Everyone),
        btree_set(party(), 0..4).prop_map(Audience::Only),
        btree_set(party(), 0..4).prop_map(Audience::Except),
    ]
}

prop_compose! {
    pub(crate) fn embargo()(
        (variant, scope, reach) in (variant(), scope(), select(Reach::ALL)),
        (from_cut, cut) in (cut(), cut()),
        (audience, rung) in (audience(), select(&Rung::ALL[..2])),
        (starts, lasts) in (any::<u32>(), of(1..1000u64)),
        demand in prop_oneof![plain(512), Just(String::new())],
        mandate in of(record()),
    ) -> Embargo {
        let starts = u64::from(starts);
        let always_new = matches!(variant, Variant::EvaluationOnly | Variant::PreferenceShift(_));
        let limited = matches!((variant, reach), (Variant::RateLimit(_), Reach::All));
        let reach = if always_new || limited { Reach::New } else { reach };
        let ends = lasts.map(|lasts| starts + lasts);
        Embargo { variant, scope, reach, from_cut, cut, audience, rung, starts, ends, demand, mandate }
    }
}

fn lift() -> impl Strategy<Value = Lift> {
    (record(), of(scope()), select(LiftReason::ALL), of(record()), of(record())).prop_map(
        |(embargo, scope, reason, settlement, mandate)| Lift { embargo, scope, reason, settlement, mandate },
    )
}

fn withdrawal() -> impl Strategy<Value = Withdrawal> {
    (ranges(), select(WithdrawalClass::ALL), select(&Rung::ALL[..2]), cut(), of(commitment()))
        .prop_map(|(ranges, class, rung, cut, member)| Withdrawal { ranges, class, rung, cut, member })
}

fn offer() -> impl Strategy<Value = Offer> {
    (plain(64), hash(), purposes(), conditions()).prop_map(|(title, terms, purposes, conditions)| Offer {
        title,
        terms,
        purposes,
        conditions,
    })
}
