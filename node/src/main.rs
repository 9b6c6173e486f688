//! The commonwheel binary.

mod engine;
mod init;
mod ops;
mod run;

fn main() {}
