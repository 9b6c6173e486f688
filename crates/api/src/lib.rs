//! The local HTTP router: every operation of a running node, as JSON over a Unix socket.
//!
//! [`types`] holds what is asked and answered, [`Backend`] is whoever does it, `router` carries the one to the other.
//! The router decides nothing about records: what may leave a node, its own tools included, the valve decides behind
//! [`Backend`].

mod error;
mod operation;
pub mod types;
mod upload;
pub mod word;

pub use error::{ApiError, ErrorCode};
pub use operation::{Answer, Backend, Command, IMPORT_PATH, IMPORT_TYPE, ImportJob, Method, Operation};
pub use upload::Upload;
pub use word::{Word, WordError};
