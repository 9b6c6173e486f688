//! One process at a time.

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::error::{OpenError, io};

/// Locks a data directory for as long as the file that is returned stays open.
pub(crate) fn data_dir(data: &Path) -> Result<File, OpenError> {
    fs::create_dir_all(data).map_err(io("create directory", data))?;
    let path = data.join("lock");
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(&path).map_err(io("open", &path))?;
    exclusive(&file, data)?;
    Ok(file)
}

/// Locks a file; `what` is what is then in use.
pub(crate) fn exclusive(file: &File, what: &Path) -> Result<(), OpenError> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse(what.to_path_buf())),
        result => Ok(result.map_err(|errno| io("lock", what)(errno.into()))?),
    }
}
