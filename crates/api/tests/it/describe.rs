//! Every record the format's golden vectors hold can be shown, and every reason of the valve has its own code.

use std::collections::BTreeSet;
use std::path::Path;

use commonwheel_api::describe;
use commonwheel_api::types::Decided;
use commonwheel_record::body::Body;
use commonwheel_record::control::{Rung, WithdrawalClass};
use commonwheel_record::{CollectiveId, FeedId, Leaf, RecordId};
use commonwheel_valve::{Decision, Reason};
use serde_json::Value;

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// The accepted vectors of one type, each with what it is called.
fn vectors(kind: &str) -> Vec<(String, Vec<u8>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../record/testdata/accept.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let all = all["vectors"].as_array().unwrap().clone();
    let of_kind = all.iter().filter(|vector| vector["type"] == kind);
    of_kind.map(|v| (v["name"].to_string(), bytes(v["bytes"].as_str().unwrap()))).collect()
}

#[test]
fn every_leaf_of_the_golden_vectors_is_shown() {
    let mut kinds = BTreeSet::new();
    for (name, bytes) in vectors("leaf") {
        let leaf = Leaf::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let shown = describe::leaf(&leaf);
        let fields = shown.as_object().unwrap_or_else(|| panic!("{name}"));
        assert!(fields.contains_key("kind") || fields.contains_key("commitment"), "{name}: {shown:#}");
        kinds.insert(leaf.kind_name());
    }
    assert!(kinds.len() >= 12, "{kinds:?}");
}

#[test]
fn every_body_of_the_golden_vectors_is_shown() {
    let bodies = vectors("body");
    assert!(!bodies.is_empty());
    for (name, bytes) in bodies {
        let shown = describe::body(&Body::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")));
        assert!(shown["content"].is_object(), "{name}: {shown:#}");
    }
}

#[test]
fn reasons_have_codes_of_their_own_and_name_what_they_rest_on() {
    let id = RecordId { feed: FeedId([7; 32]), index: 3 };
    let steward = CollectiveId([9; 32]);
    let reasons = [
        (Reason::Members, None),
        (Reason::Control, None),
        (Reason::Submission, None),
        (Reason::Erased { withdrawal: id, class: WithdrawalClass::Preference }, Some("withdrawal")),
        (Reason::Local, None),
        (Reason::Owner, None),
        (Reason::Unowned, None),
        (Reason::Closed, None),
        (Reason::Unknown, None),
        (Reason::StewardMissing(steward), Some("steward")),
        (Reason::HeaderMissing, None),
        (Reason::Unreleased, None),
        (Reason::Tier, None),
        (Reason::Region, None),
        (Reason::Gated { offer: id }, Some("offer")),
        (Reason::Purpose, None),
        (Reason::Overlaid { embargo: id }, Some("embargo")),
        (Reason::Irrevocable { release: id }, Some("release")),
        (Reason::Withheld { embargo: id }, Some("embargo")),
        (Reason::Released { release: id }, Some("release")),
    ];
    let mut codes = BTreeSet::new();
    for (because, rests_on) in reasons {
        let decided = Decided::from(&Decision { rung: Some(Rung::Header), because });
        assert_eq!(decided.rule, because.rule());
        assert_eq!(decided.related.first().map(|related| related.what.as_str()), rests_on, "{because:?}");
        assert!(codes.insert(decided.code), "{because:?}");
    }
}
