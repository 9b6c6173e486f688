//! Open files, and which of them have yet to reach the disk.
//!
//! Writes go to the system at once, so that reads see them; what they touched is remembered until [`Files::sync`].
//! A file that is replaced as a whole is first staged beside the old one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::num::NonZero;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use commonwheel_ledger::store::StoreError;
use rustix::fs::Advice;

use crate::error::io;
use crate::layout::{NEW, with_suffix};
use crate::lru::{Lru, lock};

/// Files kept open for reading, and as many for writing.
const OPEN_FILES: usize = 64;
/// Files with unsynced writes; beyond it they are synced before the commit asks for it.
const DIRTY_FILES: usize = 256;
/// Threads that sync at once. Syncing is waiting, and the file system commits together what waits together: sixteen
/// files take the time of one or two.
const SYNC_THREADS: usize = 16;
/// Writes of at least so many bytes are sent to the disk at once, while the next ones are prepared.
const EAGER_BYTES: usize = 64 << 10;

/// The open files of a store.
#[derive(Debug)]
pub(crate) struct Files {
    readers: Mutex<Lru<PathBuf, Arc<File>>>,
    writers: Lru<PathBuf, Arc<File>>,
    dirty: BTreeMap<PathBuf, Arc<File>>,
    dirty_dirs: BTreeSet<PathBuf>,
    /// Complete files under [`NEW`] names, by the path they will replace.
    staged: BTreeMap<PathBuf, Arc<File>>,
}

impl Files {
    pub(crate) const fn new() -> Self {
        Self {
            readers: Mutex::new(Lru::new(OPEN_FILES)),
            writers: Lru::new(OPEN_FILES),
            dirty: BTreeMap::new(),
            dirty_dirs: BTreeSet::new(),
            staged: BTreeMap::new(),
        }
    }

    /// Opens a file for reading.
    pub(crate) fn reader(&self, path: &Path) -> Result<Arc<File>, StoreError> {
        let mut readers = lock(&self.readers);
        if let Some(file) = readers.get(&path.to_path_buf()) {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::open(path).map_err(io("open", path))?);
        readers.insert(path.to_path_buf(), Arc::clone(&file));
        Ok(file)
    }

    /// Reads a whole file; one that is absent is empty.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, StoreError> {
        match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            bytes => bytes.map_err(io("read", path)),
        }
    }

    /// Writes bytes at an offset, making the file and its directories if need be; returns the file, open for reading
    /// too.
    pub(crate) fn write_at(
        &mut self,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> Result<Arc<File>, StoreError> {
        let file = self.writer(path)?;
        file.write_all_at(bytes, offset).map_err(io("write", path))?;
        if bytes.len() >= EAGER_BYTES {
            // To be told that pages are not needed, Linux starts writing them; they stay readable meanwhile. It is
            // advice, and nothing depends on its being taken.
            let _ = rustix::fs::fadvise(&file, offset, NonZero::new(bytes.len() as u64), Advice::DontNeed);
        }
        self.mark(path, Arc::clone(&file))?;
        Ok(file)
    }

    /// Cuts a file.
    pub(crate) fn truncate(&mut self, path: &Path, len: u64) -> Result<(), StoreError> {
        let file = self.writer(path)?;
        file.set_len(len).map_err(io("truncate", path))?;
        self.mark(path, file)
    }

    /// Renames a file; unsynced writes to it stay remembered.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), StoreError> {
        fs::rename(from, to).map_err(io("rename", from))?;
        let writer = self.writers.get(&from.to_path_buf()).map(|file| Arc::clone(file));
        self.forget(from);
        self.forget(to);
        if let Some(file) = writer {
            self.writers.insert(to.to_path_buf(), file);
        }
        if let Some(file) = self.dirty.remove(from) {
            self.dirty.insert(to.to_path_buf(), file);
        }
        self.mark_parent(to);
        Ok(())
    }

    /// Removes a file.
    pub(crate) fn remove(&mut self, path: &Path) -> Result<(), StoreError> {
        fs::remove_file(path).map_err(io("remove", path))?;
        self.forget(path);
        self.dirty.remove(path);
        self.mark_parent(path);
        Ok(())
    }

    /// Writes what will replace a file at the next [`Files::publish`] or [`Files::sync`].
    pub(crate) fn stage(&mut self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        self.stage_with(path, |file| (&*file).write_all(bytes))
    }

    /// The same, for contents too large to be in memory at once.
    pub(crate) fn stage_with(
        &mut self,
        path: &Path,
        write: impl FnOnce(&File) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        let new = with_suffix(path, NEW);
        self.make_parents(&new)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(&new).map_err(io("create", &new))?;
        write(&file).map_err(io("write", &new))?;
        self.staged.insert(path.to_path_buf(), Arc::new(file));
        Ok(())
    }

    /// Puts staged files in place once their bytes are durable. The renames themselves become so with the next sync.
    pub(crate) fn publish(&mut self) -> Result<(), StoreError> {
        let staged = std::mem::take(&mut self.staged);
        sync_all(staged.iter())?;
        self.put_in_place(staged.into_keys())
    }

    /// Makes everything so far durable.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        let staged = std::mem::take(&mut self.staged);
        if !staged.is_empty() {
            // Names change only after what they will stand for is on disk.
            sync_all(self.dirty.iter().chain(&staged))?;
            self.dirty.clear();
            self.put_in_place(staged.into_keys())?;
        }
        let dirs: Result<Vec<_>, StoreError> = std::mem::take(&mut self.dirty_dirs)
            .into_iter()
            .map(|dir| Ok((File::open(&dir).map(Arc::new).map_err(io("open", &dir))?, dir)))
            .collect();
        let dirs = dirs?;
        sync_all(self.dirty.iter().chain(dirs.iter().map(|(file, dir)| (dir, file))))?;
        self.dirty.clear();
        Ok(())
    }

    /// Says whether everything is durable.
    pub(crate) fn is_clean(&self) -> bool {
        self.dirty.is_empty() && self.dirty_dirs.is_empty() && self.staged.is_empty()
    }

    /// Forgets open files below a directory that is moved away or removed.
    pub(crate) fn forget_below(&mut self, dir: &Path) {
        lock(&self.readers).retain(|path| !path.starts_with(dir));
        self.writers.retain(|path| !path.starts_with(dir));
        self.dirty.retain(|path, _| !path.starts_with(dir));
        self.dirty_dirs.retain(|path| !path.starts_with(dir));
        self.staged.retain(|path, _| !path.starts_with(dir));
    }

    /// Remembers that names in a file's directory have changed.
    pub(crate) fn mark_parent(&mut self, path: &Path) {
        if let Some(parent) = path.parent() {
            self.dirty_dirs.insert(parent.to_path_buf());
        }
    }

    /// Makes a directory and those above it.
    pub(crate) fn make_dir(&mut self, dir: &Path) -> Result<(), StoreError> {
        if dir.is_dir() {
            return Ok(());
        }
        if let Some(parent) = dir.parent() {
            self.make_dir(parent)?;
        }
        fs::create_dir(dir).map_err(io("create directory", dir))?;
        self.mark_parent(dir);
        Ok(())
    }

    fn make_parents(&mut self, path: &Path) -> Result<(), StoreError> {
        path.parent().map_or(Ok(()), |parent| self.make_dir(parent))
    }

    fn writer(&mut self, path: &Path) -> Result<Arc<File>, StoreError> {
        if let Some(file) = self.writers.get(&path.to_path_buf()) {
            return Ok(Arc::clone(file));
        }
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.create(path)?,
            file => file.map_err(io("open", path))?,
        };
        let file = Arc::new(file);
        self.writers.insert(path.to_path_buf(), Arc::clone(&file));
        Ok(file)
    }

    fn create(&mut self, path: &Path) -> Result<File, StoreError> {
        self.make_parents(path)?;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(path).map_err(io("create", path))?;
        self.mark_parent(path);
        Ok(file)
    }

    fn mark(&mut self, path: &Path, file: Arc<File>) -> Result<(), StoreError> {
        self.dirty.insert(path.to_path_buf(), file);
        if self.dirty.len() <= DIRTY_FILES {
            return Ok(());
        }
        sync_all(self.dirty.iter())?;
        self.dirty.clear();
        Ok(())
    }

    fn forget(&mut self, path: &Path) {
        lock(&self.readers).remove(&path.to_path_buf());
        self.writers.remove(&path.to_path_buf());
    }

    fn put_in_place(&mut self, paths: impl Iterator<Item = PathBuf>) -> Result<(), StoreError> {
        for path in paths {
            let new = with_suffix(&path, NEW);
            fs::rename(&new, &path).map_err(io("rename", &new))?;
            self.forget(&path);
            self.dirty.remove(&path);
            self.mark_parent(&path);
        }
        Ok(())
    }
}

/// Syncs files, several at once.
fn sync_all<'a>(files: impl Iterator<Item = (&'a PathBuf, &'a Arc<File>)>) -> Result<(), StoreError> {
    let files: Vec<_> = files.collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((path, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            file.sync_data().map_err(io("sync", path))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..files.len().min(SYNC_THREADS)).map(|_| scope.spawn(work)).collect();
        let mine = work();
        // A thread that panicked has not synced what it took.
        let panicked =
            || io("sync", Path::new("files"))(std::io::Error::other("the syncing thread panicked"));
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked())));
        joined.fold(mine, Result::and)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_file_replaces_the_old_one_on_sync_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/file");
        let mut files = Files::new();
        files.write_at(&path, 0, b"old").unwrap();
        files.stage(&path, b"new").unwrap();
        assert_eq!(files.read(&path).unwrap(), b"old");
        files.sync().unwrap();
        assert_eq!(files.read(&path).unwrap(), b"new");
        assert!(!with_suffix(&path, NEW).exists());
        files.write_at(&path, 3, b"er").unwrap();
        assert_eq!(files.read(&path).unwrap(), b"newer");
    }

    #[test]
    fn writes_go_to_the_file_that_bears_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let (part, full) = (dir.path().join("a.part"), dir.path().join("a"));
        let mut files = Files::new();
        files.write_at(&part, 0, b"one").unwrap();
        files.rename(&part, &full).unwrap();
        files.write_at(&full, 3, b"two").unwrap();
        files.write_at(&part, 0, b"next").unwrap();
        files.sync().unwrap();
        assert_eq!(
            (files.read(&full).unwrap(), files.read(&part).unwrap()),
            (b"onetwo".into(), b"next".into())
        );
    }

    #[test]
    fn more_dirty_files_than_the_bound_are_synced_early() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = Files::new();
        for number in 0..=DIRTY_FILES {
            files.write_at(&dir.path().join(number.to_string()), 0, b"x").unwrap();
        }
        assert!(files.dirty.is_empty());
        assert_eq!(files.dirty_dirs.len(), 1, "their names are not durable yet");
    }
}
