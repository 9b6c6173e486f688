//! Embargoes, all five variants with every field, and lifts.

use std::collections::BTreeSet;

use commonwheel_record::control::{
    Audience, Content, Embargo, Lift, LiftReason, Party, Reach, Rung, Scope, Variant,
};
use commonwheel_record::limits::{MAX_CUT, MAX_KEYS, MAX_TEXT};
use commonwheel_record::terms::Condition;
use commonwheel_record::{CollectiveId, ContributionKind, Cut, FeedId, Tier};

use super::List;
use crate::samples::{control, control_leaf, cut, embargo, key, languages, many, record, slugs};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    variants(&mut list);
    fields(&mut list);
    lifts(&mut list);
    list
}

fn add(list: &mut List, name: impl AsRef<str>, embargo: Embargo) {
    let leaf = control_leaf(control(Content::Embargo(Box::new(embargo))));
    list.add(format!("embargo: {}", name.as_ref()), &leaf);
}

pub(super) fn scope() -> Scope {
    Scope {
        kinds: BTreeSet::from([ContributionKind::Label, ContributionKind::Correction]),
        languages: languages(["sw", "pt-BR"]),
        domains: slugs(["health", "law"]),
        tags: slugs(["a", "ab", "b"]),
        tiers: BTreeSet::from([Tier::Gated, Tier::Public]),
    }
}

/// An embargo with every field filled.
fn full(variant: Variant) -> Embargo {
    Embargo {
        variant,
        scope: scope(),
        reach: Reach::New,
        from_cut: cut([(1, 1000), (2, 0)]),
        cut: cut([(3, 17)]),
        audience: Audience::Only(BTreeSet::from([
            Party::Node(key(5).public()),
            Party::Collective(CollectiveId([9; 32])),
        ])),
        rung: Rung::Commitment,
        starts: 1_790_000_000,
        ends: Some(1_800_000_000),
        demand: "Corrections are paid for, or they stop.".to_owned(),
        mandate: Some(record(77)),
    }
}

fn variants(list: &mut List) {
    for variant in
        [Variant::QualityFreeze, Variant::Pause, Variant::EvaluationOnly, Variant::RateLimit(100_000)]
    {
        add(list, format!("{}, every field", variant.name()), full(variant));
    }
    for condition in Condition::ALL {
        let name = format!("preference-shift until {condition}, every field");
        add(list, name, full(Variant::PreferenceShift(*condition)));
    }
    add(list, "rate-limit of nothing", full(Variant::RateLimit(0)));
    add(list, "rate-limit at its widest", full(Variant::RateLimit(u64::MAX)));
}

fn fields(list: &mut List) {
    add(list, "pause of everything, at once, until lifted", embargo());
    for reach in Reach::ALL {
        add(list, format!("reach {reach}"), Embargo { reach: *reach, ..embargo() });
    }
    add(list, "leaves the commitment open", Embargo { rung: Rung::Commitment, ..embargo() });
    let parties = || many(MAX_KEYS, |at| Party::Collective(CollectiveId([at; 32])));
    add(list, "everyone but a few", Embargo { audience: Audience::Except(parties()), ..embargo() });
    add(list, "only a few", Embargo { audience: Audience::Only(parties()), ..embargo() });
    add(list, "only nobody known", Embargo { audience: Audience::Only(BTreeSet::new()), ..embargo() });
    add(list, "without a demand", Embargo { demand: String::new(), ..embargo() });
    add(list, "the longest demand", Embargo { demand: "é".repeat(MAX_TEXT / 2), ..embargo() });
    let widest =
        || Cut(many(MAX_CUT, |at| FeedId([at; 32])).into_iter().map(|feed| (feed, u64::MAX)).collect());
    add(list, "the widest cuts", Embargo { from_cut: widest(), cut: widest(), ..embargo() });
    let every = Scope {
        kinds: ContributionKind::ALL.iter().copied().collect(),
        tiers: Tier::ALL.iter().copied().collect(),
        ..Scope::default()
    };
    add(list, "every kind and tier by name", Embargo { scope: every, ..embargo() });
}

fn lifts(list: &mut List) {
    for reason in LiftReason::ALL {
        let lift = Lift { embargo: record(9), scope: None, reason: *reason, settlement: None, mandate: None };
        list.add(format!("lift: {reason}"), &control_leaf(control(Content::Lift(lift))));
    }
    let part = Lift {
        embargo: record(9),
        scope: Some(scope()),
        reason: LiftReason::Settled,
        settlement: Some(record(12)),
        mandate: Some(record(77)),
    };
    list.add("lift: of a part, by a settlement and a mandate", &control_leaf(control(Content::Lift(part))));
}
