//! Commonwheel: importers and the waiting room.
//!
//! An [`Import`] turns an export into [`Draft`]s and an account of what it took, skipped and why. A draft says only
//! what the data says: licence, preferences, attribution and consent are asked for elsewhere. Importing shares
//! nothing.
//!
//! The [`waiting`] room keeps items on this node until a reviewer has decided: nothing of it ever leaves the node.
//! [`checks`] gives hints at personal data, which are heuristic.
//!
//! Parsing is pure over readers; only the waiting room knows a disk, and nothing here knows a clock or a socket.

mod chat;
pub mod checks;
pub mod content;
mod content_hash;
mod describe;
mod detect;
mod draft;
mod error;
mod framing;
mod import;
mod items;
mod jsonl;
pub mod lang;
pub mod limits;
mod loose;
mod nesting;
mod openwebui;
mod options;
mod outcome;
mod report;
mod sharegpt;
mod source;
pub mod terms;
mod thread;
pub mod waiting;

pub use content_hash::ContentHash;
pub use detect::{Format, FormatError};
pub use draft::{Draft, LangSource};
pub use error::ImportError;
pub use import::{Import, import_all};
pub use options::Options;
pub use report::{ImportReport, LeftOut, Skip, SkipReason};
