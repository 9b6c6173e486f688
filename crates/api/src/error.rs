//! Refusals, machine-readable: a code, a sentence, and what to do next.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An answer that is a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What sort of refusal.
    pub code: ErrorCode,
    /// What is the matter, as a lowercase fragment.
    pub message: String,
    /// What to do next, as a lowercase fragment.
    pub fix: String,
}

/// A refusal as it travels, in the shape of RFC 9457 problem details.
///
/// Its code is text, so that a client understands a node that knows more codes than itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code's name.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// What is the matter.
    pub title: String,
    /// What to do next.
    pub fix: String,
}

/// The media type of a refusal.
pub const PROBLEM_TYPE: &str = "application/problem+json";

impl From<&ApiError> for Problem {
    fn from(error: &ApiError) -> Self {
        Self {
            code: error.code.name().to_owned(),
            status: error.code.status(),
            title: error.message.clone(),
            fix: error.fix.clone(),
        }
    }
}

impl ApiError {
    /// Makes a refusal.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl fmt::Display, fix: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), fix: fix.to_string() }
    }
}

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal $status:literal;)+) => {
        /// What sort of refusal; each has a name in kebab case and an HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$meta])* $name),+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the code's name, as scripts and `docs/` know it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Returns the HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }
        }
    };
}

codes! {
    /// The request is not understood: not JSON, an unknown field, a word that is none.
    BadRequest = "bad-request" 400;
    /// The request is understood, and breaks a rule of the record or of the collective.
    Invalid = "invalid" 422;
    /// No bearer token, or not this one.
    Unauthorised = "unauthorised" 401;
    /// A page of another origin asks.
    ForeignOrigin = "foreign-origin" 403;
    /// The request was meant for another host.
    WrongHost = "wrong-host" 421;
    /// No such path.
    UnknownRoute = "unknown-route" 404;
    /// The path has other methods.
    WrongMethod = "wrong-method" 405;
    /// The body is of another type than this path takes.
    WrongType = "wrong-type" 415;
    /// The body is larger than this path takes.
    TooLarge = "too-large" 413;
    /// The request did not arrive, or was not done, in time.
    Timeout = "timeout" 408;
    /// Too much at once.
    Busy = "busy" 503;
    /// The node is stopping.
    Stopping = "stopping" 503;
    /// No such record, item, peer, feed or collective here.
    NotFound = "not-found" 404;
    /// The node has no collective of its own, or several and none was named.
    WhichCollective = "which-collective" 422;
    /// This node holds no key that may do it.
    NoAuthority = "no-authority" 403;
    /// This node's profile does not do it.
    WrongProfile = "wrong-profile" 403;
    /// The writer may not sign yet: the tip guard or the witnesses have not confirmed.
    WriterUnconfirmed = "writer-unconfirmed" 503;
    /// There is nothing to do it to.
    Nothing = "nothing" 409;
    /// It contradicts what stands already.
    Conflict = "conflict" 409;
    /// The valve does not let it leave.
    Withheld = "withheld" 403;
    /// The export cannot be read.
    BadImport = "bad-import" 422;
    /// The waiting room, the disk or a queue is full.
    Full = "full" 507;
    /// A file cannot be read or written.
    Storage = "storage" 500;
    /// The node failed to do it.
    Internal = "internal" 500;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_unique_and_errors() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!(code.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            assert!((400..600).contains(&code.status()), "{}", code.name());
        }
    }
}
