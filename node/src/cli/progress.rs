//! Progress of what takes longer than a moment, on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// What takes less is not worth a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two words to a terminal.
const LIVE: Duration = Duration::from_millis(250);

/// Between two words to a file.
const LOGGED: Duration = Duration::from_secs(10);

/// Tells now and then how far something is. Dropping it ends its line.
#[derive(Debug)]
pub(crate) struct Progress {
    next: Instant,
    live: bool,
    shown: bool,
}

impl Progress {
    /// Begins; nothing is shown before two seconds have passed.
    pub(crate) fn begin() -> Self {
        Self { next: Instant::now() + PATIENCE, live: io::stderr().is_terminal(), shown: false }
    }

    /// Tells how far it is, if it is time to.
    pub(crate) fn tell(&mut self, text: impl FnOnce() -> String) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let text = text();
        // Progress that cannot be shown is no reason to stop.
        drop(if self.live {
            write!(io::stderr(), "\r{text}\x1b[K")
        } else {
            writeln!(io::stderr(), "{text}")
        });
        self.next = now + if self.live { LIVE } else { LOGGED };
        self.shown = true;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown && self.live {
            drop(writeln!(io::stderr()));
        }
    }
}
