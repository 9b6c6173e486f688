//! Which bodies of a feed are held: one bit a position.

use crate::layout::{BUNDLE, WIDTH};
use crate::table::Bits;

/// Words of a bundle.
const WORDS: usize = WIDTH / 64;

/// The bodies held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held(Vec<u64>);

impl Held {
    /// Says whether a position's body is held.
    pub(crate) fn get(&self, index: u64) -> bool {
        word(index).and_then(|word| self.0.get(word)).is_some_and(|bits| bits >> (index % 64) & 1 == 1)
    }

    /// Replaces the bits of a bundle.
    pub(crate) fn set_bits(&mut self, bundle: u64, bits: Bits) {
        let Some(start) = word(bundle * BUNDLE) else { return };
        if self.0.len() < start + WORDS {
            self.0.resize(start + WORDS, 0);
        }
        self.0[start..start + WORDS].copy_from_slice(&bits);
    }

    /// Returns how many bodies are held.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Returns the words, without the empty ones at the end.
    pub(crate) fn words(&self) -> &[u64] {
        let end = self.0.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        &self.0[..end]
    }
}

/// Returns a position's place in its bundle.
pub(crate) const fn place(index: u64) -> usize {
    (index % BUNDLE) as usize
}

fn word(index: u64) -> Option<usize> {
    usize::try_from(index / 64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_bits_by_position_and_by_bundle() {
        let mut held = Held::default();
        held.set_bits(0, [1 | 1 << 63, 1, 0, 1 << 63]);
        held.set_bits(3, [0, 0, 0, 1 << 40]);
        for index in 0..2000 {
            assert_eq!(held.get(index), [0, 63, 64, 255, 1000].contains(&index), "{index}");
        }
        assert_eq!((held.count(), held.get(u64::MAX)), (5, false));
        held.set_bits(3, [0; 4]);
        assert_eq!((held.count(), held.words().len()), (4, 4));
    }
}
