//! Why a data directory could not be opened, and how system errors become the store's.

use std::path::{Path, PathBuf};

use commonwheel_ledger::store::StoreError;
use commonwheel_record::FeedId;

/// Why a data directory could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another process; one node per data directory", .0.display())]
    InUse(PathBuf),
    /// One of this node's own feeds is damaged beyond what its files can repair.
    ///
    /// It is not set aside as others' are: signing on without its leaves would fork it.
    #[error(
        "own feed {feed}: damaged {what}; restore feeds/{feed} from a backup or a partner's copy, then start again"
    )]
    OwnFeed {
        /// The feed.
        feed: FeedId,
        /// Which part of it.
        what: &'static str,
    },
    /// The disk failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Says what was tried on which file; for `map_err`.
pub(crate) fn io<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> StoreError + use<'a> {
    move |error| StoreError::Io { action, path: path.display().to_string(), why: error.to_string() }
}
