//! Records and bodies as JSON, for people and scripts to read.
//!
//! This is a rendering and no encoding: what was signed are the canonical bytes, and nothing reads these forms back.

mod ballot;
mod body;
mod control;

pub use body::body;
use commonwheel_record::control::Scope;
use commonwheel_record::terms::Preferences;
use commonwheel_record::{Commitment, Contribution, Extensions, Leaf, hex};
use serde_json::{Map, Value, json};

use crate::word::Word;

/// Renders what a leaf says.
#[must_use]
pub fn leaf(leaf: &Leaf) -> Value {
    match leaf {
        Leaf::Contribution(header, extensions) => with_extensions(contribution(header), extensions),
        Leaf::Submission(submission, extensions) => {
            with_extensions(json!({ "commitment": commitment(&submission.commitment) }), extensions)
        }
        Leaf::Control(record) => control::control(record),
        Leaf::Unknown { version, kind, bytes, critical } => json!({
            "version": version,
            "kind": kind,
            "critical": critical,
            "bytes": hex::encode(bytes),
        }),
    }
}

fn contribution(header: &Contribution) -> Value {
    json!({
        "kind": header.kind.name(),
        "language": header.language.as_str(),
        "domain": header.domain.as_str(),
        "tags": texts(&header.tags),
        "labelled": header.labelled,
        "licence": header.licence.as_str(),
        "preferences": preferences(&header.preferences),
        "conditions": texts(&header.conditions),
        "attribution": header.attribution.name(),
        "tier": header.tier.name(),
        "regions": { "allow": texts(&header.regions.allow), "deny": texts(&header.regions.deny) },
        "importer": header.importer.as_str(),
        "stewards": texts(&header.stewards),
        "ancestors": texts(&header.ancestors),
        "commitment": commitment(&header.commitment),
    })
}

fn commitment(commitment: &Commitment) -> Value {
    json!({ "hash": commitment.hash.text(), "bytes_at_most": 1_u64 << commitment.bucket.min(63) })
}

/// Renders preferences.
#[must_use]
pub fn preferences(preferences: &Preferences) -> Value {
    json!({
        "train": preferences.train.as_str(),
        "ai-use": preferences.ai_use.as_str(),
        "search": preferences.search.as_str(),
        "evaluate": preferences.evaluate.as_str(),
        "tdm": preferences.tdm.as_str(),
    })
}

fn scope(scope: &Scope) -> Value {
    json!({
        "kinds": texts(&scope.kinds),
        "languages": texts(&scope.languages),
        "domains": texts(&scope.domains),
        "tags": texts(&scope.tags),
        "tiers": texts(&scope.tiers),
    })
}

fn texts<'a, T: Word + 'a>(values: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    values.into_iter().map(Word::text).collect()
}

fn text_of<T: Word>(value: Option<&T>) -> Option<String> {
    value.map(Word::text)
}

/// Adds the extensions, by their number, where there are any.
fn with_extensions(mut value: Value, extensions: &Extensions) -> Value {
    let shown: Map<String, Value> =
        extensions.0.iter().map(|(key, bytes)| (key.to_string(), hex::encode(bytes).into())).collect();
    if let (false, Value::Object(fields)) = (shown.is_empty(), &mut value) {
        fields.insert("extensions".to_owned(), shown.into());
    }
    value
}
