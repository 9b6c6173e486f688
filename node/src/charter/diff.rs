//! What differs between two charters, sentence by sentence.

use std::collections::BTreeMap;

use commonwheel_record::NetworkId;
use serde::Serialize;

use super::document::{Document, LicenceTerms};
use super::said::{self, Said};

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    /// Its name in the file.
    pub(crate) field: String,
    /// What it is called.
    pub(crate) what: &'static str,
    /// The value in the first charter.
    pub(crate) from: String,
    /// The value in the second.
    pub(crate) to: String,
    /// What the bylaws of the second say.
    pub(crate) sentence: String,
}

impl Change {
    /// Returns the change as people read it.
    pub(crate) fn line(&self) -> String {
        format!("{}: {} → {}", self.what, self.from, self.to)
    }
}

/// Returns what differs. Where one of the two stands in no chain yet, its place in one is not compared.
pub(crate) fn changes(network: &NetworkId, from: &Document, to: &Document) -> Vec<Change> {
    let (from, to) = comparable(network, from, to);
    let mut before: BTreeMap<String, Said> =
        said::all(&from).into_iter().map(|said| (said.path.clone(), said)).collect();
    let change = |to: Said| {
        let from = before.remove(&to.path).filter(|from| from.value != to.value)?;
        Some(Change { field: to.path, what: to.label, from: from.value, to: to.value, sentence: to.sentence })
    };
    said::all(&to).into_iter().filter_map(change).collect()
}

/// A text and its hash are the same contract: where one of the two has the hash only, hashes are compared.
fn comparable(network: &NetworkId, from: &Document, to: &Document) -> (Document, Document) {
    let (mut from, mut to) = (from.clone(), to.clone());
    if from.terms.hash(network) == to.terms.hash(network) {
        let hash = from.terms.hash(network).map_or(LicenceTerms::None, LicenceTerms::Hash);
        from.terms = hash.clone();
        to.terms = hash;
    }
    (from, to)
}

/// Returns the changes as text, one a line.
pub(crate) fn text(changes: &[Change]) -> String {
    changes.iter().map(|change| change.line() + "\n").collect()
}
