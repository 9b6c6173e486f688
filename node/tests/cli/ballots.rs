//! Keys, members and ballots at the command line: what works without a node, and what a mistake is answered with.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::house::House;

const USAGE: i32 = 2;
const REFUSED: i32 = 4;

#[test]
fn a_key_file_is_its_owner_s_alone_and_never_written_over() {
    let house = House::new();
    let file = house.home().join("ana.key");
    let line = format!("--json key new {}", file.display());
    let made = house.run(&line);
    assert_eq!(made.code, 0, "{made:?}");
    let made: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = house.run(&format!("key show {}", file.display()));
    assert_eq!(shown.out.trim(), made["key"]);
    let secret = std::fs::read_to_string(&file).unwrap();
    assert!(!shown.out.contains(secret.trim()) && !shown.err.contains(secret.trim()));
    let again = house.run(&line);
    assert!(again.code != 0 && again.err.contains("exists"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), secret);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = house.run(&format!("key show {}", file.display()));
    assert!(exposed.code != 0 && exposed.err.contains("chmod go="), "{exposed:?}");
}

#[test]
fn mistakes_are_named_before_anything_is_asked() {
    let house = House::new();
    for (line, told) in [
        ("vote nonsense yes --key k", "64 hexadecimal digits"),
        (&format!("vote {} maybe --key k", "0d".repeat(32)), "yes, no, abstain"),
        ("ballot open --question Q --closes tomorrow --strike pause", "a time is"),
        ("ballot open --question Q --closes +1d --strike strike", "expected one of"),
        ("ballot open --question Q --closes +1d --reach all", "--strike"),
        ("collective affiliate 00 --power embargo", "64 hexadecimal digits"),
        ("member enrol --pub 00", "64 hexadecimal digits"),
    ] {
        let ran = house.run(line);
        assert_eq!(ran.code, USAGE, "{line}: {ran:?}");
        assert!(ran.err.contains(told), "{line}: {ran:?}");
    }
}

#[test]
fn a_petition_that_is_none_is_not_signed() {
    let house = House::new();
    house.init();
    let key = house.home().join("k");
    house.run(&format!("key new {}", key.display()));
    for text in ["", "{}", r#"{"network": "00", "record": "00", "signatures": {}}"#] {
        let sheet = house.write("sheet.json", text);
        let ran = house.run(&format!("ballot petition sign {sheet} --key {}", key.display()));
        assert!(ran.code != 0 && ran.err.contains("is no petition"), "{text}: {ran:?}");
    }
}

#[test]
fn a_new_co_op_is_told_what_its_ballots_need() {
    let house = House::new();
    house.init();
    let node = house.start();
    let key = house.home().join("ana.key");
    house.run(&format!("key new {}", key.display()));
    let public = house.run(&format!("key show {}", key.display())).out;
    let enrolled = house.run(&format!("--json member enrol --pub {}", public.trim()));
    assert_eq!(enrolled.code, 0, "{enrolled:?}");
    let roll = house.run("--json member list");
    let roll: Value = serde_json::from_str(&roll.out).unwrap();
    assert_eq!((roll["voters"].as_u64(), roll["members"][0]["key"].as_str()), (Some(1), Some(public.trim())));
    let ran = house.run("ballot open --question Q --closes +1d --strike pause");
    assert_eq!(ran.code, REFUSED, "{ran:?}");
    assert!(ran.err.contains("no witnesses") && ran.err.contains("commonwheel status"), "{ran:?}");
    let status: Value = serde_json::from_str(&house.run("--json status").out).unwrap();
    assert_eq!(status["writer"].as_str().map(str::len), Some(64));
    // Without a ballot there is nothing to vote on, and a member's key stays on this side.
    let ran = house.run(&format!("vote {} yes --key {}", "0d".repeat(32), key.display()));
    assert_eq!(ran.code, REFUSED, "{ran:?}");
    assert!(ran.err.contains("is not held here"), "{ran:?}");
    drop(node);
}
