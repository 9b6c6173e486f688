//! Charters on the command line: written from answers, founded with, shown, compared and amended.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::house::{House, Ran};

/// A public key that somebody else could have.
const PARTNER: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn file(house: &House, name: &str) -> String {
    house.home().join(name).display().to_string()
}

fn done(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn refused(ran: &Ran, code: i32, mentions: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran:?}");
    assert!(ran.err.contains("\nfix: ") || ran.err.starts_with("{"), "{ran:?}");
    for mention in mentions {
        assert!(ran.err.contains(mention), "{mention}: {ran:?}");
    }
}

/// Runs a command with answers on its standard input.
fn answer(house: &House, line: &str, answers: &str) -> Ran {
    let mut command = house.command(line);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

fn change(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// Founds a collective with a charter made by these flags, and returns the home of both.
fn founded(flags: &str) -> House {
    let house = House::new();
    let out = file(&house, "made");
    done(&house.run(format!("charter new --yes --name Riverside --out {out} {flags}").trim_end()));
    let listen = "--listen /ip4/127.0.0.1/tcp/0";
    done(&house.run(&format!("init --profile coop --charter {out}/charter.toml {listen}")));
    house
}

/// Writes the charter that holds to a file, changed as asked.
fn held_with(house: &House, name: &str, from: &str, to: &str) -> String {
    let shown = house.run("charter show --toml");
    done(&shown);
    let path = house.write(name, &shown.out);
    change(Path::new(&path), from, to);
    path
}

#[test]
fn a_charter_is_made_founded_with_and_shown() {
    let house = founded(&format!("--preset uk-2016 --witnesses {PARTNER} --set votes.grace-hours=48"));
    let made = file(&house, "made/charter.toml");
    let laws = std::fs::read_to_string(file(&house, "made/bylaws.md")).unwrap();
    assert_eq!(house.run(&format!("charter bylaws {made}")).out, laws);
    for part in ["# Bylaws of Riverside", "14 days", "48 hours", "not legal advice", "cannot undo", PARTNER] {
        assert!(laws.contains(part), "{part}: {laws}");
    }
    assert!(house.data().join("keys/next-root").exists());

    let node = house.start();
    let shown = house.json("charter show");
    let charter = &shown["charter"];
    assert_eq!(charter["rules"]["notice_days"], 14);
    assert_eq!(charter["rules"]["grace_hours"], 48);
    assert_eq!(charter["witnesses"], Value::from(vec![PARTNER]));
    let key =
        |name: &str| house.json(&format!("charter key {}", house.data().join("keys").join(name).display()));
    assert_eq!(charter["root"]["keys"][0], key("root")["key"]);
    assert_eq!(charter["governance"]["keys"][0], key("governance")["key"]);
    assert_eq!(charter["liveness"][0], key("node")["key"]);
    assert_eq!(charter["next_root"][0], key("next-root")["next_root"]);
    let collective = house.json(&format!("collective show {}", shown["collective"].as_str().unwrap()));
    assert_eq!(charter["release_feed"], collective["control_feeds"][0]);
    assert_eq!(&collective["charter"], charter);

    let held = house.run("charter show --bylaws").out;
    let root = charter["root"]["keys"][0].as_str().unwrap();
    assert!(held.contains(root) && held.contains("charter number 0") && !held.contains(": own"), "{held}");
    let differs = house.json(&format!("charter diff {made}"));
    let fields: Vec<&str> =
        differs["changes"].as_array().unwrap().iter().map(|c| c["field"].as_str().unwrap()).collect();
    let own = ["releases.release-feed", "keys.root", "keys.governance", "keys.next-root", "keys.liveness"];
    assert_eq!(fields, own, "only what the file leaves to the node differs: {differs}");
    assert_eq!(node.stop(), 0);
}

#[test]
fn questions_are_answered_over_standard_input() {
    let house = House::new();
    let out = file(&house, "asked");
    // A preset; then the name, at first an impossible one; the weight of votes; a turnout that is none, then one that is.
    let beginning = "nonsense\nworker-coop\n\nSüdwind\none-member-one-vote\nmost\n2/3\n";
    let answers = format!("{beginning}{}\n", "\n".repeat(60));
    let ran = answer(&house, &format!("charter new --out {out} --witnesses {PARTNER}"), &answers);
    done(&ran);
    for part in ["That is none of them", "There is no default", "That cannot be", "== Voting ==", "[1/2] >"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(!ran.err.contains("How many votes may one member have"), "the cap makes no difference here");
    assert!(!ran.err.contains("Which partners' nodes witness"), "a flag has answered that");
    let laws = std::fs::read_to_string(file(&house, "asked/bylaws.md")).unwrap();
    for part in [
        "called Südwind",
        "at least 2/3 of all votes on the roll are cast",
        "more than 1/2 (50 %) of",
        "lifted by a ballot only",
        "(patronage)",
    ] {
        assert!(laws.contains(part), "{part}: {laws}");
    }
}

#[test]
fn a_ballot_that_could_never_close_is_asked_about_again() {
    let house = House::new();
    let line = format!("charter new --preset uk-2026 --name A --out {}", file(&house, "asked"));
    // Every question takes its default; then: not to be kept all the same, but witnessed.
    let questions = 37 - 2;
    let answers = format!("{}no\n{PARTNER}\n", "\n".repeat(questions));
    let ran = answer(&house, &line, &answers);
    done(&ran);
    assert!(
        ran.err.contains("no ballot can ever close") && ran.err.contains("Keep it all the same?"),
        "{ran:?}"
    );
    let made = std::fs::read_to_string(file(&house, "asked/charter.toml")).unwrap();
    assert!(made.contains(&format!("witnesses = [\"{PARTNER}\"]")), "{made}");
    let early = answer(&house, &line.replace("asked", "early"), "\n\n");
    refused(&early, 2, &["the answers end before the question about", "--yes"]);
    assert!(!house.home().join("early").exists());
}

#[test]
fn mistakes_name_what_to_do() {
    let house = House::new();
    let out = file(&house, "made");
    let new = format!("charter new --yes --out {out}");
    refused(&house.run(&new), 6, &["name", "--name"]);
    refused(
        &house.run(&format!("{new} --name A --preset uk-2016")),
        6,
        &["no ballot can ever close", "--force"],
    );
    refused(&house.run(&format!("{new} --name A --turnout 3/2")), 2, &["votes.turnout", "1/2"]);
    refused(
        &house.run(&format!("{new} --name A --set votes.trunout=1/2")),
        2,
        &["votes.trunout", "votes.turnout"],
    );
    refused(&house.run(&format!("{new} --name A --set money.reserve-permille=1001")), 6, &["1000 or less"]);
    assert!(!house.home().join("made").exists());
    done(&house.run(&format!("{new} --name A --preset uk-2016 --force")));
    refused(&house.run(&format!("{new} --name A")), 6, &["exists already", "--overwrite"]);

    let made = format!("{out}/charter.toml");
    refused(&house.run(&format!("init --profile coop --charter {made}")), 6, &["no ballot can ever close"]);
    refused(&house.run(&format!("init --profile mirror --charter {made} --force")), 2, &["mirror"]);
    let part = house.write("part.toml", "[votes]\nturnout = \"2/3\"\n");
    refused(&house.run(&format!("charter bylaws {part}")), 6, &["missing", "--answers"]);
    refused(&house.run("charter bylaws /nowhere.toml"), 6, &["cannot read"]);
    let officers = file(&house, "officers");
    let two = format!("--set keys.root=own,{PARTNER} --set keys.root-threshold=2");
    done(&house.run(&format!("charter new --yes --name A --out {officers} {two}")));
    let init = format!("init --profile coop --charter {officers}/charter.toml");
    refused(
        &house.run(&init),
        6,
        &["2 of the charter's root keys must sign it, and 1 are here", "--root-key"],
    );
    assert!(!house.data().join("keys").exists(), "nothing is made");
    let answers = house.write("answers.toml", "name = \"B\"\n[strikes]\nnotice-days = 7\n");
    done(&house.run(&format!("charter new --yes --answers {answers} --out {}", file(&house, "b"))));
    let laws = house.run(&format!("charter bylaws {}", file(&house, "b/charter.toml"))).out;
    assert!(laws.contains("Bylaws of B") && laws.contains("at least 7 days"), "{laws}");
}

#[test]
fn an_amendment_holds_and_says_what_it_changes() {
    let house = founded("");
    let node = house.start();
    let next = held_with(&house, "next.toml", "notice-days = 0", "notice-days = 14");
    let differs = house.run(&format!("charter diff {next}"));
    assert_eq!(differs.out, "notice before a strike: 0 days → 14 days\n");
    let amended = house.run(&format!("charter amend {next}"));
    done(&amended);
    assert!(amended.out.contains("notice before a strike: 0 days → 14 days"), "{amended:?}");
    let shown = house.json("charter show");
    assert_eq!(
        (&shown["charter"]["number"], &shown["charter"]["rules"]["notice_days"]),
        (&1.into(), &14.into())
    );
    assert_ne!(shown["charter"]["cut"], Value::Object(Default::default()));
    refused(&house.run(&format!("charter amend {next}")), 2, &["says what the one that holds says"]);
    assert_eq!(house.run(&format!("charter diff {next}")).out, "no difference\n");

    // Root keys go to the key that was committed to, and to no other.
    let keys = house.data().join("keys");
    let (root, next_root) = (keys.join("root"), keys.join("next-root"));
    done(&house.run(&format!("key new {}", file(&house, "third"))));
    let third = house.json(&format!("charter key {}", file(&house, "third")));
    let second = house.json(&format!("charter key {}", next_root.display()));
    let first = house.json(&format!("charter key {}", root.display()));
    let (first, third_key) = (first["key"].as_str().unwrap(), third["key"].as_str().unwrap());
    let with = |key: &str| {
        held_with(&house, "handed.toml", &format!("root = [\"{first}\"]"), &format!("root = [\"{key}\"]"))
    };
    let handed = with(third_key);
    let all =
        format!("--key {} --key {} --key {}", root.display(), next_root.display(), file(&house, "third"));
    refused(
        &house.run(&format!("charter amend {handed} {all}")),
        6,
        &["did not commit to the root key", third_key],
    );
    let handed = with(second["key"].as_str().unwrap());
    let digest = |key: &Value| format!("next-root = [\"{}\"]", key["next_root"].as_str().unwrap());
    change(Path::new(&handed), &digest(&second), &digest(&third));
    done(&house.run(&format!("charter amend {handed} {all}")));
    assert_eq!(house.json("charter show")["charter"]["root"]["keys"][0], second["key"]);
    let late = held_with(&house, "late.toml", "notice-days = 14", "notice-days = 15");
    refused(&house.run(&format!("charter amend {late}")), 6, &["0 of the root keys", "charter sign"]);
    assert_eq!(node.stop(), 0);
    assert_eq!(house.json("verify")["clean"], true);
}

#[test]
fn several_officers_sign_a_draft_in_turn() {
    let house = founded("--set keys.next-root=none");
    let node = house.start();
    let root = house.data().join("keys/root").display().to_string();
    let officer = file(&house, "officer");
    done(&house.run(&format!("key new {officer}")));
    let key = house.json(&format!("charter key {officer}"))["key"].as_str().unwrap().to_owned();
    let both = held_with(&house, "both.toml", "root-threshold = 1", "root-threshold = 2");
    change(Path::new(&both), "root = [", &format!("root = [\"{key}\", "));
    refused(
        &house.run(&format!("charter amend {both}")),
        6,
        &["1 of the root keys of the charter after", &key],
    );
    done(&house.run(&format!("charter amend {both} --key {root} --key {officer}")));

    let next = held_with(&house, "next.toml", "notice-days = 0", "notice-days = 14");
    refused(&house.run(&format!("charter amend {next}")), 6, &["must", "charter sign"]);
    let draft = file(&house, "draft.cbor");
    done(&house.run(&format!("charter amend {next} --draft {draft}")));
    assert_eq!(
        house.run(&format!("charter diff {draft}")).out.lines().count(),
        4,
        "its place in the chain, and notice"
    );
    assert!(house.run(&format!("charter bylaws {draft}")).out.contains("at least 14 days"));
    done(&house.run(&format!("charter sign {draft} --key {officer}")));
    refused(&house.run(&format!("charter amend --submit {draft}")), 6, &["1 of the root keys"]);
    refused(&house.run(&format!("charter sign {draft} --key {root} --network other")), 6, &["--network"]);
    done(&house.run(&format!("charter sign {draft} --key {root}")));
    done(&house.run(&format!("charter amend --submit {draft}")));
    let charter = house.json("charter show")["charter"].clone();
    assert_eq!((&charter["number"], &charter["rules"]["notice_days"]), (&2.into(), &14.into()));
    refused(&house.run(&format!("charter amend --submit {draft}")), 6, &["does not follow charter 2"]);
    assert_eq!(node.stop(), 0);
}

#[test]
fn a_locked_charter_holds_members_to_its_terms() {
    let house = founded("--set terms.locked=yes --set terms.train=deny --set terms.search=allow");
    let node = house.start();
    let item = house.write("item.jsonl", r#"{"text": "The river rose.", "domain": "weather", "lang": "en"}"#);
    refused(&house.run(&format!("import {item} --licence CC0-1.0")), 4, &["locks the licence", "--licence"]);
    house.json(&format!("import {item} --train allow --evaluate deny"));
    let accepted = house.json("waiting accept --all");
    let range = accepted["ranges"][0].as_str().unwrap();
    let (feed, end) = (range.split_once('/').unwrap().0, range.rsplit_once("..").unwrap().1);
    let last = end.parse::<u64>().unwrap() - 1;
    let header = house.json(&format!("record show {feed}/{last}"))["header"].clone();
    let preferences = &header["preferences"];
    let told = ["train", "search", "evaluate", "tdm"]
        .map(|purpose| preferences[purpose].as_str().unwrap_or("unset"));
    assert_eq!(told, ["deny", "allow", "deny", "unset"], "{header}");
    assert_eq!(node.stop(), 0);
}

#[test]
fn what_waits_is_accepted_only_as_the_charter_that_holds_allows() {
    let house = founded("--set terms.train=deny");
    let node = house.start();
    let open = house.write("open.jsonl", r#"{"text": "The river rose.", "domain": "weather", "lang": "en"}"#);
    let strict = house.write("strict.jsonl", r#"{"text": "It fell.", "domain": "weather", "lang": "en"}"#);
    house.json(&format!("import {open} --train allow"));
    let locked = held_with(&house, "locked.toml", "locked = false", "locked = true");
    done(&house.run(&format!("charter amend {locked}")));
    refused(&house.run("waiting accept --all"), 4, &["does not allow any more", "import it again"]);
    let item = house.json("waiting list")["items"][0]["id"].as_str().unwrap().to_owned();
    house.json(&format!("waiting reject {item} --reason locked"));
    house.json(&format!("import {strict}"));
    assert_eq!(house.json("waiting accept --all")["accepted"], 1);
    assert_eq!(node.stop(), 0);
}
