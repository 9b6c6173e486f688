//! Where the workspace is, what lies beside it, and what the machine has. What is absent is said.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the top of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate lies two levels down")
}

/// Returns a file of real data that lies beside the workspace and is not part of it; says so where it is absent.
#[must_use]
pub fn shared(file: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

/// Returns the Python interpreter; says so where there is none.
#[must_use]
pub fn python() -> Option<Command> {
    let mut probe = Command::new("python3");
    let found = probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(Command::new("python3"));
    }
    eprintln!("SKIPPED: there is no python3");
    None
}
