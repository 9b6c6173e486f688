//! The rules of the house, held over the tree itself rather than by review.
//!
//! Each module states one rule as a function from facts to complaints, applies it to this workspace, and shows on planted
//! facts that it does complain. `docs/internals/architecture.md` gives the reasons.

mod crate_table;
mod floors;
mod links;
mod lints;
mod purity;
mod tree;
mod workspace;

/// Fails with every complaint on a line of its own.
#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaint(s):\n  {}", complaints.len(), complaints.join("\n  "));
}
