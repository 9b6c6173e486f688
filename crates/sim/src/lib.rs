//! Commonwheel: the seeded simulator.
//!
//! A run is a world of 3 to 7 nodes and their people, drawn from a seed. The nodes are the real protocol over the real
//! ledger, fold and valve; the network, clocks, disks and liars around them are made here, and everything that happens
//! comes out of one queue of events. So a seed that fails fails again, alone, in the same way.
//!
//! Checkers look from outside: at what is on the disks after each commit, and at every byte that leaves a node. They
//! know what was really written and read the promises (DESIGN §9) for themselves; they ask neither the fold nor the
//! valve. Deliberate bugs ([`Mutant`]) test the checkers in turn.

mod attacks;
mod byzantine;
mod campaign;
mod cast;
mod checkers;
mod closing;
mod collective;
mod deeds;
mod disk;
mod eclipse;
mod faults;
mod founding;
mod hostile;
mod lifecycle;
mod log;
mod members;
mod mutant;
mod mutation;
mod network;
mod node;
mod queue;
mod report;
mod rng;
mod strikes;
mod submission;
mod transport;
mod truth;
mod workload;
mod world;

pub use deeds::{Deed, Deeds};
pub use faults::{Fault, Faults};
pub use mutant::Mutant;
pub use report::{Options, Outcome, Violation, table};

use world::World;

/// Runs the world of a seed to its end.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Outcome {
    let mut world = World::new(seed, *options);
    world.plan();
    world.pump();
    world.finish();
    world.outcome()
}
