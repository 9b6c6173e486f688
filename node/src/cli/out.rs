//! Data goes to standard output, everything else to standard error.

use std::io::{self, Write as _};

use serde::Serialize;

use super::error::CliError;

/// Writes data. A reader that has gone away is no failure: it had what it wanted.
pub(crate) fn data(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::failed(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes an answer as JSON.
pub(crate) fn json<T: Serialize>(answer: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(answer)
        .map_err(|error| CliError::failed(format!("cannot write the answer as JSON: {error}")))?;
    data(&(text + "\n"))
}

/// Tells a person something that is no data.
pub(crate) fn note(text: &str) {
    // Nothing is left to do where standard error is gone.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Tells why the program failed: for people, or as an object where JSON was asked for.
pub(crate) fn failure(error: &CliError, as_json: bool) {
    if as_json {
        let problem = serde_json::json!({ "code": error.code, "title": error.message, "fix": error.fix });
        note(&problem.to_string());
        return;
    }
    note(&format!("error: {}", error.message));
    if !error.fix.is_empty() {
        note(&format!("fix: {}", error.fix));
    }
}
