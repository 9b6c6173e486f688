//! The golden vectors of `testdata`: what a second implementation must accept and refuse, byte for byte.
//!
//! The files are checked as a stranger would check them. A further test holds that they are what [`accept`] and
//! [`reject`] describe; after a change of the format, write them anew with
//! `cargo test -p commonwheel-record --test vectors -- --ignored rewrite`.

mod accept;
mod balloting;
mod conformance;
mod files;
mod hashes;
mod item;
mod personal;
mod reader;
mod reject;
mod samples;
