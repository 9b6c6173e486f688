//! Node processes on loopback: configured, started, watched through `/proc`, and stopped.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use commonwheel_api::types::StrikeStatusRequest;
use commonwheel_api::{Client, Operation};
use commonwheel_net::{Multiaddr, with_peer};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{CollectiveId, PublicKey};

use crate::Failure;
use crate::coop::{Keys, NETWORK};

/// How long a node may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// Clock ticks a second in `/proc/<pid>/stat`, the same on every Linux.
const TICKS: f64 = 100.0;

/// A node that is configured, and runs or does not yet.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) dir: PathBuf,
    pub(crate) key: PublicKey,
    pub(crate) role: NodeRole,
    pub(crate) address: Multiaddr,
    client: Client,
    process: Option<Child>,
}

impl Node {
    /// Names a node and finds it a free port. Its directory is made by whoever fills it.
    pub(crate) fn new(root: &Path, name: &str, role: NodeRole) -> Result<Self, Failure> {
        let dir = root.join(name);
        let key = Keys::named(name).node.public();
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse()?;
        let client = Client::new(dir.join("api.sock"));
        Ok(Self { key, role, address: with_peer(listen, &key.0)?, client, process: None, dir })
    }

    /// Where its tip guard lies.
    pub(crate) fn guard(&self) -> PathBuf {
        self.dir.with_extension("guard")
    }

    /// Writes the configuration: whom it dials, trusts to compare with, and follows.
    pub(crate) fn configure(
        &self,
        peers: &[Multiaddr],
        partners: &[PublicKey],
        follow: CollectiveId,
    ) -> Result<(), Failure> {
        let address = self.address.to_string();
        let listen = address.split("/p2p/").next().unwrap_or_default();
        let text = format!(
            "name = \"bench\"\nprofile = {:?}\nnetwork = {NETWORK:?}\nlisten = [{listen:?}]\npeers = {}\n\
             partners = {}\nfollow = [\"{follow}\"]\nguard = {:?}\n",
            self.role.name(),
            list(peers),
            list(partners),
            self.guard(),
        );
        Ok(fs::write(self.dir.join("config.toml"), text)?)
    }

    /// Starts the process; does not wait for it.
    pub(crate) fn spawn(&mut self, binary: &Path) -> Result<(), Failure> {
        let log = fs::File::create(self.dir.join("log"))?;
        let mut command = Command::new(binary);
        command
            .arg("--data")
            .arg(&self.dir)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.process = Some(command.spawn()?);
        Ok(())
    }

    /// Waits until the process answers. Asks for strikes, which costs a node without any nothing.
    pub(crate) async fn ready(&mut self) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        while let Err(error) = self.client.call(&StrikeStatusRequest::default()).await {
            let ended = self.process.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || Instant::now() > until {
                let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
                return Err(format!("{} does not start: {error}\n{log}", self.dir.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Calls an operation of the local interface. What the node wrote before is durable when this returns.
    pub(crate) async fn call<R: Operation>(&self, request: R) -> Result<R::Answer, Failure> {
        Ok(self.client.call(&request).await?)
    }

    /// Returns the largest resident size so far, in bytes.
    pub(crate) fn peak_rss(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("no VmHWM in /proc")?.trim().parse::<u64>()? * 1024)
    }

    /// Returns the processor time used so far, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, Failure> {
        cpu_seconds(&self.pid()?.to_string())
    }

    fn pid(&self) -> Result<u32, Failure> {
        Ok(self.process.as_ref().ok_or("the node is not running")?.id())
    }

    /// Ends the process politely and waits for it.
    pub(crate) async fn stop(&mut self) -> Result<(), Failure> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        }
        let until = Instant::now() + PATIENCE;
        while child.try_wait()?.is_none() {
            if Instant::now() > until {
                child.kill()?;
                return Err(format!("{} does not stop", self.dir.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.process.take() {
            // A benchmark that failed leaves no process behind.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Returns the processor time of a process, or of this one as `self`, in seconds.
pub(crate) fn cpu_seconds(process: &str) -> Result<f64, Failure> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The program's name stands in parentheses and may hold anything; user and system time are 12 and 13 after it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u64> =
        fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<u64>() as f64 / TICKS)
}

/// Returns the bytes of all files below a directory, as long as they are said to be.
pub(crate) fn tree_bytes(dir: &Path) -> Result<u64, Failure> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        bytes += match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => tree_bytes(&entry.path())?,
            Ok(metadata) => metadata.len(),
            // Renamed or removed since it was listed.
            Err(_) => 0,
        };
    }
    Ok(bytes)
}

fn list<T: ToString>(items: &[T]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("{:?}", item.to_string())).collect();
    format!("[{}]", quoted.join(", "))
}
