//! After a stop at any point everything that was committed is there, and nothing is there that was never written.

use std::fs;
use std::path::{Path, PathBuf};

use commonwheel_ledger::store::{Store, Table};
use commonwheel_record::FeedId;
use commonwheel_store::FileStore;

use crate::common::{body, copy, files, grow, header, manifest, open, open_bare, put, sign, verified};

/// A data directory at a commit, and what it became without another.
struct Stop {
    _dir: tempfile::TempDir,
    committed: PathBuf,
    written: PathBuf,
    /// Where a crash's outcome is laid out.
    outcome: PathBuf,
    /// Leaves, and bodies from 0 on, of feed 1 at the commit and at the stop.
    sizes: [u64; 2],
}

impl Stop {
    fn new(sizes: [u64; 2]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [committed, written, outcome] =
            ["committed", "written", "outcome"].map(|name| dir.path().join(name));
        let feed = manifest(1).id();
        // Without an index, whose thread would go on writing while its files are copied.
        let mut store = open_bare(&written);
        store.create(&manifest(1)).unwrap();
        grow(&mut store, &feed, sizes[0]);
        put(&mut store, &feed, 0..sizes[0]);
        sign(&mut store, 1);
        store.set_state(Table::Node, b"time", Some(b"1")).unwrap();
        store.commit().unwrap();
        copy(&written, &committed);
        grow(&mut store, &feed, sizes[1]);
        put(&mut store, &feed, sizes[0]..sizes[1]);
        store.set_state(Table::Node, b"time", Some(b"2")).unwrap();
        // A stop: nothing is committed.
        std::mem::forget(store);
        Self { _dir: dir, committed, written, outcome, sizes }
    }

    /// The files that differ, with their lengths before and after; a file that bore another name before is that one.
    fn changed(&self) -> Vec<(PathBuf, u64, u64)> {
        let len = |path: PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
        let below = |path: &Path| path.strip_prefix(&self.written).unwrap().to_path_buf();
        let feeds = files(&self.written.join("feeds")).into_iter().map(|path| below(&path));
        feeds
            .map(|path| {
                let before = len(self.committed.join(&path));
                let part = self.committed.join(path.with_extension("part"));
                let before = if before == 0 && path.extension().is_none() { len(part) } else { before };
                let after = len(self.written.join(&path));
                (path, before, after)
            })
            .filter(|(_, before, after)| before != after)
            .collect()
    }

    /// Lays out what is left if of each changed file so many bytes reached the disk.
    fn crash(&self, left: &[(PathBuf, u64)]) {
        copy(&self.written, &self.outcome);
        for (path, len) in left {
            let path = self.outcome.join(path);
            fs::OpenOptions::new().write(true).open(path).unwrap().set_len(*len).unwrap();
        }
    }

    /// Opens the outcome, checks all that may be checked, goes on writing, and verifies.
    fn check(&self, what: &str) {
        let feed = manifest(1).id();
        let mut store = open_bare(&self.outcome);
        check_prefix(&store, &feed, self.sizes, what);
        grow(&mut store, &feed, self.sizes[1] + 3);
        put(&mut store, &feed, 0..self.sizes[1] + 3);
        sign(&mut store, 1);
        store.close().unwrap();
        let report = verified(&self.outcome);
        assert!(report.is_clean() && report.unfinished.is_empty(), "{what}: {report:?}");
        assert_eq!((report.leaves, report.bodies), (self.sizes[1] + 3, self.sizes[1] + 3), "{what}");
        check_prefix(&open_bare(&self.outcome), &feed, [self.sizes[1] + 3; 2], what);
    }
}

/// What was committed is there; what is there was written.
fn check_prefix(store: &FileStore, feed: &FeedId, [least, most]: [u64; 2], what: &str) {
    let size = store.size(feed);
    assert!((least..=most).contains(&size), "{what}: {size} leaves");
    let headers = store.headers(feed, 0, size).unwrap();
    for (index, found) in (0..size).zip(headers) {
        assert_eq!(found, Some(header(index)), "{what}: header {index}");
        let found = store.body(feed, index).unwrap();
        assert!(found.is_none() || found == Some(body(index)), "{what}: body {index}");
        assert!(found.is_some() || index >= least, "{what}: body {index} lost");
    }
    assert!(store.held(feed, size, size + 600).iter().all(|held| !held), "{what}: bodies beyond");
}

#[test]
fn a_stop_that_tears_one_file_keeps_what_was_committed() {
    for sizes in [[3, 6], [250, 259], [256, 258], [510, 515]] {
        let stop = Stop::new(sizes);
        for (path, before, after) in stop.changed() {
            // The parsers are cut at every byte in their own tests; here it is files that are out of step.
            let spread = (0..=6).map(|part| before + (after - before) * part / 7);
            let mut cuts: Vec<u64> = spread.chain([before + 1, after - 16, after - 1]).collect();
            cuts.retain(|len| (before..after).contains(len));
            cuts.sort_unstable();
            cuts.dedup();
            for len in cuts {
                stop.crash(&[(path.clone(), len)]);
                stop.check(&format!("{sizes:?}: {} cut to {len} of {before}..{after}", path.display()));
            }
        }
    }
}

#[test]
fn a_power_cut_that_tears_every_file_keeps_what_was_committed() {
    let mut seed = 1_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for sizes in [[250, 300], [100, 700], [0, 300]] {
        let stop = Stop::new(sizes);
        for round in 0..40 {
            let cut = |(path, before, after): (PathBuf, u64, u64)| {
                let len = if random(3) == 0 { after } else { before + random(after - before + 1) };
                (path, len)
            };
            let left: Vec<_> = stop.changed().into_iter().map(cut).collect();
            stop.crash(&left);
            stop.check(&format!("{sizes:?}: round {round}: {left:?}"));
        }
    }
}

#[test]
fn a_kill_without_any_tear_loses_nothing_that_was_written() {
    let stop = Stop::new([250, 700]);
    stop.crash(&[]);
    let store = open(&stop.outcome);
    assert_eq!(store.size(&manifest(1).id()), 700);
    assert_eq!(store.body_count(&manifest(1).id()), 700);
    assert_eq!(store.state(Table::Node, b"time"), Some(b"1".as_slice()));
}

#[test]
fn a_manifest_that_was_never_put_in_place_is_no_feed_unless_leaves_followed() {
    let data = tempfile::tempdir().unwrap();
    let copied = data.path().join("copy");
    let feed = manifest(1).id();
    let mut store = open(data.path());
    store.create(&manifest(1)).unwrap();
    copy(&data.path().join("feeds"), &copied.join("feeds"));
    assert_eq!(files(&copied).len(), 1);
    assert_eq!(open(&copied).feeds(), []);
    assert!(!copied.join("feeds").join(feed.to_string()).exists());
    grow(&mut store, &feed, 3);
    copy(&data.path().join("feeds"), &copied.join("feeds"));
    let store = open(&copied);
    assert_eq!((store.feeds(), store.size(&feed)), (vec![feed], 3));
    drop(store);
    assert!(verified(&copied).unfinished.is_empty());
}

#[test]
fn missing_headers_and_erased_bodies_stay_so_across_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let feed = manifest(1).id();
    let mut store = open(data.path());
    store.create(&manifest(1)).unwrap();
    grow(&mut store, &feed, 600);
    put(&mut store, &feed, 0..600);
    sign(&mut store, 1);
    store.commit().unwrap();
    let gone = [0, 255, 256, 590];
    store.mark_missing(&feed, &gone).unwrap();
    store.erase_bodies(&feed, &gone).unwrap();
    store.commit().unwrap();
    std::mem::forget(store);
    let copied = data.path().join("copy");
    copy(&data.path().join("feeds"), &copied.join("feeds"));
    let store = open(&copied);
    for index in 0..600 {
        let kept = !gone.contains(&index);
        assert_eq!(store.headers(&feed, index, index + 1).unwrap(), [kept.then(|| header(index))]);
        assert_eq!(store.body(&feed, index).unwrap(), kept.then(|| body(index)));
    }
    drop(store);
    for file in files(&copied.join("feeds")) {
        let bytes = fs::read(&file).unwrap();
        for index in gone.iter().filter(|index| **index % 16 != 15 && body(**index).bytes.len() > 8) {
            let body = body(*index).bytes;
            let holds = bytes.windows(body.len()).any(|window| window == body);
            assert!(!holds, "{} still holds the body of {index}", file.display());
        }
    }
}
