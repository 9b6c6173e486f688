//! The main job in one command: two co-ops and a lab's mirror, three processes, through a strike and out of it.
//!
//! ```text
//!   Riverside co-op ──── Hillside co-op
//!            \            /
//!             Open Lab's mirror
//! ```

mod cluster;
mod counts;
mod outsider;
mod story;
mod tell;

use std::path::PathBuf;

/// What `demo` was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct DemoOptions {
    /// An export to import; the built-in sample if none.
    pub(crate) import: Option<PathBuf>,
    /// Whether to leave the nodes' directories where they are.
    pub(crate) keep: bool,
}

/// Why the demo did not hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// A file or process could not be had.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A node's data directory could not be made.
    #[error(transparent)]
    Init(#[from] crate::init::InitError),
    /// A node did not answer as it should.
    #[error("{node}: {source}")]
    Client {
        /// Which node.
        node: &'static str,
        /// Why.
        source: commonwheel_api::ClientError,
    },
    /// A step did not hold.
    #[error("step did not hold: {0}")]
    Step(String),
    /// The export cannot be read.
    #[error("the export cannot be read: {0}")]
    Import(#[from] commonwheel_intake::ImportError),
    /// The outsider could not ask.
    #[error("the direct request failed: {0}")]
    Outsider(String),
}

/// Runs the demo; an error means that a step did not hold.
pub(crate) async fn demo(options: DemoOptions) -> Result<(), DemoError> {
    story::tell(&options).await
}

/// Names an I/O failure.
fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> DemoError {
    let what = what.into();
    move |source| DemoError::Io { what, source }
}
