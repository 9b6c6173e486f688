//! The core thread's loop: what happens goes in, what is durable comes out.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use commonwheel_ledger::publish::PublishError;
use commonwheel_ledger::store::{Store as _, StoreError, Table};
use commonwheel_net as net;
use commonwheel_record::{FeedId, PublicKey};
use commonwheel_sync::{Event, Input, Output, Verdict};
use tokio::sync::{mpsc, oneshot, watch};

use crate::engine::link::Link;
use crate::engine::{Engine, Settings, StartError};

/// Calls waiting for the core.
const CALLS: usize = 64;
/// Network events taken before what they wrote is made durable.
const BATCH: usize = 32;
/// What was written is made durable after this long, even if nothing waits for it.
const COMMIT_EVERY: Duration = Duration::from_millis(100);

/// The protocol is woken this often at least.
const WAKE_EVERY: Duration = Duration::from_secs(1);

type Call = Box<dyn FnOnce(&mut Engine, u64) + Send>;

/// The core has stopped; its thread's result says why.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the node has stopped")]
pub(crate) struct Stopped;

/// Runs closures on the core thread.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    calls: mpsc::Sender<Call>,
    pub(crate) net: net::Handle,
    pub(crate) peers: watch::Receiver<Peers>,
}

/// What is known of the network, for the operator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peers {
    /// Addresses this node listens on.
    pub(crate) listening: Vec<String>,
    /// Connected peers, and whether this node dialled.
    pub(crate) connected: BTreeMap<PublicKey, bool>,
    /// The last failed dials, by address or peer.
    pub(crate) failed: BTreeMap<String, String>,
}

/// Failed dials kept for the operator.
const MAX_FAILED: usize = 32;

impl Handle {
    /// Runs a closure on the core thread and returns what it returns.
    ///
    /// What it wrote is durable before this returns.
    pub(crate) async fn call<T, F>(&self, f: F) -> Result<T, Stopped>
    where
        T: Send + 'static,
        F: FnOnce(&mut Engine, u64) -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let call: Call = Box::new(move |engine, now| {
            let value = f(engine, now);
            if engine.sync.commit().is_ok() {
                // The caller may have gone; then nobody waits for the answer.
                drop(answer.send(value));
            }
        });
        self.calls.send(call).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }
}

impl Handle {
    /// Ends the core: what it holds is durable and its files are free when this returns.
    pub(crate) async fn close(self) {
        // The network ends first, so that nothing more arrives; the core ends with it.
        drop(self.net.send(net::Command::Shutdown).await);
        drop(self.calls.send(Box::new(|_, _| {})).await);
        self.calls.closed().await;
    }
}

/// Milliseconds since 1970 by the system's clock.
pub(crate) fn millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Starts the core on a thread of its own. The receiver yields when it ends: an error, or nothing on shutdown.
pub(crate) async fn start(
    settings: Settings,
) -> Result<(Handle, oneshot::Receiver<Result<(), String>>), StartError> {
    let data = settings.clone();
    let engine = tokio::task::spawn_blocking(move || Engine::open(millis(), data));
    let engine = engine.await.expect("opening the store does not panic")?;
    let mut options = net::Options::new(&mut engine.keys.node.seed(), &settings.network)?;
    options.listen = addresses(&settings.listen)?;
    options.static_peers = addresses(&settings.peers)?;
    options.static_peers.extend(added_peers(&engine));
    let network = net::spawn(options)?;
    let (calls, queue) = mpsc::channel(CALLS);
    let (peers, watched) = watch::channel(Peers::default());
    let handle = Handle { calls, net: network.handle.clone(), peers: watched };
    let (ended, end) = oneshot::channel();
    let core = Core {
        engine,
        net: network.handle,
        events: network.events,
        queue,
        link: Link::default(),
        held: Vec::new(),
        outbox: VecDeque::new(),
        peers,
        committed: millis(),
        woken: millis(),
    };
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("core".to_owned())
        .spawn(move || drop(ended.send(runtime.block_on(core.run()))))
        .expect("a thread can be started");
    Ok((handle, end))
}

fn addresses(texts: &[String]) -> Result<Vec<net::Multiaddr>, StartError> {
    texts.iter().map(|text| text.parse().map_err(|_| StartError::Address(text.clone()))).collect()
}

/// Peers that were added while running.
fn added_peers(engine: &Engine) -> Vec<net::Multiaddr> {
    let rows = engine.sync.store().states(Table::Peers).into_iter();
    let texts = rows.filter_map(|(address, _)| std::str::from_utf8(address).ok());
    texts.filter_map(|text| text.parse().ok()).collect()
}

struct Core {
    engine: Engine,
    net: net::Handle,
    events: net::Events,
    queue: mpsc::Receiver<Call>,
    link: Link,
    /// What came out and may go once what it rests on is durable.
    held: Vec<Output>,
    outbox: VecDeque<net::Command>,
    peers: watch::Sender<Peers>,
    committed: u64,
    woken: u64,
}

impl Core {
    /// Runs until the last handle is dropped, the network ends, or the store fails.
    async fn run(mut self) -> Result<(), String> {
        loop {
            let sleep = tokio::time::sleep(self.until_wake());
            tokio::select! {
                biased;
                sent = deliver(&self.net, &mut self.outbox), if !self.outbox.is_empty() => sent?,
                call = self.queue.recv() => match call {
                    Some(call) => call(&mut self.engine, millis()),
                    None => return self.engine.sync.commit().map_err(|error| error.to_string()),
                },
                event = self.events.next() => match event {
                    Some(event) => self.take(event)?,
                    None => return Err("the network has ended".to_owned()),
                },
                () = sleep => {}
            }
            self.wake_if_due()?;
            self.settle()?;
        }
    }

    fn until_wake(&self) -> Duration {
        Duration::from_millis(self.wake_due().saturating_sub(millis()))
    }

    fn wake_due(&self) -> u64 {
        self.engine.sync.next_wake().unwrap_or(u64::MAX).min(self.woken + WAKE_EVERY.as_millis() as u64)
    }

    /// Lets the protocol act on the time. Asked after everything else too: calls and events come first, and a flood of
    /// them must not keep deadlines from passing.
    fn wake_if_due(&mut self) -> Result<(), String> {
        let now = millis();
        // A clock that was set back would put off the next time.
        if now < self.wake_due() && now >= self.woken {
            return Ok(());
        }
        self.woken = now;
        self.handle(Input::Wake)?;
        self.engine.tend_ballots(now);
        if self.engine.read_only.is_none() {
            return Ok(());
        }
        match self.engine.confirm(now) {
            Err(PublishError::Store(StoreError::Corrupt { feed, index, what })) => {
                self.mend(feed, index, what)
            }
            result => result.map_err(|error| error.to_string()),
        }
    }

    fn take(&mut self, event: net::Event) -> Result<(), String> {
        self.take_one(event)?;
        for _ in 1..BATCH {
            let Some(event) = self.events.try_next() else { break };
            self.take_one(event)?;
        }
        Ok(())
    }

    fn take_one(&mut self, event: net::Event) -> Result<(), String> {
        self.observe(&event);
        match self.link.input(event) {
            Some(input) => self.handle(input)?,
            None => return Ok(()),
        }
        // At once: what a batch takes to handle is time in which the peer would have nothing to do.
        self.sort_outputs()
    }

    fn handle(&mut self, input: Input) -> Result<(), String> {
        match self.engine.sync.handle(millis(), input) {
            Err(StoreError::Corrupt { feed, index, what }) => self.mend(feed, index, what),
            result => result.map_err(|error| error.to_string()),
        }
    }

    fn mend(&mut self, feed: FeedId, index: u64, what: &'static str) -> Result<(), String> {
        self.engine.mend(millis(), feed, index, what).map_err(|error| error.to_string())
    }

    /// Sends requests, which rest on nothing, and keeps everything else until it may go.
    fn sort_outputs(&mut self) -> Result<(), String> {
        while let Some(output) = self.engine.sync.poll_output() {
            if !matches!(output, Output::Request { .. }) {
                self.held.push(output);
            } else if let Some(command) = self.link.command(output) {
                self.send(command)?;
            }
        }
        Ok(())
    }

    /// Sends a command behind those that wait.
    fn send(&mut self, command: net::Command) -> Result<(), String> {
        if self.outbox.is_empty() {
            match self.net.try_reserve() {
                Ok(slot) => return slot.send(command).map_err(|error| error.to_string()),
                Err(net::Error::Full) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        self.outbox.push_back(command);
        Ok(())
    }

    /// Makes durable what the outputs rest on, then lets them go.
    fn settle(&mut self) -> Result<(), String> {
        self.sort_outputs()?;
        let now = millis();
        let due = now.saturating_sub(self.committed) >= COMMIT_EVERY.as_millis() as u64;
        if due || self.held.iter().any(rests_on_store) {
            self.engine.sync.commit().map_err(|error| error.to_string())?;
            self.committed = now;
        }
        for output in std::mem::take(&mut self.held) {
            if let Output::Event(event) = &output {
                tell(event);
            }
            if let Some(command) = self.link.command(output) {
                self.send(command)?;
            }
        }
        Ok(())
    }

    fn observe(&mut self, event: &net::Event) {
        match event {
            net::Event::Listening(address) => {
                tracing::info!(%address, "listening");
                self.peers.send_modify(|peers| peers.listening.push(address.to_string()));
            }
            net::Event::Connected { peer, outbound } => {
                tracing::info!(peer = %PublicKey(*peer), outbound, "connected");
                self.peers.send_modify(|peers| {
                    peers.connected.insert(PublicKey(*peer), *outbound);
                });
            }
            net::Event::Disconnected { peer } => {
                tracing::info!(peer = %PublicKey(*peer), "disconnected");
                self.peers.send_modify(|peers| {
                    peers.connected.remove(&PublicKey(*peer));
                });
            }
            net::Event::DialFailed { peer, address, why } => {
                let whom = address
                    .as_ref()
                    .map(ToString::to_string)
                    .or_else(|| peer.map(|p| PublicKey(p).to_string()));
                tracing::debug!(?whom, %why, "dial failed");
                self.peers.send_modify(|peers| {
                    peers.failed.insert(whom.unwrap_or_default(), why.to_string());
                    while peers.failed.len() > MAX_FAILED {
                        peers.failed.pop_first();
                    }
                });
            }
            _ => {}
        }
    }
}

/// Hands the first command to the network once it has room. Cancel safe: nothing is taken out before.
async fn deliver(net: &net::Handle, outbox: &mut VecDeque<net::Command>) -> Result<(), String> {
    let slot = net.reserve().await.map_err(|error| error.to_string())?;
    match outbox.pop_front() {
        Some(command) => slot.send(command).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}

const fn rests_on_store(output: &Output) -> bool {
    match output {
        Output::Request { .. } | Output::Disconnect { .. } => false,
        Output::Validate { verdict, .. } => matches!(verdict, Verdict::Accept),
        Output::Respond { .. } | Output::Publish { .. } | Output::Event(_) => true,
    }
}

fn tell(event: &Event) {
    match event {
        Event::ViewChanged(collective) => tracing::info!(%collective, "view changed"),
        Event::EmbargoInForce(record) => tracing::warn!(%record, "embargo in force"),
        Event::Lifted(record) => tracing::warn!(%record, "embargo lifted"),
        Event::Forked(feed) => {
            tracing::error!(%feed, "feed forked: its writer signed two inconsistent heads");
        }
        Event::Fault(peer, what) => tracing::warn!(%peer, what, "peer at fault"),
        Event::Settled(peer) => tracing::debug!(%peer, "nothing left to ask"),
    }
}
