//! The shape of the files, and writing them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What a vector expects of an implementation, by name.
pub(crate) type Expected = BTreeMap<String, Value>;

/// A file of vectors.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File<T> {
    /// What the file holds, for people.
    pub(crate) about: String,
    /// The network's name; its id starts every hash and signature.
    pub(crate) network: String,
    /// That network's id, in hexadecimal.
    pub(crate) network_id: String,
    /// The vectors.
    pub(crate) vectors: Vec<T>,
}

/// Bytes that must be accepted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accept {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) shape: String,
    pub(crate) bytes: String,
    pub(crate) diagnostic: String,
    pub(crate) expect: Expected,
}

/// Bytes that must be refused.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reject {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) shape: String,
    pub(crate) bytes: String,
    pub(crate) error: String,
    pub(crate) reason: String,
}

/// A value computed from named inputs, or a check of them.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Computed {
    pub(crate) name: String,
    pub(crate) function: String,
    pub(crate) inputs: Expected,
    pub(crate) result: Value,
}

pub(crate) const ACCEPT: &str = include_str!("../../testdata/accept.json");
pub(crate) const REJECT: &str = include_str!("../../testdata/reject.json");
pub(crate) const HASHES: &str = include_str!("../../testdata/hashes.json");

/// Reads a file of vectors.
pub(crate) fn read<T: DeserializeOwned>(source: &str) -> File<T> {
    serde_json::from_str(source).expect("a file of vectors")
}

/// Puts vectors into a file's frame.
pub(crate) fn file<T>(about: &str, vectors: Vec<T>) -> File<T> {
    let (network, network_id) = (crate::samples::NETWORK.to_owned(), crate::samples::network().to_string());
    File { about: about.to_owned(), network, network_id, vectors }
}

#[test]
fn files_are_what_the_tests_describe() {
    assert_eq!(read(ACCEPT), crate::accept::file(), "accept.json is stale");
    assert_eq!(read(REJECT), crate::reject::file(), "reject.json is stale");
    assert_eq!(read(HASHES), crate::hashes::file(), "hashes.json is stale");
}

#[test]
#[ignore = "writes the files of testdata anew"]
#[expect(clippy::disallowed_methods, reason = "the generator writes the files that the tests read")]
fn rewrite() {
    fn write<T: Serialize>(name: &str, file: &File<T>) {
        let path = format!("{}/testdata/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let mut text = serde_json::to_string_pretty(file).expect("vectors are plain data");
        text.push('\n');
        std::fs::write(path, text).expect("testdata can be written");
    }
    write("accept", &crate::accept::file());
    write("reject", &crate::reject::file());
    write("hashes", &crate::hashes::file());
}
