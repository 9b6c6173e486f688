//! kill -9 of a co-op's node under write and sync load.
//!
//! ```text
//!   writer ──socket──▶ coop ◀────▶ partner
//!                        ▲ kill -9, 30 times
//!                        └── a stranger asks for a body from the first moment on
//! ```
//!
//! Nothing acknowledged is lost: same index, same leaf hash, each text once. No head that anybody was ever shown
//! contradicts the feed at the end. An embargo whose declaration was answered is in force before anything is served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use commonwheel_api::Client;
use commonwheel_api::types::{
    EmbargoStanding, FeedListRequest, ImportRequest, RecordShowRequest, ReleaseListRequest,
    StrikeStatusRequest,
};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::body::{Body, Content};
use commonwheel_record::{FeedId, Leaf, RecordId};
use commonwheel_store::FileStore;
use commonwheel_testkit::{Got, HeadsSeen, Node, Rng, Stranger, cluster, eventually, from_environment, open};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::steps::{
    accept, contribute, converge, data_feed, lift, lines, open_release, stands, texts, verify_clean,
};
use crate::writer::{Acknowledged, Moment, Strike, Writer, lock};

/// How long the killer waits for the moment it aims at.
const AIM: Duration = Duration::from_millis(1500);
/// How often a stranger asks once the node answers at all.
const ASKED_AGAIN: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let kills = from_environment("COMMONWHEEL_KILLS").unwrap_or(30);
    let mut rng = Rng::announced();
    let [mut coop, mut partner] = cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop)]);
    coop.start().await;
    partner.start().await;
    let feed = data_feed(&coop).await;
    let first = texts("before", 3);
    contribute(&coop, &ImportRequest::default(), &lines(&first)).await;
    let covered = first_contribution(&coop, feed).await;

    let heads = Arc::new(Mutex::new(HeadsSeen::default()));
    let watchers = [&coop, &partner].map(|node| watch_heads(node.client(), Arc::clone(&heads)));
    let (mut writer, account, mut moments) = Writer::new(coop.client(), rng.fork());
    let mut struck = 0;
    for kill in 0..kills {
        let writing = tokio::spawn(writer.write());
        aim(&mut rng, &mut moments).await;
        coop.kill();
        writer = writing.await.expect("the writer ends with the node");
        let strike = lock(&account).strike;
        let (got, ()) = tokio::join!(ask_from_the_first_moment(coop.address(), covered), coop.start());
        if let Strike::InForce(embargo) = strike {
            struck += 1;
            for got in &got {
                assert!(
                    !matches!(got, Got::Body(_)),
                    "kill {kill}: {embargo} was acknowledged, and the body served"
                );
            }
        }
        check(&coop, &account, strike).await;
    }
    let strikes = lock(&account).strikes;
    eprintln!("{kills} kills, {struck} of them on strike; {strikes} declarations and lifts were answered");
    assert!(kills < 10 || struck > 0, "no kill fell into a strike: nothing was shown about embargoes");
    watchers.iter().for_each(JoinHandle::abort);

    end_strike(&coop).await;
    finish(&coop, &account).await;
    converge(&[&coop, &partner]).await;
    no_fork(&coop).await;
    no_fork(&partner).await;
    partner.stop().await;
    coop.stop().await;
    verify_clean(&coop);
    verify_clean(&partner);
    let heads = heads.lock().unwrap_or_else(PoisonError::into_inner).clone();
    eprintln!("{} heads were shown", heads.count());
    assert!(heads.count() > 10, "heads were watched");
    for node in [&coop, &partner] {
        let store = open(node.data());
        heads.assert_prefixes_of(&store);
        each_text_once(&store, feed, &lock(&account), &first);
    }
}

/// Waits for a random time, or for a moment in which a write or a declaration is being done or has just been answered.
async fn aim(rng: &mut Rng, moments: &mut watch::Receiver<Moment>) {
    sleep(rng.up_to_millis(700)).await;
    let aimed = match rng.below(4) {
        0 => None,
        1 => Some(Moment::Asks),
        2 => Some(Moment::AsksForStrike),
        _ => Some(Moment::Answered),
    };
    if let Some(aimed) = aimed {
        // If it does not come in time, this is one more kill at a random time.
        let waited = timeout(AIM, moments.wait_for(|moment| *moment == aimed)).await;
        drop(waited);
        sleep(rng.up_to_millis(15)).await;
    }
}

/// Connects as soon as the node's port is open, and asks for a body a few times.
async fn ask_from_the_first_moment(address: String, record: RecordId) -> Vec<Got> {
    let mut got = Vec::new();
    eventually("a stranger is answered", async || {
        let failed = |error| format!("{error:?}");
        let mut stranger = Stranger::connect(&address).await.map_err(failed)?;
        while got.len() < ASKED_AGAIN {
            got.push(stranger.body(record).await.map_err(failed)?);
        }
        Ok(())
    })
    .await;
    got
}

async fn first_contribution(node: &Node, feed: FeedId) -> RecordId {
    for index in 0.. {
        let id = RecordId { feed, index };
        let shown = node.call(RecordShowRequest { id, body: false }).await;
        if shown.header.is_some_and(|header| header["domain"] == "housing") {
            return id;
        }
    }
    unreachable!("asking for a record beyond the feed fails")
}

/// What must hold as soon as the node answers again.
async fn check(node: &Node, account: &Mutex<Acknowledged>, strike: Strike) {
    let (leaves, releases, ranges) = {
        let account = lock(account);
        (account.leaves.clone(), account.releases.clone(), account.ranges.clone())
    };
    // All of them are looked at in the end; here those of the last round matter.
    for (id, leaf) in leaves.iter().rev().take(40) {
        let shown = node.call(RecordShowRequest { id: *id, body: false }).await;
        assert_eq!(shown.leaf_hash, *leaf, "{id} is another leaf than before");
    }
    let held = node.call(ReleaseListRequest::default()).await.releases;
    for id in releases {
        assert!(held.iter().any(|release| release.id == id), "release {id} was acknowledged and is gone");
    }
    let sizes = node.call(FeedListRequest::default()).await.feeds;
    for range in ranges {
        let size = sizes.iter().find(|feed| feed.id == range.feed).map_or(0, |feed| feed.size);
        assert!(range.end <= size, "{range:?} was acknowledged, and the feed has {size} leaves");
    }
    match strike {
        Strike::InForce(embargo) => stands(node, embargo, EmbargoStanding::InForce).await,
        Strike::Over => {
            let embargoes = node.call(StrikeStatusRequest { collective: None }).await.embargoes;
            assert!(
                embargoes.iter().all(|embargo| embargo.standing == EmbargoStanding::Lifted),
                "{embargoes:?}"
            );
        }
        Strike::Unknown => {}
    }
}

/// Notes every head a node shows, until it is aborted; while the node is dead it shows none.
fn watch_heads(client: Client, heads: Arc<Mutex<HeadsSeen>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            if let Ok(answer) = client.call(&FeedListRequest::default()).await {
                let mut heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
                answer.feeds.iter().for_each(|feed| heads.note(feed.id, feed.size, feed.root));
            }
            sleep(Duration::from_millis(40)).await;
        }
    })
}

async fn end_strike(node: &Node) {
    let embargoes = node.call(StrikeStatusRequest { collective: None }).await.embargoes;
    for embargo in embargoes.iter().filter(|embargo| embargo.standing == EmbargoStanding::InForce) {
        node.call(lift(embargo.id)).await;
    }
}

/// Accepts and releases what still waits: from then on all that was imported is on the ledger.
async fn finish(node: &Node, account: &Mutex<Acknowledged>) {
    accept(node).await;
    // Everything may be released already.
    drop(node.try_call(&open_release()).await);
    let mut account = lock(account);
    let imported = account.imported.clone();
    account.accepted.extend(imported);
}

async fn no_fork(node: &Node) {
    let feeds = node.call(FeedListRequest::default()).await.feeds;
    assert!(feeds.iter().all(|feed| !feed.forked), "{}: {feeds:?}", node.name());
    assert!(!node.log().contains("forked"), "{} logged a fork", node.name());
}

/// Each text that was taken in is in the feed exactly once, and each leaf is the one that was shown.
fn each_text_once(store: &FileStore, feed: FeedId, account: &Acknowledged, before: &[String]) {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for index in 0..store.size(&feed) {
        let header = store.headers(&feed, index, index + 1).unwrap().remove(0).expect("no header is missing");
        if !matches!(Leaf::decode(&header), Ok(Leaf::Contribution(..))) {
            continue;
        }
        let sealed = store.body(&feed, index).unwrap().expect("every body is held");
        let Content::Text(text) = Body::decode(&sealed.bytes).unwrap().content else {
            panic!("only texts were written")
        };
        *found.entry(text).or_default() += 1;
    }
    for (text, times) in &found {
        assert_eq!(*times, 1, "{text:?}");
    }
    for text in account.accepted.iter().chain(before) {
        assert!(found.contains_key(text), "{text:?} was acknowledged and is gone");
    }
    for (id, leaf) in &account.leaves {
        assert_eq!(store.leaf_hashes(&id.feed, id.index, id.index + 1).unwrap(), [*leaf], "{id}");
    }
    eprintln!("{} texts, {} leaves", found.len(), store.size(&feed));
}
