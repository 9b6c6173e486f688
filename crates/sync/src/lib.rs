//! The sync protocol, without I/O.
//!
//! Gossip is a hint; anti-entropy carries correctness. Each side of a connection runs a session of its own: **hello**
//! compares roots, **heads** lists what changed, **proof** and **headers** bring verified leaves, **bodies** bring what
//! the valve grants. Control logs come first, always. Bodies leave by pages that the valve decided record by record,
//! each page signed with the control state it was decided by.
//!
//! [`Sync`] takes [`Input`]s with the time and gives [`Output`]s; it knows no clock, socket or disk. Its parts, each in
//! a module of its own: *session* (one peer), *reconcile* (roots and changes), *fetch* (what to ask next), *receive*
//! (what replies bring), *serve* (answers), *relay* (gossip), *attestations*, *gate* (the serve gate), *budget* and
//! *limits*; of a control log *refold*, *enforce*, *erase* and *queues* (rate limits); and what a node has to state:
//! *witness* and *stamps* (cosignatures), *leases*.

mod adopt;
mod attestations;
mod budget;
mod collectives;
mod enforce;
mod erase;
mod fetch;
mod gate;
mod io;
mod leases;
pub mod limits;
mod local;
mod look;
mod node;
mod parsed;
mod queues;
mod receive;
mod reconcile;
mod refold;
mod relay;
mod remember;
mod rng;
mod serve;
mod session;
mod spare;
mod stamps;
mod statements;
mod survey;
mod wake;
pub mod wire;
mod witness;

pub use io::{Config, Event, Input, Output, Selection, Topic, Verdict};
pub use local::{NewRecord, Standing};
pub use node::Sync;
pub use survey::{Holdings, Seen};
