//! What goes wrong, told with what to do next.

use std::fmt;

use commonwheel_api::{ClientError, Problem};

use super::exit::Exit;
use crate::config::ConfigError;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct CliError {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// A machine-readable name, in kebab case.
    pub(crate) code: String,
    /// What is the matter, as a lowercase fragment.
    pub(crate) message: String,
    /// What to do next; empty if the message says it.
    pub(crate) fix: String,
}

impl CliError {
    /// Makes a failure.
    pub(crate) fn new(exit: Exit, code: &str, message: impl fmt::Display, fix: impl fmt::Display) -> Self {
        Self { exit, code: code.to_owned(), message: message.to_string(), fix: fix.to_string() }
    }

    /// A failure without a code of its own, whose message says what to do.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, "failed", message, "")
    }

    /// A command line that is understood and makes no sense.
    pub(crate) fn usage(message: impl fmt::Display, fix: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, "usage", message, fix)
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Configuration, "configuration", &error, error.fix())
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let (exit, code, fix) = match &error {
            ClientError::NotRunning { .. } => (
                Exit::NotRunning,
                "not-running",
                "start it with `commonwheel run`, or name its directory with --data",
            ),
            ClientError::NotPermitted(_) => {
                (Exit::NotRunning, "not-permitted", "run this as the user that runs the node")
            }
            ClientError::Refused(problem) => return refused(problem),
            ClientError::Timeout(_) => (
                Exit::Timeout,
                "timeout",
                "look at `commonwheel status` before repeating a change: it may still be made",
            ),
            ClientError::Broken(_) | ClientError::BadAnswer(_) => (
                Exit::Failed,
                "broken",
                "look into the node's log; both programs should be of the same version",
            ),
            ClientError::Source(_) => (Exit::Failed, "source", "check the file that should be imported"),
        };
        let source =
            std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        Self::new(exit, code, format!("{error}{source}"), fix)
    }
}

fn refused(problem: &Problem) -> CliError {
    let exit = if problem.code == "timeout" { Exit::Timeout } else { Exit::Refused };
    CliError::new(exit, &problem.code, &problem.title, &problem.fix)
}
