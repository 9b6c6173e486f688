//! A node that was restored from an older backup, and the peer that gives it back what it lost.
//!
//! ```text
//!   Riverside co-op ──── a mirror that follows it
//! ```

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::house::House;

/// How long two nodes may take to agree.
const PATIENCE: Duration = Duration::from_secs(30);

fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// Imports and accepts one item.
fn contribute(house: &House, text: &str) {
    let line = format!("{{\"text\": {text:?}, \"domain\": \"health\", \"lang\": \"en\"}}");
    house.json(&format!("import {}", house.write("export.jsonl", &line)));
    assert_eq!(house.json("waiting accept --all")["accepted"], 1);
}

fn wait(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn add_peer(house: &House, peer: &House) {
    let address = peer.json("status")["listen"][0].as_str().unwrap().to_owned();
    house.json(&format!("peer add {address}"));
}

#[test]
fn a_restored_writer_takes_contributions_and_signs_once_a_peer_gave_it_back_its_feeds() {
    let (coop, mirror) = (House::new(), House::new());
    coop.init();
    let node = coop.start();
    let collective = coop.json("collective list")["collectives"][0]["id"].as_str().unwrap().to_owned();
    contribute(&coop, "Before the backup.");
    assert_eq!(node.stop(), 0);
    let backup = coop.home().join("backup");
    copy(&coop.data(), &backup);

    let node = coop.start();
    contribute(&coop, "After the backup.");
    coop.json("release cut");
    let made =
        mirror.run(&format!("init --profile mirror --follow {collective} --listen /ip4/127.0.0.1/tcp/0"));
    assert_eq!(made.code, 0, "{made:?}");
    let _mirror = mirror.start();
    add_peer(&coop, &mirror);
    let root = || coop.json("status")["heads_root"].clone();
    wait("the mirror follows", || {
        mirror.json("status")["heads_root"] == root() && mirror.json("status")["totals"]["wanted"] == 0
    });
    let agreed = root();
    assert_eq!(node.stop(), 0);

    std::fs::remove_dir_all(coop.data()).unwrap();
    copy(&backup, &coop.data());
    let node = coop.start();
    let status = coop.json("status");
    let warned =
        status["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "writer-behind");
    assert!(status["may_write"] == false && warned, "{status:#}");
    let line = r#"{"text": "While it signs nothing.", "domain": "health", "lang": "en"}"#;
    coop.json(&format!("import {}", coop.write("export.jsonl", line)));
    for command in ["waiting accept --all", "strike declare pause --demand staff"] {
        let refused = coop.run(&format!("{command} --json"));
        let problem: Value = serde_json::from_str(&refused.err).unwrap();
        assert_eq!((refused.code, &problem["code"]), (4, &"writer-unconfirmed".into()), "{refused:?}");
    }

    add_peer(&coop, &mirror);
    wait("the writer has its feeds back", || coop.json("status")["may_write"] == true);
    assert_eq!(root(), agreed);
    assert_eq!(coop.json("waiting accept --all")["accepted"], 1);
    wait("the mirror follows on", || mirror.json("status")["heads_root"] == root());
    assert_eq!(node.stop(), 0);
    assert_eq!(coop.json("verify")["clean"], true);
    a_peer_that_was_added_is_dialled_after_a_restart(&coop);
}

fn a_peer_that_was_added_is_dialled_after_a_restart(coop: &House) {
    let node = coop.start();
    wait("the peer is connected", || coop.json("status")["peers"]["connected"] == 1);
    assert_eq!(node.stop(), 0);
}
