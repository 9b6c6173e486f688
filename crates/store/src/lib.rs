//! Commonwheel: feed files, the sled index and the tip guard.
//!
//! Files are the truth, and [`layout`] describes them byte by byte. sled is an index beside them that may be deleted or
//! damaged at any time: every answer it gives is checked against the files, and what it does not answer is read there.
//! [`FileStore`] implements the ledger's `Store`, [`FileGuard`] its `TipGuard`.

mod bodies;
mod commit;
mod entries;
mod error;
mod feed;
mod files;
mod frames;
mod guard;
mod headers;
mod held;
mod index;
pub mod layout;
mod lock;
mod lru;
mod open;
mod rebuild;
mod recover;
mod repair;
mod rows;
mod state;
mod store;
mod table;
mod tiles;
mod verify;
mod window;

pub use error::OpenError;
pub use guard::{FileGuard, GuardFound, MAX_GUARDED_FEEDS};
pub use open::OpenReport;
pub use rebuild::{Rebuilt, rebuild};
pub use recover::Repairs;
pub use store::{FileStore, Options};
pub use verify::{MAX_PROBLEMS, Problem, Progress, Report, verify};
