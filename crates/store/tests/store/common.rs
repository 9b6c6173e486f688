//! Feeds to fill a store with.

use std::path::{Path, PathBuf};

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::{Position, Store};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{CollectiveId, FeedId, Manifest, NetworkId, RecordId, SecretKey};
use commonwheel_store::{FileStore, OpenReport, Options};

pub(crate) fn network() -> NetworkId {
    NetworkId::named("store tests")
}

pub(crate) fn options() -> Options {
    Options::new(network())
}

/// The writer's key of feed `n`.
pub(crate) fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n; 32])
}

pub(crate) fn manifest(n: u8) -> Manifest {
    Manifest {
        version: 1,
        collective: CollectiveId([n; 32]),
        purpose: Purpose::Data,
        audience: FeedAudience::Public,
        writer: key(n).public(),
        network: network(),
        prologue: None,
    }
}

/// The header of a position, of a length that varies with it.
pub(crate) fn header(index: u64) -> Vec<u8> {
    let len = 20 + index as usize * 37 % 90;
    index.to_be_bytes().into_iter().cycle().take(len).collect()
}

pub(crate) fn body(index: u64) -> SealedBody {
    let here = RecordId { feed: manifest(1).id(), index: index / 16 * 16 };
    let elsewhere = RecordId { feed: FeedId([9; 32]), index };
    SealedBody {
        salt: [index as u8; 32],
        submission: [None, Some(here), Some(elsewhere)][index as usize % 3],
        bytes: vec![index as u8; index as usize * 53 % 400],
    }
}

pub(crate) fn open(data: &Path) -> FileStore {
    open_reported(data).0
}

pub(crate) fn open_reported(data: &Path) -> (FileStore, OpenReport) {
    FileStore::open(data, &options()).expect("the store opens")
}

/// Appends positions with headers until there are `size`.
pub(crate) fn grow(store: &mut impl Store, feed: &FeedId, size: u64) {
    let headers: Vec<Vec<u8>> = (store.size(feed)..size).map(header).collect();
    let positions: Vec<Position<'_>> =
        headers.iter().map(|header| Position { hash: leaf_hash(header), header: Some(header) }).collect();
    store.append(feed, &positions).expect("appends");
}

/// Signs the head at the held size.
pub(crate) fn sign(store: &mut impl Store, n: u8) {
    let manifest = manifest(n);
    let id = manifest.id();
    let head = SignedHead::sign(&manifest, &key(n), store.size(&id), store.frontier(&id).root());
    store.set_head(&id, &head).expect("the head grows");
}

/// Every file below a directory, in order.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Copies a directory, which must not exist yet.
pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below it"));
        std::fs::create_dir_all(target.parent().expect("has one")).expect("creates");
        std::fs::copy(&file, target).expect("copies");
    }
}
