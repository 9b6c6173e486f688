//! One flipped bit in any file: noticed by `verify`, never served, repaired from what is whole or from a peer.

use std::fs;
use std::path::{Path, PathBuf};

use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::FeedId;
use commonwheel_store::FileStore;

use crate::common::{body, copy, files, grow, header, manifest, open, open_bare, put, sign, verified};

const LEAVES: u64 = 600;
/// Its header is missing and its body erased.
const ERASED: u64 = 300;

fn filled(data: &Path) {
    let feed = manifest(1).id();
    let mut store = open(data);
    store.create(&manifest(1)).unwrap();
    grow(&mut store, &feed, LEAVES);
    put(&mut store, &feed, 0..LEAVES);
    sign(&mut store, 1);
    store.mark_missing(&feed, &[ERASED]).unwrap();
    store.erase_bodies(&feed, &[ERASED]).unwrap();
    store.set_state(Table::Peers, b"peer", Some(b"address")).unwrap();
    store.close().unwrap();
}

/// Everything that is answered is what was written, or that it is not there, or that it is corrupt. Returns the
/// positions that were answered with an error.
fn corrupt_positions(store: &FileStore, feed: &FeedId) -> Vec<u64> {
    let is_corrupt = |error: StoreError| assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let mut corrupt = Vec::new();
    for index in 0..store.size(feed) {
        let mut answered = true;
        match store.headers(feed, index, index + 1) {
            Ok(found) => assert!(found == [None] || found == [Some(header(index))], "header {index}"),
            Err(error) => {
                is_corrupt(error);
                answered = false;
            }
        }
        match store.body(feed, index) {
            Ok(found) => assert!(found.is_none() || found == Some(body(index)), "body {index}"),
            Err(error) => {
                is_corrupt(error);
                answered = false;
            }
        }
        match store.leaf_hashes(feed, index, index + 1) {
            Ok(found) => {
                assert_eq!(found, [leaf_hash(&header(index))], "hash {index}");
            }
            Err(error) => {
                is_corrupt(error);
                answered = false;
            }
        }
        if !answered {
            corrupt.push(index);
        }
    }
    corrupt
}

/// What a node does: repairs where it hits damage, then fetches what is wanted.
fn repair_and_refetch(store: &mut FileStore, feed: &FeedId) {
    for index in corrupt_positions(store, feed) {
        store.repair_at(feed, index).unwrap();
    }
    assert_eq!(corrupt_positions(store, feed), Vec::<u64>::new());
    store.repair(&mut |_| {}).unwrap();
    if store.size(feed) == 0 {
        store.create(&manifest(1)).unwrap();
    }
    let missing = store.headers(feed, 0, LEAVES).unwrap();
    for (index, _) in (0..).zip(missing).filter(|(index, found)| found.is_none() && *index != ERASED) {
        store.fill_header(feed, index, &header(index)).unwrap();
    }
    grow(store, feed, LEAVES);
    let wanted: Vec<u64> = (0..LEAVES).filter(|index| *index != ERASED).collect();
    let bodies: Vec<_> = wanted.into_iter().map(|index| (index, body(index))).collect();
    store.put_bodies(feed, &bodies).unwrap();
    sign(store, 1);
    store.set_state(Table::Peers, b"peer", Some(b"address")).unwrap();
    store.commit().unwrap();
}

/// The files of a store by kind: those a reader of `layout` would tell apart.
fn kinds(data: &Path) -> Vec<Vec<PathBuf>> {
    let all: Vec<PathBuf> = [files(&data.join("feeds")), files(&data.join("state"))].concat();
    let kinds = ["/manifest", "/checkpoint", "/tile/0/", "/tile/1/", "/entries/", "/bodies/", "/journal"];
    let of = |kind: &str| all.iter().filter(|path| path.to_string_lossy().contains(kind)).cloned().collect();
    let found: Vec<Vec<PathBuf>> = kinds.into_iter().map(of).collect();
    assert_eq!(found.iter().map(Vec::len).sum::<usize>(), all.len(), "every file is of some kind");
    found
}

#[test]
fn a_flipped_bit_is_noticed_never_served_and_repaired() {
    let data = tempfile::tempdir().unwrap();
    let (kept, tried) = (data.path().join("kept"), data.path().join("tried"));
    filled(&kept);
    let feed = manifest(1).id();
    let whole = open(&kept).state_hash().unwrap();
    let mut seed = 11_u64;
    for kind in kinds(&kept) {
        assert!(!kind.is_empty());
        for _ in 0..30 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let file = &kind[(seed >> 33) as usize % kind.len()];
            let mut bytes = fs::read(file).unwrap();
            let bit = (seed >> 13) as usize % (8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
            let what = format!("bit {bit} of {}", file.display());
            copy(&kept, &tried);
            // Half of the time the index is there to be misled.
            if seed >> 7 & 1 == 0 {
                fs::remove_dir_all(tried.join("index")).unwrap();
            }
            fs::write(tried.join(file.strip_prefix(&kept).unwrap()), &bytes).unwrap();
            assert!(!verified(&tried).is_clean(), "{what} is not noticed");
            let mut store = open(&tried);
            repair_and_refetch(&mut store, &feed);
            assert_eq!(store.state_hash().unwrap(), whole, "{what}");
            drop(store);
            let report = verified(&tried);
            assert!(report.is_clean() && report.unfinished.is_empty(), "{what}: {report:?}");
        }
    }
}

#[test]
fn a_bit_that_flips_while_the_store_is_open_is_never_served() {
    let data = tempfile::tempdir().unwrap();
    filled(data.path());
    let feed = manifest(1).id();
    for kind in kinds(data.path()) {
        for file in kind {
            let bytes = fs::read(&file).unwrap();
            for bit in [9, 4 * bytes.len(), 8 * bytes.len() - 5] {
                let mut store = open(data.path());
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                fs::write(&file, &flipped).unwrap();
                corrupt_positions(&store, &feed);
                assert!(!store.verify(&mut |_| {}).unwrap().is_clean(), "bit {bit} of {}", file.display());
                drop(store);
                fs::write(&file, &bytes).unwrap();
            }
        }
    }
    assert!(verified(data.path()).is_clean());
}

#[test]
fn tiles_of_every_level_are_computed_again() {
    let data = tempfile::tempdir().unwrap();
    let feed = manifest(1).id();
    let size = 65_536 + 300;
    let mut store = open(data.path());
    store.create(&manifest(1)).unwrap();
    grow(&mut store, &feed, size);
    sign(&mut store, 1);
    store.commit().unwrap();
    let root = store.frontier(&feed).root();
    store.close().unwrap();
    let tiles = data.path().join("feeds").join(feed.to_string()).join("tile");
    for (tile, at) in
        [("0/000", 40), ("0/255", 8000), ("0/256", 9), ("1/000", 77), ("1/001.part", 3), ("2/000.part", 31)]
    {
        let path = tiles.join(tile);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        // Before the store is opened, then under it.
        fs::write(&path, &bytes).unwrap();
        let mut store = open_bare(data.path());
        for _ in 0..2 {
            for index in [0, 1, 65_300, 65_535, 65_536, size - 1] {
                match store.leaf_hashes(&feed, index, index + 1) {
                    Ok(hashes) => assert_eq!(hashes, [leaf_hash(&header(index))]),
                    Err(_) => drop(store.repair_at(&feed, index).unwrap()),
                }
            }
            store.repair(&mut |_| {}).unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole, "{tile}");
            fs::write(&path, &bytes).unwrap();
        }
        store.repair(&mut |_| {}).unwrap();
        assert_eq!(store.frontier(&feed).root(), root);
        let nodes = (0..=16).map(|level| store.node(&feed, level, 0));
        assert!(nodes.into_iter().all(|node| node.is_ok()), "{tile}");
    }
    assert!(verified(data.path()).is_clean());
}

#[test]
fn lost_tiles_are_computed_again_or_nothing_is_cut() {
    let data = tempfile::tempdir().unwrap();
    let (kept, tried) = (data.path().join("kept"), data.path().join("tried"));
    filled(&kept);
    let feed = manifest(1).id();
    let whole = open(&kept).state_hash().unwrap();
    let tiles = tried.join("feeds").join(feed.to_string()).join("tile");
    for lost in ["0/000", "0/002.part", "1/000.part", "1", ""] {
        copy(&kept, &tried);
        let path = tiles.join(lost);
        if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.unwrap();
        // The header at `ERASED` is missing, so without the tiles nothing leads over it.
        if lost.is_empty() {
            assert_eq!(open(&tried).size(&feed), 0, "to be fetched again");
            continue;
        }
        let store = open(&tried);
        assert_eq!((store.size(&feed), store.state_hash().unwrap()), (LEAVES, whole), "without tile/{lost}");
        drop(store);
        assert!(verified(&tried).is_clean());
    }
    copy(&kept, &tried);
    fs::remove_file(tiles.join("0/001")).unwrap();
    let mut options = crate::common::options();
    options.own.insert(feed);
    let before = files(&tried.join("feeds"));
    let refused = FileStore::open(&tried, &options).unwrap_err();
    assert_eq!(refused, commonwheel_store::OpenError::OwnFeed { feed, what: "hash tiles" });
    assert_eq!(files(&tried.join("feeds")), before, "an own feed is left as it is");
}

#[test]
fn an_own_feed_that_is_damaged_beyond_repair_is_not_set_aside() {
    let data = tempfile::tempdir().unwrap();
    filled(data.path());
    let feed = manifest(1).id();
    let path = data.path().join("feeds").join(feed.to_string()).join("checkpoint");
    let mut bytes = fs::read(&path).unwrap();
    bytes[5] ^= 1;
    bytes[6] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut options = crate::common::options();
    options.own.insert(feed);
    let refused = FileStore::open(data.path(), &options).unwrap_err();
    assert_eq!(refused, commonwheel_store::OpenError::OwnFeed { feed, what: "checkpoint" });
    let (store, report) = crate::common::open_reported(data.path());
    assert_eq!((store.feeds(), report.set_aside), (vec![], vec![(feed, "checkpoint")]));
    let aside = data.path().join("feeds.bad").join(format!("{feed}-1"));
    assert!(aside.join("manifest").exists());
    assert!(!aside.join("entries").exists() && !aside.join("bodies").exists());
}
