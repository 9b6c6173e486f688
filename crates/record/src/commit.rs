//! Commitments: a header binds a body it does not reveal.

use crate::cbor::{DecodeError, fixed_array};
use crate::hash::{Domain, Hash, Hasher};
use crate::id::NetworkId;
use crate::limits::MAX_BODY;

/// 32 bytes of randomness that travel with a body only: without them a short body cannot be guessed from its
/// commitment, and an erased one leaves noise.
pub type Salt = [u8; 32];

/// What a header says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commitment {
    /// `BLAKE3(domain ‖ network ‖ salt ‖ length ‖ body)`, the length as 8 bytes, big-endian.
    pub hash: Hash,
    /// The body's length is at most `2^bucket` bytes.
    pub bucket: u8,
}

fixed_array!(Commitment { hash, bucket });

/// The smallest bucket, 64 bytes: shorter bodies are not told apart.
const LEAST_BUCKET: u8 = 6;

impl Commitment {
    /// Commits to a body.
    #[must_use]
    pub fn to(network: &NetworkId, salt: &Salt, body: &[u8]) -> Self {
        Self { hash: commit_hash(network, salt, body), bucket: bucket(body.len()) }
    }

    /// Says whether this commits to the body under the salt.
    #[must_use]
    pub fn opens(&self, network: &NetworkId, salt: &Salt, body: &[u8]) -> bool {
        body.len() <= MAX_BODY
            && bucket(body.len()) == self.bucket
            && commit_hash(network, salt, body) == self.hash
    }

    /// Checks the bucket's range.
    ///
    /// # Errors
    /// [`DecodeError::Rule`] if no body may have that length.
    pub fn check(&self) -> Result<(), DecodeError> {
        let most = bucket(MAX_BODY);
        if (LEAST_BUCKET..=most).contains(&self.bucket) {
            Ok(())
        } else {
            Err(DecodeError::Rule("length bucket out of range"))
        }
    }
}

fn commit_hash(network: &NetworkId, salt: &Salt, body: &[u8]) -> Hash {
    let mut hasher = Hasher::new(Domain::COMMIT, network);
    hasher.update(salt);
    hasher.update(&(body.len() as u64).to_be_bytes());
    hasher.update(body);
    hasher.finish()
}

/// Returns the smallest `b ≥ 6` with `len ≤ 2^b`.
pub(crate) fn bucket(len: usize) -> u8 {
    let bits = usize::BITS - len.saturating_sub(1).leading_zeros();
    LEAST_BUCKET.max(u8::try_from(bits).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_the_next_power_of_two() {
        for (len, expected) in [(0, 6), (1, 6), (64, 6), (65, 7), (128, 7), (129, 8), (1 << 20, 20)] {
            assert_eq!(bucket(len), expected, "{len}");
        }
    }

    #[test]
    fn a_commitment_opens_to_its_body_alone() {
        let network = NetworkId::named("test");
        let commitment = Commitment::to(&network, &[1; 32], b"body");
        assert!(commitment.opens(&network, &[1; 32], b"body"));
        assert!(!commitment.opens(&network, &[2; 32], b"body"));
        assert!(!commitment.opens(&network, &[1; 32], b"bodY"));
        assert!(!commitment.opens(&NetworkId::named("other"), &[1; 32], b"body"));
    }
}
