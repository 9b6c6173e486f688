//! Mistakes end with a documented code, nothing on standard output, and what to do next.

use std::process::Stdio;

use crate::house::{House, Ran};

fn refused(ran: &Ran, code: i32, mention: &str) {
    assert_eq!(ran.code, code, "{ran:?}");
    assert!(ran.out.is_empty(), "{ran:?}");
    assert!(ran.err.starts_with("error: ") && ran.err.contains("\nfix: "), "{ran:?}");
    assert!(ran.err.contains(mention), "{mention}: {ran:?}");
}

#[test]
fn a_command_line_that_is_not_understood() {
    let house = House::new();
    for line in ["", "nonsense", "strike declare", "import", "status --what"] {
        let ran = house.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{line}: {ran:?}");
    }
    let help = house.run("--help");
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit codes:") && help.out.contains("COMMONWHEEL_DATA"), "{}", help.out);
}

#[test]
fn no_node_here() {
    let house = House::new();
    refused(&house.run("status"), 6, "config.toml is missing");
    refused(&house.run("verify"), 6, "commonwheel init");
    house.init();
    refused(&house.run("status"), 3, "commonwheel run");
    let as_json = house.run("status --json");
    let problem: serde_json::Value = serde_json::from_str(&as_json.err).unwrap();
    assert_eq!((as_json.code, problem["code"].as_str()), (3, Some("not-running")));
}

#[test]
fn a_second_init_and_a_guard_inside_the_data_change_nothing() {
    let house = House::new();
    let guard = house.data().join("tips");
    refused(&house.run(&format!("init --profile coop --guard {}", guard.display())), 2, "guard");
    assert!(!house.data().exists());
    house.init();
    let before = std::fs::read(house.data().join("config.toml")).unwrap();
    refused(&house.run("init --profile mirror"), 6, "exists already");
    assert_eq!(std::fs::read(house.data().join("config.toml")).unwrap(), before);
}

#[test]
fn a_configuration_with_a_mistyped_key() {
    let house = House::new();
    house.init();
    let file = house.data().join("config.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    let lines = good.lines().count();
    std::fs::write(&file, format!("{good}[lgo]\nlevel = \"info\"\n")).unwrap();
    for line in ["run", "status", "verify"] {
        refused(&house.run(line), 6, &format!("config.toml:{}: unknown key `lgo`", lines + 1));
    }
    assert!(house.run("run").err.contains("did you mean `[log]`"));
    std::fs::write(&file, good.replace("listen = [\"", "listen = [\"x")).unwrap();
    let ran = house.run("run");
    assert!(ran.code == 6 && ran.err.contains("/ip4/"), "{ran:?}");
}

#[test]
fn a_running_node_keeps_its_directory_to_itself_and_refuses_with_a_reason() {
    let house = House::new();
    house.init();
    let node = house.start();
    refused(&house.run("run"), 6, "");
    refused(&house.run("verify"), 6, "stop the node first");
    refused(&house.run("rebuild"), 6, "stop the node first");
    refused(&house.run("release cut"), 4, "");
    refused(&house.run("peer add nowhere"), 4, "/p2p/");
    refused(&house.run(&format!("why {}/1", "00".repeat(32))), 4, "");
    refused(&house.run(&format!("import {}", house.write("bad.json", "nonsense"))), 4, "");
    refused(&house.run(&format!("import {}", house.write("empty.json", ""))), 4, "empty");
    let item = house.write("item.jsonl", r#"{"text": "For members.", "domain": "health", "lang": "en"}"#);
    refused(&house.run(&format!("import {item} --tier collective")), 4, "members only");
    let problem = house.run("release cut --json");
    let problem: serde_json::Value = serde_json::from_str(&problem.err).unwrap();
    assert!(problem["code"].is_string() && problem["fix"].is_string(), "{problem}");
    let missing = house.run("import /nowhere.json");
    assert_eq!((missing.code, missing.out.as_str()), (1, ""));
    assert_eq!(node.stop(), 0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let house = House::new();
    let mut child = house.command("--help").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    house.init();
    let _node = house.start();
    let mut child =
        house.command("status --json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
