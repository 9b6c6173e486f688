//! `verify` re-checks everything and names what is wrong.

use std::fs;

use commonwheel_ledger::store::{Position, Store, Table};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{Content, Enrolment};
use commonwheel_record::manifest::{Manifest, Purpose};
use commonwheel_record::{Commitment, Control, Leaf};
use commonwheel_store::Report;

use crate::common::{body, collective, grow, manifest, network, open, options, put, sign, verified};

fn problems(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.what.as_str()).collect()
}

#[test]
fn a_whole_store_is_clean_and_counted() {
    let data = tempfile::tempdir().unwrap();
    let mut store = open(data.path());
    for n in [1, 2] {
        store.create(&manifest(n)).unwrap();
        grow(&mut store, &manifest(n).id(), 600);
        sign(&mut store, n);
    }
    put(&mut store, &manifest(1).id(), 0..500);
    store.mark_missing(&manifest(1).id(), &[7]).unwrap();
    store.set_state(Table::Peers, b"peer", Some(b"address")).unwrap();
    let mut seen = Vec::new();
    let online = store.verify(&mut |progress| seen.push(progress)).unwrap();
    store.close().unwrap();
    let report = verified(data.path());
    assert_eq!(online, report);
    assert!(report.is_clean() && report.unfinished.is_empty(), "{report:?}");
    assert_eq!((report.feeds, report.leaves, report.headers, report.missing_headers), (2, 1200, 1199, 1));
    // The last group of contributions is held without its submission; one body lacks its header.
    assert_eq!(
        (report.bodies, report.opaque_bodies, report.submissions, report.unproven_bodies),
        (499, 1, 31, 4)
    );
    assert!(seen.windows(2).all(|pair| pair[0].feed != pair[1].feed || pair[0].done <= pair[1].done));
    assert_eq!(seen.last().map(|progress| progress.done), Some(600));
}

#[test]
fn bodies_of_control_records_are_held_against_their_leaves() {
    let data = tempfile::tempdir().unwrap();
    let control = Manifest { purpose: Purpose::Control, ..manifest(1) };
    let feed = control.id();
    let leaves: Vec<Vec<u8>> = (0..3).map(enrolment).collect();
    let positions: Vec<Position<'_>> =
        leaves.iter().map(|leaf| Position { hash: leaf_hash(leaf), header: Some(leaf) }).collect();
    let mut store = open(data.path());
    store.create(&control).unwrap();
    store.append(&feed, &positions).unwrap();
    let sealed = |n: u8| SealedBody { salt: [n; 32], submission: None, bytes: vec![n; 100] };
    store.put_bodies(&feed, &[(0, sealed(0)), (1, sealed(2)), (2, sealed(2))]).unwrap();
    store.commit().unwrap();
    let report = store.verify(&mut |_| {}).unwrap();
    assert_eq!(problems(&report), ["the body at 1 is not the one its header commits to"]);
    assert_eq!((report.bodies, report.opaque_bodies), (2, 0));
    // What is erased is gone from the files, and leaves a log that verifies.
    store.erase_bodies(&feed, &[0, 1]).unwrap();
    store.close().unwrap();
    let rebuilt = commonwheel_store::rebuild(data.path(), &options(), &mut |_| {}).unwrap();
    assert_eq!((rebuilt.leaves, rebuilt.bodies), (3, 1));
    let report = verified(data.path());
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.bodies, report.opaque_bodies), (1, 0));
}

/// A control record that commits to a body of `n`s.
fn enrolment(n: u8) -> Vec<u8> {
    let entry = Commitment::to(&network(), &[n; 32], &[n; 100]);
    let control = Control::new(Some(collective()), Content::Enrolment(Enrolment { entry }));
    Leaf::Control(Box::new(control)).encode()
}

#[test]
fn bodies_that_should_never_have_been_stored_are_named() {
    let data = tempfile::tempdir().unwrap();
    let feed = manifest(1).id();
    let mut store = open(data.path());
    store.create(&manifest(1)).unwrap();
    grow(&mut store, &feed, 64);
    let other = body(1);
    let wrong = [
        (0, SealedBody { salt: [9; 32], ..body(0) }),
        (1, SealedBody { submission: None, ..body(1) }),
        (2, SealedBody { submission: body(20).submission, ..body(2) }),
        (15, body(15)),
        (31, SealedBody { bytes: other.bytes, ..body(31) }),
    ];
    store.put_bodies(&feed, &wrong).unwrap();
    store.commit().unwrap();
    let report = store.verify(&mut |_| {}).unwrap();
    let found = problems(&report);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].contains("body at 0 is not the one its header commits to"));
    assert!(found[1].contains("body at 1 names no submission"));
    assert!(found[2].ends_with("does not list the contribution at 2"));
    assert!(found[3].contains("body at 31 is not the one"));
    assert_eq!(report.unproven_bodies, 0);
}

#[test]
fn strangers_and_gaps_are_named() {
    let data = tempfile::tempdir().unwrap();
    let feed = manifest(1).id();
    let mut store = open(data.path());
    store.create(&manifest(1)).unwrap();
    grow(&mut store, &feed, 600);
    put(&mut store, &feed, 0..600);
    sign(&mut store, 1);
    store.close().unwrap();
    let dir = data.path().join("feeds").join(feed.to_string());
    for stranger in ["notes.txt", "tile/0/1", "tile/7", "entries/x000/001", "bodies/009", "bodies/000~"] {
        let path = dir.join(stranger);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"").unwrap();
        let report = verified(data.path());
        assert_eq!(report.problems.len(), 1, "{stranger}: {report:?}");
        assert_eq!(report.problems[0].file, path);
        fs::remove_file(path).unwrap();
    }
    fs::rename(dir.join("tile/0/001"), data.path().join("away")).unwrap();
    assert!(!verified(data.path()).is_clean());
    let store = open(data.path());
    assert_eq!(store.size(&feed), 600, "the gap is filled from the entries");
    drop(store);
    assert!(verified(data.path()).is_clean());
}

#[test]
fn a_directory_that_is_open_is_not_verified() {
    let data = tempfile::tempdir().unwrap();
    let _store = open(data.path());
    let refused = commonwheel_store::verify(data.path(), &network(), &mut |_| {});
    assert_eq!(refused, Err(commonwheel_store::OpenError::InUse(data.path().into())));
}
