//! Each kind of strike over real data, taken in twice: under the default contract, and under the licence it really has.
//!
//! ```text
//!   coop ◀────▶ partner ◀── capture: asks for the same bodies all the time, and keeps every answer
//!     ▲            ▲
//!     └── mirror ──┘    ◀── capture
//! ```
//!
//! What withholds is measured on the wire at the peers that honour it; what changes preferences, by the terms that hold and
//! by what queues. After each lift all nodes hold everything again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use commonwheel_api::types::{
    EmbargoStanding, ImportRequest, RecordShowRequest, ReleaseCutRequest, StrikeDeclareRequest,
};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::{Reach, Scope, Variant};
use commonwheel_record::terms::{Condition, Licence, Purpose};
use commonwheel_record::{CollectiveId, FeedId, RecordId};
use commonwheel_testkit::{Got, Node, Stranger, cluster, shared};
use commonwheel_valve::Refusal;
use serde_json::Value;

use crate::capture::{Capture, mark, open_bodies};
use crate::steps::{accept, contribute, converge, data_feed, holds, lift, open_release, pause, stands};

/// After a node says that an embargo is in force, the span in which an open stream may still end.
const BOUND: Duration = Duration::from_secs(2);
/// How long the wire is listened to after that.
const LISTEN: Duration = Duration::from_secs(1);
/// Items of each further slice of the export.
const SLICE: usize = 24;
/// Of which a rate limit lets so many through a month.
const A_MONTH: u64 = 7;
/// Bodies that a capture asks for.
const CAPTURED: usize = 48;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_variant_on_chats() {
    let Some(path) = shared("openwebui-export.json") else { return };
    let chats: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let slices = |of: &[Value]| serde_json::to_vec(of).unwrap();
    let export = Export {
        first: slices(&chats[..200]),
        judged: None,
        later: chats[200..].chunks(SLICE).map(slices).collect(),
    };
    every_variant(&export, "CC-BY-SA-4.0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_variant_on_sentences() {
    let Some(path) = shared("masakhaner.jsonl") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let slices = |of: &[&str]| of.join("\n").into_bytes();
    let Some(path) = shared("openwebui-export.json") else { return };
    let chats: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let export = Export {
        first: slices(&lines[..600]),
        // Sentences hold no judgement; chats with two answers do.
        judged: Some(serde_json::to_vec(&chats[..60]).unwrap()),
        later: lines[600..].chunks(SLICE).map(slices).collect(),
    };
    every_variant(&export, "CC-BY-NC-4.0").await;
}

/// Real data, the first part of it whole and the rest in slices.
struct Export {
    first: Vec<u8>,
    judged: Option<Vec<u8>>,
    later: Vec<Vec<u8>>,
}

/// A co-op, a partner and a mirror, and what they hold so far.
struct Cluster {
    coop: Node,
    partner: Node,
    mirror: Node,
    owner: CollectiveId,
    feed: FeedId,
    /// The licence the data really has.
    own: ImportRequest,
    /// Contributions, each of which is there under two licences.
    total: u64,
}

async fn every_variant(export: &Export, licence: &str) {
    let [mut coop, mut partner, mut mirror] =
        cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop), ("mirror", NodeRole::Mirror)]);
    for node in [&mut coop, &mut partner, &mut mirror] {
        node.start().await;
    }
    let (feed, owner) = (data_feed(&coop).await, coop.collective());
    let own = ImportRequest { licence: Some(Licence::parse(licence).unwrap()), ..ImportRequest::default() };
    let mut cluster = Cluster { coop, partner, mirror, owner, feed, own, total: 0 };
    let neighbours = contribute(&cluster.partner, &ImportRequest::default(), &export.later[3]).await;
    for part in std::iter::once(&export.first).chain(&export.judged) {
        cluster.total += contribute(&cluster.coop, &ImportRequest::default(), part).await;
        cluster.total += contribute(&cluster.coop, &cluster.own, part).await;
    }
    cluster.everything_everywhere().await;
    let old = cluster.records(0..cluster.total * 2).await;

    cluster.withheld(Variant::Pause, &old, |_| true).await;
    let judged = |header: &Value| header["labelled"] == true || header["kind"] == "preference-pair";
    cluster.withheld(Variant::QualityFreeze, &old, judged).await;
    cluster.limited(&export.later[0]).await;
    cluster.overlaid(Variant::EvaluationOnly, &export.later[1], &old).await;
    let condition = Variant::PreferenceShift(Condition::ALL[0]);
    cluster.overlaid(condition, &export.later[2], &old).await;

    // The other collective's contributions were never touched, and are where they may be.
    let theirs = data_feed(&cluster.partner).await;
    holds(&cluster.mirror, cluster.partner.collective(), theirs, neighbours, neighbours).await;
}

/// A contribution, and what its header says.
struct Shown {
    id: RecordId,
    header: Value,
}

impl Shown {
    fn is_irrevocable(&self, cluster: &Cluster) -> bool {
        let own = cluster.own.licence.as_ref().unwrap();
        self.header["licence"] == own.as_str()
    }
}

impl Cluster {
    const fn nodes(&self) -> [&Node; 3] {
        [&self.coop, &self.partner, &self.mirror]
    }

    async fn everything_everywhere(&self) {
        for node in self.nodes() {
            holds(node, self.owner, self.feed, self.total, self.total).await;
        }
        converge(&self.nodes()).await;
    }

    /// The contributions among positions of the data feed.
    async fn records(&self, positions: std::ops::Range<u64>) -> Vec<Shown> {
        let mut found = Vec::new();
        for index in positions {
            let id = RecordId { feed: self.feed, index };
            let Ok(shown) = self.coop.try_call(&RecordShowRequest { id, body: false }).await else { break };
            let header = shown.header.expect("the co-op has all its headers");
            if header.get("licence").is_some() {
                found.push(Shown { id, header });
            }
        }
        found
    }

    /// How many positions the data feed has.
    async fn size(&self) -> u64 {
        let held = crate::steps::holdings(&self.coop, self.owner, self.feed).await;
        held.expect("the co-op holds its own feed").size
    }

    /// Declares, and waits until everybody enforces it; returns the embargo and when the last of them said so.
    async fn declare(&self, variant: Variant, reach: Option<Reach>) -> (RecordId, Instant) {
        let request = StrikeDeclareRequest { variant: Some(variant), reach, ..pause(Scope::default()) };
        let embargo = self.coop.call(request).await.id;
        for node in self.nodes() {
            stands(node, embargo, EmbargoStanding::InForce).await;
        }
        (embargo, Instant::now())
    }

    /// A strike that withholds what was released: on the wire nothing covered passes after the bound, and all else does.
    async fn withheld(&self, variant: Variant, records: &[Shown], covers: impl Fn(&Value) -> bool) {
        let (mut covered, mut open) = (Vec::new(), Vec::new());
        for shown in records {
            let covered_here = covers(&shown.header) && !shown.is_irrevocable(self);
            if covered_here { &mut covered } else { &mut open }.push(shown.id);
        }
        let covered = spread(&covered);
        let open = spread(&open);
        assert!(!covered.is_empty() && !open.is_empty(), "{variant:?}: some is covered, and some is not");
        let (covered, marked) = self.told_apart(&covered, &open).await;
        let both: Vec<RecordId> =
            covered.iter().chain(&open).copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut captures = Vec::new();
        for node in [&self.partner, &self.mirror] {
            captures.push(Capture::start(node, &both, Purpose::Replicate).await);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = Instant::now();
        let (embargo, in_force) = self.declare(variant, None).await;
        tokio::time::sleep(BOUND + LISTEN).await;
        let flowing: Vec<Vec<u8>> =
            open_bodies(&self.partner, &open).await.iter().map(|body| middle(body)).collect();
        for capture in captures {
            let captured = capture.stop().await;
            let late = |at: &Instant| *at > in_force + BOUND;
            assert_eq!(captured.count(&marked, |at| *at < before), marked.len(), "{variant:?}: open before");
            assert!(captured.answers(late) > 0, "the wire was listened to");
            assert_eq!(captured.count(&marked, late), 0, "{variant:?}: a covered body after the bound");
            assert_eq!(
                captured.count(&flowing, late),
                flowing.len(),
                "{variant:?}: what is not covered flows"
            );
        }
        self.refused(&self.partner, &covered, Purpose::Replicate, Refusal::Withheld(embargo)).await;
        eprintln!(
            "{variant:?}: {} covered and {} open bodies on the wire at two peers",
            covered.len(),
            open.len()
        );
        self.lifted(embargo).await;
    }

    /// Finds of each covered body what no open one has, and leaves out those without: the same content is there under both
    /// licences, and a chat's text is part of a pair's.
    async fn told_apart(&self, covered: &[RecordId], open: &[RecordId]) -> (Vec<RecordId>, Vec<Vec<u8>>) {
        let flowing = open_bodies(&self.partner, open).await;
        let bodies = open_bodies(&self.partner, covered).await;
        let both = covered.iter().zip(&bodies);
        let (covered, marked): (Vec<_>, Vec<_>) =
            both.filter_map(|(record, body)| Some((*record, mark(body, &flowing)?))).unzip();
        assert!(!covered.is_empty(), "nothing covered could be told from what is open");
        (covered, marked)
    }

    /// A rate limit: of what is released while it stands so many bodies pass, in order, and the rest waits.
    async fn limited(&mut self, slice: &[u8]) {
        let first = self.size().await;
        let (embargo, _) = self.declare(Variant::RateLimit(A_MONTH), None).await;
        let new = contribute(&self.coop, &ImportRequest::default(), slice).await
            + contribute(&self.coop, &self.own.clone(), slice).await;
        self.total += new;
        assert!(new > 2 * A_MONTH);
        let through = self.total - new + A_MONTH;
        for node in [&self.partner, &self.mirror] {
            holds(node, self.owner, self.feed, self.total, through).await;
        }
        let records = self.records(first..self.size().await).await;
        let waiting: Vec<RecordId> =
            records.iter().skip(usize::try_from(A_MONTH).unwrap()).map(|r| r.id).collect();
        let passed: Vec<RecordId> =
            records.iter().take(usize::try_from(A_MONTH).unwrap()).map(|r| r.id).collect();
        let needles = self.texts(&waiting).await;
        let capture = Capture::start(&self.partner, &waiting, Purpose::Replicate).await;
        tokio::time::sleep(LISTEN).await;
        let captured = capture.stop().await;
        assert!(captured.answers(|_| true) > 0);
        assert_eq!(captured.count(&needles, |_| true), 0, "a body that waits for its month");
        self.refused(&self.partner, &waiting, Purpose::Replicate, Refusal::Withheld(embargo)).await;
        assert_eq!(open_bodies(&self.partner, &passed).await.len(), passed.len());
        eprintln!("rate limit: {} of {new} bodies passed, the rest waits", passed.len());
        self.lifted(embargo).await;
    }

    /// A strike that changes preferences: what is new says no to training wherever it is, and what could not be taken back
    /// is not released.
    async fn overlaid(&mut self, variant: Variant, slice: &[u8], old: &[Shown]) {
        let first = self.size().await;
        let (embargo, _) = self.declare(variant, None).await;
        let revocable = contribute(&self.coop, &ImportRequest::default(), slice).await;
        let taken = self.coop.import(&self.own, slice).await.taken_total();
        let (accepted, _) = accept(&self.coop).await;
        assert_eq!(accepted, taken);
        let queued = self.coop.call(open_release()).await;
        assert!(queued.releases.is_empty(), "an irrevocable release waits: {queued:?}");
        assert_eq!(queued.held_back, taken);
        self.total += revocable + taken;
        for node in [&self.partner, &self.mirror] {
            holds(node, self.owner, self.feed, self.total, self.total - taken).await;
        }
        let records = self.records(first..self.size().await).await;
        for node in [&self.partner, &self.mirror] {
            for shown in records.iter().step_by(5) {
                let answer = node.call(RecordShowRequest { id: shown.id, body: false }).await;
                let effective = answer.effective_preferences.expect("a contribution has preferences");
                assert_eq!(effective["train"], "deny", "{}: {}", node.name(), shown.id);
            }
            let answer = node.call(RecordShowRequest { id: old[0].id, body: false }).await;
            assert_ne!(answer.effective_preferences.unwrap()["train"], "deny", "what is old keeps its terms");
        }
        let open: Vec<RecordId> = records.iter().filter(|r| !r.is_irrevocable(self)).map(|r| r.id).collect();
        assert_eq!(open.len() as u64, revocable);
        self.refused(&self.partner, &open, Purpose::Train, Refusal::Purpose).await;
        let served = open_bodies(&self.partner, &open).await;
        assert_eq!(served.len(), open.len(), "bodies go on flowing");
        eprintln!(
            "{}: {revocable} bodies carry train = deny, {taken} irrevocable releases queue",
            variant.name()
        );
        self.lifted_with(embargo, taken).await;
    }

    /// Lifts, and sees that everybody holds everything again.
    async fn lifted(&self, embargo: RecordId) {
        self.coop.call(lift(embargo)).await;
        for node in self.nodes() {
            stands(node, embargo, EmbargoStanding::Lifted).await;
        }
        self.everything_everywhere().await;
    }

    /// Lifts, and releases what was held back.
    async fn lifted_with(&self, embargo: RecordId, held_back: u64) {
        self.coop.call(lift(embargo)).await;
        let released: ReleaseCutRequest = open_release();
        let releases = self.coop.call(released).await.releases;
        assert_eq!(releases.iter().map(|release| release.contributions).sum::<u64>(), held_back);
        self.everything_everywhere().await;
    }

    /// A stranger is refused every one of these bodies, and told why.
    async fn refused(&self, node: &Node, records: &[RecordId], purpose: Purpose, why: Refusal) {
        let mut stranger = Stranger::connect(&node.address()).await.unwrap();
        for record in records {
            let got = stranger.body_for(*record, purpose).await.unwrap();
            assert_eq!(got, Got::Refused(why), "{}: {record}", node.name());
        }
    }

    /// Bytes out of the longest text of each body, as the co-op's own tools show it.
    async fn texts(&self, records: &[RecordId]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for id in records {
            let shown = self.coop.call(RecordShowRequest { id: *id, body: true }).await;
            let text = longest(&shown.body.expect("the co-op sees its own bodies"));
            let from = text.len() / 4;
            found.push(text.as_bytes()[from..text.len().min(from + 24)].to_vec());
        }
        found
    }
}

/// Bytes out of the middle of a body, which lie in one page as they are.
fn middle(body: &[u8]) -> Vec<u8> {
    let from = body.len() / 2;
    body[from..body.len().min(from + 32)].to_vec()
}

fn longest(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(longest).max_by_key(String::len).unwrap_or_default(),
        Value::Object(items) => items.values().map(longest).max_by_key(String::len).unwrap_or_default(),
        _ => String::new(),
    }
}

fn spread(records: &[RecordId]) -> Vec<RecordId> {
    records.iter().step_by(records.len().div_ceil(CAPTURED).max(1)).copied().collect()
}
