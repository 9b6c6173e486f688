//! What is in memory of the room: every file's items, and which file an item is in.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Problem;
use super::item::ItemId;
use super::segment::Entry;

/// The items of every file, by the file's number.
#[derive(Debug, Default)]
pub(super) struct Index {
    segments: BTreeMap<u64, Vec<Entry>>,
    places: BTreeMap<ItemId, u64>,
    bytes: u64,
}

impl Index {
    /// Takes a file's items, in place of those it had; none takes the file out.
    pub(super) fn set(&mut self, number: u64, entries: Vec<Entry>) {
        for old in self.segments.remove(&number).unwrap_or_default() {
            self.places.remove(&old.id);
            self.bytes -= old.size();
        }
        for entry in &entries {
            self.places.insert(entry.id, number);
            self.bytes += entry.size();
        }
        if !entries.is_empty() {
            self.segments.insert(number, entries);
        }
    }

    /// Whether a file's items may be taken: each stands once, in no other file.
    pub(super) fn check(&self, entries: &[Entry]) -> Result<(), Problem> {
        let ids: BTreeSet<ItemId> = entries.iter().map(|entry| entry.id).collect();
        let twice = ids.len() < entries.len() || ids.iter().any(|id| self.places.contains_key(id));
        if twice { Err(Problem::Twice) } else { Ok(()) }
    }

    pub(super) fn contains(&self, id: &ItemId) -> bool {
        self.places.contains_key(id)
    }

    pub(super) fn len(&self) -> u64 {
        self.places.len() as u64
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Every item with its file's number, in the order they were put in.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.segments.iter().flat_map(|(&number, entries)| entries.iter().map(move |entry| (number, entry)))
    }

    /// One item and its file's number.
    pub(super) fn find(&self, id: &ItemId) -> Option<(u64, &Entry)> {
        let number = *self.places.get(id)?;
        let entry = self.segment(number).iter().find(|entry| entry.id == *id)?;
        Some((number, entry))
    }

    /// The items of a file.
    pub(super) fn segment(&self, number: u64) -> &[Entry] {
        self.segments.get(&number).map_or(&[], Vec::as_slice)
    }

    /// The files that these items are in, each with those of them that it holds. The unknown ones come apart.
    pub(super) fn group(&self, ids: &[ItemId]) -> (BTreeMap<u64, BTreeSet<ItemId>>, Option<ItemId>) {
        let mut groups: BTreeMap<u64, BTreeSet<ItemId>> = BTreeMap::new();
        let mut unknown = None;
        for id in ids {
            match self.places.get(id) {
                Some(&number) => drop(groups.entry(number).or_default().insert(*id)),
                None => unknown = unknown.or(Some(*id)),
            }
        }
        (groups, unknown)
    }
}
