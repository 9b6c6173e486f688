//! Randomness out of the seed that was given: the same seed, the same run.

use commonwheel_record::{Domain, Hash, NetworkId};

/// A stream of bytes by hashing a counter under a seed.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    seed: [u8; 32],
    counter: u64,
}

impl Rng {
    pub(crate) const fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    /// Returns the next 32 bytes.
    pub(crate) fn next(&mut self) -> [u8; 32] {
        self.counter += 1;
        let zero = NetworkId([0; 32]);
        Hash::of(Domain::PAGE, &zero, &[&self.seed, &self.counter.to_be_bytes()]).0
    }

    /// Returns the next 16 bytes.
    pub(crate) fn nonce(&mut self) -> [u8; 16] {
        let bytes = self.next();
        std::array::from_fn(|i| bytes[i])
    }

    /// Returns a number.
    pub(crate) fn number(&mut self) -> u64 {
        let bytes = self.next();
        u64::from_be_bytes(std::array::from_fn(|i| bytes[i]))
    }
}
