//! Seeds: the ones that ever failed first, then many.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test: a panic is a failure, and what it prints is its report"
)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use commonwheel_sim::{Deeds, Faults, Options, Outcome, run, table};

/// Seeds that failed once, one a line.
const KEPT: &str = include_str!("../seeds.txt");
/// Seeds run where `COMMONWHEEL_SEEDS` says nothing; `COMMONWHEEL_FIRST_SEED` is the first of them, 0 unless told.
const DEFAULT_SEEDS: u64 = 2_000;
const THREADS: usize = 2;

/// What came of a batch.
#[derive(Default)]
struct Batch {
    faults: Faults,
    deeds: Deeds,
    failed: BTreeSet<u64>,
    steps: u64,
    contributions: usize,
    converged_after: u64,
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn kept() -> Vec<u64> {
    let lines = KEPT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.parse().expect("a seed a line")).collect()
}

/// Runs a seed; a panic in it is a broken promise like any other (I9).
fn outcome(seed: u64) -> Result<Outcome, String> {
    let run = AssertUnwindSafe(|| run(seed, &Options::default()));
    let outcome = catch_unwind(run).map_err(|_| "I9: it panics".to_owned())?;
    if outcome.violations.is_empty() {
        return Ok(outcome);
    }
    Err(outcome.violations.iter().map(|violation| format!("  {violation}\n")).collect())
}

fn run_one(seed: u64, batch: &Mutex<Batch>) {
    let outcome = outcome(seed);
    let mut batch = batch.lock().unwrap();
    match outcome {
        Ok(outcome) => {
            batch.faults.add(&outcome.faults);
            batch.deeds.add(&outcome.deeds);
            batch.steps += outcome.steps;
            batch.contributions += outcome.contributions;
            batch.converged_after = batch.converged_after.max(outcome.converged_after);
        }
        Err(what) => {
            batch.failed.insert(seed);
            println!("seed {seed} failed\n{what}  {}", replay_command(seed));
        }
    }
}

fn replay_command(seed: u64) -> String {
    format!("COMMONWHEEL_SEED={seed} cargo test -p commonwheel-sim replay -- --nocapture")
}

#[test]
fn no_seed_breaks_a_promise_and_every_fault_happens() {
    let count = number_from("COMMONWHEEL_SEEDS").unwrap_or(DEFAULT_SEEDS);
    let first = number_from("COMMONWHEEL_FIRST_SEED").unwrap_or(0);
    let mut seeds = kept();
    let rest: Vec<u64> = (first..first + count).filter(|seed| !seeds.contains(seed)).collect();
    seeds.extend(rest);
    let (next, batch, began) = (AtomicU64::new(0), Mutex::new(Batch::default()), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    run_one(*seed, &batch);
                }
            });
        }
    });
    let batch = batch.into_inner().unwrap();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{} seeds, {} failed, {seconds:.1} s, {:.0} ms a seed and thread",
        seeds.len(),
        batch.failed.len(),
        seconds * 1000.0 * THREADS as f64 / seeds.len() as f64,
    );
    println!(
        "{} events, {} contributions, the slowest convergence {} s after the last fault",
        batch.steps,
        batch.contributions,
        batch.converged_after / 1000,
    );
    print!("{}", table(&batch.deeds, &batch.faults));
    assert!(batch.failed.is_empty(), "failed: {:?}; each replays alone: {}", batch.failed, replay_command(0));
    // A few seeds cannot be asked to see everything.
    if seeds.len() >= 500 {
        assert_eq!(batch.faults.never(), [], "kinds of faults that never happened");
        assert_eq!(batch.deeds.never(), [], "what people never did");
    }
}

/// Replays one seed, twice, and shows what it did; with `COMMONWHEEL_LOG` set, everything that happened.
#[test]
fn replay() {
    let seed = number_from("COMMONWHEEL_SEED").unwrap_or(1);
    let log = std::env::var_os("COMMONWHEEL_LOG").is_some();
    let first = run(seed, &Options { log, ..Options::default() });
    println!(
        "seed {seed}: {} nodes, {} events, {} contributions, converged after {} s",
        first.nodes,
        first.steps,
        first.contributions,
        first.converged_after / 1000
    );
    first.violations.iter().for_each(|violation| println!("  {violation}"));
    let second = run(seed, &Options::default());
    assert_eq!(first.trace_hash, second.trace_hash, "the same seed took another course");
    assert_eq!(first.violations, []);
}

#[test]
fn a_seed_determines_its_run() {
    for seed in [3, 4] {
        let [a, b] = [run(seed, &Options::default()), run(seed, &Options::default())];
        assert_eq!((a.trace_hash, a.steps), (b.trace_hash, b.steps));
    }
    let [a, b] = [3, 4].map(|seed| run(seed, &Options::default()).trace_hash);
    assert_ne!(a, b);
}

#[test]
fn without_faults_nothing_fails_and_no_fault_is_counted() {
    for seed in 0..20 {
        let outcome = run(seed, &Options { faults: false, ..Options::default() });
        assert_eq!(outcome.violations, [], "seed {seed}");
        // Clocks of separate machines differ, faults or not.
        let counted = commonwheel_sim::Fault::ALL.iter().filter(|fault| outcome.faults.of(**fault) > 0);
        assert!(counted.into_iter().all(|fault| *fault == commonwheel_sim::Fault::ClockSkew), "seed {seed}");
    }
}
