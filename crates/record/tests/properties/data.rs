//! Arbitrary contributions, submissions, bodies and manifests.

use commonwheel_record::body::{Body, Content, Role, Turn};
use commonwheel_record::limits::{MAX_ANCESTORS, MAX_REGIONS, MAX_STEWARDS, MAX_TAGS};
use commonwheel_record::manifest::{FeedAudience, Manifest, Prologue, Purpose};
use commonwheel_record::submission::{Submission, SubmissionBody};
use commonwheel_record::{Attribution, Contribution, ContributionKind, Leaf, Regions, Tier};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::words::{
    collective, commitment, conditions, extensions, feed, hash, key, language, licence, network, preferences,
    record, region, secret, slug, wide_extensions,
};

pub(crate) fn leaf() -> impl Strategy<Value = Leaf> {
    let submission = (commitment(), wide_extensions())
        .prop_map(|(commitment, extensions)| Leaf::Submission(Submission { commitment }, extensions));
    let contribution = (contribution(), extensions())
        .prop_map(|(header, extensions)| Leaf::Contribution(Box::new(header), extensions));
    prop_oneof![4 => contribution.boxed(), 1 => submission.boxed()]
}

fn regions() -> impl Strategy<Value = Regions> {
    let set = || btree_set(region(), 0..=MAX_REGIONS / 4);
    (set(), set()).prop_map(|(allow, deny)| Regions { allow, deny })
}

prop_compose! {
    pub(crate) fn contribution()(
        kind in select(ContributionKind::ALL),
        (language, domain, tags, labelled) in (language(), slug(), btree_set(slug(), 0..=MAX_TAGS), any::<bool>()),
        (licence, preferences, conditions) in (licence(), preferences(), conditions()),
        attribution in select(Attribution::ALL),
        tier in select(&Tier::ALL[1..]),
        (regions, importer) in (regions(), slug()),
        stewards in btree_set(collective(), 0..=MAX_STEWARDS),
        ancestors in btree_set(record(), 1..=MAX_ANCESTORS),
        commitment in commitment(),
    ) -> Contribution {
        let ancestors = if kind == ContributionKind::Derived { ancestors } else { [].into() };
        Contribution {
            kind, language, domain, tags, labelled, licence, preferences, conditions, attribution, tier, regions,
            importer, stewards, ancestors, commitment,
        }
    }
}

pub(crate) fn manifest() -> impl Strategy<Value = Manifest> {
    let prologue =
        (feed(), any::<u64>(), hash()).prop_map(|(feed, size, root)| Prologue { feed, size, root });
    (collective(), select(Purpose::ALL), select(FeedAudience::ALL), key(), of(prologue)).prop_map(
        |(collective, purpose, audience, writer, prologue)| Manifest {
            version: 1,
            collective,
            purpose,
            audience,
            writer,
            network: network(),
            prologue,
        },
    )
}

pub(crate) fn submission_body() -> impl Strategy<Value = SubmissionBody> {
    (secret(), collective(), hash(), any::<u64>(), btree_set(hash(), 1..20)).prop_map(
        |(key, collective, consent, time, items)| {
            let items = items.into_iter().collect();
            SubmissionBody::sign(&network(), &key, collective, consent, time, items).unwrap()
        },
    )
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (select(Role::ALL), any::<String>()).prop_map(|(role, text)| Turn { role, text });
    vec(turn, 0..4)
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        turns().prop_map(Content::Thread),
        (turns(), turns(), turns()).prop_map(|(prompt, chosen, rejected)| Content::Pair {
            prompt,
            chosen,
            rejected
        }),
        any::<String>().prop_map(Content::Text),
        vec(vec(any::<String>(), 0..4), 0..4).prop_map(Content::Table),
    ]
}

prop_compose! {
    pub(crate) fn body()(
        content in content(),
        label in of(any::<String>()),
        intent in of(any::<String>()),
        display_name in of(any::<String>()),
        raw_preferences in of(any::<String>()),
        personal_data in btree_map("[a-z]{1,9}", any::<u64>(), 0..5),
        extensions in wide_extensions(),
    ) -> Body {
        Body { version: 1, content, label, intent, display_name, raw_preferences, personal_data, extensions }
    }
}
