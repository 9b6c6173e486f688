//! The binary under test, and running its commands.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use crate::data::workspace;

/// How long one command may take.
pub const CLI_LIMIT: Duration = Duration::from_secs(120);

/// Returns the `commonwheel` binary of the profile this test was built with.
///
/// `CARGO_BIN_EXE_…` exists only within the binary's own package, so it is looked for beside the test, and built first
/// where it is missing or older than its sources: a test must not pass because of yesterday's binary.
/// `COMMONWHEEL_BINARY` names another one, which is taken as it is.
///
/// # Panics
/// Where there is none and it cannot be built.
pub fn commonwheel() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("COMMONWHEEL_BINARY") {
        Some(named) => named.into(),
        None => beside_this_test(),
    })
}

fn beside_this_test() -> PathBuf {
    let test = std::env::current_exe().expect("a running test knows its own path");
    // target/<profile>/deps/<test>
    let profile = test.ancestors().nth(2).expect("a test lies in its profile's deps directory");
    let binary = profile.join(format!("commonwheel{}", std::env::consts::EXE_SUFFIX));
    if is_stale(&binary) {
        build(profile);
    }
    assert!(binary.is_file(), "{} is not there after building it", binary.display());
    binary
}

fn is_stale(binary: &Path) -> bool {
    let Ok(built) = fs::metadata(binary).and_then(|metadata| metadata.modified()) else { return true };
    let crates = fs::read_dir(workspace().join("crates")).expect("the workspace has crates");
    let crates = crates.flatten().map(|entry| entry.path());
    let shipped = crates.filter(|dir| !dir.ends_with("sim") && !dir.ends_with("testkit"));
    shipped.chain([workspace().join("node")]).any(|dir| newest(&dir.join("src")) > built)
}

/// When the youngest file below a directory was written.
fn newest(dir: &Path) -> SystemTime {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let times = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => newest(&entry.path()),
        _ => entry.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH),
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(profile: &Path) {
    let target = profile.parent().expect("a profile lies in the target directory");
    let name = profile.file_name().and_then(OsStr::to_str).expect("profiles have plain names");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["build", "--locked", "--package", "commonwheel", "--profile"]);
    cargo.arg(if name == "debug" { "dev" } else { name }).arg("--target-dir").arg(target);
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "building the commonwheel binary failed");
}

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Asserts an exit code; shows everything if it was another.
    ///
    /// # Panics
    /// If it was another.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Returns both outputs, for looking whether something is said at all.
    #[must_use]
    pub fn said(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }
}

/// Runs a command to its end, at most [`CLI_LIMIT`].
///
/// # Panics
/// If it cannot be started or does not end; then it is killed.
#[must_use]
pub fn run(command: &mut Command) -> Ran {
    // Files, and no pipes: a full pipe that nobody reads would hold the command up.
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    let file = |path: &Path| fs::File::create(path).expect("a file can be made in it");
    let child = command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err)).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let until = Instant::now() + CLI_LIMIT;
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Ran { code: status.code(), out: read(&out), err: read(&err) };
        }
        if Instant::now() > until {
            child.kill().expect("a child can be killed");
            child.wait().expect("a killed child ends");
            panic!("{command:?} did not end in {CLI_LIMIT:?}:\n{}\n{}", read(&out), read(&err));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
