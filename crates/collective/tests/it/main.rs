//! Tests of the fold, by idea.

#![expect(clippy::unwrap_used, reason = "what fails to unwrap fails its test")]

mod amendments;
mod bench;
mod effects;
mod feeds;
mod oracle;
mod order;
mod plan;
mod signatures;
mod views;
mod world;
