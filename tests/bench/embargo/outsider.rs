//! Somebody without any tie to the nodes, who asks each of them directly, past every session.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use commonwheel_net::{Command, Event, Multiaddr, Network, Options, PeerKey, RequestId, peer_of, spawn};
use commonwheel_record::RecordId;
use commonwheel_record::terms::Purpose;
use commonwheel_sync::wire::{self, BodyItem, BodyRequest, Reply, Request};
use commonwheel_valve::Refusal;
use tokio::time::{sleep_until, timeout};

use crate::Failure;
use crate::coop::NETWORK;

/// Between a node's answer and the next question to it: how finely time is told.
pub(super) const ASK_AGAIN: Duration = Duration::from_millis(4);
/// How long all nodes may take to answer as expected.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a node says of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Here it is.
    Body,
    /// An embargo closes it.
    Withheld,
    /// Anything else, for instance that it is busy.
    Other,
}

/// The outsider, connected to all nodes.
pub(super) struct Outsider {
    network: Network,
    peers: Vec<PeerKey>,
    asked: u64,
}

impl Outsider {
    /// Connects to every node.
    pub(super) async fn connect(addresses: &[Multiaddr]) -> Result<Self, Failure> {
        let mut options = Options::new(&mut [0xee; 32], NETWORK)?;
        // This process may have stocked a co-op before, and is no node.
        options.memory_max_bytes = usize::MAX;
        let network = spawn(options)?;
        let peers = addresses.iter().map(|address| peer_of(address).ok_or("the address names no peer"));
        let mut outsider = Self { peers: peers.collect::<Result<_, _>>()?, network, asked: 0 };
        for address in addresses {
            outsider.network.handle.send(Command::Dial(address.clone())).await?;
        }
        timeout(PATIENCE, outsider.connected()).await??;
        Ok(outsider)
    }

    async fn connected(&mut self) -> Result<(), Failure> {
        let mut missing = self.peers.len();
        while missing > 0 {
            match self.next().await? {
                Event::Connected { .. } => missing -= 1,
                Event::DialFailed { why, .. } => return Err(Box::new(why)),
                event => self.turn_down(event).await?,
            }
        }
        Ok(())
    }

    /// Asks every node for a body until it answers so; returns when the last one did.
    pub(super) async fn until(&mut self, record: RecordId, wanted: Answer) -> Result<Instant, Failure> {
        timeout(PATIENCE, self.ask_all(record, wanted)).await.map_err(|_| "a node never answers so")?
    }

    async fn ask_all(&mut self, record: RecordId, wanted: Answer) -> Result<Instant, Failure> {
        let mut last = Instant::now();
        // When each node is to be asked; none while its answer is awaited.
        let mut open: BTreeMap<PeerKey, Option<Instant>> =
            self.peers.iter().map(|peer| (*peer, Some(last))).collect();
        while !open.is_empty() {
            let due = open.iter().filter_map(|(peer, at)| at.map(|at| (at, *peer))).min();
            let at = due.map_or_else(|| Instant::now() + PATIENCE, |(at, _)| at);
            tokio::select! {
                () = sleep_until(at.into()) => if let Some((_, peer)) = due {
                    self.ask(peer, record).await?;
                    open.insert(peer, None);
                },
                event = self.network.events.next() => match event.ok_or("the network has ended")? {
                    Event::Response { peer, bytes, .. } => {
                        last = Instant::now();
                        if read(&bytes)? == wanted {
                            open.remove(&peer);
                        } else {
                            open.entry(peer).and_modify(|at| *at = Some(last + ASK_AGAIN));
                        }
                    }
                    Event::RequestFailed { why, .. } => return Err(Box::new(why)),
                    event => self.turn_down(event).await?,
                },
            }
        }
        Ok(last)
    }

    async fn ask(&mut self, peer: PeerKey, record: RecordId) -> Result<(), Failure> {
        self.asked += 1;
        let request = Request::Bodies(BodyRequest {
            feed: record.feed,
            runs: vec![(record.index, 1)],
            offset: 0,
            held_submissions: vec![0],
            purpose: Purpose::Replicate,
            nonce: [7; 16],
        });
        let command = Command::Request { peer, id: self.asked, bytes: wire::encode(&request) };
        Ok(self.network.handle.send(command).await?)
    }

    async fn next(&mut self) -> Result<Event, Failure> {
        Ok(self.network.events.next().await.ok_or("the network has ended")?)
    }

    /// Nodes ask the outsider too; it has nothing.
    async fn turn_down(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Request { id, .. } => self.absent(id).await,
            Event::Disconnected { .. } => Err("a node has hung up".into()),
            _ => Ok(()),
        }
    }

    async fn absent(&mut self, id: RequestId) -> Result<(), Failure> {
        let bytes = wire::encode(&Reply::Refused(Refusal::Absent));
        Ok(self.network.handle.send(Command::Respond { id, bytes }).await?)
    }
}

fn read(bytes: &[u8]) -> Result<Answer, Failure> {
    let Reply::Bodies(page) = wire::decode::<Reply>(bytes)? else { return Ok(Answer::Other) };
    let (_, items) = page.read()?;
    Ok(match items.first() {
        Some(BodyItem::Body(..)) => Answer::Body,
        Some(BodyItem::Refused(_, Refusal::Withheld(_))) => Answer::Withheld,
        Some(BodyItem::Refused(..)) | None => Answer::Other,
    })
}
