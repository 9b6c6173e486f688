//! The file store as its callers see it.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;
mod crash;
mod equivalence;
mod flips;
mod index;
mod verify;
