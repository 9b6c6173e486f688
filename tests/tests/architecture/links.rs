//! Links between the documents lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::assert_none;
use crate::workspace::{read, root, tracked_files};

/// Targets of the inline links and images of a Markdown text, code left out.
fn targets(markdown: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            targets.extend(line_targets(&without_code(line)));
        }
    }
    targets
}

/// The line without its `code spans`.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

fn line_targets(line: &str) -> Vec<String> {
    let ends = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    ends.map(str::to_owned).collect()
}

/// The file that a target means, seen from the document's directory; `None` for an address or an anchor.
fn local_file(target: &str) -> Option<&str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    target.split('#').next().filter(|path| !path.is_empty())
}

/// Resolves `..` by name alone; `None` when the path leaves the workspace.
fn resolve(dir: &Path, link: &str) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for component in dir.join(link).components() {
        match component {
            Component::Normal(name) => resolved.push(name),
            Component::CurDir => {}
            Component::ParentDir if resolved.pop() => {}
            _ => return None,
        }
    }
    Some(resolved)
}

fn complaints(document: &Path, markdown: &str, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let dir = document.parent().unwrap_or_else(|| Path::new(""));
    let targets = targets(markdown);
    let dead = targets
        .iter()
        .filter_map(|target| local_file(target))
        .filter(|link| !resolve(dir, link).is_some_and(|file| exists(&file)));
    dead.map(|link| format!("{} links to {link}, which is not there", document.display())).collect()
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

#[test]
fn links_between_documents_resolve() {
    let files = tracked_files();
    let exists = |file: &Path| root().join(file).exists();
    let documents = files.iter().filter(|path| is_document(path));
    let dead: Vec<String> =
        documents.flat_map(|path| complaints(path, &read(&root().join(path)), exists)).collect();
    assert_none(&dead);
}

#[test]
fn planted_dead_links_are_refused() {
    let markdown = "[gone](gone.md#part) and ![image](../x.png \"title\")\n[out](../../elsewhere)";
    let dead = complaints(Path::new("docs/page.md"), markdown, |_| false);
    assert_eq!(dead.len(), 3, "{dead:?}");
    // A file outside the workspace is not there on anybody else's machine.
    assert_eq!(complaints(Path::new("docs/page.md"), "[out](../../elsewhere)", |_| true).len(), 1);
}

#[test]
fn live_links_addresses_and_code_pass() {
    let markdown = "[a](https://example.org) [b](#part) [c](../README.md#set-up) `[d](gone.md)`\n\
        ```\n[e](gone.md)\n```\n[f](protocol/)";
    let exists = |file: &Path| [Path::new("README.md"), Path::new("docs/protocol")].contains(&file);
    assert_none(&complaints(Path::new("docs/page.md"), markdown, exists));
}
