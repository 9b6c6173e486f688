//! One node: its files, its process, and what it is asked through its socket.

use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use commonwheel_api::types::{ImportAnswer, ImportRequest, StatusRequest};
use commonwheel_api::{Client, ClientError, Operation};
use commonwheel_net::{Multiaddr, with_peer};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{CollectiveId, PublicKey};
use tempfile::TempDir;

use crate::binary::{Ran, commonwheel, run};
use crate::wait::{PATIENCE, eventually};

/// Between two looks at a process.
const PAUSE: Duration = Duration::from_millis(5);
/// Bytes of a log that a failure shows, from its end; who connected and went is left out.
const LOG_SHOWN: usize = 16 * 1024;

/// What `init` made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) role: NodeRole,
    pub(crate) data: PathBuf,
    pub(crate) guard: PathBuf,
    pub(crate) key: PublicKey,
    pub(crate) collective: Option<CollectiveId>,
    port: u16,
}

impl Made {
    /// Reads what `init --json` told.
    pub(crate) fn read(
        name: &str,
        role: NodeRole,
        data: PathBuf,
        guard: PathBuf,
        port: u16,
        told: &str,
    ) -> Self {
        // Two members of one flat object: not worth a JSON reader of its own.
        let member = |key: &str| {
            let (_, rest) = told.split_once(&format!("\"{key}\":"))?;
            Some(rest.trim_start().strip_prefix('"')?.split('"').next()?.to_owned())
        };
        let key = member("node").and_then(|text| text.parse().ok());
        let key = key.unwrap_or_else(|| panic!("init named no node key: {told}"));
        let collective = member("collective").map(|text| text.parse().expect("a collective's id is told"));
        Self { name: name.to_owned(), role, data, guard, key, collective, port }
    }

    pub(crate) fn listen(&self) -> String {
        format!("/ip4/127.0.0.1/tcp/{}", self.port)
    }

    pub(crate) fn address(&self) -> String {
        let listen: Multiaddr = self.listen().parse().expect("it is a multiaddress");
        with_peer(listen, &self.key.0).expect("a node's key is one").to_string()
    }
}

/// A node under test. Dropping it kills its process; if the test has failed, it shows its log first.
#[derive(Debug)]
pub struct Node {
    made: Made,
    client: Client,
    process: Option<Child>,
    /// The directory all nodes of the cluster lie in.
    root: Arc<TempDir>,
}

impl Node {
    pub(crate) fn new(made: Made, root: Arc<TempDir>) -> Self {
        let client = Client::new(made.data.join("api.sock"));
        Self { made, client, process: None, root }
    }

    /// Returns the node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.made.name
    }

    /// Returns the node's key.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        self.made.key
    }

    /// Returns the collective it founded.
    ///
    /// # Panics
    /// For a mirror, which founds none.
    #[must_use]
    pub const fn collective(&self) -> CollectiveId {
        self.made.collective.expect("only a co-op or collective is asked for its collective")
    }

    /// Returns its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.made.data
    }

    /// Returns its tip guard.
    #[must_use]
    pub fn guard(&self) -> &Path {
        &self.made.guard
    }

    /// Returns the directory of one of its feeds.
    #[must_use]
    pub fn feed_dir(&self, feed: commonwheel_record::FeedId) -> PathBuf {
        self.data().join("feeds").join(feed.to_string())
    }

    /// Returns where the node listens, as a multiaddress with its peer id; the same before and after a restart.
    #[must_use]
    pub fn address(&self) -> String {
        self.made.address()
    }

    /// Returns its port, for peers that do not even speak libp2p.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.made.port
    }

    /// Returns a client, which outlives the process.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Starts the process and returns at once.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    pub fn spawn(&mut self) {
        assert!(self.process.is_none(), "{} runs already", self.name());
        let log =
            File::options().create(true).append(true).open(self.log_path()).expect("a log can be opened");
        let mut command = self.command(&["run"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(command.spawn().expect("the binary can be started"));
    }

    /// Starts the process and waits until it answers.
    ///
    /// # Panics
    /// If it does not within [`PATIENCE`].
    pub async fn start(&mut self) {
        self.spawn();
        self.ready().await;
    }

    /// Waits until a process that was started answers.
    ///
    /// # Panics
    /// If it ends instead, or takes longer than [`PATIENCE`].
    pub async fn ready(&mut self) {
        let client = self.client.clone();
        let name = self.made.name.clone();
        eventually(&format!("{name} starts"), async || {
            if let Some(status) = self.ended() {
                panic!("{name} ended instead of starting: {status}");
            }
            client.call(&StatusRequest {}).await.map(drop).map_err(|error| error.to_string())
        })
        .await;
    }

    /// Returns how much memory the process has resident, in bytes.
    ///
    /// # Panics
    /// If it does not run, or the system does not say.
    #[must_use]
    pub fn resident(&self) -> u64 {
        let process = self.process.as_ref().unwrap_or_else(|| panic!("{} does not run", self.name()));
        let statm = fs::read_to_string(format!("/proc/{}/statm", process.id())).expect("the system says it");
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
        pages.expect("the second number counts resident pages") * rustix::param::page_size() as u64
    }

    /// Says whether the process runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_some() && self.ended().is_none()
    }

    fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.process.as_mut()?.try_wait().expect("a child can be waited for")
    }

    /// Waits for a process that is expected to end by itself; returns its exit code.
    ///
    /// # Panics
    /// If none was started or it goes on.
    pub async fn ends(&mut self) -> Option<i32> {
        let name = self.made.name.clone();
        let look = async || self.ended().ok_or_else(|| "it runs".to_owned());
        let status = eventually(&format!("{name} ends"), look).await;
        self.process = None;
        status.code()
    }

    /// Kills the process as `kill -9` does, at whatever it is doing.
    ///
    /// # Panics
    /// If it does not run: a node that ended before it was killed is no kill.
    pub fn kill(&mut self) {
        assert!(self.is_running(), "{} ended before it was killed", self.name());
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("a child can be killed");
        process.wait().expect("a killed child ends");
    }

    /// Ends the process politely.
    ///
    /// # Panics
    /// If it does not end with code 0 within [`PATIENCE`].
    pub async fn stop(&mut self) {
        let process = self.process.as_ref().unwrap_or_else(|| panic!("{} does not run", self.name()));
        let pid = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.expect("a child has a process id");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a child can be signalled");
        assert_eq!(self.ends().await, Some(0), "{} was told to stop", self.name());
    }

    /// Asks the node.
    ///
    /// # Panics
    /// If it refuses or is not there.
    pub async fn call<R: Operation>(&self, request: R) -> R::Answer {
        let answer = self.try_call(&request).await;
        answer.unwrap_or_else(|error| panic!("{}: {request:?}: {error}", self.name()))
    }

    /// Asks the node, which may refuse.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn try_call<R: Operation>(&self, request: &R) -> Result<R::Answer, ClientError> {
        self.client.call(request).await
    }

    /// Imports an export.
    ///
    /// # Panics
    /// If the node refuses or is not there.
    pub async fn import(&self, terms: &ImportRequest, export: impl Into<Vec<u8>>) -> ImportAnswer {
        let imported = self.client.import(terms, Cursor::new(export.into()), |_| {}).await;
        imported.unwrap_or_else(|error| panic!("{}: import: {error}", self.name()))
    }

    /// Runs a command of the binary on this node's data directory.
    #[must_use]
    pub fn cli(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(commonwheel());
        command.arg("--data").arg(self.data()).args(arguments);
        command
    }

    fn log_path(&self) -> PathBuf {
        self.root.path().join(format!("{}.log", self.name()))
    }

    /// Returns everything the node logged so far, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    /// Waits until the log says something.
    ///
    /// # Panics
    /// If it does not within [`PATIENCE`].
    pub async fn logged(&self, what: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.log().contains(what) {
            assert!(Instant::now() < until, "{} never logged {what:?}", self.name());
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself; either way nothing is left behind.
            drop(process.kill());
            drop(process.wait());
        }
        if std::thread::panicking() {
            let log = self.log();
            let told =
                |line: &&str| !line.contains(" connected peer=") && !line.contains(" disconnected peer=");
            let log = log.lines().filter(told).collect::<Vec<_>>().join("\n");
            let from =
                log.char_indices().map(|(at, _)| at).find(|at| log.len() - at <= LOG_SHOWN).unwrap_or(0);
            eprintln!("--- log of {} ---\n{}", self.name(), &log[from..]);
        }
    }
}
