use std::sync::LazyLock;

use commonwheel_record::attestation::ForkEvidence;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::{Hash, NetworkId, SecretKey};
use proptest::prelude::*;

use super::{damaged, leaf, leaves, manifest, network, tree, writer};
use crate::fork::{ForkError, contradicts, open, prove, verify};
use crate::full::FullTree;
use crate::note::{NoteError, SignedHead};
use crate::proof::{ProofError, consistency_proof, root_at, seeded_consistency_proof};
use crate::tree::EMPTY_ROOT;

/// A branch of the feed that leaves the common leaves at `split`.
fn branch(size: u64, split: u64, branch: u8) -> FullTree {
    leaves(size, split, branch).into_iter().collect()
}

static HONEST: LazyLock<FullTree> = LazyLock::new(|| tree(400));

fn head(tree: &FullTree, size: u64) -> SignedHead {
    SignedHead::sign(&manifest(), &writer(), size, root_at(tree, size).unwrap())
}

fn evidence(a: &SignedHead, b: &SignedHead, path: &[Hash]) -> ForkEvidence {
    ForkEvidence {
        manifest: ByteString(manifest().encode()),
        smaller: a.to_note(&manifest()),
        larger: b.to_note(&manifest()),
        path: path.to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn honest_heads_never_prove_a_fork(a in 0..400_u64, b in 0..400_u64, junk in any::<[u8; 32]>()) {
        let (from, to) = (a.min(b), a.max(b));
        let tree = &*HONEST;
        let (small, large) = (head(tree, from), head(tree, to));
        let mut paths = vec![
            seeded_consistency_proof(tree, from, to).unwrap(),
            consistency_proof(tree, from, to).unwrap(),
            vec![],
            vec![Hash(junk)],
        ];
        paths.extend(damaged(&paths[0]));
        // A path of a forged tree, which leads to a root the writer never signed.
        let forged = branch(to, from.saturating_sub(1), 1);
        paths.push(seeded_consistency_proof(&forged, from, to).unwrap());
        for path in &paths {
            prop_assert!(contradicts(&small, &large, path).is_err());
            prop_assert!(contradicts(&large, &small, path).is_err());
        }
        // The whole way for some of them: checking signatures takes most of the time.
        for path in paths.iter().take(2) {
            prop_assert!(prove(&manifest(), &large, &small, path).is_err());
            prop_assert!(verify(&evidence(&small, &large, path), &network()).is_err());
            prop_assert!(verify(&evidence(&large, &small, path), &network()).is_err());
        }
    }

    #[test]
    fn real_forks_are_proven(split in 0..300_u64, a in 1..100_u64, b in 1..100_u64) {
        let (from, to) = (split + a.min(b), split + a.max(b));
        let (left, right) = (branch(from, split, 1), branch(to, split, 2));
        let (small, large) = (head(&left, from), head(&right, to));
        let path = seeded_consistency_proof(&right, from, to).unwrap();
        let proof = prove(&manifest(), &small, &large, &path).unwrap();
        prop_assert_eq!(&prove(&manifest(), &large, &small, &path).unwrap(), &proof);
        prop_assert_eq!(verify(&proof, &network()), Ok(manifest().id()));
        let (opened, first, second) = open(&proof, &network()).unwrap();
        prop_assert_eq!(opened, manifest());
        let mut heads = [small, large];
        heads.sort_by_key(|signed| signed.head);
        prop_assert_eq!([first, second], heads);
        for path in damaged(&proof.path) {
            prop_assert!(contradicts(&heads[0], &heads[1], &path).is_err());
        }
    }

    /// Below the split both branches are one feed.
    #[test]
    fn a_head_both_branches_contain_proves_nothing(split in 1..200_u64, below in 0..200_u64, more in 1..50_u64) {
        let from = split.saturating_sub(below);
        let right = branch(split + more, split, 2);
        let (small, large) = (head(&right, from), head(&right, split + more));
        let path = seeded_consistency_proof(&right, from, split + more).unwrap();
        prop_assert_eq!(prove(&manifest(), &small, &large, &path), Err(ForkError::Consistent));
    }
}

fn fork() -> (SignedHead, SignedHead, Vec<Hash>) {
    let (left, right) = (branch(6, 3, 1), branch(11, 3, 2));
    (head(&left, 6), head(&right, 11), seeded_consistency_proof(&right, 6, 11).unwrap())
}

#[test]
fn equal_sizes_need_no_path() {
    let (left, right) = (head(&branch(8, 7, 1), 8), head(&branch(8, 7, 2), 8));
    let proof = prove(&manifest(), &left, &right, &[Hash([1; 32])]).unwrap();
    assert!(proof.path.is_empty());
    assert_eq!(verify(&proof, &network()), Ok(manifest().id()));
    let padded = ForkEvidence { path: vec![Hash([1; 32])], ..proof };
    assert_eq!(verify(&padded, &network()), Err(ForkError::Path(ProofError::Length)));
    assert_eq!(prove(&manifest(), &left, &left, &[]), Err(ForkError::Consistent));
}

/// RFC 9162 leaves out the very hash that shows the fork if the smaller size is a power of two.
#[test]
fn a_power_of_two_needs_the_seed() {
    let (left, right) = (branch(8, 3, 1), branch(11, 3, 2));
    let (small, large) = (head(&left, 8), head(&right, 11));
    let path = consistency_proof(&right, 8, 11).unwrap();
    assert!(prove(&manifest(), &small, &large, &path).is_err());
    let seeded = seeded_consistency_proof(&right, 8, 11).unwrap();
    assert!(prove(&manifest(), &small, &large, &seeded).is_ok());
}

#[test]
fn the_empty_head_is_consistent_with_everything() {
    let empty = SignedHead::sign(&manifest(), &writer(), 0, EMPTY_ROOT);
    let (small, large, path) = fork();
    for head in [&small, &large, &empty] {
        for path in [&[][..], &path] {
            assert!(prove(&manifest(), &empty, head, path).is_err());
            assert!(verify(&evidence(&empty, head, path), &network()).is_err());
        }
    }
    // A head of size 0 under another root is no head at all, so it cannot be half of a fork either.
    let absurd = SignedHead::sign(&manifest(), &writer(), 0, leaf(0, 0));
    assert_eq!(prove(&manifest(), &absurd, &empty, &[]), Err(ForkError::Note(NoteError::Head)));
    assert_eq!(verify(&evidence(&absurd, &empty, &[]), &network()), Err(ForkError::Note(NoteError::Head)));
}

#[test]
fn a_path_that_merely_fails_is_no_fork() {
    let (small, large, path) = fork();
    let left = branch(11, 3, 1);
    let other = seeded_consistency_proof(&left, 6, 11).unwrap();
    assert_eq!(prove(&manifest(), &small, &large, &other), Err(ForkError::Path(ProofError::Root)));
    assert_eq!(prove(&manifest(), &small, &large, &path[1..]), Err(ForkError::Path(ProofError::Length)));
    assert_eq!(prove(&manifest(), &small, &large, &[]), Err(ForkError::Path(ProofError::Length)));
    assert_eq!(verify(&evidence(&large, &small, &path), &network()), Err(ForkError::Order));
}

#[test]
fn only_the_writer_can_fork_its_feed() {
    let (small, large, path) = fork();
    let forger = SecretKey::from_seed(&[8; 32]);
    let forged = SignedHead::sign(&manifest(), &forger, large.head.size, large.head.root);
    assert!(matches!(prove(&manifest(), &small, &forged, &path), Err(ForkError::Note(NoteError::Key(_)))));
    let proof = evidence(&small, &forged, &path);
    assert!(matches!(verify(&proof, &network()), Err(ForkError::Note(NoteError::Key(_)))));
    // A manifest that names the forger is another feed's.
    let manifest = commonwheel_record::Manifest { writer: forger.public(), ..manifest() };
    let proof = ForkEvidence { manifest: ByteString(manifest.encode()), ..proof };
    assert_eq!(verify(&proof, &network()), Err(ForkError::Note(NoteError::Feed)));
}

#[test]
fn a_fork_is_bound_to_its_network() {
    let (small, large, path) = fork();
    let proof = prove(&manifest(), &small, &large, &path).unwrap();
    assert!(matches!(verify(&proof, &NetworkId::named("another")), Err(ForkError::Manifest(_))));
    let broken = ForkEvidence { manifest: ByteString(vec![]), ..proof };
    assert!(matches!(verify(&broken, &network()), Err(ForkError::Manifest(_))));
}
