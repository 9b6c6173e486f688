//! The main job in one command, and a second verifier over what it leaves behind.
//!
//! ```text
//!   Riverside co-op ──── Hillside co-op
//!            \            /
//!             Open Lab's mirror
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use commonwheel_testkit::damage::{copy, files, flip};
use commonwheel_testkit::{CLI_LIMIT, Ran, Rng, commonwheel, python, run, shared, workspace};

/// The network the demo's nodes are on.
const NETWORK: &str = "demo";
/// How long the demo on the real export may take.
const LIMIT: Duration = Duration::from_secs(90);
/// Contributions of the export: its chats, and a preference pair for each sibling answer.
const CHATS: u64 = 384;

/// Runs the demo below a directory of its own.
fn demo(below: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(commonwheel());
    run(command.env("TMPDIR", below).arg("demo").args(arguments))
}

#[test]
fn the_demo_holds_and_a_second_verifier_agrees() {
    let dir = tempfile::tempdir().unwrap();
    let ran = demo(dir.path(), &["--keep"]).expect_code(0);
    assert!(!ran.out.contains('✗') && ran.out.contains("What held"), "{}", ran.said());
    let feeds = feeds(dir.path());
    assert!(feeds.len() >= 12, "three nodes hold the feeds of two co-ops: {feeds:?}");
    let Some(python) = python() else { return };
    second_verifier(python, &feeds, dir.path());
}

/// The verifier in Python accepts every feed of every node, and no copy in which a bit of content flipped.
fn second_verifier(mut python: Command, feeds: &[PathBuf], scratch: &Path) {
    let verify = |python: &mut Command, feeds: &[PathBuf]| {
        let script = workspace().join("scripts/verify_feed.py");
        run(python.arg(script).args(["--network", NETWORK]).args(feeds))
    };
    let ran = verify(&mut python, feeds).expect_code(0);
    assert_eq!(ran.out.lines().count(), feeds.len(), "{}", ran.said());
    assert!(ran.out.lines().any(|line| !line.ends_with(" 0 bodies")), "{}", ran.said());
    let with_bodies = feeds.iter().find(|feed| feed.join("bodies").exists()).expect("some feed has bodies");
    let mut rng = Rng::announced();
    for kind in ["manifest", "checkpoint", "tile", "entries", "bodies"] {
        let tampered = scratch.join("tampered").join(kind).join(with_bodies.file_name().unwrap());
        copy(with_bodies, &tampered);
        let files = files(&tampered);
        let file = files.iter().find(|file| file.strip_prefix(&tampered).unwrap().starts_with(kind)).unwrap();
        let what = flip(file, &mut rng);
        let mut python = commonwheel_testkit::python().expect("it was there a moment ago");
        let ran = verify(&mut python, &[tampered]);
        assert_eq!(ran.code, Some(1), "{what} is not noticed: {}", ran.said());
    }
}

/// The directories of all feeds of all nodes.
fn feeds(below: &Path) -> Vec<PathBuf> {
    let manifests = files(below).into_iter().filter(|path| path.ends_with("manifest"));
    manifests.map(|manifest| manifest.parent().unwrap().to_owned()).collect()
}

#[test]
fn the_demo_accounts_for_a_real_export_on_all_three_nodes() {
    let Some(export) = shared("openwebui-export.json") else { return };
    let siblings = sibling_answers(&export);
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let ran = demo(dir.path(), &["--import", export.to_str().unwrap()]).expect_code(0);
    let took = started.elapsed();
    assert!(took < LIMIT, "took {took:?}");
    eprintln!("{CHATS} chats and {siblings} sibling answers in {took:?}");

    let has = |text: &str| assert!(ran.out.contains(text), "{text:?} is not in\n{}", ran.said());
    has(&format!("{CHATS} chat"));
    has(&format!("{siblings} preference-pair"));
    // Three imports under three sets of terms, and three contributions during the strike.
    let all = 3 * (CHATS + siblings) + 3;
    let row = |node: &str| {
        let (_, table) = ran.out.split_once("At the end").expect("the demo ends in a table");
        let line = table.lines().find(|line| line.trim_start().starts_with(node));
        let line = line.unwrap_or_else(|| panic!("{node} is not in the table\n{table}"));
        let numbers = line.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
        numbers.collect::<Vec<u64>>()
    };
    let [coop, partner, mirror] = ["Riverside co-op", "Hillside co-op", "Open Lab's mirror"].map(row);
    // The partner's own sample is in every row too.
    let sample = coop[0] - all;
    assert!((1..100).contains(&sample), "{coop:?}");
    let gated = CHATS + siblings;
    assert_eq!(coop, [all + sample, all + sample, all + sample, 0]);
    assert_eq!(mirror, coop);
    assert_eq!(partner, [all + sample, all + sample - gated, all + sample - gated, 0]);
    assert!(files(dir.path()).is_empty(), "the demo left something behind");
}

/// Counts sibling answers from the lists of children, which the importer does not read.
fn sibling_answers(export: &Path) -> u64 {
    let chats: serde_json::Value = serde_json::from_slice(&std::fs::read(export).unwrap()).unwrap();
    let chats = chats.as_array().unwrap();
    assert_eq!(chats.len() as u64, CHATS);
    let of_chat = |chat: &serde_json::Value| {
        let messages = chat["chat"]["history"]["messages"].as_object().unwrap();
        let is_answer = |id: &&serde_json::Value| messages[id.as_str().unwrap()]["role"] == "assistant";
        let answers = messages.values().map(|message| {
            message["childrenIds"].as_array().unwrap().iter().filter(is_answer).count().saturating_sub(1)
                as u64
        });
        answers.sum::<u64>()
    };
    chats.iter().map(of_chat).sum()
}

const _: () =
    assert!(LIMIT.as_secs() < CLI_LIMIT.as_secs(), "the demo is given time enough to be found too slow");
