//! Named bounds of the local interface.

use std::time::Duration;

/// Largest request body but an import's, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Largest import, in bytes, without the line of terms before it.
pub const MAX_IMPORT_BYTES: u64 = commonwheel_intake::limits::MAX_IMPORT_BYTES;

/// Longest line of terms before an import's bytes, consent text included.
pub const MAX_TERMS_BYTES: usize = 256 * 1024;

/// Largest head of a request, in bytes.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Connections at once; more wait to be accepted.
pub const MAX_CONNECTIONS: usize = 64;

/// Longest path of a Unix socket, in bytes. Linux takes 107, others 103, and a socket is made under a longer name.
pub const MAX_SOCKET_PATH_BYTES: usize = 100;

/// Largest answer a client takes, in bytes.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// How long a request may take to arrive, be done and be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until the head of a request is here.
    pub head: Duration,
    /// From then until the answer.
    pub request: Duration,
    /// Between two chunks of an import.
    pub chunk: Duration,
    /// From the head of an import until its answer.
    pub import: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            request: Duration::from_secs(30),
            chunk: Duration::from_secs(30),
            import: Duration::from_secs(30 * 60),
        }
    }
}
