//! Pure crates know no clock, socket, disk, environment, thread or source of randomness: neither through what they depend
//! on nor through the standard library.

use crate::assert_none;
use crate::workspace::{cargo, pure_packages, read, rust_files, shown};

/// Crates that bring a runtime, a socket, a disk, a clock, threads or randomness; `name-*` stands for a family.
const IMPURE_CRATES: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "fastrand",
    "futures",
    "futures-*",
    "getrandom",
    "hyper",
    "hyper-*",
    "instant",
    "libp2p",
    "libp2p-*",
    "mio",
    "quinn",
    "quinn-*",
    "rand",
    "rand_chacha",
    "rand_core",
    "rayon",
    "rayon-core",
    "rustix",
    "sled",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "tokio-*",
    "web-time",
];

/// Paths of the standard library that a pure crate's source may not name. `clippy.toml` bans the calls; this also catches
/// a type in a signature or an import.
const IMPURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "HashMap",
    "HashSet",
    "RandomState",
];

fn is_impure_crate(name: &str) -> bool {
    IMPURE_CRATES.iter().any(|banned| match banned.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => name == *banned,
    })
}

/// The first banned path a line of code names; comments may speak of them.
fn impure_path(line: &str) -> Option<&'static str> {
    let code = line.split("//").next().unwrap_or_default();
    IMPURE_PATHS.iter().copied().find(|path| names(code, path))
}

/// Whether the code holds the path as whole words.
fn names(code: &str, path: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(path).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + path.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

/// The lines of a source file that are shipped: by custom a file's own test module comes last.
fn shipped_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source.lines().take_while(|line| line.trim() != "#[cfg(test)]").enumerate()
}

fn source_complaints(file: &str, source: &str) -> Vec<String> {
    shipped_lines(source)
        .filter_map(|(index, line)| Some((index + 1, impure_path(line)?)))
        .map(|(number, path)| format!("{file}:{number} names {path}"))
        .collect()
}

#[test]
fn pure_crates_depend_on_nothing_impure() {
    let mut complaints = Vec::new();
    for package in pure_packages() {
        // `tree` resolves the features of this crate alone; in the workspace's own graph they are merged with libp2p's.
        let args = [
            "tree",
            "--offline",
            "--locked",
            "--package",
            &package.name,
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ];
        let tree = cargo(&args);
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        let impure = names.filter(|name| is_impure_crate(name));
        complaints.extend(impure.map(|name| format!("{} depends on {name}", package.dir_name())));
    }
    assert_none(&complaints);
}

#[test]
fn pure_sources_name_nothing_impure() {
    let mut complaints = Vec::new();
    for package in pure_packages() {
        for file in rust_files(&package.dir().join("src")) {
            // A test module in a file of its own, or what is compiled for planting faults only.
            if file.file_name().is_some_and(|name| name == "tests.rs" || name == "planted.rs")
                || file.iter().any(|part| part == "tests")
            {
                continue;
            }
            complaints.extend(source_complaints(&shown(&file), &read(&file)));
        }
    }
    assert_none(&complaints);
}

#[test]
fn planted_impurities_are_refused() {
    for name in ["tokio", "tokio-util", "libp2p-swarm", "rand", "sled", "getrandom", "futures-core"] {
        assert!(is_impure_crate(name), "{name}");
    }
    for line in [
        "use std::time::{Duration, Instant};",
        "let now = std::time::SystemTime::now();",
        "    let home = std::env::var(\"HOME\");",
        "fn load(file: std::fs::File) {}",
        "use std::collections::{BTreeMap, HashMap};",
    ] {
        assert_eq!(source_complaints("planted.rs", line).len(), 1, "{line}");
    }
}

#[test]
fn what_is_pure_passes() {
    for name in ["timestamp", "randomness", "thiserror", "blake3", "tokio_like"] {
        assert!(!is_impure_crate(name), "{name}");
    }
    let source = "use std::time::Duration;\n/// Unlike a HashMap, ordered.\nlet instant: Instants;\n#[cfg(test)]\nuse std::fs;";
    assert_none(&source_complaints("planted.rs", source));
}
