//! One bit flipped in any file of a feed: noticed by `verify`, never served, repaired from a peer.
//!
//! ```text
//!   coop ◀────▶ partner (stopped, one bit flips, started) ◀──── stranger asks for everything
//! ```

use std::path::{Path, PathBuf};

use commonwheel_api::types::ImportRequest;
use commonwheel_record::FeedId;
use commonwheel_record::attestation::NodeRole;
use commonwheel_testkit::damage::{files, flip, flip_at, lose_sector};
use commonwheel_testkit::{Node, Rng, cluster, from_environment, open};

use crate::audit::{Truth, audit};
use crate::steps::{contribute, control_feed, converge, data_feed, lines, texts, verify_clean};

/// The files of a feed that a reader of its layout tells apart, by a part of their path.
const KINDS: [&str; 8] = [
    "/manifest",
    "/checkpoint",
    "/tile/0/000",
    "/tile/0/002.part",
    "/tile/1/000.part",
    "/entries/000",
    "/entries/002.part",
    "/bodies/00",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_is_noticed_never_served_and_repaired() {
    let each = from_environment("COMMONWHEEL_FLIPS").unwrap_or(50).div_ceil(25);
    let mut rng = Rng::announced();
    let Scene { coop, mut partner, data, control, truth } = scene().await;
    for kind in KINDS {
        for _ in 0..each {
            let file = rng.pick(&of_kind(&partner.feed_dir(data), kind)).clone();
            let what = flip(&file, &mut rng);
            mended(&coop, &mut partner, &truth, &file, &what).await;
        }
    }
    // The body that consents to all others: nothing can be served without it.
    let file = partner.feed_dir(data).join("bodies/000");
    let what = flip_at(&file, 8 * 100);
    mended(&coop, &mut partner, &truth, &file, &what).await;
    for kind in ["/manifest", "/checkpoint", "/tile/0/", "/entries/"] {
        let file = rng.pick(&of_kind(&partner.feed_dir(control), kind)).clone();
        let what = flip(&file, &mut rng);
        mended(&coop, &mut partner, &truth, &file, &what).await;
    }
}

/// More than the files themselves can make good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_sector_is_noticed_never_served_and_fetched_again() {
    let Scene { coop, mut partner, data, control, truth } = scene().await;
    for feed in [data, control] {
        for file in files(&partner.feed_dir(feed)) {
            let what = lose_sector(&file);
            mended(&coop, &mut partner, &truth, &file, &what).await;
        }
    }
}

struct Scene {
    coop: Node,
    /// Stopped.
    partner: Node,
    data: FeedId,
    control: FeedId,
    truth: Truth,
}

async fn scene() -> Scene {
    let [mut coop, mut partner] = cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop)]);
    coop.start().await;
    partner.start().await;
    let (data, control) = (data_feed(&coop).await, control_feed(&coop).await);
    // More than two bundles: full tiles, and growing ones.
    contribute(&coop, &ImportRequest::default(), &lines(&texts("first", 500))).await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("second", 160))).await;
    converge(&[&coop, &partner]).await;
    partner.stop().await;
    let truth = Truth::of(&open(partner.data()), data);
    Scene { coop, partner, data, control, truth }
}

/// From the damage to a partner that serves everything again, and verifies.
async fn mended(coop: &Node, partner: &mut Node, truth: &Truth, file: &Path, what: &str) {
    eprintln!("{what}");
    named_by_verify(partner, file, what);
    partner.start().await;
    audit(partner, truth, what).await;
    converge(&[coop, partner]).await;
    partner.stop().await;
    verify_clean(partner);
}

/// `verify` notices, and names the file; of a tile it can only tell that its level does not lead to the root.
pub(crate) fn named_by_verify(node: &Node, file: &Path, what: &str) {
    let ran = node.cli(&["verify"]).expect_code(5);
    let level = file.parent().expect("a file lies in a directory");
    let named = [file, level].iter().any(|path| ran.out.contains(&format!("{}: ", path.display())));
    assert!(named, "{what}: verify does not name it: {}", ran.said());
}

fn of_kind(feed: &Path, kind: &str) -> Vec<PathBuf> {
    let found: Vec<PathBuf> =
        files(feed).into_iter().filter(|path| path.to_string_lossy().contains(kind)).collect();
    assert!(!found.is_empty(), "{} has no {kind}", feed.display());
    found
}
