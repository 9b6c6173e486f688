//! A peer without any tie, under a key that nobody knows, that asks past every session.

use std::time::Duration;

use commonwheel_net::{
    Command, Event, Events, Multiaddr, Network, Options, PeerKey, RequestFailure, Topic, peer_of, spawn,
};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{PublicKey, RecordId};
use commonwheel_sync::wire::{self, BodyItem, BodyRequest, Reply, Request};
use commonwheel_valve::Refusal;
use tokio::time::timeout;

use crate::cluster::NETWORK;

/// How long a stranger waits for a node's answer.
const LIMIT: Duration = Duration::from_secs(25);

/// What a body was asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// The body's bytes.
    Body(Vec<u8>),
    /// A typed refusal.
    Refused(Refusal),
}

/// Why there is no answer. None of them is the node's answer to the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// No connection came about, or it ended.
    Unconnected(String),
    /// The node gave no answer to this request.
    Unanswered(RequestFailure),
    /// The answer is none that the protocol knows.
    Malformed,
    /// Nothing happened for too long.
    Silent,
}

/// A connected stranger.
#[derive(Debug)]
pub struct Stranger {
    network: Network,
    server: PeerKey,
    asked: u64,
    /// Requests of the node's that the stranger has not answered, and gossip it has not looked at.
    heard: Vec<Event>,
}

impl Stranger {
    /// Connects to a node under a fresh key; one attempt.
    ///
    /// # Errors
    /// [`Failed`] if no connection comes about.
    ///
    /// # Panics
    /// If the address names no peer or the stranger's own network cannot be started.
    pub async fn connect(address: &str) -> Result<Self, Failed> {
        Self::connect_as(rand_seed(), address).await
    }

    /// Connects under the key of this seed.
    ///
    /// # Errors
    /// [`Failed`] if no connection comes about.
    ///
    /// # Panics
    /// As [`Self::connect`].
    pub async fn connect_as(mut seed: [u8; 32], address: &str) -> Result<Self, Failed> {
        let address: Multiaddr = address.parse().expect("the node's address is one");
        let server = peer_of(&address).expect("the address names a peer");
        let options = Options::new(&mut seed, NETWORK).expect("the network's name is one");
        let network = spawn(options).expect("a network without listeners starts");
        let mut stranger = Self { network, server, asked: 0, heard: Vec::new() };
        stranger.send(Command::Dial(address)).await?;
        let connected = async {
            loop {
                match stranger.network.events.next().await {
                    Some(Event::Connected { peer, .. }) if peer == server => return Ok(()),
                    Some(Event::DialFailed { why, .. }) => return Err(Failed::Unconnected(why.to_string())),
                    Some(_) => {}
                    None => return Err(Failed::Unconnected("the stranger's network ended".to_owned())),
                }
            }
        };
        timeout(LIMIT, connected).await.map_err(|_| Failed::Silent)??;
        Ok(stranger)
    }

    /// Returns the node's key.
    #[must_use]
    pub const fn server(&self) -> PublicKey {
        PublicKey(self.server)
    }

    async fn send(&self, command: Command) -> Result<(), Failed> {
        let sent = self.network.handle.send(command).await;
        sent.map_err(|error| Failed::Unconnected(error.to_string()))
    }

    /// Sends bytes as a request, whatever they mean, and returns the bytes that come back.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn exchange(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, Failed> {
        self.asked += 1;
        let asked = self.asked;
        self.send(Command::Request { peer: self.server, id: asked, bytes }).await?;
        let answered = async {
            loop {
                match self.network.events.next().await {
                    Some(Event::Response { id, bytes, .. }) if id == asked => return Ok(bytes),
                    Some(Event::RequestFailed { id, why, .. }) if id == asked => {
                        return Err(Failed::Unanswered(why));
                    }
                    Some(event) => self.heard.push(event),
                    None => return Err(Failed::Unconnected("the stranger's network ended".to_owned())),
                }
            }
        };
        timeout(LIMIT, answered).await.map_err(|_| Failed::Silent)?
    }

    /// Asks a question of the protocol.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn ask(&mut self, request: &Request) -> Result<Reply, Failed> {
        let bytes = self.exchange(wire::encode(request)).await?;
        wire::decode(&bytes).map_err(|_| Failed::Malformed)
    }

    /// Asks for one body, for replicating it.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn body(&mut self, record: RecordId) -> Result<Got, Failed> {
        self.body_for(record, Purpose::Replicate).await
    }

    /// Asks for one body, for a purpose.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn body_for(&mut self, record: RecordId, purpose: Purpose) -> Result<Got, Failed> {
        let request = BodyRequest {
            feed: record.feed,
            runs: vec![(record.index, 1)],
            offset: 0,
            held_submissions: Vec::new(),
            purpose,
            nonce: [7; 16],
        };
        let page = match self.ask(&Request::Bodies(request)).await? {
            Reply::Bodies(page) => page,
            Reply::Refused(refusal) => return Ok(Got::Refused(refusal)),
            _ => return Err(Failed::Malformed),
        };
        let (_, items) = page.read().map_err(|_| Failed::Malformed)?;
        match items.into_iter().next() {
            Some(BodyItem::Body(index, body)) if index == record.index => Ok(Got::Body(body.bytes)),
            Some(BodyItem::Refused(index, refusal)) if index == record.index => Ok(Got::Refused(refusal)),
            _ => Err(Failed::Malformed),
        }
    }

    /// Publishes bytes on a topic, whatever they mean.
    ///
    /// # Errors
    /// [`Failed`] if the stranger's own network has ended.
    pub async fn publish(&self, topic: Topic, bytes: Vec<u8>) -> Result<(), Failed> {
        self.send(Command::Publish { topic, bytes }).await
    }

    /// Answers every request of the node's with what `lie` makes of it, until `end` or until the node hangs up; returns
    /// how many it answered.
    ///
    /// # Errors
    /// [`Failed`] if the stranger's own network has ended.
    pub async fn answer(
        &mut self,
        end: Duration,
        mut lie: impl FnMut(Option<Request>) -> Vec<u8>,
    ) -> Result<u64, Failed> {
        let until = tokio::time::Instant::now() + end;
        let mut answered = 0;
        let waiting: Vec<Event> = self.heard.drain(..).collect();
        let mut waiting = waiting.into_iter();
        loop {
            let event = match waiting.next() {
                Some(event) => event,
                None => match tokio::time::timeout_at(until, self.network.events.next()).await {
                    Ok(Some(event)) => event,
                    Ok(None) | Err(_) => return Ok(answered),
                },
            };
            match event {
                Event::Request { id, bytes, .. } => {
                    let bytes = lie(wire::decode(&bytes).ok());
                    self.send(Command::Respond { id, bytes }).await?;
                    answered += 1;
                }
                Event::Disconnected { .. } => return Ok(answered),
                _ => {}
            }
        }
    }

    /// Returns the network's ends, for what a stranger does not do by itself.
    pub const fn network(&mut self) -> (&commonwheel_net::Handle, &mut Events) {
        (&self.network.handle, &mut self.network.events)
    }
}

/// A key nobody has seen.
fn rand_seed() -> [u8; 32] {
    let hasher = || {
        use std::hash::{BuildHasher as _, Hasher as _};
        // Seeded by the system for each map; which key it is does not matter, only that it is a new one.
        std::collections::hash_map::RandomState::new().build_hasher().finish().to_be_bytes()
    };
    let mut seed = [0; 32];
    seed.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&hasher()));
    seed
}
