//! Three real processes of this binary, in a temporary directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use commonwheel_api::types::StatusRequest;
use commonwheel_api::{Client, Operation};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{CollectiveId, Hash, PublicKey};

use super::{DemoError, io};
use crate::charter::Document;
use crate::engine::keys;
use crate::init::{Chosen, InitOptions, Initialised, init_with};

/// The network the demo's nodes are on; it meets nobody.
pub(super) const NETWORK: &str = "demo";

/// How long a node may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node of the demo.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: &'static str,
    pub(super) key: PublicKey,
    pub(super) collective: Option<CollectiveId>,
    pub(super) address: String,
    dir: PathBuf,
    client: Client,
    process: Option<Child>,
}

impl Node {
    /// Makes a node's data directory; a collective begins with the charter that all begin with.
    pub(super) fn init(root: &Path, name: &'static str, role: NodeRole) -> Result<Self, DemoError> {
        Self::init_with(root, name, role, None)
    }

    /// Makes a node's data directory, and founds its collective with a charter of its own.
    pub(super) fn init_with(
        root: &Path,
        name: &'static str,
        role: NodeRole,
        charter: Option<Document>,
    ) -> Result<Self, DemoError> {
        let short: String =
            name.chars().take_while(|c| c.is_ascii_alphabetic()).collect::<String>().to_lowercase();
        let dir = root.join(short);
        let options = InitOptions {
            data: dir.clone(),
            role,
            name: name.to_owned(),
            network: NETWORK.to_owned(),
            guard: root.join("guards").join(name.replace([' ', '\''], "-")),
        };
        let chosen = charter.map(|document| Chosen { document, root: Vec::new() });
        let Initialised { node, collective, .. } = init_with(&options, chosen.as_ref())?;
        let client = Client::new(dir.join("api.sock"));
        Ok(Self { name, key: node, collective, address: String::new(), dir, client, process: None })
    }

    /// Returns the key by which a charter lists the node as a witness.
    pub(super) fn writer(&self) -> Result<PublicKey, DemoError> {
        let keys = keys::Keys::load(&self.dir.join("keys")).map_err(crate::init::InitError::from)?;
        Ok(keys.writer.public())
    }

    /// Makes a member's key, and returns what the roll knows of it.
    pub(super) fn make_key(&self, member: &str) -> Result<PublicKey, DemoError> {
        let file = self.member_key(member);
        keys::create(&file).map_err(crate::init::InitError::from)?;
        Ok(keys::load(&file).map_err(crate::init::InitError::from)?.public())
    }

    /// Where a member keeps their key: on no node, but the demo has one machine only.
    fn member_key(&self, member: &str) -> PathBuf {
        self.dir.with_file_name(format!("member-{member}"))
    }

    /// Votes by the command line, as a member would: whether it was taken, and what was said.
    pub(super) fn vote(
        &self,
        ballot: &Hash,
        choice: &str,
        member: &str,
    ) -> Result<(bool, String), DemoError> {
        let mut command = self.command("vote")?;
        command.args([ballot.to_string().as_str(), choice, "--key"]).arg(self.member_key(member));
        let output = command.output().map_err(io("run this program"))?;
        Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    /// Writes the node's configuration: whom it dials, trusts to compare with, and follows.
    pub(super) fn configure(
        &self,
        root: &Path,
        role: NodeRole,
        peers: &[&Self],
        all: &[&Self],
    ) -> Result<(), DemoError> {
        let quoted =
            |items: Vec<String>| items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", ");
        let partners = all.iter().filter(|node| node.key != self.key && node.collective.is_some());
        let follow = all.iter().filter_map(|node| node.collective).map(|collective| collective.to_string());
        let text = format!(
            "name = {:?}\nprofile = {:?}\nnetwork = {NETWORK:?}\nlisten = [\"/ip4/127.0.0.1/tcp/0\"]\npeers = [{}]\n\
             partners = [{}]\nfollow = [{}]\nguard = {:?}\n",
            self.name,
            role.name(),
            quoted(peers.iter().map(|peer| peer.address.clone()).collect()),
            quoted(partners.map(|node| node.key.to_string()).collect()),
            quoted(follow.collect()),
            root.join("guards").join(self.name.replace([' ', '\''], "-")),
        );
        let path = self.dir.join("config.toml");
        fs::write(&path, text).map_err(io(format!("write {}", path.display())))
    }

    /// Starts the process and waits until it answers.
    pub(super) async fn start(&mut self) -> Result<(), DemoError> {
        let log = self.dir.join("log");
        let file = fs::File::create(&log).map_err(io(format!("create {}", log.display())))?;
        let child = self.command("run")?.stderr(file).spawn().map_err(io("start a node"))?;
        self.process = Some(child);
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(status) = self.client.call(&StatusRequest {}).await
                && let Some(address) = status.listen.first()
            {
                self.address.clone_from(address);
                return Ok(());
            }
            let ended = self.process.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || Instant::now() > until {
                let log = fs::read_to_string(&log).unwrap_or_default();
                return Err(DemoError::Step(format!("{} does not start:\n{log}", self.name)));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn command(&self, verb: &str) -> Result<Command, DemoError> {
        let binary = std::env::current_exe().map_err(io("find this program"))?;
        let mut command = Command::new(binary);
        command.arg("--data").arg(&self.dir).arg(verb).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(command)
    }

    pub(super) async fn call<R: Operation>(&self, request: R) -> Result<R::Answer, DemoError> {
        self.client.call(&request).await.map_err(|source| DemoError::Client { node: self.name, source })
    }

    /// Imports bytes.
    pub(super) async fn import(
        &self,
        terms: commonwheel_api::types::ImportRequest,
        bytes: Vec<u8>,
    ) -> Result<commonwheel_api::types::ImportAnswer, DemoError> {
        let source = std::io::Cursor::new(bytes);
        let imported = self.client.import(&terms, source, |_| {}).await;
        imported.map_err(|source| DemoError::Client { node: self.name, source })
    }

    /// Ends the process politely and waits for it.
    pub(super) async fn stop(&mut self) -> Result<(), DemoError> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let signalled = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            signalled
                .map_err(|error| DemoError::Step(format!("{} cannot be stopped: {error}", self.name)))?;
        }
        let until = Instant::now() + PATIENCE;
        while child.try_wait().map_err(io("wait for a node"))?.is_none() {
            if Instant::now() > until {
                child.kill().map_err(io("kill a node"))?;
                return Err(DemoError::Step(format!("{} does not stop", self.name)));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Runs `verify` over the stopped node's directory; says whether it found nothing wrong.
    pub(super) fn verify(&self) -> Result<bool, DemoError> {
        let status = self.command("verify")?.stderr(Stdio::null()).status().map_err(io("run verify"))?;
        Ok(status.success())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.process.take() {
            // A demo that failed leaves no process behind.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
