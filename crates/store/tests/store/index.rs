//! The index may be deleted or damaged at any time: nothing is lost and every answer stays what it was.

use std::fs;

use commonwheel_ledger::store::Store;
use commonwheel_record::Hash;
use commonwheel_store::rebuild;

use crate::common::{body, copy, files, grow, manifest, open, open_reported, options, put, sign};

/// A store whose bodies are held here and there, closed; returns its state hash.
fn filled(data: &std::path::Path) -> Hash {
    let feed = manifest(1).id();
    let mut store = open(data);
    for n in [1, 2] {
        store.create(&manifest(n)).unwrap();
        let feed = manifest(n).id();
        grow(&mut store, &feed, 1000);
        put(&mut store, &feed, 0..700);
        sign(&mut store, n);
        store.commit().unwrap();
    }
    store.erase_bodies(&feed, &[1, 2, 300, 699]).unwrap();
    put(&mut store, &feed, 2..3);
    store.commit().unwrap();
    let hash = store.state_hash().unwrap();
    store.close().unwrap();
    hash
}

fn check_answers(store: &impl Store) {
    for n in [1, 2] {
        let feed = manifest(n).id();
        for index in 0..1000 {
            let held = index < 700 && (n == 2 || ![1, 300, 699].contains(&index));
            assert_eq!(store.body(&feed, index).unwrap(), held.then(|| body(index)), "{n}/{index}");
        }
    }
}

#[test]
fn a_deleted_index_is_built_again() {
    let data = tempfile::tempdir().unwrap();
    let hash = filled(data.path());
    fs::remove_dir_all(data.path().join("index")).unwrap();
    let (store, report) = open_reported(data.path());
    assert_eq!((store.state_hash().unwrap(), report), (hash, commonwheel_store::OpenReport::default()));
    check_answers(&store);
    drop(store);
    let rebuilt = rebuild(data.path(), &options(), &mut |_| {}).unwrap();
    assert_eq!((rebuilt.state_hash, rebuilt.leaves, rebuilt.bodies), (hash, 2000, 1397));
}

#[test]
fn a_flipped_bit_anywhere_in_the_index_changes_no_answer() {
    let data = tempfile::tempdir().unwrap();
    let (kept, tried) = (data.path().join("kept"), data.path().join("tried"));
    let hash = filled(&kept);
    let index = files(&kept.join("index"));
    let total: u64 = index.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    let flips = std::env::var("COMMONWHEEL_FLIPS").ok().and_then(|flips| flips.parse().ok()).unwrap_or(50);
    let mut seed = 7_u64;
    for round in 0..flips {
        copy(&kept, &tried);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut at = (seed >> 20) % total;
        let file = index.iter().find(|file| {
            let len = fs::metadata(file).unwrap().len();
            let found = at < len;
            at -= if found { 0 } else { len };
            found
        });
        let file = tried.join(file.unwrap().strip_prefix(&kept).unwrap());
        let mut bytes = fs::read(&file).unwrap();
        bytes[at as usize] ^= 1 << (seed % 8);
        fs::write(&file, bytes).unwrap();
        let store = open(&tried);
        assert_eq!(store.state_hash().unwrap(), hash, "round {round}: byte {at} of {}", file.display());
        check_answers(&store);
        drop(store);
        let again = open(&tried);
        assert_eq!(again.state_hash().unwrap(), hash, "round {round}, opened again");
    }
}

#[test]
fn an_index_of_another_time_is_not_believed() {
    let data = tempfile::tempdir().unwrap();
    let (now, old) = (data.path().join("now"), data.path().join("old"));
    filled(&now);
    copy(&now, &old);
    let feed = manifest(1).id();
    let mut store = open(&now);
    // The bundle ends as long as it was, yet with other bodies in it.
    store.erase_bodies(&feed, &[10, 11]).unwrap();
    put(&mut store, &feed, 11..12);
    put(&mut store, &feed, 10..11);
    store.erase_bodies(&feed, &(256..700).collect::<Vec<_>>()).unwrap();
    store.commit().unwrap();
    let hash = store.state_hash().unwrap();
    store.close().unwrap();
    copy(&old.join("index"), &now.join("index"));
    let store = open(&now);
    assert_eq!(store.state_hash().unwrap(), hash);
    for index in 0..700 {
        let held = index < 256 && index != 1;
        assert_eq!(store.body(&feed, index).unwrap(), held.then(|| body(index)), "{index}");
    }
}

#[test]
fn one_process_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path());
    let second = commonwheel_store::FileStore::open(data.path(), &options());
    assert_eq!(second.unwrap_err(), commonwheel_store::OpenError::InUse(data.path().into()));
    drop(store);
    open(data.path());
}
