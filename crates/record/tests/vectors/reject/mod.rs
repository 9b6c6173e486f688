//! What must be refused, each with the class of its error and the rule it breaks.

mod attested;
mod ballots;
mod encoding;
mod keys;
mod limits;
mod people;
mod personal;
mod rules;
mod shapes;
mod vocabulary;

use commonwheel_record::control::Content;

use crate::files::{File, Reject};
use crate::item::{Item, hex};
use crate::samples::{
    charter, contribution, contribution_leaf, control, control_leaf, embargo, key, network, release,
};

/// Named bytes of one type.
pub(crate) struct List {
    shape: &'static str,
    vectors: Vec<Reject>,
}

impl List {
    fn of(shape: &'static str) -> Self {
        Self { shape, vectors: Vec::new() }
    }

    fn add(&mut self, name: impl Into<String>, bytes: &[u8], error: &str, reason: &str) {
        self.vectors.push(Reject {
            name: name.into(),
            shape: self.shape.to_owned(),
            bytes: hex(bytes),
            error: error.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Adds an accepted object with the item at a path replaced.
    fn edit(&mut self, base: &[u8], path: &[usize], item: Item, error: &str, name: &str, reason: &str) {
        let mut whole = Item::parse(base);
        *whole.at(path) = item;
        self.add(name, &whole.bytes(), error, reason);
    }
}

pub(crate) fn file() -> File<Reject> {
    let lists = [
        encoding::items(),
        encoding::leaves(),
        shapes::list(),
        vocabulary::leaves(),
        vocabulary::others(),
        limits::list(),
        rules::contributions(),
        rules::control(),
        attested::attestations(),
        attested::submissions(),
        attested::manifests(),
        attested::bodies(),
        ballots::list(),
        people::list(),
        personal::entries(),
        personal::notices(),
        personal::petitions(),
        personal::votes(),
        personal::reveals(),
        keys::list(),
    ];
    let vectors = lists.into_iter().flat_map(|list| list.vectors).collect();
    crate::files::file("bytes that must be refused, by which class of error, and why", vectors)
}

/// The accepted leaf that most refusals are made from.
fn sample() -> Vec<u8> {
    contribution_leaf(contribution())
}

fn charter_leaf() -> Vec<u8> {
    let founding = commonwheel_record::Control::new(None, Content::Charter(Box::new(charter())));
    control_leaf(founding.signed(&network(), &key(1)))
}

fn embargo_leaf() -> Vec<u8> {
    control_leaf(control(Content::Embargo(Box::new(embargo()))))
}

fn release_leaf() -> Vec<u8> {
    control_leaf(control(Content::Release(release())))
}
