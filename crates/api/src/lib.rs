//! The local HTTP router: every operation of a running node, as JSON over a Unix socket.
//!
//! [`types`] holds what is asked and answered, [`Backend`] is whoever does it, [`router`] carries the one to the other
//! and [`Client`] asks. The router decides nothing about records: what may leave a node, its own tools included, the
//! valve decides behind [`Backend`].
//!
//! A request is turned away before it is routed if it names another host, comes from another site's page, or, over
//! TCP, bears no token. Reads are GET with a query, changes are POST with JSON, every refusal is a [`Problem`].

mod client;
pub mod describe;
mod error;
mod explain;
pub mod limits;
mod listen;
mod operation;
mod reply;
mod router;
mod transport;
pub mod types;
mod upload;
pub mod word;

pub use client::{Client, ClientError};
pub use error::{ApiError, ErrorCode, PROBLEM_TYPE, Problem};
pub use limits::{Deadlines, MAX_CONNECTIONS};
pub use listen::{ListenError, Socket, serve, serve_socket};
pub use operation::{
    Answer, Backend, Command, IMPORT_PATH, IMPORT_TYPE, ImportJob, Method, OPERATIONS, Operation,
};
pub use router::{HEALTH_PATH, INDEX_PATH, router};
pub use transport::{Token, Transport, UNIX_HOST};
pub use upload::Upload;
pub use word::{Word, WordError};
