//! A feed's bodies on disk: appending frames, reading one, erasing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use commonwheel_ledger::store::StoreError;
use commonwheel_record::body::SealedBody;
use commonwheel_record::limits::MAX_BODY;

use crate::error::io;
use crate::feed::{Disk, Feed};
use crate::frames::{FILE_HEADER, Frame, Place, Scan};
use crate::held::place;
use crate::index::Change;
use crate::layout::{BUNDLE, Series};
use crate::lru::lock;
use crate::table::{Table, key, mark_key, mark_value};
use crate::window::Stretch;

/// A bundle's file and what is where in it.
#[derive(Debug)]
pub(crate) struct Bodies {
    table: Table,
    file: Arc<File>,
}

/// Files that are rewritten before their bytes are waited for.
const MAX_STAGED: usize = 32;

const BODY_TOO_LONG: StoreError = StoreError::Refused("body longer than allowed");
const BUNDLE_FULL: StoreError = StoreError::Refused("body bundle beyond 4 GiB");

impl Feed {
    /// Appends bodies that are not held yet.
    pub(crate) fn put_bodies(
        &mut self,
        disk: &mut Disk,
        bodies: &[(u64, SealedBody)],
    ) -> Result<(), StoreError> {
        if bodies.iter().any(|(index, _)| *index >= self.size()) {
            return Err(StoreError::Refused("position not held"));
        }
        if bodies.iter().any(|(_, body)| body.bytes.len() > MAX_BODY) {
            return Err(BODY_TOO_LONG);
        }
        let mut by_bundle: BTreeMap<u64, Vec<(u8, &SealedBody)>> = BTreeMap::new();
        for (index, body) in bodies {
            // A place is less than 256.
            by_bundle.entry(index / BUNDLE).or_default().push((place(*index) as u8, body));
        }
        by_bundle.into_iter().try_for_each(|(bundle, bodies)| self.append_frames(disk, bundle, &bodies))
    }

    fn append_frames(
        &mut self,
        disk: &mut Disk,
        bundle: u64,
        bodies: &[(u8, &SealedBody)],
    ) -> Result<(), StoreError> {
        let found = self.described(disk, bundle, |bodies| bodies.table.clone())?;
        let at = Place { feed: &self.id, bundle };
        let mut bytes = if found.is_some() { Vec::new() } else { at.file_header(0) };
        let start = found.as_ref().map_or(0, |table| table.len);
        let mut table = found.unwrap_or_else(|| Table::empty(0));
        for (index, body) in bodies {
            if table.offset(*index).is_none() {
                table.set(*index, end(start, &bytes)?);
                at.push(&mut bytes, *index, body);
            }
        }
        table.len = end(start, &bytes)?;
        let path = self.dir.full(Series::Bodies, bundle);
        let file = disk.files.write_at(&path, u64::from(start), &bytes)?;
        if start == 0 {
            lock(&disk.tables).insert((self.id, bundle), Bodies { table: table.clone(), file });
        }
        self.describe(disk, bundle, table);
        Ok(())
    }

    /// Returns a body, if held.
    pub(crate) fn body(&self, disk: &Disk, index: u64) -> Result<Option<SealedBody>, StoreError> {
        if !self.held.get(index) {
            return Ok(None);
        }
        let (bundle, place) = (index / BUNDLE, place(index) as u8);
        let corrupt = || self.corrupt(index, "body");
        let found = self.described(disk, bundle, |bodies| {
            let stretch = Stretch { end: bodies.table.len, generation: bodies.table.generation };
            Some((bodies.table.offset(place)?, stretch, Arc::clone(&bodies.file)))
        });
        let (offset, stretch, file) = found?.flatten().ok_or_else(corrupt)?;
        let at = Place { feed: &self.id, bundle };
        let mut window = lock(&disk.window);
        let frame = window.frame(&at, &file, stretch, offset).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData => corrupt(),
            _ => io("read", &self.dir.full(Series::Bodies, bundle))(error),
        })?;
        at.open(frame, place).map(Some).ok_or_else(corrupt)
    }

    /// Removes bodies by writing their bundles' files anew.
    pub(crate) fn erase_bodies(&mut self, disk: &mut Disk, indices: &[u64]) -> Result<(), StoreError> {
        let mut by_bundle: BTreeMap<u64, BTreeSet<u8>> = BTreeMap::new();
        for index in indices.iter().filter(|index| self.held.get(**index)) {
            by_bundle.entry(index / BUNDLE).or_default().insert(place(*index) as u8);
        }
        for (number, (bundle, places)) in by_bundle.into_iter().enumerate() {
            if number % MAX_STAGED == MAX_STAGED - 1 {
                disk.files.publish()?;
            }
            self.rewrite_bodies(disk, bundle, |frame| !places.contains(&frame.index))?;
        }
        disk.files.publish()
    }

    /// Stages a bundle's file without the frames that are not to be kept, nor anything that is no frame.
    pub(crate) fn rewrite_bodies(
        &mut self,
        disk: &mut Disk,
        bundle: u64,
        keep: impl Fn(&Frame) -> bool,
    ) -> Result<(), StoreError> {
        let Some((file, scan)) = self.scan_bodies(bundle)? else { return Ok(()) };
        let path = self.dir.full(Series::Bodies, bundle);
        // An unreadable generation is replaced by one that no file of this bundle can have had.
        let mut table =
            Table::empty(scan.generation.map_or(u32::MAX / 2, |generation| generation.wrapping_add(1)));
        let header = Place { feed: &self.id, bundle }.file_header(table.generation);
        disk.files.stage_with(&path, |mut new| {
            new.write_all(&header)?;
            for frame in scan.frames.iter().filter(|frame| keep(frame)) {
                new.write_all(&read_span(&file, frame)?)?;
                table.set(frame.index, table.len);
                table.len += frame.span.end - frame.span.start;
            }
            Ok(())
        })?;
        self.describe(disk, bundle, table);
        Ok(())
    }

    /// Notes what a bundle's file is now.
    fn describe(&mut self, disk: &Disk, bundle: u64, table: Table) {
        self.held.set_bits(bundle, table.bits());
        self.stale.insert(bundle);
        lock(&disk.window).forget(&self.id, bundle);
        let mut tables = lock(&disk.tables);
        match tables.get(&(self.id, bundle)) {
            // The same file, only longer.
            Some(bodies) if bodies.table.generation == table.generation => bodies.table = table,
            _ => tables.remove(&(self.id, bundle)),
        }
    }

    /// Says something of a bundle's file, if it has one.
    fn described<T>(
        &self,
        disk: &Disk,
        bundle: u64,
        say: impl FnOnce(&Bodies) -> T,
    ) -> Result<Option<T>, StoreError> {
        let key = (self.id, bundle);
        if let Some(bodies) = lock(&disk.tables).get(&key) {
            return Ok(Some(say(bodies)));
        }
        let Some(file) = self.open_bodies(bundle)? else { return Ok(None) };
        let table = self.read_table(disk, bundle, &file)?;
        let bodies = Bodies { table, file: Arc::new(file) };
        let said = say(&bodies);
        lock(&disk.tables).insert(key, bodies);
        Ok(Some(said))
    }

    /// Returns the table of a bundle: the index's if it describes the file that is there, else the file's own.
    fn read_table(&self, disk: &Disk, bundle: u64, file: &File) -> Result<Table, StoreError> {
        let path = self.dir.full(Series::Bodies, bundle);
        let (generation, len) = self.describe_file(file, bundle).map_err(io("read", &path))?;
        let key = key(&self.id, bundle);
        let indexed = (!self.stale.contains(&bundle)).then(|| disk.index.get(key.clone())).flatten();
        let indexed = indexed.and_then(|value| Table::from_value(&key, &value));
        match indexed.filter(|table| Some(table.generation) == generation && table.len == len) {
            Some(table) => Ok(table),
            None => Ok(Table::of(&self.scan_open(file, bundle)?, len)),
        }
    }

    /// Returns a file's generation and length.
    pub(crate) fn describe_file(&self, file: &File, bundle: u64) -> std::io::Result<(Option<u32>, u32)> {
        let len = u32::try_from(file.metadata()?.len()).unwrap_or(u32::MAX);
        let mut header = vec![0; len.min(FILE_HEADER) as usize];
        file.read_exact_at(&mut header, 0)?;
        Ok((Place { feed: &self.id, bundle }.generation(&header), len))
    }

    /// Goes through a bundle's file, if it has one.
    pub(crate) fn scan_bodies(&self, bundle: u64) -> Result<Option<(File, Scan)>, StoreError> {
        let Some(file) = self.open_bodies(bundle)? else { return Ok(None) };
        let scan = self.scan_open(&file, bundle)?;
        Ok(Some((file, scan)))
    }

    fn scan_open(&self, file: &File, bundle: u64) -> Result<Scan, StoreError> {
        let path = self.dir.full(Series::Bodies, bundle);
        Place { feed: &self.id, bundle }.scan(file).map_err(io("read", &path))
    }

    fn open_bodies(&self, bundle: u64) -> Result<Option<File>, StoreError> {
        let path = self.dir.full(Series::Bodies, bundle);
        match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            file => file.map(Some).map_err(io("open", &path)),
        }
    }

    /// Returns what the index has yet to learn of bundles before `settled`.
    pub(crate) fn index_changes(&self, disk: &Disk, settled: u64) -> Result<Vec<Change>, StoreError> {
        let bundles = self.stale.range(..settled).map(|bundle| {
            let key = key(&self.id, *bundle);
            let value = self.described(disk, *bundle, |bodies| bodies.table.value(&key))?;
            Ok((key, value))
        });
        let key = mark_key(&self.id);
        let mark = mark_value(&key, self.size());
        bundles.chain([Ok((key, Some(mark)))]).collect()
    }

    /// Notes that the index has been told.
    pub(crate) fn told(&mut self, settled: u64) {
        self.stale.retain(|bundle| *bundle >= settled);
        self.marked = self.size();
    }
}

fn end(start: u32, bytes: &[u8]) -> Result<u32, StoreError> {
    u32::try_from(bytes.len()).ok().and_then(|len| start.checked_add(len)).ok_or(BUNDLE_FULL)
}

fn read_span(file: &File, frame: &Frame) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; (frame.span.end - frame.span.start) as usize];
    file.read_exact_at(&mut bytes, u64::from(frame.span.start))?;
    Ok(bytes)
}
