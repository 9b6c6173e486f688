//! Randomness that can be had again: a test that fails prints its seed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// SplitMix64: enough for choosing when to kill and which bit to flip.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Starts from `COMMONWHEEL_SEED`, or from the clock, and says from which.
    ///
    /// # Panics
    /// If the variable is no number.
    #[must_use]
    pub fn announced() -> Self {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            since.subsec_nanos().into()
        };
        let seed = from_environment("COMMONWHEEL_SEED").unwrap_or_else(clock);
        eprintln!("COMMONWHEEL_SEED={seed}");
        Self(seed)
    }

    /// Returns another one that goes its own way from here.
    #[must_use]
    pub const fn fork(&mut self) -> Self {
        Self(self.number())
    }

    /// Returns 64 random bits.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below a bound that is not 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    /// Picks one of several.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).expect("an index fits")]
    }

    /// Returns a duration up to so many milliseconds, in microseconds.
    pub const fn up_to_millis(&mut self, millis: u64) -> Duration {
        Duration::from_micros(self.below(millis * 1000 + 1))
    }
}

/// Reads a number from an environment variable, if it is set.
///
/// # Panics
/// If it is no number.
#[must_use]
pub fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}
