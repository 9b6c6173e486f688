//! Properties of the format over arbitrary values and hostile bytes.

#![expect(clippy::unwrap_used, reason = "strategies are made of parts that are valid by construction")]

mod ballots;
mod canonical;
mod control;
mod data;
mod hostile;
mod people;
mod personal;
mod roundtrip;
mod signers;
mod stated;
mod words;
