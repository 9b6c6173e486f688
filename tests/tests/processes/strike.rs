//! A strike over real data, taken in twice: under the default contract, and under the licence it really has.
//!
//! ```text
//!   coop ◀────▶ partner
//!     ▲            ▲
//!     └── mirror ──┘   (started only once the strike is on)
//!     stranger: asks coop and partner for covered bodies
//! ```
//!
//! What is revocable is withheld at the co-op and the partner and never reaches the mirror; what is irrevocable goes on
//! flowing from the partner. After the lift everything is everywhere.

use std::collections::BTreeMap;

use commonwheel_api::types::{EmbargoStanding, ImportRequest, RecordShowRequest, ReleaseListRequest};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::Scope;
use commonwheel_record::terms::{Language, Licence};
use commonwheel_record::{FeedId, RecordId};
use commonwheel_testkit::{Got, Node, Stranger, cluster, shared};
use commonwheel_valve::Refusal;

use crate::steps::{about, contribute, converge, data_feed, holds, lift, pause, stands, verify_clean};

/// Bodies of each sort that a stranger asks each node for.
const ASKED: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chats_on_strike_by_domain() {
    let Some(export) = shared("openwebui-export.json") else { return };
    let export = std::fs::read(export).unwrap();
    let domain = busiest(&export);
    strike(&export, "CC-BY-SA-4.0", about(&domain), |header| header["domain"] == domain.as_str()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentences_on_strike_by_language() {
    let Some(export) = shared("masakhaner.jsonl") else { return };
    let export = std::fs::read(export).unwrap();
    let language = Language::parse("sw").expect("Swahili has a tag");
    let scope = Scope { languages: [language].into(), ..Scope::default() };
    strike(&export, "CC-BY-NC-4.0", scope, |header| header["language"] == "sw").await;
}

/// Returns the title that most chats have, which is their domain.
fn busiest(export: &[u8]) -> String {
    let (drafts, _) = commonwheel_intake::import_all(export, commonwheel_intake::Options::default()).unwrap();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for draft in drafts {
        if let Some(domain) = draft.domain {
            *counts.entry(domain.to_string()).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).expect("chats have domains").0
}

async fn strike(export: &[u8], licence: &str, scope: Scope, covers: impl Fn(&serde_json::Value) -> bool) {
    let [mut coop, mut partner, mut mirror] =
        cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop), ("mirror", NodeRole::Mirror)]);
    coop.start().await;
    partner.start().await;
    let (feed, owner) = (data_feed(&coop).await, coop.collective());
    let own = ImportRequest { licence: Some(Licence::parse(licence).unwrap()), ..ImportRequest::default() };
    let each = contribute(&coop, &ImportRequest::default(), export).await;
    assert_eq!(contribute(&coop, &own, export).await, each, "the same, under other terms");
    holds(&partner, owner, feed, 2 * each, 2 * each).await;
    only_one_is_irrevocable(&coop, licence).await;
    let Sorted { covered, irrevocable, outside } = sort(&coop, feed, licence, covers).await;

    let declared = coop.call(pause(scope)).await;
    let (embargo, coverage) = (declared.id, declared.coverage);
    let (held_back, flowing) = (covered.len() as u64, irrevocable.len() as u64);
    assert_eq!((coverage.in_scope, coverage.withheld), (held_back + flowing, held_back));
    assert_eq!((coverage.irrevocable, held_back), (flowing, flowing), "each is there twice");
    eprintln!("{each} contributions twice: {held_back} withheld, {flowing} irrevocable in scope");
    stands(&partner, embargo, EmbargoStanding::InForce).await;
    mirror.start().await;
    holds(&mirror, owner, feed, 2 * each, 2 * each - held_back).await;

    let withheld = Got::Refused(Refusal::Withheld(embargo));
    for node in [&coop, &partner] {
        asked(node, &covered, |got| *got == withheld).await;
        asked(node, &outside, |got| matches!(got, Got::Body(_))).await;
    }
    // The owner's own node keeps to its strike; the partner may not.
    asked(&coop, &irrevocable, |got| *got == withheld).await;
    asked(&partner, &irrevocable, |got| matches!(got, Got::Body(_))).await;
    asked(&mirror, &covered, |got| *got == withheld).await;
    asked(&mirror, &irrevocable, |got| matches!(got, Got::Body(_))).await;

    coop.call(lift(embargo)).await;
    holds(&mirror, owner, feed, 2 * each, 2 * each).await;
    asked(&partner, &covered, |got| matches!(got, Got::Body(_))).await;
    converge(&[&coop, &partner, &mirror]).await;
    for node in [&mut coop, &mut partner, &mut mirror] {
        node.stop().await;
        verify_clean(node);
    }
}

async fn only_one_is_irrevocable(coop: &Node, licence: &str) {
    for release in coop.call(ReleaseListRequest::default()).await.releases {
        assert_eq!(release.irrevocable, release.licence.to_string() == licence, "{release:?}");
    }
}

/// Contributions by what the strike will mean for them.
#[derive(Debug, Default)]
struct Sorted {
    covered: Vec<RecordId>,
    irrevocable: Vec<RecordId>,
    outside: Vec<RecordId>,
}

async fn sort(
    coop: &Node,
    feed: FeedId,
    licence: &str,
    covers: impl Fn(&serde_json::Value) -> bool,
) -> Sorted {
    let mut sorted = Sorted::default();
    for index in 0.. {
        let id = RecordId { feed, index };
        let Ok(shown) = coop.try_call(&RecordShowRequest { id, body: false }).await else { break };
        let header = shown.header.expect("the co-op has all its headers");
        if header.get("licence").is_none() {
            continue;
        }
        let sort = match (covers(&header), header["licence"] == licence) {
            (true, true) => &mut sorted.irrevocable,
            (true, false) => &mut sorted.covered,
            (false, _) => &mut sorted.outside,
        };
        sort.push(id);
    }
    sorted
}

/// A stranger asks for bodies spread over the feed; every answer is as expected.
async fn asked(node: &Node, records: &[RecordId], expected: impl Fn(&Got) -> bool) {
    assert!(!records.is_empty());
    let mut stranger = Stranger::connect(&node.address()).await.unwrap();
    for record in records.iter().step_by(records.len().div_ceil(ASKED)) {
        let got = stranger.body(*record).await.unwrap();
        assert!(expected(&got), "{}: {record}: {:.200}", node.name(), format!("{got:?}"));
    }
}
