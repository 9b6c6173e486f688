use commonwheel_record::attestation::Head;
use commonwheel_record::{FeedId, Hash};

use super::{damaged, data_leaf};
use crate::full::FullTree;
use crate::page::{PageEntry, PageError, check_bounds, verify};
use crate::proof::{frontier_at, range_proof, root_at};
use crate::tree::leaf_hash;

const SIZE: u64 = 600;

fn fixture() -> (FullTree, Head) {
    let tree: FullTree = (0..SIZE).map(|index| leaf_hash(&data_leaf(index))).collect();
    let head = Head { feed: FeedId([1; 32]), size: SIZE, root: root_at(&tree, SIZE).unwrap() };
    (tree, head)
}

/// The entries of `start..end`, every seventh header missing.
fn entries(start: u64, end: u64) -> Vec<PageEntry> {
    let entry = |index| match index % 7 {
        0 => PageEntry::Missing(leaf_hash(&data_leaf(index))),
        _ => PageEntry::Header(data_leaf(index)),
    };
    (start..end).map(entry).collect()
}

#[test]
fn pages_with_missing_headers_verify() {
    let (tree, head) = fixture();
    for (start, end) in [(0, 256), (256, 512), (0, 512), (512, SIZE), (0, SIZE)] {
        let proof = range_proof(&tree, start, end, SIZE).unwrap();
        let page = verify(start, &entries(start, end), &proof, &head).unwrap();
        assert_eq!(page.hashes, tree.leaves()[start as usize..end as usize]);
        assert_eq!(page.edge, frontier_at(&tree, end).unwrap());
    }
}

#[test]
fn any_wrong_byte_of_a_page_is_refused() {
    let (tree, head) = fixture();
    let proof = range_proof(&tree, 512, SIZE, SIZE).unwrap();
    let good = entries(512, SIZE);
    for index in 0..good.len() {
        let mut bad = good.clone();
        match &mut bad[index] {
            PageEntry::Header(header) => header[0] ^= 1,
            PageEntry::Missing(hash) => hash.0[31] ^= 1,
        }
        assert!(verify(512, &bad, &proof, &head).is_err());
    }
    for right in damaged(&range_proof(&tree, 256, 512, SIZE).unwrap().right) {
        let proof = crate::proof::RangeProof { right, left: proof.left.clone() };
        assert!(verify(256, &entries(256, 512), &proof, &head).is_err());
    }
    let other = Head { root: Hash([1; 32]), ..head };
    assert!(verify(512, &good, &proof, &other).is_err());
}

#[test]
fn bounds_are_bundles_or_the_head() {
    assert_eq!(check_bounds(0, 256, 600), Ok(256));
    assert_eq!(check_bounds(512, 88, 600), Ok(600));
    assert_eq!(check_bounds(0, 512, 512), Ok(512));
    for (start, count) in [(0, 0), (600, 0), (0, 255), (1, 255), (512, 87), (512, 89), (256, 512)] {
        assert_eq!(check_bounds(start, count, 600), Err(PageError::Bounds), "{start}+{count}");
    }
    assert_eq!(check_bounds(u64::MAX - 255, 256, u64::MAX), Err(PageError::Bounds));
}

#[test]
fn headers_of_impossible_length_are_refused() {
    for length in [0, 4097] {
        let leaf = vec![0; length];
        let tree: FullTree = [leaf_hash(&leaf)].into_iter().collect();
        let head = Head { feed: FeedId([1; 32]), size: 1, root: root_at(&tree, 1).unwrap() };
        let proof = range_proof(&tree, 0, 1, 1).unwrap();
        assert_eq!(verify(0, &[PageEntry::Header(leaf.clone())], &proof, &head), Err(PageError::Header));
        assert!(verify(0, &[PageEntry::Missing(leaf_hash(&leaf))], &proof, &head).is_ok());
    }
}
