//! Real nodes: killed, their files damaged, lied to, and on strike.
//!
//! Each test draws its topology. Nodes listen on ports that are free, all waits are bounded, and what a failing test's
//! nodes logged is shown. Environment: `COMMONWHEEL_KILLS` (30), `COMMONWHEEL_FLIPS` (50), `COMMONWHEEL_SEED`.

#![expect(clippy::unwrap_used, reason = "what fails to unwrap fails its test")]

mod audit;
mod ballot;
mod ballot_house;
mod ballot_people;
mod capture;
mod commands;
mod demo;
mod feed_damage;
mod hostile;
mod index_damage;
mod kill;
mod own_damage;
mod partner_kill;
mod steps;
mod strike;
mod variants;
mod writer;
