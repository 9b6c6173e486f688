//! Building the index again from the files.

use std::fs;
use std::path::Path;

use commonwheel_ledger::store::Store as _;
use commonwheel_record::Hash;

use crate::error::{OpenError, io};
use crate::lock;
use crate::store::{FileStore, Options};
use crate::verify::Progress;

/// What a rebuild went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Feeds.
    pub feeds: u64,
    /// Leaves of all feeds.
    pub leaves: u64,
    /// Bodies held.
    pub bodies: u64,
    /// The state hash, the same as before; see [`FileStore::state_hash`].
    pub state_hash: Hash,
}

/// Deletes the index of a data directory that no node has open, and builds it again from the files.
///
/// # Errors
/// [`OpenError`].
pub fn rebuild(
    data: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Rebuilt, OpenError> {
    let lock = lock::data_dir(data)?;
    let index = data.join("index");
    if index.exists() {
        fs::remove_dir_all(&index).map_err(io("remove", &index))?;
    }
    let (mut store, _) = FileStore::open_locked(lock, data, options, progress)?;
    store.commit()?;
    let feeds = store.feeds();
    Ok(Rebuilt {
        feeds: feeds.len() as u64,
        leaves: feeds.iter().map(|feed| store.size(feed)).sum(),
        bodies: feeds.iter().map(|feed| store.body_count(feed)).sum(),
        state_hash: store.state_hash()?,
    })
}
