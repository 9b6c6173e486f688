//! Starting on what a restore or a failing disk left.

use std::path::{Path, PathBuf};

use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::publish::PublishError;
use commonwheel_ledger::store::{Position, Store as _};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::{Content, Offer};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash};
use commonwheel_sync::{NewRecord, Selection};

use super::carry::MAX_CARRIED;
use super::{Engine, Settings, Unable, millis};
use crate::init::{InitOptions, init};

/// A co-op's data directory.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let options = InitOptions {
            data: home.data(),
            role: NodeRole::Coop,
            name: "Riverside".to_owned(),
            network: "test".to_owned(),
            guard: home.guard(),
        };
        init(&options).unwrap();
        home
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn guard(&self) -> PathBuf {
        self.0.path().join("guard")
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            data: self.data(),
            network: "test".to_owned(),
            role: NodeRole::Coop,
            name: "Riverside".to_owned(),
            guard: self.guard(),
            listen: Vec::new(),
            peers: Vec::new(),
            partners: Vec::new(),
            follow: Vec::new(),
            purpose: Purpose::Replicate,
            selection: Selection::default(),
            witness: true,
            close_ballots: true,
        }
    }

    fn open(&self) -> Engine {
        Engine::open(millis(), self.settings()).unwrap()
    }
}

fn offer(number: usize) -> Content {
    let (purposes, conditions) = Default::default();
    Content::Offer(Offer { title: format!("Offer {number}"), terms: Hash([1; 32]), purposes, conditions })
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// What a peer would give back of a feed.
struct Rest {
    feed: FeedId,
    start: u64,
    leaves: Vec<(Hash, Vec<u8>)>,
    head: SignedHead,
}

impl Rest {
    fn of(engine: &Engine, feed: FeedId, start: u64) -> Self {
        let store = engine.sync.store();
        let headers = store.headers(&feed, start, store.size(&feed)).unwrap().into_iter().map(Option::unwrap);
        let hashes = store.leaf_hashes(&feed, start, store.size(&feed)).unwrap();
        Self {
            feed,
            start,
            leaves: hashes.into_iter().zip(headers).collect(),
            head: *store.head(&feed).unwrap(),
        }
    }

    fn give(&self, engine: &mut Engine) {
        let store = engine.sync.store_mut();
        assert_eq!(store.size(&self.feed), self.start);
        let leaves = self.leaves.iter().map(|(hash, leaf)| Position { hash: *hash, header: Some(leaf) });
        store.append(&self.feed, &leaves.collect::<Vec<_>>()).unwrap();
        store.set_head(&self.feed, &self.head).unwrap();
    }
}

#[test]
fn a_restored_writer_signs_nothing_until_it_has_its_own_feed_back() {
    let home = Home::new();
    let backup = home.0.path().join("backup");
    copy(&home.data(), &backup);
    let mut engine = home.open();
    let control = engine.own.unwrap().control;
    let held = engine.sync.store().size(&control);
    let signed = engine.decree(millis(), offer(1)).unwrap().index + 1;
    let rest = Rest::of(&engine, control, held);
    drop(engine);
    std::fs::remove_dir_all(home.data()).unwrap();
    copy(&backup, &home.data());

    let mut engine = home.open();
    let why = engine.read_only.as_ref().map(|read_only| read_only.why.clone());
    assert_eq!(why, Some(PublishError::Behind { held, signed }));
    assert!(matches!(engine.decree(millis(), offer(2)), Err(Unable::ReadOnly(_))));
    assert_eq!(engine.sync.store().size(&control), held);

    rest.give(&mut engine);
    engine.confirm(millis()).unwrap();
    assert!(engine.read_only.is_none());
    assert_eq!(engine.decree(millis(), offer(2)).unwrap().index, signed);
}

#[test]
fn a_corrupt_header_in_a_control_feed_is_repaired_before_it_is_read() {
    let home = Home::new();
    let mut engine = home.open();
    let own = engine.own.unwrap();
    let key = engine.keys.governance.clone().unwrap();
    let leaf =
        |number| commonwheel_collective::found::leaf(&engine.network, own.collective, &[&key], offer(number));
    let records = (0..300).map(|number| NewRecord { leaf: leaf(number), body: None }).collect();
    engine.append(millis(), own.control, records).unwrap();
    drop(engine);
    let bundle = home.data().join("feeds").join(own.control.to_string()).join("entries/000");
    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    // Two bits, so that it cannot be guessed which.
    bytes[middle] ^= 3;
    std::fs::write(&bundle, bytes).unwrap();

    let engine = home.open();
    let headers = engine.sync.store().headers(&own.control, 0, 256).unwrap();
    assert_eq!(headers.iter().filter(|header| header.is_none()).count(), 1);
    assert!(engine.read_only.is_none());
}

/// Collectives that a test carries for.
fn other(byte: u8) -> CollectiveId {
    CollectiveId([byte; 32])
}

#[test]
fn a_carried_feed_is_written_on_after_a_restart_and_guarded_like_any_other() {
    let home = Home::new();
    let mut engine = home.open();
    let carried = engine.carry(millis(), other(1)).unwrap();
    assert_eq!(engine.carry(millis(), other(1)).unwrap(), carried, "one feed a collective");
    let own = engine.own.unwrap();
    assert_eq!(engine.carry(millis(), own.collective).unwrap(), own.control, "its own it writes already");
    let backup = home.0.path().join("backup");
    let network = engine.network;
    let leaf = || {
        let ballot = Hash([1; 32]);
        let close = commonwheel_record::RecordId { feed: FeedId([2; 32]), index: 3 };
        let mandate = Content::Mandate(commonwheel_record::control::Mandate { ballot, close });
        commonwheel_collective::found::leaf(&network, other(1), &[], mandate)
    };
    let first = engine.append_control(millis(), other(1), leaf(), None).unwrap();
    assert_eq!((first.feed, first.index), (carried, 0));
    assert!(matches!(engine.append_control(millis(), other(2), leaf(), None), Err(Unable::NotCarrier(_))));
    drop(engine);
    copy(&home.data(), &backup);

    let mut engine = home.open();
    assert_eq!(
        (engine.own.map(|own| own.control), engine.control_feed(&other(1))),
        (Some(own.control), Some(carried))
    );
    assert_eq!(engine.append_control(millis(), other(1), leaf(), None).unwrap().index, 1);
    drop(engine);
    std::fs::remove_dir_all(home.data()).unwrap();
    copy(&backup, &home.data());
    let engine = home.open();
    let why = engine.read_only.as_ref().map(|read_only| (read_only.feed, read_only.why.clone()));
    assert_eq!(why, Some((carried, PublishError::Behind { held: 1, signed: 2 })));
}

#[test]
fn a_node_carries_for_so_many_collectives_and_no_more() {
    let home = Home::new();
    let mut engine = home.open();
    for byte in 1..=u8::try_from(MAX_CARRIED).unwrap() {
        engine.carry(millis(), other(byte)).unwrap();
    }
    assert!(matches!(engine.carry(millis(), other(0xff)), Err(Unable::CarriesMost)));
    assert!(engine.carry(millis(), other(1)).is_ok(), "those it carries for it goes on to");
}
