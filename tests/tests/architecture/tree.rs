//! What may lie where: names at the top, sizes of files, paths of one machine, and a module doc for every crate.

use std::collections::BTreeSet;
use std::path::Path;

use crate::assert_none;
use crate::workspace::{packages, read, root, rust_files, shown, tracked_files};

/// Names allowed at the top; a new one is a decision, not an accident.
const TOP: &[&str] = &[
    ".cargo",
    ".ci",
    ".config",
    ".gitattributes",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "crates",
    "deny.toml",
    "docs",
    "node",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scripts",
    "tests",
];

/// Longest source file in lines, its unit tests apart. The giants of other systems are state machines nobody split.
const MAX_LINES: usize = 600;

/// Beginnings of paths that exist on one machine only. Written in parts, so that this file does not contain them.
const MACHINE_PATHS: &[&str] =
    &[concat!("/", "home/"), concat!("/", "root/"), concat!("/", "work/"), concat!("/", "Users/")];

fn top_complaints<'a>(files: impl Iterator<Item = &'a Path>) -> Vec<String> {
    let names: BTreeSet<String> =
        files.filter_map(|path| path.iter().next()).map(|name| name.to_string_lossy().into_owned()).collect();
    let strangers = names.iter().filter(|name| !TOP.contains(&name.as_str()));
    strangers.map(|name| format!("{name} is not among the names allowed at the top")).collect()
}

/// The first path of one machine that a line holds; the same letters inside a longer path or an address are none.
fn machine_path(line: &str) -> Option<&'static str> {
    let continues = |c: char| c.is_alphanumeric() || "._-~/".contains(c);
    MACHINE_PATHS.iter().copied().find(|path| {
        line.match_indices(path).any(|(start, _)| !line[..start].chars().next_back().is_some_and(continues))
    })
}

fn path_complaints(file: &str, source: &str) -> Vec<String> {
    let found = source.lines().enumerate().filter_map(|(index, line)| Some((index + 1, machine_path(line)?)));
    found.map(|(number, path)| format!("{file}:{number} names a path under {path}")).collect()
}

/// Lines before the unit tests, which by custom come last in a file.
fn shipped_line_count(source: &str) -> usize {
    source.lines().take_while(|line| line.trim() != "#[cfg(test)]").count()
}

fn is_test_module(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs") || path.iter().any(|part| part == "tests")
}

fn has_module_doc(source: &str) -> bool {
    source.starts_with("//! ")
}

#[test]
fn the_top_holds_only_allowed_names() {
    let files = tracked_files();
    assert!(files.iter().any(|path| path == Path::new("Cargo.toml")), "git lists the files of the workspace");
    assert_none(&top_complaints(files.iter().map(AsRef::as_ref)));
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let mut complaints = Vec::new();
    for path in tracked_files() {
        // Binary vectors hold no paths that anybody would follow.
        if let Ok(source) = std::fs::read_to_string(root().join(&path)) {
            complaints.extend(path_complaints(&path.to_string_lossy(), &source));
        }
    }
    assert_none(&complaints);
}

#[test]
fn source_files_are_short() {
    let mut complaints = Vec::new();
    for package in packages() {
        let src = package.dir().join("src");
        let files = if src.is_dir() { rust_files(&src) } else { Vec::new() };
        for file in files.iter().filter(|file| !is_test_module(file)) {
            let lines = shipped_line_count(&read(file));
            if lines > MAX_LINES {
                complaints.push(format!("{} has {lines} lines, more than {MAX_LINES}", shown(file)));
            }
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_crate_has_a_module_doc() {
    let mut complaints = Vec::new();
    for target in packages().iter().flat_map(|package| &package.targets) {
        if !has_module_doc(&read(&target.src_path)) {
            complaints.push(format!("{} does not begin with a module doc", shown(&target.src_path)));
        }
    }
    assert_none(&complaints);
}

#[test]
fn planted_faults_are_refused() {
    let planted = ["README.md", "notes.txt", "crates/record/src/lib.rs", "out/log"].map(Path::new);
    assert_eq!(
        top_complaints(planted.into_iter()),
        [
            "notes.txt is not among the names allowed at the top",
            "out is not among the names allowed at the top",
        ]
    );
    for path in MACHINE_PATHS {
        assert_eq!(path_complaints("planted", &format!("one\nsee {path}someone/file")).len(), 1, "{path}");
        assert_eq!(path_complaints("planted", &format!("https://example.org{path}page")), [""; 0], "{path}");
    }
    assert!(!has_module_doc("use std::fmt;"));
    assert_eq!(shipped_line_count("a\nb\n#[cfg(test)]\nmod tests {}\n"), 2);
}
