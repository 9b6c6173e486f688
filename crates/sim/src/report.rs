//! What a run is asked, and what it says.

use std::fmt::{self, Write as _};

use crate::deeds::{Deed, Deeds};
use crate::faults::{Fault, Faults};
use crate::mutant::Mutant;

/// What kind of run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether anything goes wrong at all.
    pub faults: bool,
    /// A deliberate bug in every honest node, to test the checkers.
    pub mutant: Option<Mutant>,
    /// Whether everything that happens is written to standard error.
    pub log: bool,
}

impl Default for Options {
    /// Faults, and no deliberate bug.
    fn default() -> Self {
        Self { faults: true, mutant: None, log: false }
    }
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which one, such as `I2`.
    pub promise: &'static str,
    /// When, in milliseconds since 1970 in the world's time.
    pub at: u64,
    /// How.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.promise, self.at, self.what)
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The promises that were broken.
    pub violations: Vec<Violation>,
    /// What went wrong, and how often.
    pub faults: Faults,
    /// What people did, and how often.
    pub deeds: Deeds,
    /// Events that happened.
    pub steps: u64,
    /// Nodes that took part.
    pub nodes: usize,
    /// Contributions that were appended.
    pub contributions: usize,
    /// Milliseconds of the world's time between the end of all faults and the first look that found all converged.
    pub converged_after: u64,
    /// The same for the same seed and options: everything that every node was told, and when.
    pub trace_hash: [u8; 32],
}

/// Writes how often each deed was done and each fault happened, one line a kind.
#[must_use]
pub fn table(deeds: &Deeds, faults: &Faults) -> String {
    let mut text = String::new();
    for deed in Deed::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:>12}  {}", deeds.of(*deed), deed.name());
    }
    for fault in Fault::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:>12}  {fault}", faults.of(*fault));
    }
    text
}
