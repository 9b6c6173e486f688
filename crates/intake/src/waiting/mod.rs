//! The waiting room: items between their arrival and a reviewer's decision, on this node's disk only.
//!
//! received → checked → quarantined | rejected | accepted. What an item holds is opaque bytes; the room knows a short
//! summary, a stage and the reason for it.
//!
//! # On disk
//! Every file is written whole beside its place, fsynced, and renamed into it, then the directory is fsynced; nothing
//! is acknowledged before. So a file is either the old one or the new one after a kill at any point, and a file that
//! does not verify is damage, which is reported by its name and never passed over in silence.
//! - `<number>.items`: a batch of items. It changes only when items are removed from it, whose bytes are then gone.
//! - `<number>.stages`: the stages of that batch's items; an item it does not name is `received`.
//! - `lock`: held while the room is open.
//!
//! A file is a header (magic, number, count, length, checksum) and blobs, each a length, a checksum and bytes. Numbers
//! are little-endian, checksums BLAKE3. An items file has two blobs an item: a summary in JSON, then the bytes. A
//! stages file has one, in JSON. A batch spans several items files where it is large, so that one decision or one
//! removal rewrites a few MiB at most; a crash may leave some of an unacknowledged batch's files.
//!
//! The directory is 0700 and the files 0600.

mod disk;
mod error;
mod frame;
mod index;
mod item;
mod load;
mod query;
mod room;
mod segment;
mod stage;
mod stages;

pub use error::{Damage, Problem, WaitingError};
pub use item::{Item, ItemId, Listed, NewItem, Summary};
pub use query::{Counts, Filter, Page};
pub use room::{PutReport, WaitingRoom};
pub use stage::{Stage, StageError};

/// Largest item, in bytes: a body of 1 MiB with all that goes with it, in any encoding.
pub const MAX_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;

/// Longest reason, in bytes.
pub const MAX_REASON_BYTES: usize = 512;

/// Longest preview kept of an item, in characters.
pub const MAX_PREVIEW_CHARS: usize = 80;

/// Most items on one page of a list.
pub const MAX_PAGE_ITEMS: usize = 1_000;

/// How much a room holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most items.
    pub items: u64,
    /// Most bytes of items with their summaries. Stages come on top, below 1 KiB an item.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { items: 250_000, bytes: 2 * 1024 * 1024 * 1024 }
    }
}

#[cfg(test)]
mod tests;
