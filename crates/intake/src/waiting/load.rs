//! Reads the room's directory when it is opened.

use std::collections::BTreeMap;

use super::disk::{Disk, LOCK, UNFINISHED};
use super::error::{Damage, Problem, WaitingError};
use super::index::Index;
use super::{segment, stages};

const ITEMS: &str = "items";
const STAGES: &str = "stages";

/// What was found.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) index: Index,
    /// The number of the next file.
    pub(super) next: u64,
    pub(super) damage: Vec<Damage>,
}

pub(super) fn items_name(number: u64) -> String {
    format!("{number:016x}.{ITEMS}")
}

pub(super) fn stages_name(number: u64) -> String {
    format!("{number:016x}.{STAGES}")
}

/// Clears away what was never finished, then reads and verifies everything else.
pub(super) fn load(disk: &Disk) -> Result<Loaded, WaitingError> {
    let mut files = Files::default();
    for name in disk.names()? {
        files.sort_in(name);
    }
    files.clear_away(disk)?;
    let mut loaded = Loaded { index: Index::default(), next: files.next(), damage: Vec::new() };
    loaded.damage.extend(files.strange.iter().map(|name| damage(disk, name, Problem::Name)));
    for (&number, has_stages) in &files.batches {
        if let Err(damage) = read_batch(disk, number, *has_stages, &mut loaded.index)? {
            loaded.damage.push(damage);
        }
    }
    Ok(loaded)
}

/// The directory's files by their use.
#[derive(Debug, Default)]
struct Files {
    /// Items files by number, and whether a stages file belongs to each.
    batches: BTreeMap<u64, bool>,
    /// Stages whose items are gone: a removal was cut short.
    orphans: Vec<u64>,
    unfinished: Vec<String>,
    strange: Vec<String>,
}

impl Files {
    /// Takes the next name; names come sorted, so items come before their stages.
    fn sort_in(&mut self, name: String) {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        match (number(stem), ending) {
            _ if name == LOCK => {}
            (Some(number), ITEMS) => drop(self.batches.insert(number, false)),
            (Some(number), STAGES) => match self.batches.get_mut(&number) {
                Some(has_stages) => *has_stages = true,
                None => self.orphans.push(number),
            },
            (None, UNFINISHED) if is_ours(stem) => self.unfinished.push(name),
            _ => self.strange.push(name),
        }
    }

    fn next(&self) -> u64 {
        let last = self.batches.keys().chain(&self.orphans).max();
        last.map_or(0, |last| last + 1)
    }

    fn clear_away(&self, disk: &Disk) -> Result<(), WaitingError> {
        let orphans = self.orphans.iter().map(|&number| stages_name(number));
        let names: Vec<String> = self.unfinished.iter().cloned().chain(orphans).collect();
        names.iter().try_for_each(|name| disk.remove(name))?;
        if names.is_empty() { Ok(()) } else { disk.sync() }
    }
}

fn is_ours(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(stem, ending)| number(stem).is_some() && [ITEMS, STAGES].contains(&ending))
}

fn number(stem: &str) -> Option<u64> {
    let digits = stem.len() == 16 && stem.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    u64::from_str_radix(stem, 16).ok().filter(|&number| digits && number < u64::MAX)
}

/// Reads a batch into the index, or says which of its files is damaged. Without its stages a batch is not read: a
/// decided item would come back as received.
fn read_batch(
    disk: &Disk,
    number: u64,
    has_stages: bool,
    index: &mut Index,
) -> Result<Result<(), Damage>, WaitingError> {
    let name = items_name(number);
    let read = segment::decode(number, &disk.read(&name)?);
    let mut entries = match read.and_then(|entries| index.check(&entries).map(|()| entries)) {
        Ok(entries) => entries,
        Err(problem) => return Ok(Err(damage(disk, &name, problem))),
    };
    if has_stages {
        let name = stages_name(number);
        if let Err(problem) = stages::apply(number, &disk.read(&name)?, &mut entries) {
            return Ok(Err(damage(disk, &name, problem)));
        }
    }
    index.set(number, entries);
    Ok(Ok(()))
}

fn damage(disk: &Disk, name: &str, problem: Problem) -> Damage {
    Damage { file: disk.path(name), problem }
}
