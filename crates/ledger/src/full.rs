//! A whole tree in memory: every complete subtree's hash.

use commonwheel_record::Hash;

use crate::proof::Nodes;
use crate::store::StoreError;
use crate::tree::{Frontier, cover, node_hash};

/// A tree that keeps every complete subtree's hash: 64 bytes a leaf, and any proof without hashing again.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FullTree {
    /// By level, the hashes of its complete subtrees from the left.
    levels: Vec<Vec<Hash>>,
}

impl FullTree {
    /// Returns how many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.leaves().len() as u64
    }

    /// Returns the leaf hashes.
    #[must_use]
    pub fn leaves(&self) -> &[Hash] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// Appends a leaf, given by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            let [.., left, right] = row.as_slice() else { return };
            if row.len() % 2 == 1 {
                return;
            }
            hash = node_hash(left, right);
        }
    }

    /// Removes every leaf from position `size` on.
    pub fn truncate(&mut self, size: u64) {
        for (level, row) in self.levels.iter_mut().enumerate() {
            row.truncate(usize::try_from(size >> level).unwrap_or(usize::MAX));
        }
        self.levels.retain(|row| !row.is_empty());
    }

    /// Returns the tree's right edge.
    #[must_use]
    pub fn frontier(&self) -> Frontier {
        let peaks = cover(0, self.size()).filter_map(|(level, index)| self.get(level, index)).collect();
        Frontier::from_peaks(self.size(), peaks).unwrap_or_default()
    }

    fn get(&self, level: u8, index: u64) -> Option<Hash> {
        self.levels.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }
}

impl Extend<Hash> for FullTree {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for FullTree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::default();
        tree.extend(leaves);
        tree
    }
}

impl Nodes for FullTree {
    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        self.get(level, index).ok_or(StoreError::Refused("the subtree is not complete"))
    }
}
