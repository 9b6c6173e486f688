//! kill -9 of a partner that has acknowledged an embargo: after its start it withholds, whoever is there to remind it.
//!
//! ```text
//!            strike            kill -9
//!   coop ◀────────▶ partner ◀──────────── stranger
//! ```

use std::time::Duration;

use commonwheel_api::types::{EmbargoStanding, ImportRequest, StrikeStatusRequest};
use commonwheel_record::attestation::{EmbargoState, NodeRole};
use commonwheel_record::terms::Licence;
use commonwheel_record::{FeedId, RecordId};
use commonwheel_testkit::{Got, Node, PATIENCE, Rng, Stranger, cluster, eventually, from_environment, open};
use commonwheel_valve::Refusal;
use tokio::time::{Instant, sleep};

use crate::steps::{
    DOMAIN, about, contribute, converge, data_feed, holds, lift, lines, pause, stands, texts, verify_clean,
};

/// How long a partner alone is asked over and over.
const ALONE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_embargo_outlives_the_process() {
    // One for every three of the writer's own.
    let kills = from_environment("COMMONWHEEL_KILLS").unwrap_or(30).div_ceil(3);
    let mut rng = Rng::announced();
    let [mut coop, mut partner] = cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop)]);
    coop.start().await;
    partner.start().await;
    let feed = data_feed(&coop).await;
    let export = lines(&texts("text", 20));
    let terms = ImportRequest::default();
    let mut total = contribute(&coop, &terms, &export).await;
    let irrevocable = ImportRequest { licence: Some(Licence::parse("CC0-1.0").unwrap()), ..terms };
    total += contribute(&coop, &irrevocable, &export).await;
    holds(&partner, coop.collective(), feed, total, total).await;
    // The first submission is at 0, the second one after it and its 20 contributions.
    let (covered, free) = (RecordId { feed, index: 5 }, RecordId { feed, index: 26 });

    for kill in 0..kills {
        let embargo = coop.call(pause(about(DOMAIN))).await.id;
        acknowledged(&coop, embargo, &partner).await;
        sleep(rng.up_to_millis(20)).await;
        partner.kill();
        let last = Some(Refusal::Withheld(embargo));
        let (got, ()) = tokio::join!(ask_until(partner.address(), covered, last), partner.start());
        assert!(no_body(&got), "kill {kill}: {embargo} was acknowledged, and the body served: {got:?}");
        served(&partner, free).await;
        coop.call(lift(embargo)).await;
        stands(&partner, embargo, EmbargoStanding::Lifted).await;
        served(&partner, covered).await;
    }
    alone(&mut coop, &mut partner, covered).await;
    coop.start().await;
    converge(&[&coop, &partner]).await;
    coop.stop().await;
    partner.stop().await;
    verify_clean(&coop);
    verify_clean(&partner);
    assert_eq!(bodies(&partner, feed), bodies(&coop, feed));
}

/// With nobody to remind it the partner still has the embargo in force, and serves no covered body.
async fn alone(coop: &mut Node, partner: &mut Node, covered: RecordId) {
    let embargo = coop.call(pause(about(DOMAIN))).await.id;
    acknowledged(coop, embargo, partner).await;
    partner.kill();
    coop.stop().await;
    partner.start().await;
    stands(partner, embargo, EmbargoStanding::InForce).await;
    let until = Instant::now() + ALONE;
    let mut stranger = Stranger::connect(&partner.address()).await.unwrap();
    while Instant::now() < until {
        let got = stranger.body(covered).await.unwrap();
        assert!(matches!(got, Got::Refused(_)), "{got:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until a node's own word is held that it has an embargo in force.
async fn acknowledged(coop: &Node, embargo: RecordId, by: &Node) {
    eventually(&format!("{} acknowledges {embargo}", by.name()), async || {
        let status = coop.call(StrikeStatusRequest { collective: Some(coop.collective()) }).await;
        let shown = status.embargoes.into_iter().find(|shown| shown.id == embargo);
        let words = shown.map(|shown| shown.acknowledged).unwrap_or_default();
        let said = words.iter().any(|word| word.node == by.key() && word.state == EmbargoState::Enforced);
        if said { Ok(()) } else { Err(format!("{words:?}")) }
    })
    .await;
}

/// Asks from the first moment on until a certain refusal comes, if one is named, or a body; returns all that came.
async fn ask_until(address: String, record: RecordId, last: Option<Refusal>) -> Vec<Got> {
    let mut got = Vec::new();
    eventually("the stranger gets the answer that holds", async || {
        let failed = |error| format!("{error:?}");
        let mut stranger = Stranger::connect(&address).await.map_err(failed)?;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let answer = stranger.body(record).await.map_err(failed)?;
            let is_last = match &answer {
                Got::Body(_) => true,
                Got::Refused(refusal) => Some(refusal) == last.as_ref(),
            };
            got.push(answer);
            if is_last {
                return Ok(());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err(format!("{:?}", got.last()))
    })
    .await;
    got
}

fn no_body(got: &[Got]) -> bool {
    got.iter().all(|got| matches!(got, Got::Refused(_)))
}

/// Waits until a stranger is served a body.
async fn served(node: &Node, record: RecordId) {
    ask_until(node.address(), record, None).await;
}

fn bodies(node: &Node, feed: FeedId) -> usize {
    commonwheel_testkit::record_bodies(&open(node.data()), feed).len()
}
