//! What `verify` found.

use std::path::{Path, PathBuf};

use commonwheel_record::FeedId;

/// Problems that are listed one by one; more are only counted.
pub const MAX_PROBLEMS: usize = 1000;

/// How far a long task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The feed that is being gone through.
    pub feed: FeedId,
    /// Leaves of it that are done.
    pub done: u64,
    /// Leaves of it.
    pub leaves: u64,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which file.
    pub file: PathBuf,
    /// What.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Feeds gone through.
    pub feeds: u64,
    /// Leaves, each under its tree's root.
    pub leaves: u64,
    /// Headers that hash to their leaf and decode.
    pub headers: u64,
    /// Headers that are missing, which is no problem.
    pub missing_headers: u64,
    /// Bodies that their header commits to.
    pub bodies: u64,
    /// Bodies of a kind this version does not know, of which only the checksum is verified.
    pub opaque_bodies: u64,
    /// Submissions whose member's signature holds.
    pub submissions: u64,
    /// Bodies whose submission is not held, so that the consent to them is not verified.
    pub unproven_bodies: u64,
    /// Files that end in something unfinished, which was never acknowledged and goes with the next start; no problem.
    pub unfinished: Vec<PathBuf>,
    /// What is not as it should be, at most [`MAX_PROBLEMS`] of it.
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub more_problems: u64,
}

/// What to do about a problem.
pub(super) mod advice {
    pub(in super::super) const HEADER: &str =
        "run `verify --repair`; the header is then missing and is fetched again from a peer";
    pub(in super::super) const BODY: &str =
        "run `verify --repair`; the body is then fetched again from a peer";
    pub(in super::super) const TILE: &str =
        "run `verify --repair`; tiles are computed again from headers, or the feed is fetched again";
    pub(in super::super) const FEED: &str = "start the node: it corrects a single flipped bit, else sets the feed aside and fetches it again; \
         restore an own feed from a backup";
    pub(in super::super) const STRANGER: &str = "move the file elsewhere; the store did not write it";
    pub(in super::super) const STATE: &str =
        "start the node: it keeps what is whole and the damaged file as state/journal.bad";
    pub(in super::super) const RECORD: &str =
        "this record should never have been stored: keep a copy of the data directory and report it";
}

impl Report {
    /// Says whether everything that is held re-verified.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn problem(&mut self, file: &Path, what: impl Into<String>, advice: &'static str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { file: file.to_path_buf(), what: what.into(), advice });
        } else {
            self.more_problems += 1;
        }
    }

    pub(super) fn unfinished(&mut self, file: &Path) {
        self.unfinished.push(file.to_path_buf());
    }
}
