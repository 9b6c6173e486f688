//! Real nodes over loopback. Deadlines are generous, since they only matter to a test that fails.

mod exchange;
mod gossip;
mod hostile;
mod peers;
mod raw;

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    Command, Error, Event, Events, Handle, Multiaddr, Network, Options, PeerKey, peer_of, spawn, with_peer,
};

const PATIENCE: Duration = Duration::from_secs(30);

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// A running node and what it has to say.
struct Node {
    key: PeerKey,
    /// Where it listens, with its peer id.
    address: Multiaddr,
    handle: Handle,
    events: Events,
    task: tokio::task::JoinHandle<Result<(), Error>>,
}

fn options(seed: u8) -> Options {
    Options::new(&mut [seed; 32], "test").unwrap()
}

/// Starts a node whose key comes from `seed`, listening on `listen`, with changed options.
async fn start_with(seed: u8, listen: &str, change: impl FnOnce(&mut Options)) -> Node {
    let mut options = options(seed);
    options.listen = vec![listen.parse().unwrap()];
    change(&mut options);
    run(options).await.unwrap()
}

/// Starts a node where one has just ended; QUIC gives its port back a moment later.
async fn start_again(seed: u8, listen: &str) -> Node {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut options = options(seed);
        options.listen = vec![listen.parse().unwrap()];
        match run(options).await {
            Ok(node) => return node,
            Err(Error::Listen { .. }) if tokio::time::Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

async fn run(options: Options) -> Result<Node, Error> {
    let key = options.public_key();
    let Network { handle, mut events, task } = spawn(options)?;
    let address = loop {
        match timeout(PATIENCE, events.next()).await.expect("a node listens at once") {
            Some(Event::Listening(address)) => break with_peer(address, &key).unwrap(),
            Some(_) => {}
            None => panic!("the service ended: {:?}", task.await),
        }
    };
    assert_eq!(peer_of(&address), Some(key));
    Ok(Node { key, address, handle, events, task })
}

async fn start(seed: u8, listen: &str) -> Node {
    start_with(seed, listen, |_| {}).await
}

impl Node {
    async fn send(&self, command: Command) {
        timeout(PATIENCE, self.handle.send(command)).await.expect("the service takes commands").unwrap();
    }

    async fn event(&mut self) -> Event {
        timeout(PATIENCE, self.events.next()).await.expect("an event in time").expect("the service runs")
    }

    /// Waits for an event that `pick` picks; others are passed over.
    async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let found = async {
            loop {
                let event = self.events.next().await.expect("the service runs");
                if let Some(found) = pick(event) {
                    break found;
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {what} in time"))
    }

    async fn connected(&mut self, peer: PeerKey) {
        self.wait("connection", |event| {
            matches!(event, Event::Connected { peer: p, .. } if p == peer).then_some(())
        })
        .await;
    }

    async fn disconnected(&mut self, peer: PeerKey) {
        self.wait("disconnection", |event| (event == Event::Disconnected { peer }).then_some(())).await;
    }

    /// Passes over what comes within `span`, and checks that `unwanted` is not among it.
    async fn quiet(&mut self, span: Duration, unwanted: impl Fn(&Event) -> bool) {
        let end = tokio::time::Instant::now() + span;
        while let Ok(event) = tokio::time::timeout_at(end, self.events.next()).await {
            let event = event.expect("the service runs");
            assert!(!unwanted(&event), "{event:?}");
        }
    }
}

/// Connects `a` to `b` and waits until both know.
async fn connect(a: &mut Node, b: &mut Node) {
    a.send(Command::Dial(b.address.clone())).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
}
