//! Whatever is done to it, the file store answers as the one in memory does, before and after it is opened again.

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::note::SignedHead;
use commonwheel_ledger::store::{Position, Store, StoreError, Table};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::{FeedId, Hash};
use proptest::prelude::*;

use crate::common::{body, header, key, manifest, open};

#[derive(Clone, Debug)]
enum Op {
    Create(u8),
    /// How many positions; of those with `index % 5 == 3` the header is missing if asked for.
    Append(u8, u64, bool),
    Head(u8, u64),
    Fill(u8, u64),
    Bodies(u8, Vec<u64>),
    Erase(u8, Vec<u64>),
    State(u8, u8, Option<u8>),
    Commit,
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let feed = 0..3_u8;
    let index = prop_oneof![0..40_u64, 200..700_u64];
    let indices = proptest::collection::vec(index.clone(), 0..20);
    prop_oneof![
        2 => feed.clone().prop_map(Op::Create),
        6 => (feed.clone(), prop_oneof![0..5_u64, 0..300_u64], any::<bool>()).prop_map(|(f, n, m)| Op::Append(f, n, m)),
        2 => (feed.clone(), 0..900_u64).prop_map(|(f, n)| Op::Head(f, n)),
        4 => (feed.clone(), index).prop_map(|(f, i)| Op::Fill(f, i)),
        6 => (feed.clone(), indices.clone()).prop_map(|(f, i)| Op::Bodies(f, i)),
        3 => (feed, indices).prop_map(|(f, i)| Op::Erase(f, i)),
        3 => (0..4_u8, 0..6_u8, any::<Option<u8>>()).prop_map(|(t, k, v)| Op::State(t, k, v)),
        2 => Just(Op::Commit),
        2 => Just(Op::Reopen),
    ]
}

fn table(n: u8) -> Table {
    [Table::Attestations, Table::Follows, Table::Peers, Table::Node][usize::from(n)]
}

fn apply(store: &mut impl Store, op: &Op) -> Result<(), StoreError> {
    match op {
        Op::Create(n) => store.create(&manifest(*n)),
        Op::Append(n, count, missing) => {
            let feed = manifest(*n).id();
            let size = store.size(&feed);
            let headers: Vec<Vec<u8>> = (size..size + count).map(header).collect();
            let positions: Vec<Position<'_>> = (size..)
                .zip(&headers)
                .map(|(index, header)| Position {
                    hash: leaf_hash(header),
                    header: Some(header.as_slice()).filter(|_| !missing || index % 5 != 3),
                })
                .collect();
            store.append(&feed, &positions)
        }
        Op::Head(n, size) => {
            // One that is ahead is the head of the leaves that will come: a feed whose tree is not its head's is
            // damaged, and opening sets it aside.
            let feed = manifest(*n).id();
            let mut edge = store.frontier(&feed);
            let held = store.size(&feed);
            (held..*size).for_each(|index| edge.push(leaf_hash(&header(index))));
            let head = SignedHead::sign(&manifest(*n), &key(*n), (*size).max(held), edge.root());
            store.set_head(&feed, &head)
        }
        Op::Fill(n, index) => store.fill_header(&manifest(*n).id(), *index, &header(*index)),
        Op::Bodies(n, indices) => {
            let bodies: Vec<_> = indices.iter().map(|index| (*index, body(*index))).collect();
            store.put_bodies(&manifest(*n).id(), &bodies)
        }
        Op::Erase(n, indices) => store.erase_bodies(&manifest(*n).id(), indices),
        Op::State(t, key, value) => {
            store.set_state(table(*t), &[*key], value.as_ref().map(std::slice::from_ref))
        }
        Op::Commit | Op::Reopen => store.commit(),
    }
}

/// All that a store answers about a feed.
type Answers = (u64, Vec<Result<Hash, StoreError>>, Vec<Option<Vec<u8>>>, Vec<bool>, Vec<Hash>);

fn answers(store: &impl Store, feed: &FeedId) -> Result<Answers, StoreError> {
    let nodes = (0..12).flat_map(|level| (0..12).map(move |index| (level, index * index)));
    let size = store.size(feed);
    Ok((
        size,
        nodes.map(|(level, index)| store.node(feed, level, index)).collect(),
        store.headers(feed, size.min(3), size + 9)?,
        store.held(feed, 0, size + 9),
        store.leaf_hashes(feed, 1, u64::MAX)?,
    ))
}

fn compare(files: &impl Store, memory: &MemStore) {
    assert_eq!(files.feeds(), memory.feeds());
    for n in 0..3 {
        let feed = manifest(n).id();
        assert_eq!(files.head(&feed), memory.head(&feed));
        assert_eq!(files.manifest(&feed), memory.manifest(&feed));
        assert_eq!(files.frontier(&feed), memory.frontier(&feed));
        assert_eq!(answers(files, &feed), answers(memory, &feed));
        for index in 0..memory.size(&feed) {
            assert_eq!(files.body(&feed, index), memory.body(&feed, index));
        }
    }
    for n in 0..4 {
        assert_eq!(files.states(table(n)), memory.states(table(n)));
    }
}

fn check(ops: &[Op]) {
    let data = tempfile::tempdir().unwrap();
    let mut files = open(data.path());
    let mut memory = MemStore::default();
    for op in ops {
        assert_eq!(apply(&mut files, op), apply(&mut memory, op), "{op:?}");
        compare(&files, &memory);
        if matches!(op, Op::Reopen) {
            let before = files.state_hash().unwrap();
            drop(files);
            files = open(data.path());
            compare(&files, &memory);
            assert_eq!(files.state_hash().unwrap(), before);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn answers_as_the_store_in_memory_does(ops in proptest::collection::vec(op(), 1..40)) {
        check(&ops);
    }
}

/// Leaves that reach a head which was there before them, fall short of it, or go beyond it.
#[test]
fn a_head_may_come_before_its_leaves() {
    for (head, then) in [(193, 1), (193, 0), (193, 70), (257, 65), (600, 408)] {
        check(&[
            Op::Create(0),
            Op::Append(0, 192, false),
            Op::Head(0, head),
            Op::Reopen,
            Op::Append(0, then, true),
            Op::Reopen,
            Op::Bodies(0, vec![0, 191, 192]),
            Op::Reopen,
        ]);
    }
}
