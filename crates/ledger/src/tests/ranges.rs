use super::{SIZES, damaged, leaf, leaves, tree};
use crate::proof::*;
use crate::tree::{EMPTY_ROOT, Frontier};

#[test]
fn every_range_of_every_small_tree_verifies() {
    let whole = tree(SIZES);
    let all = leaves(SIZES, SIZES, 0);
    for size in 0..=70 {
        let root = root_at(&whole, size).unwrap();
        for start in 0..=size {
            for end in start..=size {
                let proof = range_proof(&whole, start, end, size).unwrap();
                let part = &all[start as usize..end as usize];
                let edge = verify_range(start, part, &proof, size, &root).unwrap();
                assert_eq!(edge, frontier_at(&whole, end).unwrap(), "{start}..{end} of {size}");
            }
        }
    }
}

#[test]
fn ranges_at_the_edges_of_tiles_verify() {
    let whole = tree(SIZES);
    let all = leaves(SIZES, SIZES, 0);
    let matters = |at: u64| at.is_multiple_of(43) || at.abs_diff(256) < 2 || at.abs_diff(512) < 2;
    for size in (0..=SIZES).filter(|size| matters(*size)) {
        let root = root_at(&whole, size).unwrap();
        for end in 0..=size {
            // Long ranges only where they start or end somewhere interesting: hashing takes the time.
            let starts = (0..=end).filter(|start| (end - start < 3) || (matters(*start) && matters(end)));
            for start in starts {
                let proof = range_proof(&whole, start, end, size).unwrap();
                assert!(proof.left.len() <= MAX_COVER && proof.right.len() <= MAX_COVER);
                let part = &all[start as usize..end as usize];
                let edge = verify_range(start, part, &proof, size, &root).unwrap();
                assert_eq!(edge, frontier_at(&whole, end).unwrap(), "{start}..{end} of {size}");
            }
        }
    }
}

#[test]
fn pages_chain_to_the_head() {
    let whole = tree(SIZES);
    let root = root_at(&whole, SIZES).unwrap();
    let mut edge = Frontier::default();
    for (start, end) in [(0, 256), (256, 512), (512, SIZES)] {
        let proof = range_proof(&whole, start, end, SIZES).unwrap();
        assert_eq!(proof.left, edge.peaks());
        let part: Vec<_> = (start..end).map(|index| leaf(0, index)).collect();
        edge = verify_range(start, &part, &proof, SIZES, &root).unwrap();
    }
    assert_eq!(edge.root(), root);
}

#[test]
fn damaged_ranges_are_refused() {
    let whole = tree(SIZES);
    let all = leaves(SIZES, SIZES, 0);
    for (start, end, size) in [
        (0, 1, 1),
        (0, 2, 3),
        (3, 5, 11),
        (0, 256, SIZES),
        (256, 512, SIZES),
        (512, SIZES, SIZES),
        (7, 7, 300),
    ] {
        let root = root_at(&whole, size).unwrap();
        let proof = range_proof(&whole, start, end, size).unwrap();
        let part = &all[start as usize..end as usize];
        let verify = |part: &[_], proof: &_, start| verify_range(start, part, proof, size, &root);
        assert!(verify(part, &proof, start).is_ok());
        for left in damaged(&proof.left) {
            assert!(verify(part, &RangeProof { left, ..proof.clone() }, start).is_err());
        }
        for right in damaged(&proof.right) {
            assert!(verify(part, &RangeProof { right, ..proof.clone() }, start).is_err());
        }
        for part in damaged(part) {
            assert!(verify(&part, &proof, start).is_err());
        }
        assert!(verify(part, &proof, start + 1).is_err());
        assert!(verify_range(start, part, &proof, size, &leaf(9, 9)).is_err());
    }
}

#[test]
fn impossible_ranges_are_refused() {
    let whole = tree(8);
    for (start, end, size) in [(2, 1, 8), (0, 9, 8), (0, 8, 9)] {
        assert!(range_proof(&whole, start, end, size).is_err());
    }
    let none = RangeProof::default();
    assert!(verify_range(0, &[], &none, 0, &EMPTY_ROOT).is_ok());
    assert_eq!(verify_range(0, &[], &none, 0, &leaf(0, 0)), Err(ProofError::Root));
    assert_eq!(verify_range(u64::MAX, &[leaf(0, 0)], &none, 8, &EMPTY_ROOT), Err(ProofError::Bounds));
    assert_eq!(verify_range(0, &[], &none, u64::MAX, &EMPTY_ROOT), Err(ProofError::Bounds));
}
