//! Feeds to fill a store with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::{Position, Store};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::submission::{Submission, SubmissionBody, item_hash};
use commonwheel_record::terms::{Language, Licence, Preferences, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Extensions, FeedId, Hash, Leaf,
    Manifest, NetworkId, RecordId, Regions, SecretKey, Tier,
};
use commonwheel_store::{FileStore, OpenReport, Options, Report, verify};

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
        collective: collective(),
        purpose: Purpose::Data,
        audience: FeedAudience::Public,
        writer: key(n).public(),
        network: network(),
        prologue: None,
    }
}

/// How many positions differ; after them the same come again.
const RECORDS: u64 = 1024;
/// Fifteen contributions and the submission that lists them.
const GROUP: u64 = 16;

type Record = (Vec<u8>, SealedBody);

fn records() -> &'static [Record] {
    static RECORDS_MADE: OnceLock<Vec<Record>> = OnceLock::new();
    RECORDS_MADE.get_or_init(|| (0..RECORDS / GROUP).flat_map(group).collect())
}

fn group(n: u64) -> Vec<Record> {
    let submission = RecordId { feed: manifest(1).id(), index: n * GROUP + GROUP - 1 };
    let mut records: Vec<Record> =
        (n * GROUP..submission.index).map(|index| contribution(index, submission)).collect();
    let items = records.iter().map(|(header, body)| item_hash(&network(), &body.salt, header)).collect();
    let signed = SubmissionBody::sign(&network(), &key(99), collective(), Hash([3; 32]), n, items);
    let (salt, bytes) = (salt(submission.index), signed.expect("a list of items").encode());
    let leaf = Submission { commitment: Commitment::to(&network(), &salt, &bytes) };
    let header = Leaf::Submission(leaf, Extensions::default()).encode();
    records.push((header, SealedBody { salt, submission: None, bytes }));
    records
}

/// Bytes that are another position's nowhere.
fn salt(index: u64) -> [u8; 32] {
    leaf_hash(&index.to_be_bytes()).0
}

fn contribution(index: u64, submission: RecordId) -> Record {
    let (salt, bytes) =
        (salt(index), salt(!index).into_iter().cycle().take(index as usize * 53 % 400).collect::<Vec<_>>());
    let header = Contribution {
        kind: ContributionKind::Chat,
        language: Language::parse("en").expect("a language"),
        domain: Slug::parse("health").expect("a slug"),
        tags: BTreeSet::new(),
        labelled: index.is_multiple_of(2),
        licence: Licence::parse("CC-BY-4.0").expect("a licence"),
        preferences: Preferences::default(),
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("test-1").expect("a slug"),
        stewards: (0..index % 3).map(|n| CollectiveId([n as u8; 32])).collect(),
        ancestors: BTreeSet::new(),
        commitment: Commitment::to(&network(), &salt, &bytes),
    };
    let header = Leaf::Contribution(Box::new(header), Extensions::default()).encode();
    (header, SealedBody { salt, submission: Some(submission), bytes })
}

fn record(index: u64) -> &'static Record {
    &records()[(index % RECORDS) as usize]
}

pub(crate) fn header(index: u64) -> Vec<u8> {
    record(index).0.clone()
}

/// The body of a position; its submission is in feed 1.
pub(crate) fn body(index: u64) -> SealedBody {
    record(index).1.clone()
}

pub(crate) fn collective() -> CollectiveId {
    CollectiveId([1; 32])
}

pub(crate) fn open(data: &Path) -> FileStore {
    open_reported(data).0
}

/// Opens a store that has no index, which takes a hundredth of the time.
pub(crate) fn open_bare(data: &Path) -> FileStore {
    let options = Options { index_wait: std::time::Duration::ZERO, ..options() };
    FileStore::open(data, &options).expect("the store opens").0
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

/// Puts the bodies of positions.
pub(crate) fn put(store: &mut impl Store, feed: &FeedId, indices: std::ops::Range<u64>) {
    let bodies: Vec<_> = indices.map(|index| (index, body(index))).collect();
    store.put_bodies(feed, &bodies).expect("puts bodies");
}

/// Verifies a data directory that is not open.
pub(crate) fn verified(data: &Path) -> Report {
    verify(data, &network(), &mut |_| {}).expect("the disk works")
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

/// Makes a directory a copy of another.
pub(crate) fn copy(from: &Path, to: &Path) {
    drop(std::fs::remove_dir_all(to));
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below it"));
        std::fs::create_dir_all(target.parent().expect("has one")).expect("creates");
        std::fs::copy(&file, target).expect("copies");
    }
}
