//! The room's directory: whole files, each in its place only once it is safe there.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::WaitingError;

const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The name of the file that is locked while the room is open.
pub(super) const LOCK: &str = "lock";

/// The ending of a file that is not in its place yet.
pub(super) const UNFINISHED: &str = "tmp";

/// A locked directory.
#[derive(Debug)]
pub(super) struct Disk {
    dir: PathBuf,
    /// Keeps the lock for as long as it is open.
    _lock: File,
    #[cfg(test)]
    pub(super) fuse: std::cell::Cell<Option<u32>>,
}

impl Disk {
    /// Makes the directory if it is missing, closes it to others, and locks it.
    pub(super) fn open(dir: &Path) -> Result<Self, WaitingError> {
        let created = !dir.exists();
        let failed = |doing| move |source| WaitingError::Io { doing, path: dir.to_owned(), source };
        DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir).map_err(failed("create"))?;
        fs::set_permissions(dir, Permissions::from_mode(DIR_MODE)).map_err(failed("close to others"))?;
        if let Some(parent) = dir.parent().filter(|parent| created && !parent.as_os_str().is_empty()) {
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed("make lasting"))?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            _lock: lock(dir)?,
            #[cfg(test)]
            fuse: std::cell::Cell::new(None),
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The names of all files, sorted.
    pub(super) fn names(&self) -> Result<Vec<String>, WaitingError> {
        let failed = |source| WaitingError::Io { doing: "list", path: self.dir.clone(), source };
        let entries =
            fs::read_dir(&self.dir).map_err(failed)?.collect::<io::Result<Vec<_>>>().map_err(failed)?;
        let mut names: Vec<String> =
            entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, WaitingError> {
        let path = self.path(name);
        fs::read(&path).map_err(|source| WaitingError::Io { doing: "read", path, source })
    }

    /// Reads a part of a file; `None` if the file is shorter.
    pub(super) fn read_part(&self, name: &str, at: u64, len: usize) -> Result<Option<Vec<u8>>, WaitingError> {
        let path = self.path(name);
        let mut bytes = vec![0; len];
        match File::open(&path).and_then(|file| file.read_exact_at(&mut bytes, at)) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(WaitingError::Io { doing: "read", path, source }),
        }
    }

    /// Puts a whole file in its place. It lasts once [`Disk::sync`] has returned.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), WaitingError> {
        let place = self.path(name);
        let beside = self.path(&format!("{name}.{UNFINISHED}"));
        let write = || {
            self.step()?;
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&beside)?;
            self.write_bytes(&mut file, bytes)?;
            file.sync_all()?;
            self.step()?;
            fs::rename(&beside, &place)
        };
        write().map_err(|source| WaitingError::Io { doing: "write", path: place.clone(), source })
    }

    /// Removes a file; one that is not there is removed.
    pub(super) fn remove(&self, name: &str) -> Result<(), WaitingError> {
        let path = self.path(name);
        match self.step().and_then(|()| fs::remove_file(&path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(WaitingError::Io { doing: "remove", path, source: error })
            }
            _ => Ok(()),
        }
    }

    /// Makes lasting which files are there.
    pub(super) fn sync(&self) -> Result<(), WaitingError> {
        let sync = || self.step().and_then(|()| File::open(&self.dir)?.sync_all());
        sync().map_err(|source| WaitingError::Io { doing: "make lasting", path: self.dir.clone(), source })
    }

    fn write_bytes(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        file.write_all(first)?;
        self.step()?;
        file.write_all(second)
    }

    /// Lets tests stop everything before any change of the disk, as a kill does.
    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        match self.fuse.get() {
            Some(0) => Err(io::Error::other("killed")),
            left => {
                self.fuse.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "tests stop the disk here")]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }
}

fn lock(dir: &Path) -> Result<File, WaitingError> {
    let path = dir.join(LOCK);
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(false).mode(FILE_MODE).open(&path);
    let file = opened.map_err(|source| WaitingError::Io { doing: "open", path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WaitingError::InUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(WaitingError::Io { doing: "lock", path, source }),
    }
}
