//! Every crate takes the workspace's lints, and the pure ones the stricter `clippy.toml`.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::assert_none;
use crate::workspace::{Package, packages, pure_packages, read, shown};

/// What each pure crate's `clippy.toml` bans at least.
const BANNED_METHODS: &[&str] = &["std::time::Instant::now", "std::time::SystemTime::now"];
const BANNED_TYPES: &[&str] =
    &["std::collections::HashMap", "std::collections::HashSet", "std::hash::RandomState"];

/// The paths of a `disallowed-*` list, whose entries are strings or tables with a `path`.
fn banned<'a>(config: &'a Table, key: &str) -> BTreeSet<&'a str> {
    let entries = config.get(key).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry.as_str().or_else(|| entry.get("path")?.as_str())).collect()
}

fn config_complaints(file: &str, source: &str) -> Vec<String> {
    let config: Table = match source.parse() {
        Ok(config) => config,
        Err(error) => return vec![format!("{file}: {error}")],
    };
    let mut complaints = Vec::new();
    for (key, expected) in [("disallowed-methods", BANNED_METHODS), ("disallowed-types", BANNED_TYPES)] {
        let banned = banned(&config, key);
        let missing = expected.iter().filter(|path| !banned.contains(*path));
        complaints.extend(missing.map(|path| format!("{file}: {key} lacks {path}")));
    }
    complaints
}

fn takes_workspace_lints(manifest: &str) -> bool {
    let manifest: Table = manifest.parse().expect("cargo has read this manifest");
    manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let lax = |package: &Package| !takes_workspace_lints(&read(&package.manifest_path));
    let complaints: Vec<String> = packages()
        .into_iter()
        .filter(lax)
        .map(|package| format!("{} lacks [lints] workspace = true", package.dir_name()))
        .collect();
    assert_none(&complaints);
}

#[test]
fn every_pure_crate_bans_clocks_and_hash_order() {
    let complaints: Vec<String> = pure_packages()
        .iter()
        .map(|package| package.dir().join("clippy.toml"))
        .flat_map(|path| match std::fs::read_to_string(&path) {
            Ok(source) => config_complaints(&shown(&path), &source),
            Err(error) => vec![format!("{}: {error}", shown(&path))],
        })
        .collect();
    assert_none(&complaints);
}

#[test]
fn a_planted_gap_is_refused() {
    let lax = r#"
        disallowed-methods = ["std::time::Instant::now"]
        disallowed-types = [{ path = "std::collections::HashMap" }, { path = "std::hash::RandomState" }]
    "#;
    assert_eq!(
        config_complaints("planted", lax),
        [
            "planted: disallowed-methods lacks std::time::SystemTime::now",
            "planted: disallowed-types lacks std::collections::HashSet",
        ]
    );
    assert_eq!(config_complaints("planted", "").len(), BANNED_METHODS.len() + BANNED_TYPES.len());
    assert!(!takes_workspace_lints("[package]\nname = \"lax\"\n[lints]\nworkspace = false"));
}
