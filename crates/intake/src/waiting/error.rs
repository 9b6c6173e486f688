//! What can go wrong with a waiting room.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::item::ItemId;
use super::stage::Stage;
use super::{MAX_PAYLOAD_BYTES, MAX_REASON_BYTES};

/// Why a waiting room refuses something. Nothing has changed then, except after [`WaitingError::Io`].
#[derive(Debug, thiserror::Error)]
pub enum WaitingError {
    /// The disk failed. The room takes nothing more until it is opened again.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier failure of the disk left open what it holds.
    #[error("the disk failed earlier; open the waiting room again")]
    Broken,
    /// Another process, or another part of this one, has it open.
    #[error("the waiting room {dir} is in use")]
    InUse {
        /// The room's directory.
        dir: PathBuf,
    },
    /// A file does not verify.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// No room for so many items.
    #[error("the waiting room is full: {held} items held, {offered} offered, {limit} allowed")]
    TooManyItems {
        /// Items in the room.
        held: u64,
        /// Items offered that are not in it.
        offered: u64,
        /// Items allowed.
        limit: u64,
    },
    /// No room for so many bytes.
    #[error("the waiting room is full: {held} bytes held, {offered} offered, {limit} allowed")]
    TooManyBytes {
        /// Bytes in the room.
        held: u64,
        /// Bytes offered.
        offered: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// One item is too large.
    #[error("item {id} has {bytes} bytes, {MAX_PAYLOAD_BYTES} are allowed")]
    TooLarge {
        /// The item.
        id: ItemId,
        /// Its size, in bytes.
        bytes: usize,
    },
    /// No such item.
    #[error("no item {id} in the waiting room")]
    Unknown {
        /// The item asked for.
        id: ItemId,
    },
    /// The item cannot go there from where it is.
    #[error("item {id} is {from} and cannot become {to}")]
    Transition {
        /// The item.
        id: ItemId,
        /// Its stage.
        from: Stage,
        /// The stage asked for.
        to: Stage,
    },
    /// Quarantine and rejection say why.
    #[error("an item becomes {to} only for a reason")]
    ReasonMissing {
        /// The stage asked for.
        to: Stage,
    },
    /// The reason is too long.
    #[error("the reason has {bytes} bytes, {MAX_REASON_BYTES} are allowed")]
    ReasonTooLong {
        /// Its length, in bytes.
        bytes: usize,
    },
}

/// A file that does not verify. It is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.problem)
    }
}

impl std::error::Error for Damage {}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It does not begin as a file of this name and version does.
    #[error("not a file of the waiting room, or of another version")]
    Header,
    /// It is shorter or longer than it says.
    #[error("torn: its length is wrong")]
    Length,
    /// Its bytes changed.
    #[error("changed: a checksum does not hold")]
    Checksum,
    /// Its checksums hold, but not what it says.
    #[error("its content makes no sense")]
    Content,
    /// An item in it is in another file too.
    #[error("an item stands in two files")]
    Twice,
    /// Its name is none that the room uses.
    #[error("not a file of the waiting room")]
    Name,
}
