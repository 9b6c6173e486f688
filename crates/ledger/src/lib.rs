//! Commonwheel: feed trees, checkpoints, proofs, fork proofs and the store traits.
