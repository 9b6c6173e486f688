//! Peers that mean harm, over real sockets: nothing they send stops a node, and it goes on serving everybody else.
//!
//! ```text
//!   coop ◀────▶ partner
//!    ▲ ▲
//!    │ └── stranger, to whom a body is still served
//!    └──── hostile: malformed, absurd, lying, stalling, or no peer at all
//! ```

use std::net::TcpStream;
use std::time::Duration;

use commonwheel_api::types::ImportRequest;
use commonwheel_net::Topic;
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, RecordId, Signature};
use commonwheel_sync::wire::{
    self, BodyRequest, HeadItem, HeaderPage, HeaderRequest, HeadsPage, HeadsRequest, Hello, ProofRequest,
    Reply, Request, Since,
};
use commonwheel_testkit::{Failed, Frame, Got, Node, RawPeer, Rng, Stranger, cluster, eventually};

use crate::steps::{contribute, converge, data_feed, lines, texts, verify_clean};

/// Memory a node may use whatever is sent to it, in bytes: the roof its network keeps.
const RESIDENT_MAX: u64 = 400 << 20;
/// Connections that say nothing, more than a node keeps waiting.
const MUTE: usize = 100;

/// A co-op that serves, its partner, and a body that anybody may have.
struct Scene {
    coop: Node,
    partner: Node,
    feed: FeedId,
    size: u64,
}

impl Scene {
    async fn set() -> Self {
        let [mut coop, mut partner] = cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop)]);
        coop.start().await;
        partner.start().await;
        let feed = data_feed(&coop).await;
        let size = 1 + contribute(&coop, &ImportRequest::default(), &lines(&texts("text", 30))).await;
        converge(&[&coop, &partner]).await;
        Self { coop, partner, feed, size }
    }

    fn record(&self) -> RecordId {
        RecordId { feed: self.feed, index: 3 }
    }

    /// Connects; after a few faults the node has hung up, and is dialled again.
    async fn hostile(&self) -> Stranger {
        eventually("the node takes connections", async || {
            Stranger::connect(&self.coop.address()).await.map_err(|error| format!("{error:?}"))
        })
        .await
    }

    /// The node runs, serves a stranger, and brings what is new to its partner.
    async fn unharmed(&mut self, after: &str) {
        assert!(self.coop.is_running(), "after {after} the node has ended:\n{}", self.coop.log());
        let record = self.record();
        eventually(&format!("after {after} a stranger is served"), async || {
            let failed = |error| format!("{error:?}");
            let mut stranger = Stranger::connect(&self.coop.address()).await.map_err(failed)?;
            match stranger.body(record).await.map_err(failed)? {
                Got::Body(_) => Ok(()),
                refused => Err(format!("{refused:?}")),
            }
        })
        .await;
        let resident = self.coop.resident();
        assert!(resident < RESIDENT_MAX, "after {after} the node uses {resident} bytes");
    }

    async fn end(mut self) {
        contribute(&self.coop, &ImportRequest::default(), &lines(&texts("afterwards", 5))).await;
        converge(&[&self.coop, &self.partner]).await;
        self.coop.stop().await;
        self.partner.stop().await;
        verify_clean(&self.coop);
        verify_clean(&self.partner);
        for node in [&self.coop, &self.partner] {
            assert!(!node.log().contains("panicked"), "{} panicked:\n{}", node.name(), node.log());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_stop_nothing() {
    let mut scene = Scene::set().await;
    let mut hostile = scene.hostile().await;
    for (what, bytes) in malformed(&mut Rng::announced(), scene.feed) {
        let answer = match hostile.exchange(bytes.clone()).await {
            Err(Failed::Unanswered(_) | Failed::Unconnected(_)) => {
                hostile = scene.hostile().await;
                hostile.exchange(bytes).await
            }
            answer => answer,
        };
        if let Ok(bytes) = answer {
            let reply = wire::decode::<Reply>(&bytes);
            assert!(matches!(reply, Ok(Reply::Refused(_))), "{what} was answered with {reply:?}");
        }
        assert!(scene.coop.is_running(), "{what} ended the node:\n{}", scene.coop.log());
    }
    scene.unharmed("malformed requests").await;
    scene.end().await;
}

/// Bytes that are no request.
fn malformed(rng: &mut Rng, feed: FeedId) -> Vec<(String, Vec<u8>)> {
    let good = wire::encode(&Request::Bodies(bodies(feed, vec![(1, 1)], 0)));
    let mut all: Vec<(String, Vec<u8>)> = vec![
        ("a depth bomb".to_owned(), vec![0x81; 60_000]),
        ("an array of 2^64 - 1 items".to_owned(), [&[0x82, 3, 0x9b][..], &[0xff; 8]].concat()),
        ("a text of 2^63 bytes".to_owned(), [&[0x82, 7, 0x5b, 0x80][..], &[0; 7]].concat()),
        ("an indefinite array".to_owned(), vec![0x9f, 0xff]),
        ("a float".to_owned(), vec![0xf9, 0x7e, 0]),
        ("an integer that is longer than it need be".to_owned(), vec![0x82, 0x18, 3, 0x80]),
        ("bytes behind a request".to_owned(), [&good[..], &[0]].concat()),
        ("an unknown request".to_owned(), vec![0x82, 0x18, 99, 0x80]),
        (
            "positions that overflow".to_owned(),
            wire::encode(&Request::Bodies(bodies(feed, vec![(u64::MAX, 2)], 0))),
        ),
        (
            "2^64 - 1 positions".to_owned(),
            wire::encode(&Request::Bodies(bodies(feed, vec![(0, u64::MAX)], 0))),
        ),
        ("no positions".to_owned(), wire::encode(&Request::Bodies(bodies(feed, Vec::new(), 0)))),
        (
            "positions backwards".to_owned(),
            wire::encode(&Request::Bodies(bodies(feed, vec![(9, 1), (3, 1)], 0))),
        ),
        ("too many collectives".to_owned(), wire::encode(&Request::Follow(collectives(1500)))),
        ("too many manifests".to_owned(), wire::encode(&Request::Manifests(vec![feed; 1000]))),
    ];
    all.extend(
        (1..good.len()).step_by(5).map(|cut| (format!("a request cut at {cut}"), good[..cut].to_vec())),
    );
    for length in [1, 2, 3, 16, 100, 1000, 65_536] {
        let noise = (0..length).map(|_| rng.number().to_be_bytes()[0]).collect();
        all.push((format!("{length} bytes of noise"), noise));
    }
    for _ in 0..20 {
        let mut flipped = good.clone();
        let at = usize::try_from(rng.below(4)).expect("it is below 4");
        flipped[at] ^= 1 << rng.below(8);
        all.push((format!("{:02x?}…", &flipped[..4]), flipped));
    }
    // A flipped bit may give another good request; that one is asked for with honest intent elsewhere.
    all.retain(|(_, bytes)| wire::decode::<Request>(bytes).is_err());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absurd_requests_stop_nothing() {
    let mut scene = Scene::set().await;
    let mut hostile = scene.hostile().await;
    for request in absurd(scene.feed, scene.size) {
        let shown = format!("{request:.100?}");
        match hostile.ask(&request).await {
            Ok(Reply::Bodies(page)) => {
                let (_, items) = page.read().expect("a page can be read");
                assert!(!items.is_empty(), "{shown}");
            }
            Ok(Reply::Headers(page)) => panic!("{shown} was answered with {page:?}"),
            Ok(_) => {}
            Err(_) => hostile = scene.hostile().await,
        }
        assert!(scene.coop.is_running(), "{shown} ended the node:\n{}", scene.coop.log());
    }
    scene.unharmed("absurd requests").await;
    scene.end().await;
}

/// Requests that are understood, and that nobody honest would make.
fn absurd(feed: FeedId, size: u64) -> Vec<Request> {
    let root = Hash([9; 32]);
    let mut all = Vec::new();
    for extreme in [0, 1, size - 1, size, size + 1, 255, 256, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX] {
        let header = |size, start, bundles| {
            Request::Headers(HeaderRequest { feed, size, root, start, bundles, bodies: 0 })
        };
        all.extend([header(extreme, 0, 1), header(size, extreme, 1), header(size, 0, extreme)]);
        all.push(header(u64::MAX, u64::MAX / 256 * 256, extreme));
        all.extend(
            [(0, extreme), (extreme, size), (extreme, extreme), (extreme, u64::MAX)]
                .map(|(from, to)| Request::Proof(ProofRequest { feed, from, to, root })),
        );
        if extreme < u64::MAX {
            all.push(Request::Bodies(bodies(feed, vec![(extreme, 1)], extreme)));
        }
        let since = Some(Since { instance: extreme, arrival: extreme });
        all.push(Request::Heads(HeadsRequest { since, after: Some(extreme) }));
    }
    all.push(Request::Bodies(bodies(feed, vec![(u64::MAX - 512, 511)], 0)));
    all.push(Request::Bodies(bodies(FeedId([1; 32]), vec![(0, 512)], u64::MAX)));
    all.push(Request::Attestations(ByteString(vec![0xff; 60_000])));
    all.push(Request::Manifests(vec![FeedId([1; 32]); 64]));
    all.push(Request::Follow(collectives(1024)));
    for (oldest, newest) in [(0, 0), (9, 2), (255, 255)] {
        all.push(Request::Hello(hello(oldest, newest, Hash([1; 32]))));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lies_stop_nothing() {
    let mut scene = Scene::set().await;
    let collective = scene.coop.collective();
    let feed = scene.feed;
    let mut rng = Rng::announced();
    for lie in 0..6_u8 {
        let mut hostile = scene.hostile().await;
        let answered = hostile.answer(Duration::from_secs(2), |asked| match lie {
            0 => (0..100).map(|_| rng.number().to_be_bytes()[0]).collect(),
            1 => vec![0x81; 60_000],
            2 => wire::encode(&Reply::Proof(vec![Hash([1; 32]); 64])),
            _ => wire::encode(&plausible(asked, lie, collective, feed)),
        });
        let answered = answered.await.expect("the stranger's network runs");
        eprintln!("lie {lie}: {answered} answers");
        assert!(answered > 0, "the node asks whoever connects");
        assert!(answered < 2_000, "lie {lie}: the node asks without a pause");
        scene.unharmed(&format!("lie {lie}")).await;
    }
    scene.end().await;
}

/// Answers that are believed for a while.
fn plausible(asked: Option<Request>, lie: u8, collective: CollectiveId, feed: FeedId) -> Reply {
    match asked {
        // The hash of what it follows is never that of what it lists.
        Some(Request::Hello(_)) if lie == 3 => Reply::Hello(hello(1, 1, Hash([7; 32]))),
        Some(Request::Hello(_)) => Reply::Hello(hello(1, 1, follow_hash(&[collective]))),
        Some(Request::Follow(_)) => Reply::Follow(vec![collective]),
        // Heads without end, none of them signed by a writer.
        Some(Request::Heads(request)) => {
            let first = request.after.map_or(1, |after| after + 1);
            let names = Some((feed, collective));
            let item = |handle| HeadItem {
                handle,
                names,
                size: 9999,
                root: Hash([3; 32]),
                signature: Signature([0; 64]),
            };
            let items = (first..first + 500).map(item).collect();
            Reply::Heads(HeadsPage { instance: 1, arrival: 1, items, more: lie == 4 })
        }
        Some(Request::Headers(_)) => {
            Reply::Headers(HeaderPage { items: Vec::new(), left: Vec::new(), right: Vec::new() })
        }
        Some(Request::Attestations(_)) => Reply::Attestations(vec![ByteString(vec![1; 100]); 64], true),
        _ => Reply::Manifests(vec![ByteString(vec![0; 1000])]),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn false_gossip_stops_nothing() {
    let mut scene = Scene::set().await;
    let mut rng = Rng::announced();
    for round in 0..10_u8 {
        let hostile = scene.hostile().await;
        // Gossip reaches a node once it is known to listen to the topic.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for topic in [Topic::Ctl, Topic::Heads] {
            let noise: Vec<u8> =
                (0..=u64::from(round) * 1000).map(|_| rng.number().to_be_bytes()[0]).collect();
            hostile.publish(topic, noise).await.expect("the stranger's network runs");
            hostile
                .publish(topic, vec![0x81; 10_000 + usize::from(round)])
                .await
                .expect("the stranger's network runs");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    scene.unharmed("false gossip").await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_frames_stop_nothing() {
    let mut scene = Scene::set().await;
    let over = u32::try_from(commonwheel_net::MAX_REQUEST_BYTES + 1).unwrap();
    let frames = [
        ("longer than a request may be", Frame::new(over, &vec![7; 70_000])),
        ("of 4 GiB, it says", Frame::new(u32::MAX, &[7; 100])),
        ("shorter than it says", Frame::new(100, &[7; 99])),
        ("longer than it says", Frame::new(100, &[7; 101])),
        ("empty", Frame::new(0, &[])),
        ("never finished", Frame::new(100, &[7; 50]).stalling()),
    ];
    for (what, frame) in frames {
        let mut raw = RawPeer::connect(&scene.coop.address()).await;
        let answer = raw.send(frame).await;
        assert!(answer.as_ref().map_or(true, Vec::is_empty), "a frame {what} was answered: {answer:?}");
        assert!(scene.coop.is_running(), "a frame {what} ended the node:\n{}", scene.coop.log());
    }
    scene.unharmed("broken frames").await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_peer_at_all_stops_nothing() {
    use std::io::Write as _;
    let mut scene = Scene::set().await;
    let connect = || TcpStream::connect(("127.0.0.1", scene.coop.port())).expect("the port is open");
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        &[0xff; 4096],
        &[0; 1],
        b"\x13/multistream/1.0.0\n\xff",
    ] {
        // The node may have hung up before everything was sent.
        drop(connect().write_all(bytes));
    }
    let mute: Vec<TcpStream> = (0..MUTE).map(|_| connect()).collect();
    scene.unharmed("connections that say nothing").await;
    drop(mute);
    scene.unharmed("connections that ended").await;
    scene.end().await;
}

fn bodies(feed: FeedId, runs: Vec<(u64, u64)>, offset: u64) -> BodyRequest {
    BodyRequest {
        feed,
        runs,
        offset,
        held_submissions: Vec::new(),
        purpose: Purpose::Replicate,
        nonce: [5; 16],
    }
}

fn collectives(count: u32) -> Vec<CollectiveId> {
    let id = |n: u32| CollectiveId(std::array::from_fn(|i| n.to_be_bytes()[i % 4]));
    (0..count).map(id).collect()
}

const fn hello(oldest: u8, newest: u8, follow: Hash) -> Hello {
    Hello { oldest, newest, role: NodeRole::Mirror, instance: 1, arrival: 1, card: None, follow, roots: None }
}

fn follow_hash(follow: &[CollectiveId]) -> Hash {
    let network = commonwheel_record::NetworkId::named(commonwheel_testkit::NETWORK);
    let mut hasher = commonwheel_record::Hasher::new(commonwheel_record::Domain::FOLLOW, &network);
    follow.iter().for_each(|collective| hasher.update(collective.as_bytes()));
    hasher.finish()
}
