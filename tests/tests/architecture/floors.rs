//! Floors under the dependencies that read bytes from peers or hold keys.
//!
//! The advisory database has none of this year's remote crashes of gossipsub, yamux and rendezvous, so `cargo deny` alone
//! would let them back in. A floor holds for its own line (`0.13.x`, `4.x`): a version is refused when it is below the
//! floor of its line, or on a line older than the newest floor that has no floor of its own.

use std::fmt;

use toml::{Table, Value};

use crate::assert_none;
use crate::workspace::{read, root};

/// A version as far as floors compare it; a pre-release sorts before its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    released: bool,
}

const fn v(major: u64, minor: u64, patch: u64) -> Version {
    Version { major, minor, patch, released: true }
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.split('+').next()?;
        let (numbers, released) = match text.split_once('-') {
            Some((numbers, _)) => (numbers, false),
            None => (text, true),
        };
        let mut numbers = numbers.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        let version = Self { major: next()?, minor: next()?, patch: next()?, released };
        numbers.next().is_none().then_some(version)
    }

    /// What cargo takes to be compatible: the major version, or the minor one before 1.0.
    const fn line(self) -> (u64, u64) {
        if self.major == 0 { (0, self.minor) } else { (self.major, 0) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch, released } = self;
        write!(f, "{major}.{minor}.{patch}{}", if *released { "" } else { "-pre" })
    }
}

struct Floor {
    name: &'static str,
    /// One per line that is still safe, the newest last.
    lines: &'static [Version],
    why: &'static str,
}

const fn floor(name: &'static str, lines: &'static [Version], why: &'static str) -> Floor {
    Floor { name, lines, why }
}

const FLOORS: &[Floor] = &[
    floor("libp2p", &[v(0, 57, 1)], "earlier ones bring yamux 0.12 and hickory 0.25"),
    floor(
        "libp2p-gossipsub",
        &[v(0, 50, 1)],
        "remote panics and unbounded topics: CVE-2026-33040, CVE-2026-34219, GHSA-g3g5-x568-qvqx, GHSA-vrx6-jcp8-vm7m",
    ),
    floor("yamux", &[v(0, 13, 10), v(0, 14, 1)], "remote panics: CVE-2026-32314, CVE-2026-31814"),
    floor("libp2p-rendezvous", &[v(0, 17, 1)], "memory exhaustion: CVE-2026-35405, GHSA-v5hw-cv9c-rpg7"),
    floor(
        "quinn-proto",
        &[v(0, 11, 15)],
        "reassembly exhausts memory, transport parameters panic: RUSTSEC-2026-0185, RUSTSEC-2026-0037",
    ),
    floor(
        "hickory-proto",
        &[v(0, 26, 1)],
        "quadratic and endless parsing: RUSTSEC-2026-0119, RUSTSEC-2026-0118",
    ),
    floor("snow", &[v(0, 9, 5)], "RUSTSEC-2024-0011"),
    floor("curve25519-dalek", &[v(4, 1, 3)], "timing of scalar subtraction: RUSTSEC-2024-0344"),
    floor("ed25519-dalek", &[v(2, 0, 0)], "signing oracle by two public keys: RUSTSEC-2022-0093"),
    floor("bytes", &[v(1, 11, 1)], "RUSTSEC-2026-0007"),
    floor("rustls-webpki", &[v(0, 103, 13)], "revocation lists panic the parser: RUSTSEC-2026-0104"),
    floor(
        "tracing-subscriber",
        &[v(0, 3, 20)],
        "terminal escapes from peers reach the log: RUSTSEC-2025-0055",
    ),
    floor("lru", &[v(0, 18, 2)], "RUSTSEC-2026-0253"),
    floor("time", &[v(0, 3, 47)], "RUSTSEC-2026-0009"),
    floor("h2", &[v(0, 4, 16)], "empty frames without bound: RUSTSEC-2026-0258"),
    floor(
        "rand",
        &[v(0, 8, 6), v(0, 9, 3), v(0, 10, 1)],
        "unsound under a logger that asks it: RUSTSEC-2026-0097",
    ),
    floor("idna", &[v(1, 0, 0)], "Punycode labels that compare equal to others: RUSTSEC-2024-0421"),
    floor(
        "crossbeam-epoch",
        &[v(0, 9, 20)],
        "dereferences null when printed: RUSTSEC-2026-0204; sled uses it",
    ),
];

/// Components whose absence from the lock would mean that the gate looks at nothing.
const IN_USE: &[&str] =
    &["libp2p", "libp2p-gossipsub", "yamux", "quinn-proto", "snow", "ed25519-dalek", "crossbeam-epoch"];

impl Floor {
    fn holds(&self, version: Version) -> bool {
        match self.lines.iter().find(|floor| floor.line() == version.line()) {
            Some(floor) => version >= *floor,
            None => self.lines.last().is_some_and(|newest| version.line() > newest.line()),
        }
    }

    fn complaint(&self, version: &str) -> Option<String> {
        if Version::parse(version).is_some_and(|version| self.holds(version)) {
            return None;
        }
        let lines: Vec<String> = self.lines.iter().map(Version::to_string).collect();
        Some(format!("{} {version} is below {}: {}", self.name, lines.join(" / "), self.why))
    }
}

/// Name and version of everything a lock file pins.
fn locked(lock: &str) -> Vec<(String, String)> {
    let lock: Table = lock.parse().expect("a lock file is TOML");
    let packages = lock.get("package").and_then(Value::as_array).expect("a lock file lists packages");
    let text = |package: &Value, key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
    packages.iter().filter_map(|package| Some((text(package, "name")?, text(package, "version")?))).collect()
}

fn complaints(lock: &str) -> Vec<String> {
    let below = |(name, version): &(String, String)| {
        FLOORS.iter().find(|floor| floor.name == name)?.complaint(version)
    };
    locked(lock).iter().filter_map(below).collect()
}

fn workspace_lock() -> String {
    read(&root().join("Cargo.lock"))
}

#[test]
fn the_lock_stands_on_the_floors() {
    assert_none(&complaints(&workspace_lock()));
}

#[test]
fn the_lock_is_the_one_that_matters() {
    let locked = locked(&workspace_lock());
    for name in IN_USE {
        assert!(FLOORS.iter().any(|floor| floor.name == *name), "{name} has no floor");
        assert!(locked.iter().any(|(locked, _)| locked == name), "{name} is not in Cargo.lock");
    }
}

/// The workspace's lock with one more package.
fn planted(name: &str, version: &str) -> String {
    format!("{}\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n", workspace_lock())
}

#[test]
fn a_planted_bad_version_of_each_component_is_refused() {
    for floor in FLOORS {
        for line in floor.lines {
            let pre = format!("{line}-rc.1");
            assert_eq!(complaints(&planted(floor.name, &pre)).len(), 1, "{} {pre}", floor.name);
            assert_none(&complaints(&planted(floor.name, &line.to_string())));
        }
        assert_eq!(complaints(&planted(floor.name, "0.0.1")).len(), 1, "{} 0.0.1", floor.name);
        assert_eq!(complaints(&planted(floor.name, "garbled")).len(), 1, "{} garbled", floor.name);
    }
}

#[test]
fn versions_that_crashed_are_refused() {
    for (name, version) in [
        ("libp2p", "0.56.0"),
        ("libp2p-gossipsub", "0.49.5"),
        ("libp2p-gossipsub", "0.50.0"),
        ("yamux", "0.12.1"),
        ("yamux", "0.13.9"),
        ("yamux", "0.14.0"),
        ("libp2p-rendezvous", "0.17.0"),
        ("quinn-proto", "0.11.14"),
        ("hickory-proto", "0.25.2"),
        ("curve25519-dalek", "4.1.2"),
        ("rand", "0.7.3"),
        ("rand", "0.9.2"),
        ("idna", "0.5.0"),
        ("crossbeam-epoch", "0.9.18"),
    ] {
        assert_eq!(complaints(&planted(name, version)).len(), 1, "{name} {version}");
    }
}

#[test]
fn newer_lines_and_strangers_pass() {
    for (name, version) in [
        ("yamux", "0.13.11"),
        ("yamux", "0.15.0"),
        ("snow", "0.10.0"),
        ("curve25519-dalek", "5.0.0"),
        ("bytes", "1.12.0+build.7"),
        ("idna", "2.0.0-rc.1"),
        ("unheard-of", "0.0.1"),
    ] {
        assert_none(&complaints(&planted(name, version)));
    }
}

#[test]
fn versions_compare_as_numbers() {
    assert!(Version::parse("0.13.10") > Version::parse("0.13.9"));
    assert!(Version::parse("1.0.0-rc.1") < Version::parse("1.0.0"));
    assert_eq!(Version::parse("1.2"), None);
    assert_eq!(Version::parse("1.2.3.4"), None);
}
