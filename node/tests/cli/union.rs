//! A union's strike: it covers the records that name it as steward, and no others.
//!
//! ```text
//! union (collective) ── coop (lists the union as steward)
//! ```

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::house::House;

/// How long two nodes may take to tell each other something.
const PATIENCE: Duration = Duration::from_secs(30);

const GIVEN: &str = r#"{"text": "Open notes for good, number one.", "domain": "health", "lang": "en"}"#;
const STEWARDED: &str = r#"{"text": "A note in the union's care.", "domain": "health", "lang": "en"}"#;
const OTHER: &str = r#"{"text": "A note that names nobody.", "domain": "health", "lang": "en"}"#;

fn done(house: &House, line: &str) {
    let ran = house.run(line);
    assert_eq!(ran.code, 0, "{line}: {ran:?}");
}

/// Asks until an answer is as it should be.
fn eventually(house: &House, line: &str, is: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = house.json(line);
        if is(&answer) {
            return answer;
        }
        assert!(Instant::now() < until, "{line}: {answer:#}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Founds a co-op that lists the union as steward; returns its home and its id.
fn found_coop(union: &str, address: &str) -> (House, String) {
    let coop = House::new();
    let out = coop.home().join("made");
    done(&coop, &format!("charter new --yes --name Coop --out {} --force", out.display()));
    let charter = out.join("charter.toml");
    let text = std::fs::read_to_string(&charter).unwrap();
    assert!(text.contains("\nstewards = []"), "{text}");
    std::fs::write(&charter, text.replace("\nstewards = []", &format!("\nstewards = [\"{union}\"]")))
        .unwrap();
    let listen = "--listen /ip4/127.0.0.1/tcp/0";
    let init = format!("init --profile coop --charter {} {listen} --force", charter.display());
    let made = coop.json(&format!("{init} --peer {address} --follow {union}"));
    let id = made["collective"].as_str().unwrap().to_owned();
    (coop, id)
}

#[test]
fn a_union_plans_and_strikes_for_the_records_that_name_it() {
    let union = House::new();
    let made = union.json("init --profile collective --name Union --listen /ip4/127.0.0.1/tcp/0");
    let id = made["collective"].as_str().unwrap();
    let _union_runs = union.start();
    let address = union.json("status")["listen"][0].as_str().unwrap().to_owned();

    let (coop, owner) = found_coop(id, &address);
    done(&union, &format!("collective follow {owner}"));
    let _coop_runs = coop.start();
    for (name, text, flags) in [
        ("given", GIVEN, format!("--licence CC0-1.0 --steward {id}")),
        ("stewarded", STEWARDED, format!("--steward {id}")),
        ("other", OTHER, "--attribution anonymous".to_owned()),
    ] {
        coop.json(&format!("import {} {flags}", coop.write(name, text)));
    }
    coop.json("waiting accept --all");
    coop.json("release cut");
    eventually(&union, "strike plan pause", |plan| plan["unknown_nodes"]["may_have"] == 3);

    let plan = union.json("strike plan pause");
    let counted = |count: &str| plan["breakdown"]["total"][count].as_u64().unwrap();
    assert_eq!([counted("in_scope"), counted("withheld"), counted("irrevocable")], [2, 1, 1], "{plan:#}");
    assert_eq!(plan["breakdown"]["collectives"][0]["name"], owner);
    let declared = union.json("strike declare pause");
    assert_eq!(declared["breakdown"], plan["breakdown"]);
    let status = eventually(&coop, "strike status", |status| {
        status["embargoes"][0]["compliance"]["enforce_count"] == 2
    });
    assert_eq!(status["embargoes"][0]["coverage"], declared["coverage"], "the co-op counts the same");
}
