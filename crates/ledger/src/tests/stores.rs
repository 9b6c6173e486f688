use commonwheel_record::{FeedId, Hash, SecretKey};
use proptest::prelude::*;

use super::{body, data_leaf, manifest, writer};
use crate::mem::{MemGuard, MemStore};
use crate::note::SignedHead;
use crate::store::{Position, Store, StoreError, Table, TipGuard};
use crate::tree::{Frontier, leaf_hash};

fn feed() -> FeedId {
    manifest().id()
}

fn append(store: &mut MemStore, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let leaf = data_leaf(number);
        store.append(&feed(), &[Position { hash: leaf_hash(&leaf), header: Some(&leaf) }]).unwrap();
    }
}

fn store(leaves: u64) -> MemStore {
    let mut store = MemStore::default();
    store.create(&manifest()).unwrap();
    append(&mut store, 0..leaves);
    store.commit().unwrap();
    store
}

/// Everything a store says, to compare two of them.
fn state(store: &MemStore) -> String {
    let feeds: Vec<_> = store
        .feeds()
        .into_iter()
        .map(|feed| {
            let size = store.size(&feed);
            let bodies: Vec<_> = (0..size).map(|index| store.body(&feed, index).unwrap()).collect();
            let hashes = store.leaf_hashes(&feed, 0, size).unwrap();
            let headers = store.headers(&feed, 0, size).unwrap();
            (feed, store.head(&feed).copied(), store.frontier(&feed), hashes, headers, bodies)
        })
        .collect();
    let rows: Vec<_> = [Table::Attestations, Table::Follows, Table::Peers, Table::Node]
        .into_iter()
        .flat_map(|table| store.states(table))
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect();
    format!("{feeds:?} {rows:?}")
}

#[test]
fn reads_are_cut_to_what_is_held() {
    let store = store(10);
    assert_eq!(store.size(&feed()), 10);
    assert_eq!(store.leaf_hashes(&feed(), 8, 99).unwrap().len(), 2);
    assert_eq!(store.leaf_hashes(&feed(), 10, u64::MAX).unwrap(), []);
    assert_eq!(store.headers(&feed(), 9, u64::MAX).unwrap(), [Some(data_leaf(9))]);
    assert_eq!(store.headers(&feed(), 5, 4).unwrap(), [] as [Option<Vec<u8>>; 0]);
    assert!(store.node(&feed(), 1, 4).is_ok());
    assert!(store.node(&feed(), 1, 5).is_err());
    assert!(store.node(&feed(), 255, 0).is_err());
}

#[test]
fn an_unknown_feed_is_empty_or_refused() {
    let mut store = MemStore::default();
    assert_eq!(store.size(&feed()), 0);
    assert_eq!(store.frontier(&feed()), Frontier::default());
    assert_eq!(store.held(&feed(), 0, 2), [false, false]);
    assert!(store.manifest(&feed()).is_none() && store.head(&feed()).is_none());
    assert!(store.append(&feed(), &[]).is_err());
    assert!(store.node(&feed(), 0, 0).is_err());
    assert!(store.body(&feed(), 0).is_err());
    assert!(store.erase_bodies(&feed(), &[0]).is_err());
    assert_eq!(store.unsynced(), 0);
}

#[test]
fn headers_must_be_those_of_their_leaves() {
    let mut store = store(1);
    let hash = leaf_hash(&data_leaf(1));
    let wrong = data_leaf(2);
    assert!(store.append(&feed(), &[Position { hash, header: Some(&wrong) }]).is_err());
    store.append(&feed(), &[Position { hash, header: None }]).unwrap();
    assert_eq!(store.headers(&feed(), 1, 2).unwrap(), [None]);
    assert!(store.fill_header(&feed(), 1, &wrong).is_err());
    assert!(store.fill_header(&feed(), 2, &wrong).is_err());
    store.fill_header(&feed(), 1, &data_leaf(1)).unwrap();
    assert_eq!(store.headers(&feed(), 1, 2).unwrap(), [Some(data_leaf(1))]);
}

#[test]
fn bodies_are_added_once_and_erased() {
    let mut store = store(3);
    store.put_bodies(&feed(), &[(2, body("a")), (2, body("b"))]).unwrap();
    assert_eq!(store.body(&feed(), 2).unwrap(), Some(body("a")));
    assert!(store.put_bodies(&feed(), &[(0, body("a")), (3, body("a"))]).is_err());
    assert_eq!(store.held(&feed(), 0, 4), [false, false, true, false]);
    store.erase_bodies(&feed(), &[0, 2]).unwrap();
    assert_eq!(store.body(&feed(), 2).unwrap(), None);
    assert_eq!(store.held(&feed(), 2, 3), [false]);
}

#[test]
fn heads_only_grow_and_belong_to_their_feed() {
    let mut store = store(3);
    let head = |size| SignedHead::sign(&manifest(), &writer(), size, Hash([1; 32]));
    store.set_head(&feed(), &head(5)).unwrap();
    assert!(store.set_head(&feed(), &head(4)).is_err());
    assert_eq!(store.head(&feed()), Some(&head(5)));
    let key = SecretKey::from_seed(&[8; 32]);
    let other = commonwheel_record::Manifest { writer: key.public(), ..manifest() };
    assert!(store.set_head(&feed(), &SignedHead::sign(&other, &key, 9, Hash([1; 32]))).is_err());
}

#[test]
fn state_is_kept_by_table() {
    let mut store = MemStore::default();
    store.set_state(Table::Peers, b"k", Some(b"1")).unwrap();
    store.set_state(Table::Node, b"k", Some(b"2")).unwrap();
    store.set_state(Table::Peers, b"j", Some(b"3")).unwrap();
    assert_eq!(store.states(Table::Peers), [(&b"j"[..], &b"3"[..]), (b"k", b"1")]);
    store.set_state(Table::Peers, b"k", None).unwrap();
    assert_eq!(store.state(Table::Peers, b"k"), None);
    assert_eq!(store.state(Table::Node, b"k"), Some(&b"2"[..]));
}

#[test]
fn a_guard_moves_by_compare_and_set() {
    let mut guard = MemGuard::default();
    let [a, b] = [(5, Hash([1; 32])), (6, Hash([2; 32]))];
    assert!(guard.advance(&feed(), Some(a), b).is_err());
    guard.advance(&feed(), None, a).unwrap();
    assert!(guard.advance(&feed(), None, b).is_err());
    assert!(guard.advance(&feed(), Some(a), a).is_err());
    assert!(guard.advance(&feed(), Some((5, Hash([3; 32]))), b).is_err());
    guard.advance(&feed(), Some(a), b).unwrap();
    assert_eq!(guard.tip(&feed()), Some(b));
}

#[test]
fn a_crash_undoes_every_kind_of_write() {
    let mut store = store(2);
    store.append(&feed(), &[Position { hash: leaf_hash(&data_leaf(2)), header: None }]).unwrap();
    store.put_bodies(&feed(), &[(0, body("a"))]).unwrap();
    store.set_state(Table::Node, b"old", Some(b"1")).unwrap();
    store.commit().unwrap();
    let before = state(&store);

    let other = commonwheel_record::Manifest { prologue: None, version: 2, ..manifest() };
    let root = store.frontier(&feed()).root();
    store.create(&other).unwrap();
    store.set_head(&feed(), &SignedHead::sign(&manifest(), &writer(), 3, root)).unwrap();
    store.fill_header(&feed(), 2, &data_leaf(2)).unwrap();
    append(&mut store, 3..5);
    store.erase_bodies(&feed(), &[0]).unwrap();
    store.put_bodies(&feed(), &[(0, body("b")), (4, body("c"))]).unwrap();
    store.set_state(Table::Node, b"old", None).unwrap();
    store.set_state(Table::Node, b"new", Some(b"2")).unwrap();
    assert_eq!(store.unsynced(), 10);
    for keep in (0..10).rev() {
        let mut crashed = store.clone();
        crashed.crash(keep);
        assert_ne!(state(&crashed), state(&store), "{keep}");
        assert_eq!(state(&crashed) == before, keep == 0, "{keep}");
    }
}

/// One random operation on a store.
#[derive(Clone, Copy, Debug)]
enum Op {
    Append(u8),
    Withheld,
    Fill(u64),
    Head,
    Put(u64, u8),
    Erase(u64),
    Set(u8, u8),
    Unset(u8),
    Commit,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (1..5_u8).prop_map(Op::Append),
        1 => Just(Op::Withheld),
        1 => (0..8_u64).prop_map(Op::Fill),
        1 => Just(Op::Head),
        2 => (0..8_u64, any::<u8>()).prop_map(|(index, text)| Op::Put(index, text)),
        2 => (0..8_u64).prop_map(Op::Erase),
        1 => (0..4_u8, any::<u8>()).prop_map(|(key, value)| Op::Set(key, value)),
        1 => (0..4_u8).prop_map(Op::Unset),
        1 => Just(Op::Commit),
    ]
}

/// Does one operation; those that the store refuses change nothing.
fn apply(store: &mut MemStore, op: Op) {
    let size = store.size(&feed());
    let refused = match op {
        Op::Append(count) => {
            append(store, size..size + u64::from(count));
            Ok(())
        }
        Op::Withheld => {
            let hash = leaf_hash(&data_leaf(size));
            store.append(&feed(), &[Position { hash, header: None }])
        }
        Op::Fill(index) => store.fill_header(&feed(), index, &data_leaf(index)),
        Op::Head => {
            let root = store.frontier(&feed()).root();
            store.set_head(&feed(), &SignedHead::sign(&manifest(), &writer(), size, root))
        }
        Op::Put(index, text) => store.put_bodies(&feed(), &[(index, body(&text.to_string()))]),
        Op::Erase(index) => store.erase_bodies(&feed(), &[index]),
        Op::Set(key, value) => store.set_state(Table::Node, &[key], Some(&[value])),
        Op::Unset(key) => store.set_state(Table::Node, &[key], None),
        Op::Commit => store.commit(),
    };
    assert!(matches!(refused, Ok(()) | Err(StoreError::Refused(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// After a crash the store is what it was at some moment since the last commit, at the latest now.
    #[test]
    fn a_crash_goes_back_to_an_earlier_moment(ops in proptest::collection::vec(op(), 1..60), keep in any::<prop::sample::Index>()) {
        let mut store = store(0);
        // What the store said after each operation of the journal since the last commit.
        let mut moments = vec![state(&store)];
        for op in ops {
            apply_in_moments(&mut store, op, &mut moments);
        }
        let keep = keep.index(store.unsynced() + 1);
        prop_assert_eq!(moments.len(), store.unsynced() + 1);
        store.crash(keep);
        prop_assert_eq!(&state(&store), &moments[keep]);
        prop_assert_eq!(store.unsynced(), 0);
        store.crash(0);
        prop_assert_eq!(&state(&store), &moments[keep]);
    }
}

/// Applies an operation in steps that are one operation of the journal each, or none.
fn apply_in_moments(store: &mut MemStore, op: Op, moments: &mut Vec<String>) {
    let steps = match op {
        Op::Append(count) => vec![Op::Append(1); usize::from(count)],
        op => vec![op],
    };
    for step in steps {
        apply(store, step);
        moments.truncate(if matches!(step, Op::Commit) { 0 } else { store.unsynced() });
        moments.push(state(store));
    }
}
