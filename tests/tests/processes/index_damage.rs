//! The index deleted, or one bit flipped anywhere in it: the files are the truth, and nothing is lost.
//!
//! ```text
//!   coop (stopped; its index/ is damaged) ◀──▶ partner
//! ```

use std::fs;
use std::path::PathBuf;

use commonwheel_api::types::{HoldingsAnswer, HoldingsRequest, ImportRequest};
use commonwheel_record::Hash;
use commonwheel_record::attestation::NodeRole;
use commonwheel_testkit::damage::{files, flip};
use commonwheel_testkit::{Node, Rng, cluster, from_environment, open};

use crate::steps::{contribute, converge, lines, texts, verify_clean};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_damage_to_the_index_loses_anything() {
    let flips = from_environment("COMMONWHEEL_FLIPS").unwrap_or(50);
    let mut rng = Rng::announced();
    let [mut coop, mut partner] = cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop)]);
    coop.start().await;
    partner.start().await;
    // Several bundles, so that the index has something to say.
    contribute(&coop, &ImportRequest::default(), &lines(&texts("ours", 900))).await;
    contribute(&partner, &ImportRequest::default(), &lines(&texts("theirs", 300))).await;
    converge(&[&coop, &partner]).await;
    let held = held(&coop).await;
    partner.stop().await;
    coop.stop().await;
    let whole = state(&coop);

    deleted(&mut coop, &held, whole).await;
    for flipped in 0..flips {
        let all: Vec<PathBuf> =
            files(&index(&coop)).into_iter().filter(|file| file.metadata().unwrap().len() > 0).collect();
        let what = flip(&rng.pick(&all).clone(), &mut rng);
        if flipped % 2 == 0 {
            restarted(&mut coop, &held, &what).await;
        } else {
            rebuilt(&coop, whole, &what);
        }
        assert_eq!(state(&coop), whole, "{what}");
    }
    restarted(&mut coop, &held, "after all of them").await;
    verify_clean(&coop);
}

async fn deleted(coop: &mut Node, held: &HoldingsAnswer, whole: Hash) {
    fs::remove_dir_all(index(coop)).unwrap();
    restarted(coop, held, "the index was deleted").await;
    assert_eq!(state(coop), whole);
    fs::remove_dir_all(index(coop)).unwrap();
    rebuilt(coop, whole, "the index was deleted");
    assert_eq!(state(coop), whole);
}

/// A node that is simply started holds what it held.
async fn restarted(coop: &mut Node, held: &HoldingsAnswer, what: &str) {
    coop.start().await;
    assert_eq!(self::held(coop).await, *held, "{what}");
    coop.stop().await;
}

/// `rebuild` says the same state hash as before.
fn rebuilt(coop: &Node, whole: Hash, what: &str) {
    let ran = coop.cli(&["rebuild", "--json"]).expect_code(0);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["state_hash"].as_str(), Some(whole.to_string().as_str()), "{what}");
}

/// What the node holds; statements about it change with every start, and are no part of it.
async fn held(node: &Node) -> HoldingsAnswer {
    HoldingsAnswer { attestations_root: Hash::default(), ..node.call(HoldingsRequest::default()).await }
}

fn state(node: &Node) -> Hash {
    open(node.data()).state_hash().unwrap()
}

fn index(node: &Node) -> PathBuf {
    node.data().join("index")
}
