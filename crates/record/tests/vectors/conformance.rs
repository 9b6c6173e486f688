//! The files as a stranger reads them.

use std::collections::BTreeSet;

use crate::files::{ACCEPT, Accept, Computed, HASHES, REJECT, Reject, read};
use crate::item::{Item, unhex};
use crate::{hashes, reader};

/// The least number of refusals the format promises to pin down.
const LEAST_REFUSALS: usize = 40;

#[test]
fn accepted_vectors_decode_and_encode_to_the_same_bytes() {
    for vector in read::<Accept>(ACCEPT).vectors {
        let bytes = unhex(&vector.bytes);
        let seen = reader::read(&vector.shape, &bytes);
        let seen = seen.unwrap_or_else(|error| panic!("{}: refused as {error}", vector.name));
        assert_eq!(seen.encoded, bytes, "{}", vector.name);
        assert_eq!(seen.facts, vector.expect, "{}", vector.name);
        if vector.shape != "key" {
            assert_eq!(Item::parse(&bytes).diagnostic(), vector.diagnostic, "{}", vector.name);
        }
    }
}

#[test]
fn refused_vectors_fail_with_the_named_class() {
    let vectors = read::<Reject>(REJECT).vectors;
    assert!(vectors.len() >= LEAST_REFUSALS);
    let outcome = |vector: &Reject| match reader::read(&vector.shape, &unhex(&vector.bytes)) {
        Ok(_) => "accepted",
        Err(class) => class,
    };
    let wrong = vectors.iter().filter(|vector| outcome(vector) != vector.error);
    let wrong: Vec<String> =
        wrong.map(|v| format!("{}: {} instead of {}", v.name, outcome(v), v.error)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn computed_values_are_the_same_here() {
    for vector in read::<Computed>(HASHES).vectors {
        let here = hashes::compute(&vector.function, &vector.inputs);
        assert_eq!(here, vector.result, "{}: {}", vector.function, vector.name);
    }
}

#[test]
fn every_vector_has_a_name_of_its_own() {
    let accepted = read::<Accept>(ACCEPT).vectors.into_iter().map(|v| format!("{}: {}", v.shape, v.name));
    let refused = read::<Reject>(REJECT).vectors.into_iter().map(|v| format!("{}: {}", v.shape, v.name));
    let names: Vec<String> = accepted.chain(refused).collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
}
