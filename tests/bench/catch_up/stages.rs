//! What the stages of catching up can do alone, and the ceiling that they imply together.

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use commonwheel_ledger::tree::leaf_hash;
use commonwheel_net::{
    Command, Event, MAX_IN_FLIGHT_PER_PEER, Multiaddr, Network, Options, PeerKey, spawn, with_peer,
};
use commonwheel_record::submission::{SubmissionBody, item_hash};
use commonwheel_record::{CollectiveId, Domain, FeedId, Leaf, RecordId, SecretKey};
use commonwheel_sync::wire::{self, BodyItem, BodyPage, Bytes, HeaderItem, HeaderPage, Reply};

use super::fetch::Setting;
use crate::Failure;
use crate::cluster::cpu_seconds;
use crate::coop::{NETWORK, network};
use crate::corpus::{Author, BODY_BYTES, Batch, HEADER_BYTES, Item};

const REPLY_BYTES: usize = 256 * 1024;
/// Replies that the transport carries: a gigabyte.
const REPLIES: u64 = 4096;
/// How long what runs on one core is repeated.
const LONG_ENOUGH: Duration = Duration::from_millis(700);
/// Items that the one-core stages go through again and again; more than the caches hold.
const SAMPLE: usize = 16 * 1024;
const WRITE_BYTES: usize = 1 << 20;
/// Writes between two fdatasyncs, and in all: a gigabyte.
const WRITES_PER_SYNC: usize = 16;
const WRITES: usize = 1024;

const FEED: FeedId = FeedId([2; 32]);
const COLLECTIVE: CollectiveId = CollectiveId([1; 32]);

/// One stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    /// How many a second.
    pub(super) rate: f64,
    /// Processor seconds for each.
    cpu: f64,
}

/// All stages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stages {
    /// Both ends of the transport, in records.
    pub(super) transport: Stage,
    /// Decoding and hashing, in records.
    pub(super) decode: Stage,
    /// Writing, in records.
    pub(super) write: Stage,
    /// Opening a submission, in submissions.
    pub(super) open: Stage,
    /// Verifying one signature over 600 bytes.
    pub(super) verify: Stage,
}

impl Stages {
    /// Returns the records a second that the stages together allow: all of them share the cores, and none can be
    /// quicker than it is alone.
    pub(super) fn ceiling(&self, items: usize, cores: usize) -> f64 {
        let cpu = self.transport.cpu + self.decode.cpu + self.write.cpu + self.open.cpu / items as f64;
        (cores as f64 / cpu).min(self.transport.rate).min(self.write.rate)
    }
}

/// Measures every stage, one after another.
pub(super) async fn measure(setting: Setting, dir: &Path) -> Result<Stages, Failure> {
    let mut author = Author::new(network(), COLLECTIVE, FEED)?;
    let sample = (0..SAMPLE).map(|_| author.item()).collect::<Result<Vec<_>, _>>()?;
    Ok(Stages {
        transport: transport(wire_bytes(&sample[0])).await?,
        decode: decode(&sample)?,
        write: write(&dir.join("raw"))?,
        open: open(&mut author, setting.items)?,
        verify: verify()?,
    })
}

/// Bytes that one record takes of a header page and a body page.
fn wire_bytes(item: &Item) -> usize {
    let header = HeaderItem::Header(item.leaf.clone());
    let page =
        |items| wire::encode(&Reply::Headers(HeaderPage { items, left: Vec::new(), right: Vec::new() }));
    let header_bytes = page(vec![header.clone(), header.clone()]).len() - page(vec![header]).len();
    let body = BodyItem::Body(
        1 << 20,
        Bytes {
            salt: item.salt,
            submission: Some(RecordId { feed: FEED, index: 1 << 20 }),
            length: item.body.len() as u64,
            offset: 0,
            bytes: item.body.clone(),
        },
    );
    let page = |items: &[BodyItem]| BodyPage::content(&[], items, 0).len();
    header_bytes + page(&[body.clone(), body.clone()]) - page(&[body])
}

/// Leaf::decode, the leaf's hash, the commitment and the item's hash: what a record costs beside its signature.
fn decode(sample: &[Item]) -> Result<Stage, Failure> {
    let network = network();
    repeat(sample.len(), || {
        for item in sample {
            let Leaf::Contribution(header, _) = Leaf::decode(black_box(&item.leaf))? else {
                return Err("no contribution".into());
            };
            black_box(leaf_hash(&item.leaf));
            black_box(item_hash(&network, &item.salt, &item.leaf));
            if !header.commitment.opens(&network, &item.salt, &item.body) {
                return Err("a commitment does not open".into());
            }
        }
        Ok(())
    })
}

fn open(author: &mut Author, items: usize) -> Result<Stage, Failure> {
    let mut batch = Batch::default();
    author.submission(0, items, &mut batch)?;
    let (_, sealed) = &batch.bodies[0];
    repeat(64, || {
        (0..64).try_for_each(|_| {
            black_box(SubmissionBody::open(black_box(&sealed.bytes), &network(), COLLECTIVE)?);
            Ok(())
        })
    })
}

fn verify() -> Result<Stage, Failure> {
    let key = SecretKey::from_seed(&[5; 32]);
    let message = [9; BODY_BYTES];
    let signature = key.sign(Domain::SUBMISSION, &network(), &message);
    let public = key.public();
    repeat(64, || {
        (0..64).try_for_each(|_| {
            Ok(public.verify(Domain::SUBMISSION, &network(), black_box(&message), &signature)?)
        })
    })
}

/// Times what handles `count` things, on one core.
fn repeat(count: usize, mut once: impl FnMut() -> Result<(), Failure>) -> Result<Stage, Failure> {
    let (start, mut done) = (Instant::now(), 0);
    while start.elapsed() < LONG_ENOUGH {
        once()?;
        done += count;
    }
    let each = start.elapsed().as_secs_f64() / done as f64;
    Ok(Stage { rate: 1.0 / each, cpu: each })
}

fn write(path: &Path) -> Result<Stage, Failure> {
    let bytes: Vec<u8> = (0..WRITE_BYTES).map(|i| (i * 31 % 251) as u8).collect();
    let (start, cpu) = (Instant::now(), cpu_seconds("self")?);
    let mut file = File::create(path)?;
    for number in 1..=WRITES {
        file.write_all(&bytes)?;
        if number % WRITES_PER_SYNC == 0 {
            file.sync_data()?;
        }
    }
    let records = (WRITES * WRITE_BYTES) as f64 / (HEADER_BYTES + BODY_BYTES) as f64;
    let stage = since(records, start, cpu)?;
    std::fs::remove_file(path)?;
    Ok(stage)
}

fn since(count: f64, start: Instant, cpu: f64) -> Result<Stage, Failure> {
    let seconds = start.elapsed().as_secs_f64();
    Ok(Stage { rate: count / seconds, cpu: (cpu_seconds("self")? - cpu) / count })
}

/// Moves replies between two networks of this process, as many in flight as a node allows.
async fn transport(record_bytes: usize) -> Result<Stage, Failure> {
    let (server, server_key, address) = listen(1).await?;
    let (client, _, _) = listen(2).await?;
    let serving = tokio::spawn(serve(server));
    client.handle.send(Command::Dial(address)).await?;
    let (start, cpu) = (Instant::now(), cpu_seconds("self")?);
    ask(client, server_key).await?;
    let records = (REPLIES as usize * REPLY_BYTES) as f64 / record_bytes as f64;
    let stage = since(records, start, cpu);
    serving.abort();
    stage
}

async fn listen(seed: u8) -> Result<(Network, PeerKey, Multiaddr), Failure> {
    let mut options = Options::new(&mut [seed; 32], NETWORK)?;
    options.listen = vec!["/ip4/127.0.0.1/tcp/0".parse()?];
    // This process has stocked a co-op before, and is no node.
    options.memory_max_bytes = usize::MAX;
    let key = options.public_key();
    let mut network = spawn(options)?;
    loop {
        match network.events.next().await {
            Some(Event::Listening(address)) => return Ok((network, key, with_peer(address, &key)?)),
            Some(_) => {}
            None => return Err("the network has ended".into()),
        }
    }
}

async fn serve(mut server: Network) {
    while let Some(event) = server.events.next().await {
        if let Event::Request { id, .. } = event {
            // A client that has what it wants is gone; then nobody waits for this.
            drop(server.handle.send(Command::Respond { id, bytes: vec![7; REPLY_BYTES] }).await);
        }
    }
}

async fn ask(mut client: Network, peer: PeerKey) -> Result<(), Failure> {
    let (mut asked, mut answered) = (0, 0);
    while answered < REPLIES {
        let more = match client.events.next().await {
            Some(Event::Connected { .. }) => MAX_IN_FLIGHT_PER_PEER as u64,
            Some(Event::Response { .. }) => {
                answered += 1;
                1
            }
            Some(_) => 0,
            None => return Err("the network has ended".into()),
        };
        for id in asked..asked + more {
            client.handle.send(Command::Request { peer, id, bytes: vec![1; 64] }).await?;
        }
        asked += more;
    }
    Ok(client.handle.send(Command::Shutdown).await?)
}
