//! Which crate may use which: the cuts that everything later stands on.

use crate::assert_none;
use crate::workspace::{Dependency, Package, packages};

/// What a crate may use.
enum Uses {
    /// These crates and whatever is below them.
    Only(&'static [&'static str]),
    /// Any crate of the product: the composition root.
    Product,
    /// Any crate, since nothing of the product may use this one.
    TestOnly,
}

/// Every crate there may be, by directory, those beneath first.
const TABLE: &[(&str, Uses)] = &[
    ("record", Uses::Only(&[])),
    ("ledger", Uses::Only(&["record"])),
    ("collective", Uses::Only(&["ledger"])),
    ("valve", Uses::Only(&["collective"])),
    ("market", Uses::Only(&["collective"])),
    ("sync", Uses::Only(&["valve"])),
    ("store", Uses::Only(&["ledger"])),
    ("net", Uses::Only(&["sync"])),
    ("intake", Uses::Only(&["collective"])),
    ("export", Uses::Only(&["valve", "market"])),
    ("api", Uses::Only(&["valve", "market", "export", "intake"])),
    ("node", Uses::Product),
    ("sim", Uses::TestOnly),
    ("testkit", Uses::TestOnly),
    ("tests", Uses::TestOnly),
];

fn uses(dir: &str) -> Option<&'static Uses> {
    TABLE.iter().find(|(name, _)| *name == dir).map(|(_, uses)| uses)
}

/// The package of a directory: `commonwheel-<dir>`, but the binary carries the bare name.
fn package_name(dir: &str) -> String {
    if dir == "node" { "commonwheel".to_owned() } else { format!("commonwheel-{dir}") }
}

/// The directory that a dependency's name stands for, if it is one of ours.
fn internal_dir(package: &str) -> Option<&str> {
    if package == "commonwheel" { Some("node") } else { package.strip_prefix("commonwheel-") }
}

fn may_use(uses: &Uses, dependency: &str) -> bool {
    match uses {
        Uses::Only(direct) => direct
            .iter()
            .any(|dir| *dir == dependency || self::uses(dir).is_some_and(|below| may_use(below, dependency))),
        Uses::Product => !matches!(self::uses(dependency), None | Some(Uses::TestOnly)),
        Uses::TestOnly => true,
    }
}

fn complaints(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(package_complaints).collect()
}

fn package_complaints(package: &Package) -> Vec<String> {
    let dir = package.dir_name();
    let Some(uses) = uses(dir) else {
        return vec![format!("{dir} is not in the crate table")];
    };
    let mut complaints = Vec::new();
    if package.name != package_name(dir) {
        complaints.push(format!("{dir} holds the package {}, not {}", package.name, package_name(dir)));
    }
    // What only its tests use shapes no crate.
    let shipped = package.dependencies.iter().filter(|dependency| !dependency.is_dev());
    for used in shipped.filter_map(|Dependency { name, .. }| internal_dir(name)) {
        if !may_use(uses, used) {
            complaints.push(format!("{dir} may not use {used}"));
        }
    }
    complaints
}

#[test]
fn crates_use_only_what_the_table_allows() {
    let packages = packages();
    assert!(packages.iter().any(|package| package.dir_name() == "record"), "cargo metadata lists the crates");
    assert_none(&complaints(&packages));
}

/// A crate at `crates/<dir>` with dependencies given as (name, kind).
fn planted(dir: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
    Package {
        name: package_name(dir),
        manifest_path: format!("crates/{dir}/Cargo.toml").into(),
        dependencies: dependencies
            .iter()
            .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: kind.map(str::to_owned) })
            .collect(),
        targets: Vec::new(),
    }
}

#[track_caller]
fn assert_refused(package: &Package, complaint: &str) {
    assert_eq!(complaints(std::slice::from_ref(package)), [complaint]);
}

#[test]
fn a_dependency_upward_is_refused() {
    assert_refused(&planted("ledger", &[("commonwheel-collective", None)]), "ledger may not use collective");
    assert_refused(&planted("record", &[("commonwheel-ledger", Some("build"))]), "record may not use ledger");
}

#[test]
fn a_dependency_sideways_is_refused() {
    assert_refused(&planted("net", &[("commonwheel-store", None)]), "net may not use store");
    assert_refused(&planted("api", &[("commonwheel-sync", None)]), "api may not use sync");
    assert_refused(&planted("api", &[("commonwheel", None)]), "api may not use node");
}

#[test]
fn the_product_uses_no_test_crate() {
    assert_refused(&planted("node", &[("commonwheel-testkit", None)]), "node may not use testkit");
    assert_refused(&planted("sync", &[("commonwheel-sim", None)]), "sync may not use sim");
}

#[test]
fn a_crate_outside_the_table_or_misnamed_is_refused() {
    assert_refused(&planted("utils", &[]), "utils is not in the crate table");
    let misnamed = Package { name: "record".to_owned(), ..planted("record", &[]) };
    assert_refused(&misnamed, "record holds the package record, not commonwheel-record");
}

#[test]
fn what_lies_below_and_what_only_tests_use_is_allowed() {
    assert_none(&complaints(&[
        planted("sync", &[("commonwheel-valve", None), ("commonwheel-record", None), ("thiserror", None)]),
        planted("sync", &[("commonwheel-sim", Some("dev"))]),
        planted("node", &[("commonwheel-net", None), ("commonwheel-api", None)]),
        planted("sim", &[("commonwheel-sync", None), ("commonwheel-store", None)]),
    ]));
}
