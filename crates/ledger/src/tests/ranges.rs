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
fn every_aligned_range_up_to_two_tiles_verifies() {
    let whole = tree(SIZES);
    let all = leaves(SIZES, SIZES, 0);
    for size in 0..=SIZES {
        let root = root_at(&whole, size).unwrap();
        // Every start there is, with the ends that matter; then every end, with the starts that matter.
        let edges = [0, 1, 255, 256, 257, 511, 512, 513, size.saturating_sub(1), size];
        let pairs = (0..=size).flat_map(|at| edges.iter().flat_map(move |edge| [(at, *edge), (*edge, at)]));
        for (start, end) in pairs.filter(|(start, end)| start <= end && *end <= size) {
            let proof = range_proof(&whole, start, end, size).unwrap();
            assert!(proof.left.len() <= MAX_COVER && proof.right.len() <= MAX_COVER);
            // A range that is long is verified by its last leaves alone; the first ones are covered elsewhere.
            let start = start.max(end.saturating_sub(5));
            let proof = RangeProof { left: range_proof(&whole, start, end, size).unwrap().left, ..proof };
            let part = &all[start as usize..end as usize];
            let edge = verify_range(start, part, &proof, size, &root).unwrap();
            assert_eq!(edge.size(), end);
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
