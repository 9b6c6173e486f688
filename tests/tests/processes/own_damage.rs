//! Damage to the files of the feeds that a node writes itself: they are never set aside, and never signed over.
//!
//! ```text
//!   coop (stopped, bits flip, started) ◀────▶ partner
//!     ▲
//!     └── stranger asks for everything
//! ```

use std::fs;

use commonwheel_api::types::{ImportRequest, Selection, WaitingAcceptRequest};
use commonwheel_record::attestation::NodeRole;
use commonwheel_testkit::damage::{copy, files, flip, flip_at, read};
use commonwheel_testkit::{HeadsSeen, Node, Rng, cluster, eventually, open};

use crate::audit::{Truth, audit};
use crate::feed_damage::named_by_verify;
use crate::steps::{
    accept, contribute, control_feed, converge, data_feed, holdings, lines, open_release, texts, verify_clean,
};

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

/// A writer restored from a backup that is older than what it signed would fork itself if it signed on: first it gets its
/// own records back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_backup_is_brought_up_to_date_before_it_signs() {
    let (mut coop, mut partner) = two().await;
    let feed = data_feed(&coop).await;
    coop.stop().await;
    let backup = coop.data().join("../backup");
    copy(coop.data(), &backup);
    coop.start().await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("after the backup", 10))).await;
    converge(&[&coop, &partner]).await;
    let signed = holdings(&partner, coop.collective(), feed).await.unwrap();
    coop.stop().await;
    partner.stop().await;

    for part in ["feeds", "index", "state"] {
        fs::remove_dir_all(coop.data().join(part)).unwrap();
        copy(&backup.join(part), &coop.data().join(part));
    }
    // Alone it signs nothing, and says what it lacks.
    coop.start().await;
    coop.import(&ImportRequest::default(), lines(&texts("refused", 1))).await;
    let refused = coop.try_call(&WaitingAcceptRequest { items: Selection::All }).await.unwrap_err();
    assert!(refused.to_string().contains("signed before"), "{refused}");
    partner.start().await;
    eventually("the writer has its records back", async || {
        let held = holdings(&coop, coop.collective(), feed).await.unwrap();
        if (held.root, held.wanted) == (signed.root, 0) { Ok(()) } else { Err(format!("{held:?}")) }
    })
    .await;
    assert_eq!(accept(&coop).await.0, 1, "what was refused waited");
    let later = coop.call(open_release()).await.releases;
    assert_eq!(later.iter().map(|release| release.contributions).sum::<u64>(), 1);
    converge(&[&coop, &partner]).await;
    coop.stop().await;
    partner.stop().await;
    for node in [&coop, &partner] {
        verify_clean(node);
        let mut heads = HeadsSeen::default();
        heads.note(feed, signed.size, signed.root);
        heads.assert_prefixes_of(&open(node.data()));
    }
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
