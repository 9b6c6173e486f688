//! What an amendment lacks before it holds, checked against the fold itself in the tests of the command line.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Content, Cut, KeySet, next_root_digest};
use commonwheel_record::{CollectiveId, Control, FeedId, Hash, NetworkId, SecretKey};

use super::values::own;
use crate::charter::amend::{Lack, Predecessor, decode, encode};
use crate::charter::{Document, OrOwn, Own, Standing};

fn network() -> NetworkId {
    NetworkId::named("test")
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// A charter of two root keys of which both must sign, that commits to two others.
fn predecessor() -> Predecessor {
    let document = Document { name: "Riverside".to_owned(), ..Document::default() };
    let standing =
        Standing { collective: None, number: 0, previous: None, cut: Cut::default(), nonce: Hash([1; 32]) };
    let mut charter = document.charter(&network(), &own(), &standing).unwrap();
    charter.root = KeySet { threshold: 2, keys: BTreeSet::from([key(11).public(), key(12).public()]) };
    charter.next_root = [13, 14].map(|seed| next_root_digest(&network(), &key(seed).public())).into();
    Predecessor { collective: CollectiveId([9; 32]), charter, hash: Hash([3; 32]) }
}

fn next(change: impl FnOnce(&mut Document)) -> Control {
    let before = predecessor();
    let mut document = Document::of(before.charter.clone(), Some(before.collective));
    change(&mut document);
    let cut = Cut(BTreeMap::from([(FeedId([4; 32]), 7)]));
    before.next(&network(), &document, &Own::default(), cut).unwrap()
}

fn lacks(control: &Control) -> Vec<Lack> {
    predecessor().lacks(&network(), control)
}

#[test]
fn both_thresholds_sign() {
    let control = next(|document| document.rules.notice_days = 14);
    assert_eq!(lacks(&control).len(), 2);
    let once = control.signed(&network(), &key(11));
    let open = vec![key(12).public()];
    assert_eq!(lacks(&once)[0], Lack::Signatures { of: "before", have: 1, need: 2, open });
    let stranger = once.clone().signed(&network(), &key(99));
    assert_eq!(lacks(&stranger).len(), 2, "a stranger's signature counts for nothing");
    let both = once.signed(&network(), &key(12));
    assert_eq!(lacks(&both), []);
    assert_eq!(decode(&encode(both.clone())), Some(both));
}

#[test]
fn root_keys_are_handed_over_only_to_those_committed_to() {
    let named = |seed: u8| OrOwn::Named(key(seed).public());
    let strangers = next(|document| document.root.keys = [named(15), named(13)].into());
    assert!(lacks(&strangers).contains(&Lack::Uncommitted(vec![key(15).public()])));
    let uncommitted = next(|document| document.next_root.clear());
    assert!(matches!(lacks(&uncommitted)[0], Lack::Uncommitted(_)));
    let handed = next(|document| document.root.keys = [named(13), named(14)].into());
    assert!(lacks(&handed).iter().all(Lack::is_signature));
    let signed =
        [11, 12, 13, 14].iter().fold(handed, |control, seed| control.signed(&network(), &key(*seed)));
    assert_eq!(lacks(&signed), []);
}

#[test]
fn what_follows_another_charter_or_is_signed_elsewhere_is_told() {
    let signed = |control: Control| control.signed(&network(), &key(11)).signed(&network(), &key(12));
    let mut late = next(|_| {});
    if let Content::Charter(charter) = &mut late.content {
        charter.previous = Some(Hash([8; 32]));
    }
    assert_eq!(lacks(&signed(late)), [Lack::Elsewhere { number: 0 }]);
    let elsewhere = next(|_| {}).signed(&NetworkId::named("other"), &key(11));
    assert_eq!(lacks(&elsewhere)[0], Lack::BadSignature);
}
