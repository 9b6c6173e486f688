//! Exit codes: part of the interface, as scripts depend on them.

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Something failed that has no code of its own.
    Failed = 1,
    /// The command line is not understood.
    Usage = 2,
    /// No node is running on this data directory.
    NotRunning = 3,
    /// The node refused.
    Refused = 4,
    /// Verifying found problems, or a step of the demo did not hold.
    Problems = 5,
    /// The configuration or the data directory cannot be used.
    Configuration = 6,
    /// No answer came in time: what was asked may still have been done.
    Timeout = 7,
}

/// The codes as `--help` shows them.
pub(crate) const HELP: &str = "Exit codes:
  0  done
  1  failed
  2  the command line is not understood
  3  no node is running on this data directory
  4  the node refused; with --json the reason is an object on standard error
  5  verifying found problems, or a step of the demo did not hold
  6  the configuration or the data directory cannot be used
  7  no answer came in time: what was asked may still have been done";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotRunning,
            Exit::Refused,
            Exit::Problems,
            Exit::Configuration,
            Exit::Timeout,
        ];
        for (number, exit) in all.into_iter().enumerate() {
            assert_eq!(exit as usize, number);
            assert!(HELP.contains(&format!("\n  {number}  ")), "{exit:?}");
        }
        assert_eq!(HELP.lines().count(), 1 + all.len());
    }
}
