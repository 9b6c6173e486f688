//! Arbitrary ids, keys and terms: what everything else is made of.

use std::collections::BTreeSet;

use commonwheel_record::control::{Party, Range};
use commonwheel_record::limits::{MAX_CUT, MAX_EXTENSION, MAX_EXTENSIONS, MAX_RANGES};
use commonwheel_record::terms::{
    Condition, Language, Licence, Preference, Preferences, Purpose, Region, Slug,
};
use commonwheel_record::{
    CollectiveId, Commitment, Cut, Extensions, FeedId, Hash, NetworkId, PublicKey, RecordId, SecretKey,
    Signature,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn network() -> NetworkId {
    NetworkId::named("properties")
}

pub(crate) fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

pub(crate) fn feed() -> impl Strategy<Value = FeedId> {
    any::<[u8; 32]>().prop_map(FeedId)
}

pub(crate) fn collective() -> impl Strategy<Value = CollectiveId> {
    any::<[u8; 32]>().prop_map(CollectiveId)
}

pub(crate) fn record() -> impl Strategy<Value = RecordId> {
    (feed(), any::<u64>()).prop_map(|(feed, index)| RecordId { feed, index })
}

/// One of a few keys: what matters is that they are points, and making one takes long.
pub(crate) fn secret() -> impl Strategy<Value = SecretKey> {
    (0..24u8).prop_map(|seed| SecretKey::from_seed(&[seed; 32]))
}

pub(crate) fn key() -> impl Strategy<Value = PublicKey> {
    secret().prop_map(|key| key.public())
}

pub(crate) fn party() -> impl Strategy<Value = Party> {
    prop_oneof![key().prop_map(Party::Node), collective().prop_map(Party::Collective)]
}

pub(crate) fn commitment() -> impl Strategy<Value = Commitment> {
    (hash(), 6..=20u8).prop_map(|(hash, bucket)| Commitment { hash, bucket })
}

/// A commitment to the body of a control record.
pub(crate) fn personal() -> impl Strategy<Value = Commitment> {
    (hash(), 6..=12u8).prop_map(|(hash, bucket)| Commitment { hash, bucket })
}

pub(crate) fn signature() -> impl Strategy<Value = Signature> {
    vec(any::<u8>(), 64).prop_map(|bytes| Signature(bytes.try_into().unwrap()))
}

pub(crate) fn extensions() -> impl Strategy<Value = Extensions> {
    let value = prop_oneof![8 => vec(any::<u8>(), 0..40), 1 => vec(any::<u8>(), MAX_EXTENSION)];
    btree_map(any::<u64>(), value, 0..=2).prop_map(Extensions)
}

/// Extensions up to every limit, too many for a leaf.
pub(crate) fn wide_extensions() -> impl Strategy<Value = Extensions> {
    btree_map(any::<u64>(), vec(any::<u8>(), 0..40), 0..=MAX_EXTENSIONS).prop_map(Extensions)
}

pub(crate) fn cut() -> impl Strategy<Value = Cut> {
    btree_map(feed(), any::<u64>(), 0..=MAX_CUT).prop_map(Cut)
}

pub(crate) fn ranges() -> impl Strategy<Value = Vec<Range>> {
    let spans = btree_map(feed(), (any::<u32>(), 1..100u64), 1..=MAX_RANGES / 2);
    spans.prop_map(|spans| {
        let pair = |(feed, (start, len))| {
            let start = u64::from(start);
            [
                Range { feed, start, end: start + len },
                Range { feed, start: start + len, end: start + 2 * len },
            ]
        };
        spans.into_iter().flat_map(pair).collect()
    })
}

/// Plain text as names and demands allow it, 1 to so many bytes.
pub(crate) fn plain(limit: usize) -> impl Strategy<Value = String> {
    vec(select(vec!['a', 'Z', ' ', '0', '"', 'ü', '東', '🌾']), 1..=limit / 4)
        .prop_map(|letters| letters.into_iter().collect())
}

pub(crate) fn language() -> impl Strategy<Value = Language> {
    let known =
        select(vec!["und", "sw", "pt-BR", "es-419", "zh-Hant-TW", "de-CH-1901"]).prop_map(str::to_owned);
    prop_oneof![known, "[a-z]{2,3}", "[a-z]{2}-[A-Z][a-z]{3}", "[a-z]{3}-[A-Z]{2}-[a-z]{5,8}"]
        .prop_map(|tag| Language::parse_canonical(&tag).unwrap())
}

pub(crate) fn slug() -> impl Strategy<Value = Slug> {
    "[a-z0-9][a-z0-9-]{0,31}".prop_map(|text| Slug::parse(&text).unwrap())
}

pub(crate) fn region() -> impl Strategy<Value = Region> {
    "[A-Z]{2}".prop_map(|text| Region::parse_canonical(&text).unwrap())
}

/// A single licence or an expression, brought to its one spelling.
pub(crate) fn licence() -> impl Strategy<Value = Licence> {
    let listed = vec!["MIT", "CC-BY-4.0", "ODbL-1.0", "0BSD", "CDDL-1.0+", "Apache-2.0 WITH LLVM-exception"];
    let single = prop_oneof![select(listed).prop_map(str::to_owned), "LicenseRef-[a-zA-Z0-9.-]{1,20}"];
    let expression = single.prop_recursive(2, 4, 2, |inner| {
        let operator = select(vec!["AND", "OR"]);
        (inner.clone(), operator, inner)
            .prop_map(|(left, operator, right)| format!("({left} {operator} {right})"))
    });
    let none = select(vec!["NONE", "NOASSERTION"]).prop_map(str::to_owned);
    prop_oneof![9 => expression, 1 => none].prop_map(|text| Licence::parse(&text).unwrap())
}

pub(crate) fn preferences() -> impl Strategy<Value = Preferences> {
    let preference = || select(vec![Preference::Unset, Preference::Allow, Preference::Deny]);
    (preference(), preference(), preference(), preference(), preference()).prop_map(
        |(train, ai_use, search, evaluate, tdm)| Preferences { train, ai_use, search, evaluate, tdm },
    )
}

pub(crate) fn conditions() -> impl Strategy<Value = BTreeSet<Condition>> {
    btree_set(select(Condition::ALL), 0..4)
}

pub(crate) fn purposes() -> impl Strategy<Value = BTreeSet<Purpose>> {
    btree_set(select(Purpose::ALL), 0..4)
}
