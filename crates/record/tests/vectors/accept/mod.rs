//! What must be accepted: every kind, every value of every vocabulary, every limit reached.

mod attestations;
mod ballots;
mod bodies;
mod contributions;
mod governance;
mod items;
mod people;
mod personal;
mod strikes;
mod unknown;

pub(crate) use items::nested;

use crate::files::{Accept, File};
use crate::item::{Item, hex};
use crate::reader;

/// Named bytes of one type.
pub(crate) struct List {
    shape: &'static str,
    vectors: Vec<Accept>,
}

impl List {
    fn of(shape: &'static str) -> Self {
        Self { shape, vectors: Vec::new() }
    }

    fn add(&mut self, name: impl Into<String>, bytes: &[u8]) {
        let name = name.into();
        let seen =
            reader::read(self.shape, bytes).unwrap_or_else(|error| panic!("{name}: refused as {error}"));
        let diagnostic = Item::parse(bytes).diagnostic();
        self.vectors.push(Accept {
            name,
            shape: self.shape.to_owned(),
            bytes: hex(bytes),
            diagnostic,
            expect: seen.facts,
        });
    }
}

pub(crate) fn file() -> File<Accept> {
    let lists = [
        items::list(),
        contributions::list(),
        governance::list(),
        strikes::list(),
        people::list(),
        ballots::list(),
        unknown::list(),
        bodies::manifests(),
        bodies::submissions(),
        bodies::bodies(),
        attestations::list(),
        personal::entries(),
        personal::notices(),
        personal::petitions(),
        personal::votes(),
        personal::reveals(),
    ];
    let vectors = lists.into_iter().flat_map(|list| list.vectors).collect();
    crate::files::file("bytes that must be accepted, and what they say", vectors)
}
