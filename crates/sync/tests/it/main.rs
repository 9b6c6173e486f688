//! A few nodes over a network in memory.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod common;
mod erasures;
mod leases;
mod limits;
mod personal;
mod two_nodes;
mod witnesses;
