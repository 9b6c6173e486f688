//! The checkers themselves: every deliberate bug is caught, by the checker of the promise that it breaks.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test: a panic is a failure, and what it prints is its report"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use commonwheel_sim::{Mutant, Options, run};

/// Seeds within which a bug must be caught.
const SEEDS: u64 = 150;
const THREADS: usize = 2;

fn caught_by(mutant: Mutant, promise: &str) -> Option<u64> {
    let options = Options { mutant: Some(mutant), ..Options::default() };
    (0..SEEDS)
        .find(|seed| run(*seed, &options).violations.iter().any(|violation| violation.promise == promise))
}

#[test]
fn every_mutant_is_caught() {
    let (next, missed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((mutant, promise)) = Mutant::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seed = caught_by(*mutant, promise);
                    println!("{mutant:?}: {promise}, seed {seed:?}");
                    if seed.is_none() {
                        missed.lock().unwrap().push(*mutant);
                    }
                }
            });
        }
    });
    assert_eq!(missed.into_inner().unwrap(), [], "no checker saw these in {SEEDS} seeds");
}
