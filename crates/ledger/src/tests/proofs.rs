use std::sync::LazyLock;

use commonwheel_record::Hash;
use ct_merkle::{
    ConsistencyProof as CtConsistency, InclusionProof as CtInclusion, RootHash,
    mem_backed_tree::MemoryBackedTree,
};
use proptest::prelude::*;
use sha2::Sha256;

use super::{SIZES, damaged, leaf, tree};
use crate::full::FullTree;
use crate::proof::*;
use crate::tree::{EMPTY_ROOT, MAX_SIZE, leaf_hash};

/// The same tree in another implementation of RFC 6962, with leaves of bytes that [`theirs`] and [`ours`] share.
type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

fn bytes(index: u64) -> Vec<u8> {
    [&[0][..], &index.to_be_bytes()].concat()
}

fn theirs(size: u64) -> Theirs {
    let mut tree = Theirs::new();
    (0..size).for_each(|index| tree.push(bytes(index)));
    tree
}

static WHOLE: LazyLock<FullTree> = LazyLock::new(|| tree(SIZES));

fn their_root(root: &Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(root.0.into(), size)
}

fn flat(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn roots_and_inclusion_agree_with_ct_merkle() {
    let mut other = Theirs::new();
    for size in 0..=SIZES {
        let root = root_at(&*WHOLE, size).unwrap();
        assert_eq!(other.root().as_bytes().as_slice(), root.as_bytes(), "{size}");
        // Every leaf of small trees; of larger ones the edges of every subtree and a stride.
        for index in (0..size).filter(|index| size <= 70 || index % 37 == 0 || size - index < 4) {
            let path = inclusion_proof(&*WHOLE, index, size).unwrap();
            assert_eq!(other.prove_inclusion(index as usize).as_bytes(), flat(&path), "{index} of {size}");
            verify_inclusion(index, &leaf(0, index), size, &root, &path).unwrap();
            let proof = CtInclusion::try_from_bytes(flat(&path)).unwrap();
            their_root(&root, size).verify_inclusion(&bytes(index), index, &proof).unwrap();
        }
        other.push(bytes(size));
    }
}

#[test]
fn consistency_agrees_with_ct_merkle() {
    for to in
        (1..=SIZES).filter(|to| *to <= 70 || to % 29 == 0 || to.abs_diff(512) < 3 || to.abs_diff(256) < 3)
    {
        let other = theirs(to);
        let to_root = root_at(&*WHOLE, to).unwrap();
        for from in 1..=to {
            let from_root = root_at(&*WHOLE, from).unwrap();
            let path = consistency_proof(&*WHOLE, from, to).unwrap();
            let proof = other.prove_consistency((to - from) as usize);
            assert_eq!(proof.as_bytes(), flat(&path), "{from} to {to}");
            verify_consistency(from, &from_root, to, &to_root, &path).unwrap();
            let proof = CtConsistency::try_from_bytes(flat(&path)).unwrap();
            their_root(&to_root, to).verify_consistency(&their_root(&from_root, from), &proof).unwrap();
        }
    }
}

#[test]
fn seeded_proofs_lead_to_both_roots() {
    for to in 1..=130 {
        for from in 0..=to {
            let (a, b) = (root_at(&*WHOLE, from).unwrap(), root_at(&*WHOLE, to).unwrap());
            let path = seeded_consistency_proof(&*WHOLE, from, to).unwrap();
            verify_seeded_consistency(from, &a, to, &b, &path).unwrap();
            if from > 0 && from < to {
                assert_eq!(consistency_roots(from, to, &path), Ok((a, b)));
                let other = Hash([1; 32]);
                assert_eq!(verify_seeded_consistency(from, &other, to, &b, &path), Err(ProofError::Fork));
                assert_eq!(verify_seeded_consistency(from, &a, to, &other, &path), Err(ProofError::Root));
            }
        }
    }
}

#[test]
fn damaged_inclusion_proofs_are_refused() {
    for size in [1, 2, 3, 7, 8, 9, 255, 256, 257, 300, SIZES] {
        let root = root_at(&*WHOLE, size).unwrap();
        for index in (0..size).step_by(1 + size as usize / 20) {
            let path = inclusion_proof(&*WHOLE, index, size).unwrap();
            for bad in damaged(&path) {
                assert!(verify_inclusion(index, &leaf(0, index), size, &root, &bad).is_err());
            }
            assert!(verify_inclusion(index, &leaf(1, index), size, &root, &path).is_err());
            assert!(verify_inclusion(index + 1, &leaf(0, index), size, &root, &path).is_err());
            assert!(verify_inclusion(index, &leaf(0, index), size, &leaf(0, 9999), &path).is_err());
        }
    }
}

#[test]
fn damaged_consistency_proofs_are_refused() {
    for to in [1, 2, 3, 7, 8, 9, 255, 256, 257, 300, SIZES] {
        let to_root = root_at(&*WHOLE, to).unwrap();
        for from in (1..=to).step_by(1 + to as usize / 40) {
            let from_root = root_at(&*WHOLE, from).unwrap();
            let path = consistency_proof(&*WHOLE, from, to).unwrap();
            for bad in damaged(&path) {
                assert!(verify_consistency(from, &from_root, to, &to_root, &bad).is_err(), "{from} {to}");
            }
            let other = leaf(9, 9);
            assert!(verify_consistency(from, &other, to, &to_root, &path).is_err());
            assert!(verify_consistency(from, &from_root, to, &other, &path).is_err());
            for bad in damaged(&seeded_consistency_proof(&*WHOLE, from, to).unwrap()) {
                assert!(
                    verify_seeded_consistency(from, &from_root, to, &to_root, &bad).is_err(),
                    "{from} {to}"
                );
            }
        }
    }
}

#[test]
fn the_empty_tree_begins_every_tree() {
    let root = root_at(&*WHOLE, 5).unwrap();
    assert_eq!(consistency_proof(&*WHOLE, 0, 5).unwrap(), []);
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 5, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 0, &EMPTY_ROOT, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 5, &root, &[]), Err(ProofError::Root));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 5, &root, &[root]), Err(ProofError::Length));
    assert_eq!(verify_consistency(5, &root, 5, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(5, &root, 5, &EMPTY_ROOT, &[]), Err(ProofError::Fork));
}

#[test]
fn positions_outside_the_tree_are_refused_on_both_sides() {
    assert!(inclusion_proof(&*WHOLE, 5, 5).is_err());
    assert!(inclusion_proof(&*WHOLE, 0, 0).is_err());
    assert!(inclusion_proof(&*WHOLE, 0, SIZES + 1).is_err());
    assert!(consistency_proof(&*WHOLE, 5, 4).is_err());
    assert!(consistency_proof(&*WHOLE, 5, SIZES + 1).is_err());
    let root = leaf_hash(b"");
    assert_eq!(verify_inclusion(5, &root, 5, &root, &[]), Err(ProofError::Bounds));
    assert_eq!(verify_inclusion(0, &root, u64::MAX, &root, &[]), Err(ProofError::Bounds));
    assert_eq!(verify_consistency(5, &root, 4, &root, &[]), Err(ProofError::Bounds));
    assert_eq!(verify_consistency(1, &root, u64::MAX, &root, &[]), Err(ProofError::Bounds));
}

proptest! {
    /// Nothing that a peer can send makes a verifier panic, whatever the sizes.
    #[test]
    fn verifiers_are_total(
        from in any::<u64>(), to in any::<u64>(), shift in 0..64_u32,
        path in proptest::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..70),
    ) {
        let (from, to) = (from >> shift, to >> (shift / 2));
        let root = Hash([1; 32]);
        prop_assert!(verify_inclusion(from, &root, to, &root, &path).is_err() || to == 1);
        let consistent = verify_consistency(from, &root, to, &root, &path);
        prop_assert!(consistent.is_err() || from == to);
        prop_assert!(verify_seeded_consistency(from, &root, to, &root, &path).is_err() || from == to);
        let proof = RangeProof { left: path.clone(), right: path };
        prop_assert!(verify_range(from, &[root], &proof, to, &root).is_err() || to == 1);
    }

    /// A proof between two trees is none between others.
    #[test]
    fn a_proof_is_bound_to_its_trees(a in 1..SIZES, b in 1..SIZES, c in 1..SIZES) {
        let mut sizes = [a, b, c];
        sizes.sort_unstable();
        let [from, to, other] = sizes;
        prop_assume!(from < to && to < other);
        let roots = sizes.map(|size| root_at(&*WHOLE, size).unwrap());
        let path = consistency_proof(&*WHOLE, from, to).unwrap();
        prop_assert!(verify_consistency(from, &roots[0], other, &roots[2], &path).is_err());
    }

    #[test]
    fn sizes_near_the_limit_are_verified(level in 1..63_u8) {
        let size = MAX_SIZE >> level;
        let path = vec![Hash::default(); 64];
        prop_assert_eq!(verify_inclusion(size - 1, &path[0], size, &path[0], &path), Err(ProofError::Length));
    }
}
