//! Whose signatures over a control record hold.

use std::collections::BTreeSet;

use commonwheel_record::control::KeySet;
use commonwheel_record::{Control, Domain, NetworkId, PublicKey, SecretKey, Signature};
use proptest::collection::btree_set;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::control;
use crate::words::network;

/// Signs an arbitrary record anew with the keys of these seeds.
fn signed(mut record: Control, seeds: &BTreeSet<u8>) -> Control {
    record.signatures.clear();
    seeds.iter().fold(record, |record, seed| record.signed(&network(), &secret(*seed)))
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn publics(seeds: &BTreeSet<u8>) -> BTreeSet<PublicKey> {
    seeds.iter().map(|seed| secret(*seed).public()).collect()
}

/// How one of the signatures is spoiled.
#[derive(Clone, Debug)]
enum Spoil {
    Bit(usize, u8),
    OtherDomain,
    OtherNetwork,
    OtherKey,
}

fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        (0..64usize, 0..8u8).prop_map(|(byte, bit)| Spoil::Bit(byte, bit)),
        Just(Spoil::OtherDomain),
        Just(Spoil::OtherNetwork),
        Just(Spoil::OtherKey),
    ]
}

fn spoiled(record: &Control, seed: u8, how: &Spoil) -> Signature {
    let bytes = record.signed_bytes();
    let key = secret(seed);
    match how {
        Spoil::Bit(byte, bit) => {
            let mut signature = record.signatures[&key.public()];
            signature.0[*byte] ^= 1 << bit;
            signature
        }
        Spoil::OtherDomain => key.sign(Domain::ATTESTATION, &network(), &bytes),
        Spoil::OtherNetwork => key.sign(Domain::CONTROL, &NetworkId::named("other"), &bytes),
        Spoil::OtherKey => secret(seed + 100).sign(Domain::CONTROL, &network(), &bytes),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_key_that_signed_is_a_signer(record in control::control(), seeds in btree_set(0..9u8, 0..5)) {
        prop_assert_eq!(signed(record, &seeds).signers(&network()), publics(&seeds));
    }

    #[test]
    fn one_bad_signature_counts_for_nothing_and_spoils_no_other(
        record in control::control(),
        seeds in btree_set(0..9u8, 1..5),
        pick in any::<Index>(),
        how in spoil(),
    ) {
        let mut record = signed(record, &seeds);
        let bad = *seeds.iter().nth(pick.index(seeds.len())).unwrap();
        let signature = spoiled(&record, bad, &how);
        record.signatures.insert(secret(bad).public(), signature);
        let mut holding = publics(&seeds);
        let all = KeySet { threshold: u8::try_from(holding.len()).unwrap(), keys: holding.clone() };
        holding.remove(&secret(bad).public());
        prop_assert_eq!(record.signers(&network()), holding);
        prop_assert!(!all.satisfied_by(&record.signers(&network())));
    }

    #[test]
    fn signatures_are_no_part_of_what_is_signed(record in control::control(), seeds in btree_set(0..9u8, 0..5)) {
        let signed = signed(record.clone(), &seeds);
        prop_assert_eq!(signed.signed_bytes(), record.signed_bytes());
        prop_assert_eq!(signed.owner(&network()), record.owner(&network()));
    }

    #[test]
    fn a_signature_holds_for_one_record_only(a in control::control(), b in control::control()) {
        prop_assume!(a.signed_bytes() != b.signed_bytes());
        let a = signed(a, &[1].into());
        let forged = Control { signatures: a.signatures, ..b };
        prop_assert!(forged.signers(&network()).is_empty());
    }
}
