//! The loop around the swarm: one task, which owns everything and waits for whoever is slowest.
//!
//! Each turn hands waiting events to the caller first. While one waits, the swarm is not polled, so a slow caller
//! slows its peers down instead of filling memory; commands are still taken, up to a bound, so that a caller may
//! send before it reads on.

mod commands;
mod dialling;
mod events;

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, future};
use libp2p::{
    Multiaddr, PeerId, Swarm,
    request_response::{InboundRequestId, OutboundRequestId, ResponseChannel},
    swarm::{self, ConnectionId},
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::{sleep_until, timeout},
};

use crate::{
    COMMANDS_CAPACITY, Command, EVENTS_CAPACITY, Error, Event, Events, Handle, Options,
    audience::Audience,
    behaviour::{Behaviour, protocol_version},
    dial::StaticPeers,
    gossip::Topics,
    inbound::Inbound,
    links::Links,
    options,
    outbound::Outbound,
    transport,
};

/// Events that may wait inside the service before it stops taking commands. They are small ones, failures of the
/// commands themselves: whatever carries a payload comes from the swarm, which is not polled while one waits.
const MAX_BACKLOG: usize = 4096;
/// Streams whose protocol is still being negotiated, per connection.
const MAX_NEGOTIATING_STREAMS: usize = 16;
/// How long connections get to close when the service ends.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(2);

/// A running network service.
#[derive(Debug)]
pub struct Network {
    /// Where commands go.
    pub handle: Handle,
    /// Where events come from.
    pub events: Events,
    /// Ends with the service: `Ok` after [`Command::Shutdown`] or once `handle` or `events` are gone, an error
    /// where it could not go on, a join error where it panicked.
    pub task: JoinHandle<Result<(), Error>>,
}

/// Starts the network of a node; must be called within a tokio runtime.
///
/// # Errors
/// Where the options are refused or an address cannot be listened on.
pub fn spawn(options: Options) -> Result<Network, Error> {
    let (commands, commands_in) = mpsc::channel(COMMANDS_CAPACITY);
    let (events_out, events) = mpsc::channel(EVENTS_CAPACITY);
    let service = Service::new(options, commands_in, events_out)?;
    Ok(Network {
        handle: Handle::new(commands),
        events: Events::new(events),
        task: tokio::spawn(service.run()),
    })
}

struct Service {
    swarm: Swarm<Behaviour>,
    topics: Topics,
    protocol_version: String,
    links: Links,
    outbound: Outbound<OutboundRequestId>,
    inbound: Inbound<InboundRequestId, ResponseChannel<Vec<u8>>>,
    statics: StaticPeers,
    audience: Audience,
    /// What is being dialled; bounded by the limit on pending connections.
    dials: HashMap<ConnectionId, Target>,
    backlog: VecDeque<Event>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
    /// Told when a connection's task panics.
    panicked: Arc<Notify>,
}

/// Whom a dial is for.
#[derive(Debug)]
enum Target {
    Static(PeerId),
    Once(Multiaddr),
}

impl Service {
    fn new(
        options: Options,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) -> Result<Self, Error> {
        options::check_network(&options.network)?;
        let topics = Topics::new(&options.network);
        let panicked = Arc::new(Notify::new());
        let mut service = Self {
            swarm: build_swarm(&options, &topics, Arc::clone(&panicked))?,
            protocol_version: protocol_version(&options.network),
            topics,
            links: Links::default(),
            outbound: Outbound::new(),
            inbound: Inbound::new(),
            statics: StaticPeers::default(),
            audience: Audience::default(),
            dials: HashMap::new(),
            backlog: VecDeque::new(),
            commands,
            events,
            panicked,
        };
        for address in options.static_peers {
            service.add_static(address)?;
        }
        for address in options.listen {
            service.swarm.listen_on(address.clone()).map_err(|error| Error::Listen {
                address: address.to_string(),
                reason: dialling::root(&error),
            })?;
        }
        Ok(service)
    }

    async fn run(mut self) -> Result<(), Error> {
        let ended = self.serve().await;
        self.close().await;
        ended
    }

    async fn serve(&mut self) -> Result<(), Error> {
        loop {
            let idle = self.hand_over();
            let due = self.statics.next_due();
            tokio::select! {
                // The place is given back and taken in the next turn, by the only sender there is.
                room = async { self.events.reserve().await.is_ok() }, if !idle => if !room {
                    return Ok(());
                },
                event = self.swarm.select_next_some(), if idle => self.on_swarm_event(event)?,
                command = self.commands.recv(), if self.backlog.len() < MAX_BACKLOG => match command {
                    None | Some(Command::Shutdown) => return Ok(()),
                    Some(command) => self.on_command(command),
                },
                () = wait_until(due), if idle => self.dial_due(Instant::now()),
                () = self.events.closed() => return Ok(()),
                () = self.panicked.notified() => return Err(Error::ConnectionTask),
            }
        }
    }

    /// Moves waiting events to the caller while there is room; returns whether all are gone.
    fn hand_over(&mut self) -> bool {
        while !self.backlog.is_empty() {
            let Ok(permit) = self.events.try_reserve() else { return false };
            if let Some(event) = self.backlog.pop_front() {
                permit.send(event);
            }
        }
        true
    }

    fn tell(&mut self, event: Event) {
        self.backlog.push_back(event);
    }

    /// Says goodbye, so that peers need not find out by waiting.
    async fn close(&mut self) {
        let peers: Vec<PeerId> = self.links.peer_ids().collect();
        for peer in peers {
            // The peer may have left just now, which is what was wanted.
            self.swarm.disconnect_peer_id(peer).ok();
        }
        let gone = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        if timeout(SHUTDOWN_DEADLINE, gone).await.is_err() {
            tracing::debug!("connections were still closing when the service ended");
        }
    }
}

fn build_swarm(options: &Options, topics: &Topics, panicked: Arc<Notify>) -> Result<Swarm<Behaviour>, Error> {
    let config = swarm::Config::with_executor(Supervisor { panicked })
        .with_idle_connection_timeout(options.tuning.idle_deadline)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING_STREAMS);
    Ok(Swarm::new(
        transport::build(&options.key, &options.tuning)?,
        Behaviour::new(options, topics)?,
        options.key.public().to_peer_id(),
        config,
    ))
}

/// Spawns connection tasks and notices when one panics: libp2p would show its peer as connected for ever.
struct Supervisor {
    panicked: Arc<Notify>,
}

impl swarm::Executor for Supervisor {
    fn exec(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let panicked = Arc::clone(&self.panicked);
        tokio::spawn(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                panicked.notify_one();
            }
        });
    }
}

async fn wait_until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use swarm::Executor;

    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_connection_task_is_noticed() {
        let panicked = Arc::new(Notify::new());
        let supervisor = Supervisor { panicked: Arc::clone(&panicked) };
        supervisor.exec(Box::pin(async { panic!("on purpose, to see it noticed") }));
        timeout(Duration::from_secs(30), panicked.notified()).await.expect("the panic is noticed");
    }
}
