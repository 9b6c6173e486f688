use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Manifest, SecretKey};
use proptest::prelude::*;

use super::{data_leaf, manifest, network, unknown_leaf, writer};
use crate::fork;
use crate::mem::{MemGuard, MemStore};
use crate::note::SignedHead;
use crate::proof::{FeedNodes, consistency_proof, seeded_consistency_proof, verify_consistency};
use crate::publish::{PublishError, append_own, check_tip, publish};
use crate::store::{Position, Store, StoreError, TipGuard};
use crate::tree::leaf_hash;

fn feed() -> FeedId {
    manifest().id()
}

fn node() -> (MemStore, MemGuard) {
    let mut store = MemStore::default();
    store.create(&manifest()).unwrap();
    store.commit().unwrap();
    (store, MemGuard::default())
}

fn append(store: &mut MemStore, numbers: std::ops::Range<u64>) {
    let leaves: Vec<_> = numbers.map(data_leaf).collect();
    append_own(store, &feed(), &leaves).unwrap();
}

fn sign(store: &mut MemStore, guard: &mut MemGuard) -> Result<Option<SignedHead>, PublishError> {
    publish(store, guard, &writer(), &feed())
}

#[test]
fn heads_follow_the_leaves() {
    let (mut store, mut guard) = node();
    assert_eq!(sign(&mut store, &mut guard), Ok(None));
    assert_eq!(guard.tip(&feed()), None);
    let mut heads: Vec<SignedHead> = Vec::new();
    for (from, to) in [(0, 1), (1, 256), (256, 600), (600, 601)] {
        append(&mut store, from..to);
        let head = sign(&mut store, &mut guard).unwrap().unwrap();
        head.verify(&manifest()).unwrap();
        assert_eq!((head.head.size, head.head.root), (to, store.frontier(&feed()).root()));
        assert_eq!(guard.tip(&feed()), Some((to, head.head.root)));
        assert_eq!(store.unsynced(), 0);
        assert_eq!(sign(&mut store, &mut guard), Ok(None));
        heads.push(head);
    }
    let nodes = FeedNodes { store: &store, feed: &feed() };
    for pair in heads.windows(2) {
        let (a, b) = (pair[0].head, pair[1].head);
        let path = consistency_proof(&nodes, a.size, b.size).unwrap();
        verify_consistency(a.size, &a.root, b.size, &b.root, &path).unwrap();
    }
}

#[test]
fn a_lost_tail_makes_the_feed_read_only() {
    let (mut store, mut guard) = node();
    append(&mut store, 0..5);
    let backup = store.clone();
    append(&mut store, 5..9);
    sign(&mut store, &mut guard).unwrap();

    let mut restored = backup;
    restored.commit().unwrap();
    let behind = Err(PublishError::Behind { held: 5, signed: 9 });
    assert_eq!(sign(&mut restored, &mut guard), behind);
    assert_eq!(check_tip(&restored, &guard, &feed()), Err(PublishError::Behind { held: 5, signed: 9 }));
    append(&mut restored, 100..104);
    assert_eq!(sign(&mut restored, &mut guard), Err(PublishError::Diverged { signed: 9 }));
    append(&mut restored, 104..110);
    assert_eq!(sign(&mut restored, &mut guard), Err(PublishError::Diverged { signed: 9 }));
    assert!(restored.head(&feed()).is_none());
}

#[test]
fn a_tail_that_came_back_can_be_continued() {
    let (mut store, mut guard) = node();
    append(&mut store, 0..5);
    let mut restored = store.clone();
    append(&mut store, 5..9);
    let head = sign(&mut store, &mut guard).unwrap().unwrap();
    // The head comes back from a peer before its leaves do: nothing may be appended meanwhile.
    restored.set_head(&feed(), &head).unwrap();
    let refused = append_own(&mut restored, &feed(), &[data_leaf(100)]);
    assert_eq!(refused, Err(PublishError::Behind { held: 5, signed: 9 }));
    for number in 5..9 {
        let leaf = data_leaf(number);
        restored.append(&feed(), &[Position { hash: leaf_hash(&leaf), header: Some(&leaf) }]).unwrap();
    }
    append(&mut restored, 100..101);
    assert_eq!(sign(&mut restored, &mut guard).unwrap().unwrap().head.size, 10);
}

#[test]
fn a_lost_guard_does_not_let_a_head_be_contradicted() {
    let (mut store, mut guard) = node();
    append(&mut store, 0..5);
    let head = sign(&mut store, &mut guard).unwrap().unwrap();
    let mut lost = MemGuard::default();
    assert_eq!(sign(&mut store, &mut lost), Ok(None));
    assert_eq!(lost.tip(&feed()), Some((5, head.head.root)));

    let (mut other, _) = node();
    append(&mut other, 50..60);
    other.set_head(&feed(), &head).unwrap();
    let refused = sign(&mut other, &mut MemGuard::default());
    assert_eq!(refused, Err(PublishError::Diverged { signed: 5 }));
}

#[test]
fn a_guard_that_refuses_stops_the_signature() {
    /// A second process that shares the guard has moved it in between.
    struct Raced;
    impl TipGuard for Raced {
        fn tip(&self, _: &FeedId) -> Option<(u64, Hash)> {
            None
        }
        fn advance(&mut self, _: &FeedId, _: Option<(u64, Hash)>, _: (u64, Hash)) -> Result<(), StoreError> {
            Err(StoreError::Refused("the tip is another one"))
        }
    }
    let (mut store, _) = node();
    append(&mut store, 0..5);
    assert!(matches!(publish(&mut store, &mut Raced, &writer(), &feed()), Err(PublishError::Store(_))));
    // The leaves are durable by then: a guard never allows a head whose leaves a crash could still lose.
    store.crash(0);
    assert_eq!((store.size(&feed()), store.head(&feed())), (5, None));
}

#[test]
fn leaves_are_checked_before_any_is_appended() {
    let (mut store, _) = node();
    let control_manifest = Manifest { purpose: Purpose::Control, ..manifest() };
    store.create(&control_manifest).unwrap();
    let refused = append_own(&mut store, &feed(), &[data_leaf(1), vec![0xff]]);
    assert!(matches!(refused, Err(PublishError::Leaf { index: 1, .. })));
    let refused = append_own(&mut store, &control_manifest.id(), &[data_leaf(1)]);
    assert_eq!(refused, Err(PublishError::Purpose { index: 0 }));
    let refused = append_own(&mut store, &feed(), &[data_leaf(1), unknown_leaf(99, 1)]);
    assert_eq!(refused, Err(PublishError::Purpose { index: 1 }));
    assert_eq!(append_own(&mut store, &FeedId([0; 32]), &[]), Err(PublishError::Feed));
    assert_eq!(store.size(&feed()), 0);
    assert_eq!(append_own(&mut store, &feed(), &[data_leaf(1), data_leaf(2)]), Ok(0));
    assert_eq!(append_own(&mut store, &feed(), &[data_leaf(3)]), Ok(2));
}

#[test]
fn only_the_writer_publishes() {
    let (mut store, mut guard) = node();
    append(&mut store, 0..1);
    let stranger = SecretKey::from_seed(&[8; 32]);
    assert_eq!(publish(&mut store, &mut guard, &stranger, &feed()), Err(PublishError::Key));
    assert_eq!(publish(&mut store, &mut guard, &stranger, &FeedId([0; 32])), Err(PublishError::Feed));
    assert_eq!(guard.tip(&feed()), None);
}

/// A step of a writer's life.
#[derive(Clone, Copy, Debug)]
enum Step {
    Append(u64),
    Publish,
    /// The process dies; so many of the writes that were not synced survive.
    Crash(usize),
    /// The process dies after the guard moved and before the head was stored.
    CrashInPublish,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..9_u64).prop_map(Step::Append),
        2 => Just(Step::Publish),
        1 => (0..9_usize).prop_map(Step::Crash),
        1 => Just(Step::CrashInPublish),
    ]
}

proptest! {
    /// I10 without a witness: through any crashes, no two heads that left the node contradict each other.
    #[test]
    fn a_writer_never_forks_itself(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut store, mut guard) = node();
        let mut heads: Vec<SignedHead> = Vec::new();
        let mut number = 0;
        for step in steps {
            match step {
                Step::Append(count) => {
                    // Other leaves each time, so that writing a lost position again would show.
                    append(&mut store, number..number + count);
                    number += count;
                }
                Step::Publish => heads.extend(sign(&mut store, &mut guard).unwrap()),
                Step::Crash(keep) => store.crash(keep),
                Step::CrashInPublish => {
                    store.commit().unwrap();
                    let before = store.clone();
                    heads.extend(sign(&mut store, &mut guard).unwrap());
                    store = before;
                }
            }
        }
        heads.extend(sign(&mut store, &mut guard).unwrap());
        let nodes = FeedNodes { store: &store, feed: &feed() };
        for pair in heads.windows(2) {
            let (a, b) = (pair[0].head, pair[1].head);
            let path = consistency_proof(&nodes, a.size, b.size).unwrap();
            prop_assert_eq!(verify_consistency(a.size, &a.root, b.size, &b.root, &path), Ok(()));
        }
    }
}

/// What a writer without a guard does to itself, so that the tests above are known to be able to fail.
#[test]
fn without_its_guard_a_writer_forks() {
    let (mut store, mut guard) = node();
    append(&mut store, 0..5);
    store.commit().unwrap();
    let before = store.clone();
    append(&mut store, 5..9);
    let first = sign(&mut store, &mut guard).unwrap().unwrap();
    store = before;
    append(&mut store, 100..108);
    let second = sign(&mut store, &mut MemGuard::default()).unwrap().unwrap();
    let path = seeded_consistency_proof(&FeedNodes { store: &store, feed: &feed() }, 9, 13).unwrap();
    let proof = fork::prove(&manifest(), &first, &second, &path).unwrap();
    assert_eq!(fork::verify(&proof, &network()), Ok(feed()));
}

#[test]
fn a_flipped_bit_is_noticed_before_signing() {
    let (mut store, mut guard) = node();
    append(&mut store, 0..300);
    store.flip_header(&feed(), 270);
    let refused = sign(&mut store, &mut guard);
    let corrupt = StoreError::Corrupt { feed: feed(), index: 270, what: "header" };
    assert_eq!(refused, Err(PublishError::Store(corrupt)));
    assert_eq!(guard.tip(&feed()), None);
}
