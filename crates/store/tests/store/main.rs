//! The file store as its callers see it.

mod common;
mod equivalence;
