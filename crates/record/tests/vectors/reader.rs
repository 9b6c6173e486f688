//! Reading vectors with the crate: what it says of accepted bytes, and the class of error it refuses others with.

use commonwheel_record::attestation::{Attestation, AttestationError};
use commonwheel_record::body::{Body, Content};
use commonwheel_record::cbor::{self, DecodeError};
use commonwheel_record::submission::{SubmissionBody, SubmissionError};
use commonwheel_record::{Domain, Hash, KeyError, Leaf, Manifest, PublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::files::Expected;
use crate::item::hex;
use crate::personal;
use crate::samples::{collective, network};

/// What was read: the bytes it encodes to again, and what is known of it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) encoded: Vec<u8>,
    pub(crate) facts: Expected,
}

/// Reads the bytes as an object of the named type.
///
/// # Errors
/// The class of the error, as `testdata/README.md` lists them.
pub(crate) fn read(shape: &str, bytes: &[u8]) -> Result<Seen, &'static str> {
    match shape {
        "leaf" => {
            Leaf::decode(bytes).map(|leaf| seen(leaf.encode(), leaf_facts(&leaf, bytes))).map_err(class)
        }
        "manifest" => manifest(bytes),
        "attestation" => attestation(bytes),
        "submission" => submission(bytes),
        "body" => body(bytes),
        "enrolment-body" | "leave-body" | "ballot-body" | "vote-body" | "reveal-body" => {
            personal::read(shape, bytes).map_err(class)
        }
        "item" => cbor::check(bytes).map(|()| seen(bytes.to_vec(), json!({}))).map_err(class),
        "key" => key(bytes),
        other => panic!("unknown type {other}"),
    }
}

pub(crate) fn seen(encoded: Vec<u8>, facts: Value) -> Seen {
    Seen { encoded, facts: serde_json::from_value(facts).expect("facts are an object") }
}

fn leaf_facts(leaf: &Leaf, bytes: &[u8]) -> Value {
    let leaf_hash = hex(&Sha256::new_with_prefix([0]).chain_update(bytes).finalize());
    let mut facts = json!({
        "kind": leaf.kind_name(),
        "feeds": leaf.purpose().name(),
        "unknown_critical": leaf.unknown_critical(),
        "leaf_hash": leaf_hash,
    });
    if let Leaf::Control(control) = leaf {
        let signers: Vec<String> = control.signers(&network()).iter().map(PublicKey::to_string).collect();
        let name = Hash::of(Domain::CONTROL, &network(), &[&control.signed_bytes()]);
        facts["name"] = json!(name.to_string());
        facts["collective"] = json!(control.owner(&network()).to_string());
        facts["signers"] = json!(signers);
    }
    facts
}

fn manifest(bytes: &[u8]) -> Result<Seen, &'static str> {
    let manifest = Manifest::decode(bytes, &network()).map_err(class)?;
    let facts = json!({
        "feed": manifest.id().to_string(),
        "purpose": manifest.purpose.name(),
        "audience": manifest.audience.name(),
    });
    Ok(seen(manifest.encode(), facts))
}

fn attestation(bytes: &[u8]) -> Result<Seen, &'static str> {
    let attestation = Attestation::open(bytes, &network()).map_err(|error| match error {
        AttestationError::Malformed(error) => class(error),
        AttestationError::Key(error) => key_class(error),
    })?;
    let facts = json!({
        "kind": attestation.key().kind.name(),
        "id": attestation.id(&network()).to_string(),
        "issuer": attestation.content.issuer.to_string(),
    });
    Ok(seen(attestation.encode(), facts))
}

fn submission(bytes: &[u8]) -> Result<Seen, &'static str> {
    let body = SubmissionBody::open(bytes, &network(), collective()).map_err(|error| match error {
        SubmissionError::Malformed(error) => class(error),
        SubmissionError::Key(error) => key_class(error),
        SubmissionError::Collective => "collective",
    })?;
    let facts = json!({ "key": body.key.to_string(), "items": body.content.items.len() });
    Ok(seen(body.encode(), facts))
}

fn body(bytes: &[u8]) -> Result<Seen, &'static str> {
    let body = Body::decode(bytes).map_err(class)?;
    let content = match body.content {
        Content::Thread(_) => "thread",
        Content::Pair { .. } => "pair",
        Content::Text(_) => "text",
        Content::Table(_) => "table",
    };
    Ok(seen(body.encode().map_err(class)?, json!({ "content": content })))
}

fn key(bytes: &[u8]) -> Result<Seen, &'static str> {
    let key = PublicKey(bytes.try_into().expect("keys have 32 bytes"));
    key.admit().map(|_| seen(key.0.to_vec(), json!({}))).map_err(key_class)
}

pub(crate) fn key_class(error: KeyError) -> &'static str {
    match error {
        KeyError::Key => "key",
        KeyError::Signature => "signature",
    }
}

fn class(error: DecodeError) -> &'static str {
    match error {
        DecodeError::Truncated => "truncated",
        DecodeError::Unexpected(_) => "unexpected",
        DecodeError::Trailing => "trailing",
        DecodeError::NotCanonical => "not-canonical",
        DecodeError::TooLong(_) => "too-long",
        DecodeError::TooDeep => "too-deep",
        DecodeError::Rule(_) => "rule",
    }
}
