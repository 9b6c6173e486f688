//! Small worlds, searched whole: every state that three nodes can reach is visited, and in each of them the real fold and
//! the real valve are asked.
//!
//! The nodes themselves are models: what they hold, what of it is durable, and what they acknowledged. The simulator runs
//! the real protocol over long random histories; here nothing is random and nothing is left out.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod ballot;
mod coop;
mod space;
mod strike;
