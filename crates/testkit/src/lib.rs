//! Commonwheel under test as its users have it: real processes on loopback, and peers that do not behave.
//!
//! [`cluster`] makes nodes with the binary's own `init`, in a temporary directory, on ports that are free; a [`Node`] is
//! started, stopped and killed, spoken to through its API socket, and opened offline. A [`Stranger`] asks past every
//! session and under a key that nobody knows; a [`RawPeer`] does not even keep to the framing. [`damage`] flips bits.
//!
//! This crate is for tests, so it panics where something outside the test's question goes wrong, with what the nodes
//! logged. It ends no process but those it started.

mod binary;
mod cluster;
pub mod damage;
mod data;
mod node;
mod offline;
mod raw;
mod rng;
mod stranger;
mod wait;

pub use binary::{CLI_LIMIT, Ran, commonwheel, run};
pub use cluster::{NETWORK, cluster};
pub use data::{python, shared, workspace};
pub use node::Node;
pub use offline::{HeadsSeen, open, record_bodies};
pub use raw::{Frame, RawPeer};
pub use rng::{Rng, from_environment};
pub use stranger::{Failed, Got, Stranger};
pub use wait::{PATIENCE, eventually};
