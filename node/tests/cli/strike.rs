//! Strikes on the command line: planned, declared as planned, settled, lifted, and refused with what to do.

use serde_json::Value;

use crate::house::{House, Ran};

/// Two languages and two domains, under the collective's own licence.
const OWN: &str = r#"{"text": "The river rose in March, as it does.", "domain": "weather", "lang": "en"}
{"text": "Is this dose right for a child of four?", "domain": "health", "lang": "en"}
{"text": "Ask your nurse about the other dose.", "domain": "health", "lang": "de"}
"#;

/// Given away for good.
const GIVEN: &str = r#"{"text": "Public notes on dosages, number one.", "domain": "health", "lang": "en"}"#;

/// Accepted, and not released.
const WAITING: &str = r#"{"text": "A note that waits for its release.", "domain": "health", "lang": "en"}"#;

const CURVE: &str = "frac,large,small,frac\n0.1,0.9,0.2,7\n0.6,0.5,0.6,8\n";

/// A running co-op with two withholdable records about health, one irrevocable and one unreleased.
fn filled() -> (House, crate::house::Running) {
    let house = House::new();
    house.init();
    let node = house.start();
    take(&house, "own.jsonl", OWN, "");
    house.json("release cut");
    take(&house, "given.jsonl", GIVEN, " --licence CC0-1.0");
    house.json("release cut");
    take(&house, "waiting.jsonl", WAITING, "");
    (house, node)
}

fn take(house: &House, name: &str, text: &str, flags: &str) {
    house.json(&format!("import {}{flags}", house.write(name, text)));
    house.json("waiting accept --all");
}

fn refused(ran: &Ran, mentions: &[&str]) {
    assert!(ran.code != 0 && ran.out.is_empty(), "{ran:?}");
    for mention in mentions.iter().chain(&["fix: "]) {
        assert!(ran.err.contains(mention), "{mention}: {ran:?}");
    }
}

fn embargoes(house: &House) -> Vec<Value> {
    house.json("strike status")["embargoes"].as_array().unwrap().clone()
}

/// The counts of one part of a breakdown: in scope, withheld, queued and irrevocable.
fn part(breakdown: &Value, dimension: &str, name: &str) -> [u64; 4] {
    let parts = breakdown[dimension].as_array().unwrap();
    let part = parts.iter().find(|part| part["name"] == *name).unwrap();
    ["in_scope", "withheld", "queued", "irrevocable"].map(|count| part[count].as_u64().unwrap())
}

#[test]
fn a_plan_declares_nothing_and_says_what_the_strike_then_does() {
    let (house, _node) = filled();
    let flags = "pause --domain health --demand pay";
    let plan = house.json(&format!("strike plan {flags}"));
    assert!(embargoes(&house).is_empty(), "a plan declares nothing");
    let breakdown = &plan["breakdown"];
    assert_eq!(part(breakdown, "licences", "D"), [3, 2, 1, 0], "{plan:#}");
    assert_eq!(part(breakdown, "licences", "A"), [1, 0, 0, 1]);
    assert_eq!(part(breakdown, "languages", "de"), [1, 1, 0, 0]);
    assert_eq!(part(breakdown, "domains", "health"), [4, 2, 1, 1]);
    // Of the four released records anybody may have two are refused.
    assert_eq!(plan["unknown_nodes"], serde_json::json!({ "may_have": 4, "refused": 2, "share": 0.5 }));
    assert_eq!(
        (&plan["without_effect"], &plan["authority"]["mandate_required"]),
        (&Value::Null, &false.into())
    );

    let text = house.run(&format!("strike plan {flags}")).out;
    for said in ["What this plan cannot know:", "What a strike cannot do:", "Nothing was declared."] {
        assert!(text.contains(said), "{said}: {text}");
    }

    let declared = house.json(&format!("strike declare {flags}"));
    assert_eq!(declared["breakdown"], plan["breakdown"], "what was planned is what happens");
    assert_eq!(declared["coverage"], plan["breakdown"]["total"]);
    let again = house.json(&format!("strike plan {flags}"));
    assert_eq!(part(&again["breakdown"], "licences", "D"), [3, 0, 0, 0], "it is withheld already");
    assert_eq!(again["breakdown"]["total"]["already"], 2);
    let shown = &embargoes(&house)[0];
    assert_eq!((&shown["coverage"], &shown["rests_on"]["by"]), (&declared["coverage"], &"governance".into()));
    assert_eq!(shown["compliance"]["enforce_count"], 1, "this node honours it: {shown:#}");
    assert!(house.run("strike status").out.contains("What a strike cannot do:"));
}

#[test]
fn a_supplied_curve_gives_an_estimate_and_nothing_outside_of_it() {
    let (house, _node) = filled();
    let curve = house.write("curve.csv", CURVE);
    let flags = format!("strike plan pause --domain health --curve {curve} --worst 0 --best 1");
    let estimate = &house.json(&flags)["estimate"];
    assert_eq!(
        (&estimate["label"], &estimate["fraction"]),
        (&"estimate from the supplied curve".into(), &0.5.into())
    );
    let near = |name: &str, value: f64| (estimate[name].as_f64().unwrap() - value).abs() < 1e-12;
    assert!(near("deletion", 0.42) && near("duplication", 0.52), "{estimate}");

    let beyond = &house.json(&format!("{flags} --share 0.75"))["estimate"];
    assert_eq!((&beyond["deletion"], &beyond["fraction"]), (&Value::Null, &0.75.into()));
    let outside = beyond["outside"].as_str().unwrap();
    assert_eq!(outside, "0.75 is outside the measured range, 0.1 to 0.6");
    assert!(!house.run(&flags).out.contains("damage"));

    let crooked = house.write("crooked.csv", "frac,large,small\n0.1,much,0.2\n");
    let ran = house.run(&format!("strike plan pause --curve {crooked} --worst 0 --best 1"));
    refused(&ran, &["line 2, column `large`", "`much`"]);
    refused(
        &house.run(&format!("strike plan pause --curve {curve} --worst 1 --best 1")),
        &["worst and best differ"],
    );
    let ran = house.run(&format!("strike plan pause --curve {curve}"));
    assert_eq!(ran.code, 2, "a curve needs its scale: {ran:?}");
}

#[test]
fn a_preference_shift_is_settled_and_what_came_before_keeps_it() {
    let (house, _node) = filled();
    let shift = house.json("strike declare preference-shift=pay");
    let embargo = shift["id"].as_str().unwrap();
    take(
        &house,
        "during.jsonl",
        r#"{"text": "Written while it stands.", "domain": "law", "lang": "en"}"#,
        "",
    );
    let evidence = house.write("agreement.txt", "They pay.");
    let other = house.run(&format!("strike settle {embargo} --condition credit --evidence {evidence}"));
    refused(&other, &["waits for pay, not for credit"]);
    let settle = format!("strike settle {embargo} --condition pay --evidence {evidence}");
    let settlement = house.json(&settle)["id"].as_str().unwrap().to_owned();
    assert_eq!(embargoes(&house)[0]["settled"], true);
    let stranger = house.run(&format!("strike lift {embargo} --settlement {embargo}"));
    refused(&stranger, &["no settlement of the embargo", "strike status"]);
    house.json(&format!("strike lift {embargo} --settlement {settlement}"));
    assert_eq!(embargoes(&house)[0]["standing"]["state"], "lifted");
}

/// What a charter that demands a mandate refuses, and what it allows in an emergency.
#[test]
fn without_the_mandate_its_charter_demands_a_strike_says_why_and_what_to_do() {
    let house = House::new();
    let out = house.home().join("made").display().to_string();
    let made = house.run(&format!("charter new --yes --name Riverside --preset uk-2026 --out {out} --force"));
    assert_eq!(made.code, 0, "{made:?}");
    let charter = std::path::Path::new(&out).join("charter.toml");
    let text = std::fs::read_to_string(&charter).unwrap();
    assert!(text.contains("emergency-hours = 0"), "{text}");
    std::fs::write(&charter, text.replace("emergency-hours = 0", "emergency-hours = 48")).unwrap();
    let init =
        format!("init --profile coop --charter {} --listen /ip4/127.0.0.1/tcp/0 --force", charter.display());
    let ran = house.run(&init);
    assert_eq!(ran.code, 0, "{ran:?}");
    let _node = house.start();
    take(&house, "own.jsonl", OWN, "");
    house.json("release cut");

    let plan = house.json("strike plan pause --domain health");
    assert_eq!(plan["without_effect"]["why"], "the charter demands a mandate");
    assert_eq!(
        (&plan["authority"]["mandate_required"], &plan["authority"]["earliest"]),
        (&true.into(), &Value::Null)
    );
    assert_eq!(plan["breakdown"]["total"]["withheld"], 2, "counted as if it had effect");
    refused(
        &house.run("strike declare pause --domain health"),
        &["it would have no effect: the charter demands a mandate", "commonwheel ballot open", "--emergency"],
    );
    assert!(embargoes(&house).is_empty());

    let plan = house.json("strike plan pause --domain health --emergency");
    assert_eq!(plan["without_effect"], Value::Null, "{plan:#}");
    let lasts = plan["embargo"]["ends"].as_u64().unwrap() - plan["embargo"]["starts"].as_u64().unwrap();
    assert_eq!(lasts, 48 * 3600);
    let declared = house.json("strike declare pause --domain health --emergency");
    assert_eq!(declared["breakdown"], plan["breakdown"]);
    assert_eq!(embargoes(&house)[0]["rests_on"]["by"], "emergency");
    let long = house.run("strike declare pause --emergency --ends +49h");
    refused(&long, &["longer than an emergency embargo may last"]);
    let again = house.run("strike declare pause --emergency --starts +1h --ends +2h");
    refused(&again, &["within 30 days of another emergency embargo", "hold a ballot"]);
}
