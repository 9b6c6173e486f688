//! What an operator does, step by step, and what two operators would compare.

use commonwheel_api::types::{
    EmbargoStanding, FeedHoldings, FeedListRequest, HoldingsRequest, ImportRequest, ReleaseCutRequest,
    ReleaseMode, Selection, StrikeDeclareRequest, StrikeLiftRequest, StrikeStatusRequest,
    WaitingAcceptRequest, WaitingListRequest,
};
use commonwheel_intake::waiting::Stage;
use commonwheel_record::control::{LiftReason, Range, Scope, Variant};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::terms::Slug;
use commonwheel_record::{CollectiveId, FeedId, RecordId};
use commonwheel_testkit::{Node, eventually};

/// The domain of what the tests write themselves.
pub(crate) const DOMAIN: &str = "housing";

/// Makes an export of one text a line.
pub(crate) fn lines<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<u8> {
    let line =
        |text: &String| format!("{{\"lang\": \"en\", \"domain\": \"{DOMAIN}\", \"text\": \"{text}\"}}\n");
    texts.into_iter().map(line).collect::<String>().into_bytes()
}

/// Makes numbered texts of different lengths.
pub(crate) fn texts(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{name} {n}: {}", "words ".repeat(1 + n * 7 % 40))).collect()
}

/// Returns a collective's data feed, as its own node knows it.
pub(crate) async fn data_feed(node: &Node) -> FeedId {
    feed(node, Purpose::Data).await
}

/// Returns a collective's control feed, as its own node knows it.
pub(crate) async fn control_feed(node: &Node) -> FeedId {
    feed(node, Purpose::Control).await
}

async fn feed(node: &Node, purpose: Purpose) -> FeedId {
    let feeds = node.call(FeedListRequest { collective: Some(node.collective()) }).await.feeds;
    feeds.iter().find(|feed| feed.own && feed.purpose == purpose).expect("a co-op writes both feeds").id
}

/// Accepts everything that waits, what a check doubts included; returns where it stands.
pub(crate) async fn accept(node: &Node) -> (u64, Vec<Range>) {
    let mut answer = node.call(WaitingAcceptRequest { items: Selection::All }).await;
    let stage = Some(Stage::Quarantined);
    let doubted = node.call(WaitingListRequest { stage, limit: 1000, ..WaitingListRequest::default() }).await;
    if doubted.total > 0 {
        let items = doubted.items.iter().map(|item| item.id).collect();
        let more = node.call(WaitingAcceptRequest { items: Selection::Items(items) }).await;
        answer.accepted += more.accepted;
        answer.ranges.extend(more.ranges);
    }
    (answer.accepted, answer.ranges)
}

/// A release of all that is accepted and not released.
pub(crate) const fn open_release() -> ReleaseCutRequest {
    ReleaseCutRequest {
        collective: None,
        mode: ReleaseMode::Open,
        offer: None,
        licence: None,
        ranges: Vec::new(),
    }
}

/// Takes an export in, accepts it and releases it to everyone; returns how many contributions that are.
pub(crate) async fn contribute(node: &Node, terms: &ImportRequest, export: &[u8]) -> u64 {
    let taken = node.import(terms, export).await.taken_total();
    let (accepted, _) = accept(node).await;
    assert_eq!(accepted, taken, "everything that was taken in is accepted");
    let released = node.call(open_release()).await.releases;
    assert_eq!(released.iter().map(|release| release.contributions).sum::<u64>(), accepted);
    accepted
}

/// A scope of one domain.
pub(crate) fn about(domain: &str) -> Scope {
    Scope { domains: [Slug::parse(domain).expect("a domain is a slug")].into(), ..Scope::default() }
}

/// A pause that refuses everyone.
pub(crate) fn pause(scope: Scope) -> StrikeDeclareRequest {
    StrikeDeclareRequest {
        variant: Some(Variant::Pause),
        scope,
        demand: "a fair agreement".to_owned(),
        ..StrikeDeclareRequest::default()
    }
}

/// A lift of all of an embargo.
pub(crate) const fn lift(embargo: RecordId) -> StrikeLiftRequest {
    StrikeLiftRequest { embargo, scope: None, reason: LiftReason::Settled, settlement: None, mandate: None }
}

/// Returns how an embargo stands at a node; none if the node does not know it.
pub(crate) async fn standing(node: &Node, embargo: RecordId) -> Option<EmbargoStanding> {
    let status = node.call(StrikeStatusRequest { collective: None }).await;
    status.embargoes.into_iter().find(|found| found.id == embargo).map(|found| found.standing)
}

/// Waits until an embargo stands like this at a node.
pub(crate) async fn stands(node: &Node, embargo: RecordId, expected: EmbargoStanding) {
    eventually(&format!("{}: embargo {embargo} is {expected}", node.name()), async || {
        let found = standing(node, embargo).await;
        if found.as_ref() == Some(&expected) { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

/// Returns what a node holds of a feed.
pub(crate) async fn holdings(node: &Node, collective: CollectiveId, feed: FeedId) -> Option<FeedHoldings> {
    let answer = node.call(HoldingsRequest { collective: Some(collective) }).await;
    answer.feeds.into_iter().find(|holdings| holdings.id == feed)
}

/// Waits until a node holds so many contributions and bodies of a feed, and wants no more.
pub(crate) async fn holds(
    node: &Node,
    collective: CollectiveId,
    feed: FeedId,
    contributions: u64,
    bodies: u64,
) {
    eventually(&format!("{} holds {contributions} headers and {bodies} bodies", node.name()), async || {
        let found = holdings(node, collective, feed).await;
        let is = found.as_ref().is_some_and(|found| {
            (found.contributions, found.bodies, found.wanted) == (contributions, bodies, 0)
        });
        if is { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

/// Waits until nodes agree: equal heads, equal views, and nothing wanted or missing.
pub(crate) async fn converge(nodes: &[&Node]) {
    eventually("the nodes agree", async || {
        let mut answers = Vec::new();
        for node in nodes {
            answers.push(node.call(HoldingsRequest::default()).await);
        }
        let first = &answers[0];
        let settled =
            |feed: &FeedHoldings| feed.wanted == 0 && feed.missing_leaves == 0 && feed.missing_headers == 0;
        let agree = answers.iter().all(|answer| {
            answer.heads_root == first.heads_root
                && answer.views == first.views
                && answer.feeds.iter().all(settled)
        });
        if agree { Ok(()) } else { Err(format!("{answers:#?}")) }
    })
    .await;
}

/// Checks everything a stopped node holds again from raw bytes.
pub(crate) fn verify_clean(node: &Node) {
    let ran = node.cli(&["verify"]);
    assert_eq!(ran.code, Some(0), "{}: verify: {}", node.name(), ran.said());
}
