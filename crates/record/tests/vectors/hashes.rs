//! Values computed from inputs: ids, commitments, signatures, and the spelling of terms.

use commonwheel_record::attestation::record_subject;
use commonwheel_record::control::next_root_digest;
use commonwheel_record::submission::{item_hash, text_hash};
use commonwheel_record::terms::{Language, Licence, Region, Slug};
use commonwheel_record::{Commitment, Domain, Hash, NetworkId, PublicKey, RecordId, SecretKey, Signature};
use serde_json::{Value, json};

use crate::balloting;
use crate::files::{Computed, Expected, File};
use crate::item::unhex;
use crate::reader::key_class;
use crate::samples::{contribution, contribution_leaf, key, network, other_network, record};

/// Every domain by its name in the crate.
const DOMAINS: &[(&str, Domain)] = &[
    ("commit", Domain::COMMIT),
    ("control", Domain::CONTROL),
    ("submission", Domain::SUBMISSION),
    ("attestation", Domain::ATTESTATION),
    ("leave", Domain::LEAVE),
    ("petition", Domain::PETITION),
    ("vote", Domain::VOTE),
];

/// Computes a function by its name.
pub(crate) fn compute(function: &str, inputs: &Expected) -> Value {
    let text = |name: &str| inputs[name].as_str().expect("a text");
    let bytes = |name: &str| unhex(text(name));
    let hash = |name: &str| -> [u8; 32] { bytes(name).try_into().expect("32 bytes") };
    let number = |name: &str| inputs[name].as_u64().expect("a number");
    match function {
        "network_id" => json!(NetworkId::named(text("name")).to_string()),
        "text_hash" => json!(text_hash(&network(), text("text")).to_string()),
        "item_hash" => json!(item_hash(&network(), &hash("salt"), &bytes("header")).to_string()),
        "next_root_digest" => json!(next_root_digest(&network(), &PublicKey(hash("key"))).to_string()),
        "record_subject" => {
            json!(record_subject(&network(), &text("record").parse().expect("a record id")).to_string())
        }
        "commit" => {
            let made = Commitment::to(&network(), &hash("salt"), &body(inputs));
            json!({ "hash": made.hash.to_string(), "bucket": made.bucket })
        }
        "opens" => {
            let bucket = u8::try_from(number("bucket")).expect("a byte");
            let commitment = Commitment { hash: Hash(hash("hash")), bucket };
            json!(commitment.opens(&network(), &hash("salt"), &body(inputs)))
        }
        "ed25519_public" => json!(SecretKey::from_seed(&hash("seed")).public().to_string()),
        "ed25519_verify" => verdict(&hash("key"), &bytes("message"), &bytes("signature")),
        "signed_message" => json!(signed_message(text("domain"), &bytes("message"))),
        "licence" => match Licence::parse_canonical(text("text")) {
            Ok(licence) => json!({ "class": licence.class().letter() }),
            Err(_) => json!("refused"),
        },
        "language" => canonical(Language::parse_canonical(text("text")).is_ok()),
        "slug" => canonical(Slug::parse(text("text")).is_ok()),
        "region" => canonical(Region::parse_canonical(text("text")).is_ok()),
        other => balloting::compute(other, inputs),
    }
}

/// A body given in hexadecimal, or as so many zero bytes.
fn body(inputs: &Expected) -> Vec<u8> {
    let zeros =
        |len: &Value| vec![0; len.as_u64().and_then(|len| usize::try_from(len).ok()).expect("a length")];
    inputs.get("zeros").map_or_else(|| unhex(inputs["body"].as_str().expect("a body")), zeros)
}

fn verdict(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Value {
    let signature = Signature(signature.try_into().expect("64 bytes"));
    let outcome = PublicKey(*key).admit().and_then(|key| key.verify_raw(message, &signature));
    json!(outcome.map_or_else(key_class, |()| "valid"))
}

/// The signature of the key with seed 42, 42, … in a domain.
fn signed_message(domain: &str, message: &[u8]) -> String {
    let (_, domain) = DOMAINS.iter().find(|(name, _)| *name == domain).expect("a known domain");
    crate::item::hex(&key(42).sign(*domain, &network(), message).0)
}

fn canonical(accepted: bool) -> Value {
    json!(if accepted { "accepted" } else { "refused" })
}

pub(crate) struct List(Vec<Computed>);

impl List {
    pub(crate) fn add(&mut self, function: &str, name: &str, inputs: Value) {
        let inputs: Expected = serde_json::from_value(inputs).expect("inputs are an object");
        let result = compute(function, &inputs);
        self.0.push(Computed { name: name.to_owned(), function: function.to_owned(), inputs, result });
    }
}

pub(crate) fn file() -> File<Computed> {
    let mut list = List(Vec::new());
    ids(&mut list);
    commitments(&mut list);
    signatures(&mut list);
    terms(&mut list);
    balloting::list(&mut list);
    crate::files::file("values computed from named inputs; bytes are hexadecimal", list.0)
}

fn ids(list: &mut List) {
    for name in ["commonwheel-vectors", "commonwheel", "", "réseau"] {
        list.add("network_id", &format!("of {name:?}"), json!({ "name": name }));
    }
    list.add("text_hash", "a consent", json!({ "text": "I agree." }));
    list.add("text_hash", "beyond ASCII", json!({ "text": "Ninakubali — 東京" }));
    let header = crate::item::hex(&contribution_leaf(contribution()));
    list.add("item_hash", "the sample contribution", json!({ "salt": "51".repeat(32), "header": header }));
    list.add("next_root_digest", "a key", json!({ "key": key(1).public().to_string() }));
    list.add("record_subject", "a record", json!({ "record": record(9).to_string() }));
    let last = RecordId { index: u64::MAX, ..record(0) };
    list.add("record_subject", "the last record there can be", json!({ "record": last.to_string() }));
}

fn commitments(list: &mut List) {
    let salt = "5a".repeat(32);
    list.add("commit", "an empty body", json!({ "salt": salt, "body": "" }));
    list.add("commit", "a short body", json!({ "salt": salt, "body": "626f6479" }));
    for zeros in [63, 64, 65, 128, 129, 1023, 1024, 1025, 2048, 2049, 5000, 1 << 20] {
        list.add("commit", &format!("{zeros} zero bytes"), json!({ "salt": salt, "zeros": zeros }));
    }
    let made = Commitment::to(&network(), &[0x5a; 32], b"body");
    let elsewhere = Commitment::to(&other_network(), &[0x5a; 32], b"body");
    let too_long =
        Commitment { bucket: 21, ..Commitment::to(&network(), &[0x5a; 32], &vec![0; (1 << 20) + 1]) };
    for (name, commitment, salt, body) in [
        ("its body", made, &salt, json!({ "body": "626f6479" })),
        ("another salt", made, &"5b".repeat(32), json!({ "body": "626f6479" })),
        ("another body", made, &salt, json!({ "body": "626f6459" })),
        ("a longer body", made, &salt, json!({ "body": "626f647900" })),
        ("another bucket", Commitment { bucket: 7, ..made }, &salt, json!({ "body": "626f6479" })),
        ("another network's", elsewhere, &salt, json!({ "body": "626f6479" })),
        ("a body over 1 MiB", too_long, &salt, json!({ "zeros": (1 << 20) + 1 })),
    ] {
        let mut inputs = body;
        inputs["salt"] = json!(salt);
        inputs["hash"] = json!(commitment.hash.to_string());
        inputs["bucket"] = json!(commitment.bucket);
        list.add("opens", name, inputs);
    }
}

/// RFC 8032 §7.1, tests 1 to 3: seed, message, signature.
const RFC_8032: [(&str, &str, &str); 3] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

/// "commonwheel"; the two spoiled-key cases append " 0" and " 5".
const MESSAGE: &str = "636f6d6d6f6e776865656c";
const SEED_42: &str = "197f6b23e16c8532c6abc838facd5ea789be0c76b2920334039bfa8b3d368d61";
/// The key of seed 42, 42, … plus a point of order 8.
const MIXED: &str = "5e2a648325bc9a8f481c735248eda873674ff86f0a74835f61c4b8e2eb0a4879";

/// Signatures at the edges of Ed25519, where verifiers differ: computed apart from the library under test.
#[rustfmt::skip]
const EDGES: [(&str, &str, &str, &str); 9] = [
    ("a plain signature", SEED_42, MESSAGE, "71589d5c46cd3037ef276f48c2e9d4f666fb4bd918ad7cb8eade4d5dc09b0d456bca0bd59b78c08e72204a53da85039c6706162d2e3fc889bd8a03f5b5892d08"),
    ("another message", SEED_42, "636f6d6d6f6e776865656d", "71589d5c46cd3037ef276f48c2e9d4f666fb4bd918ad7cb8eade4d5dc09b0d456bca0bd59b78c08e72204a53da85039c6706162d2e3fc889bd8a03f5b5892d08"),
    ("S beyond the group order", SEED_42, MESSAGE, "71589d5c46cd3037ef276f48c2e9d4f666fb4bd918ad7cb8eade4d5dc09b0d45589e0132b6dbd2e648bd41f6b87fe2b06706162d2e3fc889bd8a03f5b5892d18"),
    ("R of small order, equation holds", SEED_42, MESSAGE, "0100000000000000000000000000000000000000000000000000000000000000a9f141c6581f00b225a05943ca40016c07809dfac1d7b423a2c4b8c133b15d0c"),
    ("R encoded beyond the field", SEED_42, MESSAGE, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fd5628fce977ba0dc13cd463cc840a01240525a9b39e3cbe6dd394676c69ad800"),
    ("R of mixed order, holds only with the cofactor", SEED_42, MESSAGE, "5b61c2e3b93e6c06450f327ea72cdfeb8cde6aa020d2dd827ab3f86e708c8393ed66a71226479c731154c39caceefde0fa44ba139f21d0d4b848231e2eaa060a"),
    ("key of mixed order, holds only with the cofactor", MIXED, "636f6d6d6f6e776865656c2030", "0c5b93eb44305e2e76af3176e4ae8719afd974d91074a9217a3ea94dda00642e57afa7e927f833710ae41a51a0cd787b3243b21855b8e9fb00c26db16de06b04"),
    ("key of mixed order, holds without the cofactor", MIXED, "636f6d6d6f6e776865656c2035", "3fd3d1b3090ad0cf20c3adfad71fa957b172cc731bc4d5e5afa1d870b1d827bf3da281700953691366ada4a8cb9be8d06194c9796391a325529b8423fd854a00"),
    ("weak key, all zero but R", "0100000000000000000000000000000000000000000000000000000000000000", MESSAGE, "01000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
];

fn signatures(list: &mut List) {
    for (at, (seed, message, signature)) in RFC_8032.into_iter().enumerate() {
        let name = format!("RFC 8032 §7.1, test {}", at + 1);
        list.add("ed25519_public", &name, json!({ "seed": seed }));
        let public = SecretKey::from_seed(&unhex(seed).try_into().expect("32 bytes")).public().to_string();
        list.add(
            "ed25519_verify",
            &name,
            json!({ "key": public, "message": message, "signature": signature }),
        );
    }
    list.add("ed25519_public", "seed 42, 42, …", json!({ "seed": "2a".repeat(32) }));
    for (name, key, message, signature) in EDGES {
        list.add("ed25519_verify", name, json!({ "key": key, "message": message, "signature": signature }));
    }
    for (domain, _) in DOMAINS {
        list.add(
            "signed_message",
            domain,
            json!({ "domain": domain, "seed": "2a".repeat(32), "message": MESSAGE }),
        );
    }
}

fn terms(list: &mut List) {
    for text in [
        "CC-BY-4.0",
        "CC0-1.0",
        "PDDL-1.0",
        "Apache-2.0",
        "CDLA-Sharing-1.0",
        "ODbL-1.0",
        "CC-BY-3.0",
        "MIT",
        "GPL-3.0-only",
        "LicenseRef-terms-2026",
        "DocumentRef-a:LicenseRef-b",
        "NONE",
        "NOASSERTION",
        "GPL-3.0-or-later",
        "CC-BY-4.0 OR LicenseRef-x",
        "CC-BY-4.0 AND LicenseRef-x",
        "MIT OR CC-BY-4.0 AND LicenseRef-x",
        "(MIT OR CC-BY-4.0) AND LicenseRef-x",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "CDDL-1.0+",
        "cc-by-4.0",
        "CC-BY-4.0 or MIT",
        " MIT",
        "MIT ",
        "MIT  OR ISC",
        "(MIT)",
        "(MIT OR ISC) OR 0BSD",
        "(MIT AND ISC) OR 0BSD",
        "GPL-2.0",
        "Unlicensed",
        "LicenseRef-",
        "NONE OR MIT",
        "NOASSERTION AND MIT",
        "MIT,ISC",
        "MIT OR",
        "",
        "MIT/ISC",
        "LicenseRef-é",
    ] {
        list.add("licence", &format!("{text:?}"), json!({ "text": text }));
    }
    for text in [
        "und",
        "sw",
        "bbj",
        "pt-BR",
        "es-419",
        "zh-Hant-TW",
        "sl-rozaj-biske",
        "de-CH-1901",
        "SW",
        "pt-br",
        "zh-hant-tw",
        "en_US",
        "x-secret",
        "en-x-secret",
        "i-klingon",
        "zh-yue",
        "english",
        "e",
        "",
        "de-1901-1901",
        "en-US-Latn",
    ] {
        list.add("language", &format!("{text:?}"), json!({ "text": text }));
    }
    for text in ["a", "0", "a--b", "a-", "health", "", "-a", "A", "a_b", "a.b", "é", "a b"] {
        list.add("slug", &format!("{text:?}"), json!({ "text": text }));
    }
    for text in ["KE", "ZZ", "ke", "K", "KEN", "K1", ""] {
        list.add("region", &format!("{text:?}"), json!({ "text": text }));
    }
}
