//! Why a configuration cannot be used, down to the line, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// There is none.
    #[error("no node in {}: {} is missing", .0.parent().unwrap_or(.0).display(), .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// It is no TOML, or a value is not what its key takes.
    #[error("{place}: {message}")]
    Value {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A key that no version of this file has.
    #[error("{place}: unknown key `{key}`")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key, with its table.
        key: String,
        /// The key it looks most like.
        nearest: String,
    },
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: PathBuf,
    /// The line, from 1; none if it is the file as a whole.
    pub(crate) line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

impl ConfigError {
    /// Returns what to do next.
    pub(crate) fn fix(&self) -> String {
        match self {
            Self::Missing(_) => {
                "run `commonwheel init` first, or name the node's directory with --data".to_owned()
            }
            Self::Exists(_) => "choose another directory with --data, or move the file away".to_owned(),
            Self::Io { .. } => "check that this user may read and write the file".to_owned(),
            Self::Value { .. } => {
                "correct the value; the comment above the key says what it takes".to_owned()
            }
            Self::UnknownKey { nearest, .. } => format!("did you mean `{nearest}`?"),
        }
    }
}
