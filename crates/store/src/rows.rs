//! The tree as tiles: a row of hashes for each level, of which only the growing tile is in memory.

use commonwheel_ledger::proof::ProofError;
use commonwheel_ledger::tree::{Frontier, cover, node_hash};
use commonwheel_record::Hash;

use crate::layout::{BUNDLE, WIDTH};

/// The growing tiles of a tree, by level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    size: u64,
    tails: Vec<Vec<Hash>>,
}

impl Rows {
    /// Makes the edge of a tree of `size` leaves from the growing tile of each level.
    pub(crate) fn from_tails(size: u64, tails: Vec<Vec<Hash>>) -> Self {
        debug_assert!(
            (0..).zip(&tails).all(|(level, tail)| tail.len() as u64 == row_len(size, level) % BUNDLE)
        );
        Self { size, tails }
    }

    /// Returns the number of leaves.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the growing tile of a level; empty if there is none.
    pub(crate) fn tail(&self, level: u8) -> &[Hash] {
        self.tails.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Returns how many levels have had a hash.
    pub(crate) fn levels(&self) -> u8 {
        (0..).find(|level| row_len(self.size, *level) == 0).unwrap_or(u8::MAX)
    }

    /// Appends a leaf hash; calls `full` with level, number and hashes of each tile that this completes.
    pub(crate) fn push(&mut self, leaf: Hash, mut full: impl FnMut(u8, u64, &[Hash])) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            if usize::from(level) == self.tails.len() {
                self.tails.push(Vec::new());
            }
            let tail = &mut self.tails[usize::from(level)];
            tail.push(hash);
            if tail.len() < WIDTH {
                return;
            }
            full(level, row_len(self.size, level) / BUNDLE - 1, tail);
            hash = subtree(tail);
            tail.clear();
        }
    }

    /// Returns the right edge of the tree.
    pub(crate) fn frontier(&self) -> Result<Frontier, ProofError> {
        let peaks = (0..self.levels()).rev().flat_map(|level| {
            let tail = self.tail(level);
            cover(0, tail.len() as u64).map(move |(height, index)| {
                let start = (index as usize) << height;
                subtree(&tail[start..start + (1 << height)])
            })
        });
        Frontier::from_peaks(self.size, peaks.collect())
    }
}

/// Returns how many hashes a level's row has in a tree of `size` leaves.
pub(crate) fn row_len(size: u64, level: u8) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

/// Returns the RFC 6962 hash over a row of hashes whose number is a power of two.
pub(crate) fn subtree(row: &[Hash]) -> Hash {
    debug_assert!(row.len().is_power_of_two());
    let mut row = row.to_vec();
    while row.len() > 1 {
        let half = row.len() / 2;
        for index in 0..half {
            row[index] = node_hash(&row[2 * index], &row[2 * index + 1]);
        }
        row.truncate(half);
    }
    row.first().copied().unwrap_or_default()
}

/// Reads a tile's hashes; bytes after the last whole one are not looked at.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Hash> {
    let (hashes, _) = bytes.as_chunks();
    hashes.iter().copied().map(Hash).collect()
}

/// Writes a tile's hashes.
pub(crate) fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[cfg(test)]
mod tests {
    use commonwheel_ledger::tree::leaf_hash;

    use super::*;

    #[test]
    fn agrees_with_the_frontier_at_every_size() {
        let (mut rows, mut frontier) = (Rows::default(), Frontier::default());
        let mut tiles = Vec::new();
        for leaf in 0..66_000_u32 {
            let hash = leaf_hash(&leaf.to_be_bytes());
            rows.push(hash, |level, number, hashes| tiles.push((level, number, hashes.len())));
            frontier.push(hash);
            if leaf % 97 == 0 || (65_500..65_600).contains(&leaf) {
                assert_eq!(rows.frontier().unwrap(), frontier, "at {leaf}");
            }
        }
        assert_eq!(tiles.len(), 257 + 1);
        assert!(tiles.contains(&(1, 0, 256)) && tiles.contains(&(0, 256, 256)));
        assert_eq!((rows.levels(), rows.tail(2).len()), (3, 1));
    }
}
