//! `cbor::check` against a generic decoder: bytes are canonical if and only if a value of the profile encodes to them.

use cbor4ii::core::Value;
use cbor4ii::core::dec::Decode as _;
use cbor4ii::core::enc::Encode as _;
use cbor4ii::core::utils::{BufWriter, SliceReader};
use commonwheel_record::cbor::{MAX_DEPTH, check};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Decides by decoding and encoding again, with a decoder that knows more than the profile.
fn reference(bytes: &[u8]) -> bool {
    let mut reader = SliceReader::new(bytes);
    let Ok(value) = Value::decode(&mut reader) else { return false };
    let mut writer = BufWriter::new(Vec::new());
    value.encode(&mut writer).unwrap();
    writer.buffer() == bytes && in_profile(&value, 0)
}

fn in_profile(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Bytes(_) | Value::Text(_) => true,
        Value::Integer(value) => u64::try_from(*value).is_ok(),
        Value::Array(items) => depth < MAX_DEPTH && items.iter().all(|item| in_profile(item, depth + 1)),
        Value::Map(pairs) => {
            let key = |value: &Value| match value {
                Value::Integer(value) => u64::try_from(*value).ok(),
                _ => None,
            };
            let keys: Option<Vec<u64>> = pairs.iter().map(|(k, _)| key(k)).collect();
            depth < MAX_DEPTH
                && keys.is_some_and(|keys| keys.is_sorted_by(|a, b| a < b))
                && pairs.iter().all(|(_, value)| in_profile(value, depth + 1))
        }
        _ => false,
    }
}

fn head(major: u8, argument: u64, width: usize) -> Vec<u8> {
    let bytes = argument.to_be_bytes();
    match width {
        0 if argument < 24 => vec![major << 5 | bytes[7]],
        0 => head(major, argument, 1),
        1 if argument <= 0xff => vec![major << 5 | 24, bytes[7]],
        1 | 2 if argument <= 0xffff => [&[major << 5 | 25], &bytes[6..]].concat(),
        1..=3 if argument <= 0xffff_ffff => [&[major << 5 | 26], &bytes[4..]].concat(),
        _ => [&[major << 5 | 27], &bytes[..]].concat(),
    }
}

/// Integers around the boundaries of the widths.
fn integer() -> impl Strategy<Value = u64> {
    let edges = vec![0, 1, 23, 24, 255, 256, 65_535, 65_536, 0xffff_ffff, 0x1_0000_0000, u64::MAX];
    prop_oneof![select(edges), any::<u64>(), 0..300u64]
}

/// One canonical item of the profile, not deeper than ten.
pub(crate) fn item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        integer().prop_map(|value| head(0, value, 0)),
        vec(any::<u8>(), 0..40).prop_map(|bytes| [head(2, bytes.len() as u64, 0), bytes].concat()),
        any::<String>().prop_map(|text| [head(3, text.len() as u64, 0), text.into_bytes()].concat()),
        select(vec![0xf4, 0xf5, 0xf6]).prop_map(|simple| vec![simple]),
    ];
    leaf.prop_recursive(10, 40, 5, |inner| {
        let array = vec(inner.clone(), 0..5)
            .prop_map(|items| [head(4, items.len() as u64, 0), items.concat()].concat());
        let map = btree_map(integer(), inner, 0..5).prop_map(|pairs| {
            let mut bytes = head(5, pairs.len() as u64, 0);
            pairs.into_iter().for_each(|(key, value)| bytes.extend([head(0, key, 0), value].concat()));
            bytes
        });
        prop_oneof![array, map]
    })
}

/// Items of any form, canonical or not: any width, major type and order, sometimes without a length.
pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let odd = select(vec![
        "f7",
        "20",
        "f93c00",
        "f97e00",
        "fb7ff8000000000001",
        "c100",
        "f814",
        "5f4100ff",
        "7f6161ff",
    ]);
    let leaf = prop_oneof![
        6 => (integer(), prop_oneof![3 => Just(0), 1 => 0..5usize]).prop_map(|(value, width)| head(0, value, width)),
        1 => odd.prop_map(|hex| (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()),
        6 => item(),
        1 => vec(any::<u8>(), 0..3),
    ];
    leaf.prop_recursive(20, 30, 3, |inner| {
        let width = || prop_oneof![9 => Just(0), 1 => 0..5usize];
        let array = (vec(inner.clone(), 0..3), width())
            .prop_map(|(items, width)| [head(4, items.len() as u64, width), items.concat()].concat());
        let pairs = vec((integer().prop_map(|key| head(0, key, 0)), inner.clone()), 0..3);
        let map = (pairs, width()).prop_map(|(pairs, width)| {
            let mut bytes = head(5, pairs.len() as u64, width);
            pairs.into_iter().for_each(|(key, value)| bytes.extend([key, value].concat()));
            bytes
        });
        let open = vec(inner, 0..3).prop_map(|items| [vec![0x9f], items.concat(), vec![0xff]].concat());
        prop_oneof![8 => array, 4 => map, 1 => open]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn canonical_items_pass(bytes in item()) {
        prop_assert_eq!(check(&bytes), Ok(()));
        prop_assert!(reference(&bytes));
    }

    #[test]
    fn check_agrees_with_decoding_and_encoding_again(bytes in bytes()) {
        prop_assert_eq!(check(&bytes).is_ok(), reference(&bytes));
    }

    #[test]
    fn check_agrees_on_damaged_items(mut bytes in item(), at in any::<Index>(), byte in any::<u8>()) {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        prop_assert_eq!(check(&bytes).is_ok(), reference(&bytes));
    }

    #[test]
    fn check_agrees_on_random_bytes(bytes in vec(any::<u8>(), 0..12)) {
        prop_assert_eq!(check(&bytes).is_ok(), reference(&bytes));
    }
}

/// The deepest items the profile allows, and one deeper.
#[test]
fn both_draw_the_line_at_the_same_depth() {
    for opening in [&[0x81][..], &[0xa1, 0x00]] {
        let nested = |depth: usize| [opening.repeat(depth), vec![0xf6]].concat();
        assert!(check(&nested(MAX_DEPTH)).is_ok() && reference(&nested(MAX_DEPTH)));
        assert!(check(&nested(MAX_DEPTH + 1)).is_err() && !reference(&nested(MAX_DEPTH + 1)));
    }
}
