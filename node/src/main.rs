//! The commonwheel binary.
fn main() {}
