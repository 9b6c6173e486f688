//! Bytes nobody honest would send: nothing panics, and what is accepted is canonical.

use commonwheel_record::attestation::Attestation;
use commonwheel_record::body::{Body, Content};
use commonwheel_record::limits::{MAX_BODY, MAX_LEAF, MAX_SUBMISSION_ITEMS};
use commonwheel_record::submission::{SubmissionBody, SubmissionError, text_hash};
use commonwheel_record::{CollectiveId, Domain, Hash, Leaf, Manifest, SecretKey, cbor};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::words::network;
use crate::{canonical, control, data, stated};

/// Hands bytes to every decoder; each either refuses them or encodes them again as they were.
fn assert_exact(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(leaf) = Leaf::decode(bytes) {
        prop_assert_eq!(leaf.encode(), bytes);
        prop_assert!(bytes.len() <= MAX_LEAF);
        prop_assert_eq!(cbor::check(bytes), Ok(()));
    }
    if let Ok(manifest) = Manifest::decode(bytes, &network()) {
        prop_assert_eq!(manifest.encode(), bytes);
    }
    if let Ok(body) = Body::decode(bytes) {
        prop_assert_eq!(body.encode().unwrap(), bytes);
    }
    if let Ok(attestation) = Attestation::open(bytes, &network()) {
        prop_assert_eq!(attestation.encode(), bytes);
    }
    if let Ok(body) = SubmissionBody::open(bytes, &network(), CollectiveId([0; 32])) {
        prop_assert_eq!(body.encode(), bytes);
    }
    Ok(())
}

/// Encodings of all kinds of values.
fn valid() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        data::leaf().prop_map(|leaf| leaf.encode()).boxed(),
        control::leaf().prop_map(|leaf| leaf.encode()).boxed(),
        data::manifest().prop_map(|manifest| manifest.encode()).boxed(),
        data::body().prop_map(|body| body.encode().unwrap()).boxed(),
        data::submission_body().prop_map(|body| body.encode()).boxed(),
        stated::attestation().prop_map(|attestation| attestation.encode()).boxed(),
    ]
}

#[derive(Clone, Debug)]
pub(crate) enum Damage {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index, Index),
}

pub(crate) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    vec(damage(), 1..4)
}

fn damage() -> impl Strategy<Value = Damage> {
    let heads = proptest::sample::select(vec![
        0x00, 0x18, 0x19, 0x1b, 0x5f, 0x7f, 0x80, 0x9f, 0xa0, 0xc1, 0xf6, 0xf7, 0xf9, 0xff,
    ]);
    prop_oneof![
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (any::<Index>(), prop_oneof![heads.clone(), any::<u8>()])
            .prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), heads).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        any::<Index>().prop_map(Damage::Remove),
        any::<Index>().prop_map(Damage::Cut),
        any::<(Index, Index)>().prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

pub(crate) fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        let at = |index: &Index| index.index(len);
        match damage {
            Damage::Flip(index, bit) => bytes[at(index)] ^= 1 << bit,
            Damage::Set(index, byte) => bytes[at(index)] = *byte,
            Damage::Insert(index, byte) => bytes.insert(at(index), *byte),
            Damage::Remove(index) => drop(bytes.remove(at(index))),
            Damage::Cut(index) => bytes.truncate(at(index)),
            Damage::Repeat(from, to) => {
                let (low, high) = (at(from).min(at(to)), at(from).max(at(to)));
                bytes.extend_from_within(low..high);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..200)) {
        assert_exact(&bytes)?;
    }

    #[test]
    fn random_items(bytes in canonical::bytes()) {
        assert_exact(&bytes)?;
    }

    #[test]
    fn damaged_values(bytes in valid(), damages in damages()) {
        assert_exact(&damaged(bytes, &damages))?;
    }

    /// What a kind without a meaning says is kept as it is, and only its number and extensions are understood.
    #[test]
    fn unknown_kinds_are_kept_verbatim(
        kind in 35..u64::MAX,
        content in canonical::item(),
        critical in any::<bool>(),
    ) {
        let mut encoder = cbor::Encoder::default();
        encoder.array(4);
        encoder.uint(1);
        encoder.uint(kind);
        encoder.raw(&content);
        encoder.map(1);
        encoder.uint(if critical { 1 } else { 2 });
        encoder.bytes(b"value");
        let bytes = encoder.into_bytes();
        prop_assume!(bytes.len() <= MAX_LEAF);
        let leaf = Leaf::decode(&bytes).unwrap();
        prop_assert_eq!(&leaf.encode(), &bytes);
        prop_assert_eq!(leaf.unknown_critical(), critical);
        prop_assert_eq!(leaf, Leaf::Unknown { version: 1, kind, bytes, critical });
    }
}

/// The limits that are too wide for a golden vector.
#[test]
fn what_is_one_larger_than_the_largest_is_refused() {
    let (key, collective) = (SecretKey::from_seed(&[1; 32]), CollectiveId([0; 32]));
    let submission = |count: usize| {
        let items = (0..count as u64).map(|at| text_hash(&network(), &at.to_string())).collect();
        SubmissionBody::sign(&network(), &key, collective, Hash([2; 32]), 0, items)
    };
    let most = submission(MAX_SUBMISSION_ITEMS).unwrap();
    assert!(submission(MAX_SUBMISSION_ITEMS + 1).is_err());
    let mut content = most.content.clone();
    content.items.push(Hash([0xff; 32]));
    let signature = key.sign(Domain::SUBMISSION, &network(), &cbor::encode(&content));
    let one_more = SubmissionBody { content, key: key.public(), signature };
    let open = |body: &SubmissionBody| SubmissionBody::open(&body.encode(), &network(), collective);
    assert_eq!(open(&most), Ok(most.clone()));
    assert!(matches!(open(&one_more), Err(SubmissionError::Malformed(_))));

    let text = |len: usize| Body::of(Content::Text("x".repeat(len))).encode();
    let overhead = text(MAX_BODY / 2).unwrap().len() - MAX_BODY / 2;
    let longest = text(MAX_BODY - overhead).unwrap();
    assert_eq!(longest.len(), MAX_BODY);
    assert!(Body::decode(&longest).is_ok() && text(MAX_BODY - overhead + 1).is_err());
    let long = cbor::encode(&Body::of(Content::Text("x".repeat(MAX_BODY - overhead + 1))));
    assert_eq!(Body::decode(&long), Err(cbor::DecodeError::TooLong(MAX_BODY)));
}
