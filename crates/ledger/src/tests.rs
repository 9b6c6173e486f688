//! Tests, by subject, and what they share.

mod forks;
mod notes;
mod pages;
mod proofs;
mod publishing;
mod ranges;
mod stores;
mod trees;

use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{CollectiveId, Hash, Manifest, NetworkId, SecretKey};

use crate::full::FullTree;
use crate::tree::{EMPTY_ROOT, leaf_hash, node_hash};

/// The sizes up to which proofs are checked exhaustively: past two full tiles.
const SIZES: u64 = 520;

fn network() -> NetworkId {
    NetworkId::named("ledger tests")
}

fn writer() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

fn manifest() -> Manifest {
    Manifest {
        version: 1,
        collective: CollectiveId([5; 32]),
        purpose: Purpose::Data,
        audience: FeedAudience::Public,
        writer: writer().public(),
        network: network(),
        prologue: None,
    }
}

/// A leaf that differs by branch and index.
fn leaf(branch: u8, index: u64) -> Hash {
    leaf_hash(&[&[branch][..], &index.to_be_bytes()].concat())
}

/// `size` leaves, of which those from `split` on belong to `branch`.
fn leaves(size: u64, split: u64, branch: u8) -> Vec<Hash> {
    (0..size).map(|index| leaf(if index < split { 0 } else { branch }, index)).collect()
}

fn tree(size: u64) -> FullTree {
    leaves(size, size, 0).into_iter().collect()
}

/// RFC 6962 §2.1, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// Every way of damaging a proof in one place: a flipped bit, an element left out, doubled or added, two swapped.
fn damaged(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[path, &[Hash([9; 32])]].concat(), [&[Hash([9; 32])], path].concat()];
    for index in 0..path.len() {
        let mut flipped = path.to_vec();
        flipped[index].0[index % 32] ^= 1 << (index % 8);
        let mut dropped = path.to_vec();
        let hash = dropped.remove(index);
        let mut doubled = path.to_vec();
        doubled.insert(index, hash);
        all.extend([flipped, dropped, doubled]);
        if index > 0 {
            let mut swapped = path.to_vec();
            swapped.swap(index - 1, index);
            all.push(swapped);
        }
    }
    all
}

/// The bytes of a data leaf, which says nothing but its number.
fn data_leaf(number: u64) -> Vec<u8> {
    unknown_leaf(9, number)
}

/// The bytes of a leaf of a kind that no version knows.
fn unknown_leaf(kind: u64, number: u64) -> Vec<u8> {
    let mut encoder = commonwheel_record::cbor::Encoder::default();
    encoder.array(4);
    encoder.uint(1);
    encoder.uint(kind);
    encoder.uint(number);
    encoder.map(0);
    encoder.into_bytes()
}

fn body(text: &str) -> SealedBody {
    SealedBody { salt: [3; 32], submission: None, bytes: text.as_bytes().to_vec() }
}
