//! The checkers themselves: every deliberate bug is caught, by the checker of the promise that it breaks.

use commonwheel_sim::{Mutant, Options, run};

/// Seeds within which a bug must be caught.
const SEEDS: u64 = 60;

fn caught_by(mutant: Mutant, promise: &str) -> Option<u64> {
    let options = Options { mutant: Some(mutant), ..Options::default() };
    (0..SEEDS)
        .find(|seed| run(*seed, &options).violations.iter().any(|violation| violation.promise == promise))
}

#[test]
fn every_mutant_is_caught() {
    for (mutant, promise) in Mutant::ALL {
        let seed = caught_by(*mutant, promise);
        println!("{mutant:?}: {promise}, seed {seed:?}");
        assert!(seed.is_some(), "{mutant:?} breaks {promise}, and no checker saw it in {SEEDS} seeds");
    }
}
