//! The room itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::disk::Disk;
use super::error::{Damage, Problem, WaitingError};
use super::index::Index;
use super::item::{Item, ItemId, Listed, NewItem, Summary};
use super::query::{Counts, Filter, Page};
use super::segment::{self, Entry};
use super::stage::Stage;
use super::{Limits, MAX_PAGE_ITEMS, MAX_PAYLOAD_BYTES, MAX_REASON_BYTES, load, stages};

/// How large a file of items grows before the next one begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) bytes: usize,
    pub(super) items: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self { bytes: 4 * 1024 * 1024, items: 4_096 }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutReport {
    /// Items put in.
    pub added: u64,
    /// Items that were there already, or twice in the batch.
    pub already: u64,
}

/// The waiting room of one node.
///
/// Whatever changes it is on disk when the call returns; a batch costs a few fsyncs, not one an item.
#[derive(Debug)]
pub struct WaitingRoom {
    disk: Disk,
    limits: Limits,
    shape: Shape,
    index: Index,
    next: u64,
    broken: bool,
}

impl WaitingRoom {
    /// Opens the room in a directory, which is made if it is missing, and verifies every byte of it.
    ///
    /// Files that do not verify are named, and left as they are: their items are not in the room until an operator
    /// has put the file right or taken it away.
    ///
    /// # Errors
    /// [`WaitingError::Io`], and [`WaitingError::InUse`] if the room is open already.
    pub fn open(dir: &Path, limits: Limits) -> Result<(Self, Vec<Damage>), WaitingError> {
        Self::open_shaped(dir, limits, Shape::default())
    }

    pub(super) fn open_shaped(
        dir: &Path,
        limits: Limits,
        shape: Shape,
    ) -> Result<(Self, Vec<Damage>), WaitingError> {
        let disk = Disk::open(dir)?;
        let load::Loaded { index, next, damage } = load::load(&disk)?;
        Ok((Self { disk, limits, shape, index, next, broken: false }, damage))
    }

    /// Puts a batch in, as received. Items that are there already are left as they are.
    ///
    /// # Errors
    /// Too many or too large items, before anything is written; [`WaitingError::Io`] after perhaps some of it was.
    pub fn put(&mut self, items: &[NewItem]) -> Result<PutReport, WaitingError> {
        self.check_whole()?;
        let mut seen = BTreeSet::new();
        let new: Vec<&NewItem> =
            items.iter().filter(|item| !self.index.contains(&item.id) && seen.insert(item.id)).collect();
        self.check_room(&new)?;
        let added = new.len() as u64;
        self.guarded(|room| room.write_batch(&new))?;
        Ok(PutReport { added, already: items.len() as u64 - added })
    }

    /// Moves items to a stage, with a reason that their contributors and the reviewers see. Gives how many changed.
    ///
    /// # Errors
    /// An unknown item, a way that is not open to one of them, or a missing reason, before anything is written;
    /// [`WaitingError::Io`] after perhaps some of it was.
    pub fn set_stage(&mut self, ids: &[ItemId], stage: Stage, reason: &str) -> Result<u64, WaitingError> {
        self.check_whole()?;
        check_reason(stage, reason)?;
        let (groups, unknown) = self.index.group(ids);
        if let Some(id) = unknown {
            return Err(WaitingError::Unknown { id });
        }
        let mut changed = 0;
        let mut updates = Vec::new();
        for (number, ids) in groups {
            let mut entries = self.index.segment(number).to_vec();
            let before = changed;
            for entry in entries.iter_mut().filter(|entry| ids.contains(&entry.id)) {
                changed += u64::from(move_entry(entry, stage, reason)?);
            }
            if changed > before {
                updates.push((number, entries));
            }
        }
        self.guarded(|room| room.write_stages(updates))?;
        Ok(changed)
    }

    /// Removes items; their bytes are then in no file of the room. Gives how many there were.
    ///
    /// # Errors
    /// [`WaitingError::Damaged`] if a file with one of them does not verify, before that file is changed;
    /// [`WaitingError::Io`] after perhaps some were removed.
    pub fn remove(&mut self, ids: &[ItemId]) -> Result<u64, WaitingError> {
        self.check_whole()?;
        let (groups, _) = self.index.group(ids);
        for &number in groups.keys() {
            self.verified(number)?;
        }
        self.guarded(|room| room.remove_groups(&groups))?;
        Ok(groups.values().map(|ids| ids.len() as u64).sum())
    }

    /// Whether an item is in the room.
    pub fn contains(&self, id: &ItemId) -> bool {
        self.index.contains(id)
    }

    /// One item with its bytes.
    ///
    /// # Errors
    /// [`WaitingError::Unknown`], [`WaitingError::Damaged`] and [`WaitingError::Io`].
    pub fn get(&self, id: &ItemId) -> Result<Item, WaitingError> {
        self.check_whole()?;
        let (number, entry) = self.index.find(id).ok_or(WaitingError::Unknown { id: *id })?;
        let read = self.read_part(number, entry.whole_range())?;
        let (summary, bytes) =
            read.and_then(|part| segment::decode_item(number, &part)).map_err(self.damage(number))?;
        Ok(Item { listed: listed(entry, summary), bytes })
    }

    /// A part of the items that match, in the order they were put in: at most `limit`, and [`MAX_PAGE_ITEMS`], after
    /// the first `offset`.
    ///
    /// # Errors
    /// [`WaitingError::Damaged`] and [`WaitingError::Io`].
    pub fn list(&self, filter: &Filter, offset: u64, limit: usize) -> Result<Page, WaitingError> {
        self.check_whole()?;
        let (mut items, mut total) = (Vec::new(), 0);
        for (number, entry) in self.index.iter().filter(|(_, entry)| filter.matches(entry)) {
            if total >= offset && items.len() < limit.min(MAX_PAGE_ITEMS) {
                let read = self.read_part(number, entry.summary_range())?;
                let summary = read.and_then(|part| segment::decode_summary(number, &part));
                items.push(listed(entry, summary.map_err(self.damage(number))?));
            }
            total += 1;
        }
        Ok(Page { items, total })
    }

    /// The names of all items that match, in the order they were put in.
    pub fn ids(&self, filter: &Filter) -> Vec<ItemId> {
        self.index.iter().filter(|(_, entry)| filter.matches(entry)).map(|(_, entry)| entry.id).collect()
    }

    /// What the room holds, by stage.
    pub fn counts(&self) -> Counts {
        self.index.iter().map(|(_, entry)| entry).fold(Counts::default(), Counts::add)
    }

    fn check_whole(&self) -> Result<(), WaitingError> {
        if self.broken { Err(WaitingError::Broken) } else { Ok(()) }
    }

    /// Runs a change of the disk; a failure leaves open what is there, so nothing more is taken until it is read anew.
    fn guarded(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<(), WaitingError>,
    ) -> Result<(), WaitingError> {
        let changed = change(self);
        self.broken |= changed.is_err();
        changed
    }

    fn check_room(&self, new: &[&NewItem]) -> Result<(), WaitingError> {
        if let Some(item) = new.iter().find(|item| item.bytes.len() > MAX_PAYLOAD_BYTES) {
            return Err(WaitingError::TooLarge { id: item.id, bytes: item.bytes.len() });
        }
        let (held, offered, limit) = (self.index.len(), new.len() as u64, self.limits.items);
        if held + offered > limit {
            return Err(WaitingError::TooManyItems { held, offered, limit });
        }
        let (held, limit) = (self.index.bytes(), self.limits.bytes);
        let offered = new.iter().map(|item| segment::size_of(item)).sum();
        if held + offered > limit {
            return Err(WaitingError::TooManyBytes { held, offered, limit });
        }
        Ok(())
    }

    fn write_batch(&mut self, items: &[&NewItem]) -> Result<(), WaitingError> {
        let mut rest = items;
        while !rest.is_empty() {
            let (taken, entries) = self.write_segment(rest)?;
            self.index.set(self.next, entries);
            self.next += 1;
            rest = &rest[taken..];
        }
        self.sync_if(!items.is_empty())
    }

    /// Writes as many items as one file takes; gives how many, and what to remember of them.
    fn write_segment(&self, items: &[&NewItem]) -> Result<(usize, Vec<Entry>), WaitingError> {
        let (number, mut body, mut taken) = (self.next, Vec::new(), 0);
        for item in items.iter().take(self.shape.items) {
            body.extend(segment::encode_item(number, item));
            taken += 1;
            if body.len() >= self.shape.bytes {
                break;
            }
        }
        let file = segment::encode(number, taken, &body);
        // Read back before it is written: what is acknowledged must open again.
        let entries = segment::decode(number, &file).map_err(self.damage(number))?;
        self.disk.write(&load::items_name(number), &file)?;
        Ok((taken, entries))
    }

    fn write_stages(&mut self, updates: Vec<(u64, Vec<Entry>)>) -> Result<(), WaitingError> {
        for (number, entries) in &updates {
            self.write_stages_of(*number, entries)?;
        }
        self.sync_if(!updates.is_empty())?;
        updates.into_iter().for_each(|(number, entries)| self.index.set(number, entries));
        Ok(())
    }

    fn write_stages_of(&self, number: u64, entries: &[Entry]) -> Result<(), WaitingError> {
        let name = load::stages_name(number);
        match stages::encode(number, entries.iter()) {
            Some(file) => self.disk.write(&name, &file),
            None => self.disk.remove(&name),
        }
    }

    /// Items go first and their stages after, with a sync between: the other way round, a crash would bring an item
    /// that was decided back as received.
    fn remove_groups(&mut self, groups: &BTreeMap<u64, BTreeSet<ItemId>>) -> Result<(), WaitingError> {
        for (&number, ids) in groups {
            let kept = self.write_without(number, ids)?;
            self.index.set(number, kept);
        }
        self.sync_if(!groups.is_empty())?;
        for &number in groups.keys() {
            self.write_stages_of(number, self.index.segment(number))?;
        }
        self.sync_if(!groups.is_empty())
    }

    /// Writes a file without some of its items, or removes it if none stays; gives what stays.
    fn write_without(&self, number: u64, ids: &BTreeSet<ItemId>) -> Result<Vec<Entry>, WaitingError> {
        let name = load::items_name(number);
        let old = self.verified(number)?;
        let stay: Vec<&Entry> =
            self.index.segment(number).iter().filter(|entry| !ids.contains(&entry.id)).collect();
        if stay.is_empty() {
            self.disk.remove(&name)?;
            return Ok(Vec::new());
        }
        let body: Vec<u8> = stay.iter().flat_map(|entry| &old[entry.slice()]).copied().collect();
        let file = segment::encode(number, stay.len(), &body);
        let mut kept = segment::decode(number, &file).map_err(self.damage(number))?;
        for (entry, before) in kept.iter_mut().zip(stay) {
            (entry.stage, entry.reason) = (before.stage, before.reason.clone());
        }
        self.disk.write(&name, &file)?;
        Ok(kept)
    }

    /// A whole file, every byte of it checked.
    fn verified(&self, number: u64) -> Result<Vec<u8>, WaitingError> {
        let file = self.disk.read(&load::items_name(number))?;
        segment::decode(number, &file).map_err(self.damage(number))?;
        Ok(file)
    }

    fn sync_if(&self, changed: bool) -> Result<(), WaitingError> {
        if changed { self.disk.sync() } else { Ok(()) }
    }

    fn read_part(
        &self,
        number: u64,
        (at, len): (u64, usize),
    ) -> Result<Result<Vec<u8>, Problem>, WaitingError> {
        let part = self.disk.read_part(&load::items_name(number), at, len)?;
        Ok(part.ok_or(Problem::Length))
    }

    fn damage(&self, number: u64) -> impl Fn(Problem) -> WaitingError + use<> {
        let file = self.disk.path(&load::items_name(number));
        move |problem| Damage { file: file.clone(), problem }.into()
    }

    #[cfg(test)]
    pub(super) fn set_fuse(&self, steps: Option<u32>) {
        self.disk.fuse.set(steps);
    }
}

fn check_reason(stage: Stage, reason: &str) -> Result<(), WaitingError> {
    if reason.len() > MAX_REASON_BYTES {
        return Err(WaitingError::ReasonTooLong { bytes: reason.len() });
    }
    if stage.needs_reason() && reason.trim().is_empty() {
        return Err(WaitingError::ReasonMissing { to: stage });
    }
    Ok(())
}

/// Moves one item; tells whether that changed anything.
fn move_entry(entry: &mut Entry, stage: Stage, reason: &str) -> Result<bool, WaitingError> {
    if !entry.stage.may_become(stage) {
        return Err(WaitingError::Transition { id: entry.id, from: entry.stage, to: stage });
    }
    let reason = (!reason.is_empty()).then(|| reason.into());
    let changed = (entry.stage, &entry.reason) != (stage, &reason);
    (entry.stage, entry.reason) = (stage, reason);
    Ok(changed)
}

fn listed(entry: &Entry, summary: Summary) -> Listed {
    Listed {
        id: entry.id,
        stage: entry.stage,
        reason: entry.reason.as_deref().unwrap_or_default().to_owned(),
        received: entry.received,
        len: entry.len(),
        summary,
    }
}
