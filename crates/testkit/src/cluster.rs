//! Making a cluster: data directories by the binary's own `init`, ports that are free, everyone knowing everyone.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use commonwheel_record::attestation::NodeRole;
use tempfile::TempDir;

use crate::binary::{commonwheel, run};
use crate::node::{Made, Node};

/// The network of all nodes under test; it meets nobody.
pub const NETWORK: &str = "testkit";

/// Makes nodes, none of them started: each dials every other, follows every collective, and takes every node of another
/// collective as a partner.
///
/// # Panics
/// If a data directory cannot be made.
#[must_use]
pub fn cluster<const N: usize>(nodes: [(&str, NodeRole); N]) -> [Node; N] {
    let root = Arc::new(tempfile::tempdir().expect("a temporary directory can be made"));
    let made = nodes.map(|(name, role)| init(&root, name, role));
    for node in &made {
        configure(node, &made);
    }
    made.map(|made| Node::new(made, Arc::clone(&root)))
}

fn init(root: &TempDir, name: &str, role: NodeRole) -> Made {
    let data = root.path().join(name);
    let guard = root.path().join("guards").join(name);
    let mut command = Command::new(commonwheel());
    command.arg("--data").arg(&data).args(["--json", "init", "--network", NETWORK, "--name", name]);
    command.args(["--profile", role.name(), "--guard"]).arg(&guard);
    let told = run(&mut command).expect_code(0).out;
    Made::read(name, role, data, guard, free_port(), &told)
}

fn configure(node: &Made, all: &[Made]) {
    let others = || all.iter().filter(|other| other.key != node.key);
    let mut text = String::new();
    let mut line = |key: &str, value: String| {
        writeln!(text, "{key} = {value}").expect("text takes text");
    };
    line("name", format!("{:?}", node.name));
    line("profile", format!("{:?}", node.role.name()));
    line("network", format!("{NETWORK:?}"));
    line("guard", format!("{:?}", node.guard));
    line("listen", list([node.listen()]));
    line("peers", list(others().map(Made::address)));
    let partners = others().filter(|other| other.collective.is_some());
    line("partners", list(partners.map(|other| other.key.to_string())));
    line("follow", list(all.iter().filter_map(|node| node.collective).map(|id| id.to_string())));
    write(&node.data.join("config.toml"), &text);
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let quoted: Vec<String> = items.into_iter().map(|item| format!("{item:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

/// Finds a port that nobody listens on, below those that outgoing connections are given: a node that was killed finds
/// its port free again.
fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another process that looks at the same time starts elsewhere.
    let start = std::process::id() % u32::from(COUNT);
    for _ in 0..COUNT {
        let nth = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = u16::try_from((start + nth) % u32::from(COUNT)).expect("it is below a u16");
        if TcpListener::bind(("127.0.0.1", FIRST + offset)).is_ok() {
            return FIRST + offset;
        }
    }
    panic!("no port between {FIRST} and {} is free", FIRST + COUNT);
}
