//! Tests of the fold, by idea.

#![expect(clippy::unwrap_used, reason = "what fails to unwrap fails its test")]

mod amendments;
mod authority;
mod ballots;
mod bench;
mod dates;
mod effects;
mod erasures;
mod feeds;
mod forks;
mod hostile;
mod oracle;
mod order;
mod plan;
mod roll;
mod signatures;
mod split;
mod town;
mod views;
mod world;
