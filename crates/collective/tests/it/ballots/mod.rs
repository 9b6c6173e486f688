//! Ballots, from the roll to the mandate.

mod called;
mod closes;
mod edges;
mod secret;
mod tally;
mod thresholds;
mod votes;
