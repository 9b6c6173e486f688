use commonwheel_record::{Hash, hex};
use sha2::{Digest, Sha256};

use super::{SIZES, leaf, leaves, naive_root, tree};
use crate::full::FullTree;
use crate::proof::{ProofError, frontier_at, root_at};
use crate::tree::{EMPTY_ROOT, Frontier, MAX_SIZE, cover, leaf_hash};

/// The eight leaves that implementations of RFC 6962 test with, and the roots over the first 0 to 8 of them.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| hex::decode::<1>(&text[2 * at..2 * at + 2]).unwrap()[0]).collect()
}

#[test]
fn rfc_6962_vectors() {
    assert_eq!(EMPTY_ROOT.0, <[u8; 32]>::from(Sha256::digest(b"")));
    let mut frontier = Frontier::default();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(frontier.root().to_string(), *root, "{size}");
        if let Some(leaf) = LEAVES.get(size) {
            frontier.push(leaf_hash(&unhex(leaf)));
        }
    }
}

#[test]
fn every_way_to_build_a_tree_gives_the_naive_root() {
    let mut pushed = Frontier::default();
    let mut full = FullTree::default();
    for size in 0..=SIZES {
        let leaves = leaves(size, size, 0);
        let root = naive_root(&leaves);
        assert_eq!(pushed.root(), root, "{size}");
        assert_eq!(pushed.size(), size);
        assert_eq!(full.frontier(), pushed, "{size}");
        assert_eq!(full.leaves(), leaves);
        pushed.push(leaf(0, size));
        full.push(leaf(0, size));
    }
}

#[test]
fn a_larger_tree_gives_every_earlier_edge() {
    let whole = tree(SIZES);
    let mut edge = Frontier::default();
    for size in 0..=SIZES {
        assert_eq!(frontier_at(&whole, size).unwrap(), edge);
        assert_eq!(root_at(&whole, size).unwrap(), edge.root());
        edge.push(leaf(0, size));
    }
    assert!(frontier_at(&whole, SIZES + 1).is_err());
}

#[test]
fn truncating_undoes_pushing() {
    for (from, to) in [(0, 1), (1, 0), (255, 256), (256, 257), (300, 511), (511, 512), (512, 513), (0, 520)] {
        let mut tree_ = tree(from.max(to));
        tree_.truncate(from.min(to));
        assert_eq!(tree_, tree(from.min(to)));
        tree_.extend((from.min(to)..from.max(to)).map(|index| leaf(0, index)));
        assert_eq!(tree_, tree(from.max(to)));
    }
}

#[test]
fn a_cover_is_made_of_the_largest_aligned_subtrees() {
    for start in 0..130_u64 {
        for end in 0..130_u64 {
            let mut at = start;
            for (level, index) in cover(start, end) {
                let width = 1 << level;
                assert_eq!(index * width, at);
                assert!(at + width <= end);
                let doubled = at.is_multiple_of(2 * width) && at + 2 * width <= end;
                assert!(!doubled, "{start}..{end} at {at}");
                at += width;
            }
            assert_eq!(at, end.max(start));
        }
    }
    assert_eq!(cover(1, u64::MAX).count(), 126);
}

#[test]
fn subtrees_are_appended_where_they_are_aligned_only() {
    let nodes = tree(SIZES);
    for start in 0..=40_u64 {
        for level in 0..=6_u8 {
            let mut edge = frontier_at(&nodes, start).unwrap();
            let aligned = start % (1 << level) == 0;
            let hash = naive_root(&leaves(SIZES, SIZES, 0)[start as usize..][..1 << level]);
            let appended = edge.append_subtree(level, hash);
            assert_eq!(appended.is_ok(), aligned, "{start} {level}");
            let expected = if aligned { start + (1 << level) } else { start };
            assert_eq!(edge, frontier_at(&nodes, expected).unwrap());
        }
    }
}

#[test]
fn a_tree_cannot_outgrow_its_limit() {
    let mut edge = Frontier::default();
    assert_eq!(edge.append_subtree(64, EMPTY_ROOT), Err(ProofError::Bounds));
    assert_eq!(edge.append_subtree(63, EMPTY_ROOT), Err(ProofError::Bounds));
    for level in (0..63).rev() {
        edge.append_subtree(level, EMPTY_ROOT).unwrap();
    }
    assert_eq!(edge.size(), MAX_SIZE);
    assert_eq!(edge.append_subtree(0, EMPTY_ROOT), Err(ProofError::Bounds));
    edge.push(EMPTY_ROOT);
    assert_eq!(edge.peaks().len(), 1);
}

#[test]
fn peaks_must_fit_their_size() {
    let peaks = tree(11).frontier().peaks().to_vec();
    assert_eq!(Frontier::from_peaks(11, peaks.clone()).unwrap(), tree(11).frontier());
    assert_eq!(Frontier::from_peaks(12, peaks.clone()), Err(ProofError::Length));
    assert_eq!(Frontier::from_peaks(11, peaks[1..].to_vec()), Err(ProofError::Length));
    assert_eq!(Frontier::from_peaks(u64::MAX, vec![Hash::default(); 64]), Err(ProofError::Bounds));
}
