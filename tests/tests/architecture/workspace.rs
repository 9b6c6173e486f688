//! What the other modules look at: cargo's metadata, the crates' directories, the tracked files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// Crates that know no clock, socket, disk, environment or runtime.
pub(crate) const PURE: &[&str] = &["record", "ledger", "collective", "valve", "market", "sync"];

/// One crate of the workspace as cargo describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

impl Package {
    /// The crate's directory.
    pub(crate) fn dir(&self) -> &Path {
        self.manifest_path.parent().expect("a manifest lies in a directory")
    }

    /// The name of the crate's directory, which is what the crate table speaks of.
    pub(crate) fn dir_name(&self) -> &str {
        self.dir().file_name().and_then(OsStr::to_str).expect("crate directories have plain names")
    }

    /// Whether the crate is one of [`PURE`].
    pub(crate) fn is_pure(&self) -> bool {
        PURE.contains(&self.dir_name())
    }
}

/// A dependency as a manifest states it.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

impl Dependency {
    /// Whether only tests, examples and benchmarks see it.
    pub(crate) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// A library, binary or test that cargo builds.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) src_path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// The top of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests package lies under the top")
}

/// Every crate of the workspace.
pub(crate) fn packages() -> Vec<Package> {
    let json = cargo(&["metadata", "--offline", "--no-deps", "--format-version", "1"]);
    let metadata: Metadata = serde_json::from_str(&json).expect("cargo metadata prints JSON");
    metadata.packages
}

/// The pure crates that exist so far.
pub(crate) fn pure_packages() -> Vec<Package> {
    packages().into_iter().filter(Package::is_pure).collect()
}

/// Standard output of a cargo command that has to succeed.
pub(crate) fn cargo(args: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(program).args(args))
}

/// Files under version control, relative to [`root`]; one deleted but not yet committed is left out.
pub(crate) fn tracked_files() -> Vec<PathBuf> {
    // A checkout owned by another user, as in a container, is still ours to read.
    let listing = run(Command::new("git").args(["-c", "safe.directory=*", "ls-files", "-z"]));
    let paths = listing.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from);
    paths.filter(|path| root().join(path).exists()).collect()
}

/// Rust files below a directory, in order.
pub(crate) fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", dir.display()))
        .map(|entry| entry.expect("a listed entry is readable").path())
        .collect();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension() == Some(OsStr::new("rs")) {
            files.push(path);
        }
    }
    files
}

/// A text file that has to exist.
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// A path as it is written in the workspace, for complaints.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn run(command: &mut Command) -> String {
    let output = command
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", command.get_program().display()));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo and git print UTF-8")
}
