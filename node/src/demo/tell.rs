//! How the story is told: numbered steps, facts under them, and a table at the end.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use super::DemoError;

/// Writes to standard output; a reader that has gone away is no reason to stop.
#[derive(Debug)]
pub(super) struct Teller {
    started: Instant,
    steps: u32,
    checks: Vec<(String, String)>,
    live: bool,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), steps: 0, checks: Vec::new(), live: std::io::stderr().is_terminal() }
    }

    fn line(&self, text: &str) {
        drop(writeln!(std::io::stdout(), "{text}"));
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) {
        self.steps += 1;
        self.line(&format!("\n{:>2}. {title}   [{:.1} s]", self.steps, self.started.elapsed().as_secs_f64()));
    }

    /// States a fact.
    pub(super) fn fact(&self, text: &str) {
        self.line(&format!("    {text}"));
    }

    /// States what is being waited for, over and over, in one line.
    pub(super) fn progress(&self, text: &str) {
        if self.live {
            drop(write!(std::io::stderr(), "\r    … {text}\x1b[K"));
        }
    }

    /// Clears the line that progress was shown in.
    pub(super) fn settled(&self) {
        if self.live {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }

    /// States a check, which ends the story if it does not hold.
    pub(super) fn check(&mut self, what: &str, holds: bool, found: &str) -> Result<(), DemoError> {
        self.fact(&format!("{} {what}: {found}", if holds { "✓" } else { "✗" }));
        self.checks.push((what.to_owned(), found.to_owned()));
        if holds { Ok(()) } else { Err(DemoError::Step(format!("{what}: {found}"))) }
    }

    /// Ends the story with a table of all checks.
    pub(super) fn summary(&self, nodes: &[[String; 6]]) {
        self.line("\nWhat held");
        let width = self.checks.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
        for (what, found) in &self.checks {
            let pad = " ".repeat(width - what.chars().count());
            self.line(&format!("    ✓ {what}{pad}  {found}"));
        }
        self.line("\nAt the end");
        self.table(nodes);
        self.line(&format!(
            "\n{} checks held in {:.1} s. A strike does not undo an irrevocable licence, prevent copying, or bind anyone \
             outside this network.",
            self.checks.len(),
            self.started.elapsed().as_secs_f64()
        ));
    }

    fn table(&self, rows: &[[String; 6]]) {
        let head = ["node", "contributions", "bodies", "granted", "wanted", "heads root"].map(str::to_owned);
        let all: Vec<&[String; 6]> = std::iter::once(&head).chain(rows).collect();
        let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        for row in all {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
                .collect();
            self.line(&format!("    {}", cells.join("  ").trim_end()));
        }
    }
}
