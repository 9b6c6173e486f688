//! One node's life on the command line: import, accept, release, strike, lift, withdraw, verify, rebuild.

use serde_json::Value;

use crate::house::{House, flip};

/// Three items in two domains; the last two are the same.
const EXPORT: &str = r#"{"messages": [{"role": "user", "content": "Is this dose right?"}, {"role": "assistant", "content": "Ask your nurse."}], "domain": "health", "lang": "en"}
{"text": "The river rose in March, as it does.", "domain": "weather", "lang": "en"}
{"text": "The river rose in March, as it does.", "domain": "weather", "lang": "en"}
"#;

/// The rung that the valve gives a stranger of a record, and the code of its reason.
fn stranger_gets(house: &House, record: &str) -> (Value, Value) {
    let answer = house.json(&format!("why {record} --as {}", "01".repeat(32)));
    (answer["decided"]["rung"].clone(), answer["decided"]["code"].clone())
}

/// The contributions of a range, by their domain.
fn in_domain(house: &House, range: &str, domain: &str) -> String {
    let (feed, positions) = range.split_once('/').unwrap();
    let (start, end) = positions.split_once("..").unwrap();
    let positions = start.parse::<u64>().unwrap()..end.parse().unwrap();
    let records = positions.map(|index| format!("{feed}/{index}"));
    let is_there =
        |record: &String| house.json(&format!("record show {record}"))["header"]["domain"] == *domain;
    records.into_iter().find(is_there).unwrap_or_else(|| panic!("no record of domain {domain}"))
}

#[test]
fn from_an_export_through_a_strike_to_a_verified_directory() {
    let house = House::new();
    house.init();
    let node = house.start();

    let imported = house.json(&format!("import {}", house.write("export.jsonl", EXPORT)));
    assert_eq!((&imported["read"], &imported["duplicates"]), (&3.into(), &1.into()), "{imported:#}");
    assert_eq!(house.json("waiting list")["total"], 2);
    assert_eq!(house.json("feed list")["feeds"][0]["missing"], 0);

    let accepted = house.json("waiting accept --all");
    assert_eq!(accepted["accepted"], 2);
    let range = accepted["ranges"][0].as_str().unwrap().to_owned();
    let health = in_domain(&house, &range, "health");
    let weather = in_domain(&house, &range, "weather");
    assert_eq!(stranger_gets(&house, &health), ("header".into(), "unreleased".into()));

    let release = house.json("release cut");
    assert_eq!(release["releases"][0]["contributions"], 2);
    assert_eq!(stranger_gets(&house, &health), ("body".into(), "released".into()));

    let strike = house.json("strike declare pause --domain health --demand staff");
    assert_eq!(
        (&strike["coverage"]["withheld"], &strike["standing"]["state"]),
        (&1.into(), &"in-force".into())
    );
    let embargo = strike["id"].as_str().unwrap();
    assert_eq!(stranger_gets(&house, &health), ("header".into(), "withheld".into()));
    assert_eq!(stranger_gets(&house, &weather), ("body".into(), "released".into()));

    work_goes_on_and_its_release_waits(&house);

    let lifted = house.run(&format!("strike lift {embargo}"));
    assert!(lifted.code == 0 && lifted.out.contains("What a strike cannot do:"), "{lifted:?}");
    assert_eq!(stranger_gets(&house, &health), ("body".into(), "released".into()));

    assert_eq!(house.json("release cut")["releases"][0]["contributions"], 1);

    beyond_the_feed_nothing_is_withdrawn(&house, &health);
    assert_eq!(house.json(&format!("withdraw {health} --class personal-data"))["erased"], 1);
    assert_eq!(stranger_gets(&house, &health), ("header".into(), "erased".into()));
    assert_eq!(house.json(&format!("record show {health} --body"))["body"], Value::Null);

    assert_eq!(node.stop(), 0);
    assert_eq!(house.json("verify")["clean"], true);
    let state = house.json("rebuild")["state_hash"].clone();
    assert_eq!(house.json("rebuild")["state_hash"], state);
    a_lost_guard_is_not_replaced(&house);
    damage_is_found_and_repaired(&house);
}

/// What a pause covers is not released; what it does not cover is, in ranges around it.
fn work_goes_on_and_its_release_waits(house: &House) {
    let lines = r#"{"text": "Written during the strike.", "domain": "health", "lang": "en"}"#;
    house.json(&format!("import {}", house.write("during.jsonl", lines)));
    assert_eq!(house.json("waiting accept --all")["accepted"], 1);
    let release = house.json("release cut");
    assert_eq!((&release["releases"], &release["held_back"]), (&Value::Array(Vec::new()), &1.into()));
    let told = house.run("release cut");
    assert!(told.code == 0 && told.out.contains("1 contributions were left out: an embargo"), "{told:?}");
}

fn beyond_the_feed_nothing_is_withdrawn(house: &House, record: &str) {
    let feed = record.split_once('/').unwrap().0;
    let refused = house.run(&format!("withdraw {feed}/0..{} --class preference --json", u64::MAX));
    let problem: Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!((refused.code, &problem["code"]), (4, &"invalid".into()), "{refused:?}");
}

fn a_lost_guard_is_not_replaced(house: &House) {
    let guards = house.home().join(".local/state/commonwheel/guards");
    let away = guards.with_extension("away");
    std::fs::rename(&guards, &away).unwrap();
    let refused = house.run("rebuild");
    assert!(refused.code == 6 && refused.err.contains("is gone") && !guards.exists(), "{refused:?}");
    std::fs::rename(&away, &guards).unwrap();
}

fn damage_is_found_and_repaired(house: &House) {
    let flipped = flip(&house.data().join("feeds"), "0");
    let found = house.run("verify");
    let name = flipped.with_extension("").display().to_string();
    assert!(found.code == 5 && found.out.contains(&name) && found.err.contains("fix: "), "{found:?}");
    let repaired = house.run("verify --repair");
    assert!(repaired.code == 0 && repaired.err.contains("repaired feed"), "{repaired:?}");
    assert_eq!(house.json("verify")["clean"], true);
}
