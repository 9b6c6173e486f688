//! Damage to the files of the feeds that a node writes itself: they are never set aside, and never signed over.
//!
//! ```text
//!   coop (stopped, bits flip, started) ◀────▶ partner
//!     ▲
//!     └── stranger asks for everything
//! ```

use std::fs;

use commonwheel_api::types::ImportRequest;
use commonwheel_record::attestation::NodeRole;
use commonwheel_testkit::damage::{copy, files, flip, flip_at, read};
use commonwheel_testkit::{Node, Rng, cluster, open};

use crate::audit::{Truth, audit};
use crate::feed_damage::named_by_verify;
use crate::steps::{contribute, control_feed, converge, data_feed, lines, texts, verify_clean};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_an_own_feed_is_mended() {
    let mut rng = Rng::announced();
    let (mut coop, mut partner) = two().await;
    let feeds = [data_feed(&coop).await, control_feed(&coop).await];
    coop.stop().await;
    let truth = Truth::of(&open(coop.data()), feeds[0]);
    let mut targets: Vec<_> = feeds.iter().flat_map(|feed| files(&coop.feed_dir(*feed))).collect();
    targets.retain(|file| file.metadata().unwrap().len() > 0);
    for file in targets {
        let what = flip(&file, &mut rng);
        eprintln!("{what}");
        named_by_verify(&coop, &file, &what);
        coop.start().await;
        audit(&coop, &truth, &what).await;
        converge(&[&coop, &partner]).await;
        coop.stop().await;
        verify_clean(&coop);
    }
    // It still writes on, from where it was.
    coop.start().await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("later", 10))).await;
    converge(&[&coop, &partner]).await;
    coop.stop().await;
    partner.stop().await;
    verify_clean(&coop);
    verify_clean(&partner);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_own_feed_beyond_repair_is_refused_and_never_signed_over() {
    let (mut coop, partner) = two().await;
    let feed = data_feed(&coop).await;
    coop.stop().await;
    let backup = coop.data().join("../backup");
    copy(&coop.feed_dir(feed), &backup);
    let guard = read(coop.guard());
    let checkpoint = coop.feed_dir(feed).join("checkpoint");
    flip_at(&checkpoint, 8 * 10);
    flip_at(&checkpoint, 8 * 150);

    coop.cli(&["verify"]).expect_code(5);
    coop.spawn();
    assert_eq!(coop.ends().await, Some(6), "a node does not start on a feed of its own that it cannot trust");
    assert!(coop.log().contains(&format!("own feed {feed}: damaged checkpoint")), "{}", coop.log());
    for command in [&["verify", "--repair"][..], &["rebuild"]] {
        let ran = coop.cli(command).expect_code(6);
        assert!(ran.err.contains("own feed"), "{command:?} touched an own feed: {}", ran.said());
    }
    assert!(!coop.data().join("feeds.bad").exists(), "an own feed was set aside");
    assert_eq!(read(coop.guard()), guard, "the tip moved");

    fs::remove_dir_all(coop.feed_dir(feed)).unwrap();
    copy(&backup, &coop.feed_dir(feed));
    coop.start().await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("later", 10))).await;
    converge(&[&coop, &partner]).await;
    coop.stop().await;
    verify_clean(&coop);
}

/// A writer restored from a backup that is older than what it signed must not sign on: it would fork itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_backup_is_not_signed_over() {
    let (mut coop, mut partner) = two().await;
    let feed = data_feed(&coop).await;
    coop.stop().await;
    let backup = coop.data().join("../backup");
    copy(coop.data(), &backup);
    coop.start().await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("after the backup", 10))).await;
    converge(&[&coop, &partner]).await;
    let before = crate::steps::holdings(&partner, coop.collective(), feed).await.unwrap();
    coop.stop().await;

    for part in ["feeds", "index", "state"] {
        fs::remove_dir_all(coop.data().join(part)).unwrap();
        copy(&backup.join(part), &coop.data().join(part));
    }
    coop.spawn();
    assert_eq!(coop.ends().await, Some(6), "a node does not sign on from an old backup");
    assert!(coop.log().contains("signs nothing"), "{}", coop.log());
    assert_eq!(crate::steps::holdings(&partner, coop.collective(), feed).await.unwrap(), before);
    partner.stop().await;
    verify_clean(&partner);
}

/// A co-op with 700 contributions, all of which its partner holds.
async fn two() -> (Node, Node) {
    let [mut coop, mut partner] = cluster([("coop", NodeRole::Coop), ("partner", NodeRole::Coop)]);
    coop.start().await;
    partner.start().await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("text", 700))).await;
    converge(&[&coop, &partner]).await;
    (coop, partner)
}
