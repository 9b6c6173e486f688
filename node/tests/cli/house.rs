//! The program, run over a data directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a node may take to start or stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A data directory with a home around it, so that nothing of the machine's user is touched.
#[derive(Debug)]
pub(crate) struct House {
    home: TempDir,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl House {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_commonwheel"));
        command
            .args(line.split(' '))
            .env_clear()
            .env("HOME", self.home.path())
            .env("COMMONWHEEL_DATA", self.data())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.command(line).output().unwrap().into()
    }

    /// Runs a command that must succeed, and reads what it prints as JSON.
    pub(crate) fn json(&self, line: &str) -> Value {
        let ran = self.run(&format!("{line} --json"));
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{line}: {error}: {}", ran.out))
    }

    /// Makes a co-op's node that listens on a free port of the loopback.
    pub(crate) fn init(&self) {
        let ran = self.run("init --profile coop --name Riverside --listen /ip4/127.0.0.1/tcp/0");
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// Starts the node and waits until it answers.
    pub(crate) fn start(&self) -> Running {
        let log = self.home.path().join("log");
        let file = std::fs::File::create(&log).unwrap();
        let child = self.command("run").stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let mut running = Running(child);
        let until = Instant::now() + PATIENCE;
        while self.run("status").code != 0 {
            let ended = running.0.try_wait().unwrap();
            let log = || std::fs::read_to_string(&log).unwrap();
            assert!(ended.is_none() && Instant::now() < until, "the node does not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A running node; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    /// Asks the node to stop, and returns how it exited.
    pub(crate) fn stop(mut self) -> i32 {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "the node does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Turns one bit in the middle of the first file below a directory whose name begins as asked.
pub(crate) fn flip(dir: &Path, beginning: &str) -> PathBuf {
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.file_name().unwrap().to_string_lossy().starts_with(beginning) {
                let mut bytes = std::fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&path, bytes).unwrap();
                return path;
            }
        }
    }
    panic!("no file {beginning}… below {}", dir.display());
}
