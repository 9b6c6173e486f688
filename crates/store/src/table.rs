//! Where a bundle's bodies are in its file, and how the index keeps that.

use commonwheel_record::FeedId;

use crate::frames::{FILE_HEADER, Scan};
use crate::layout::WIDTH;

const CHECK: usize = 16;
const KEY: usize = 40;

/// The offsets of one bundle's frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// The generation of the file that is described.
    pub(crate) generation: u32,
    /// That file's length in bytes.
    pub(crate) len: u32,
    /// Where each position's frame starts; 0 if its body is not held.
    offsets: Box<[u32; WIDTH]>,
}

/// For each position of a bundle, whether its body is held: bit `i % 64` of word `i / 64`.
pub(crate) type Bits = [u64; WIDTH / 64];

impl Table {
    /// Describes a file without frames.
    pub(crate) fn empty(generation: u32) -> Self {
        Self { generation, len: FILE_HEADER, offsets: Box::new([0; WIDTH]) }
    }

    /// Describes a file that was gone through.
    pub(crate) fn of(scan: &Scan, len: u32) -> Self {
        let mut table = Self { len, ..Self::empty(scan.generation.unwrap_or_default()) };
        scan.frames.iter().for_each(|frame| table.set(frame.index, frame.span.start));
        table
    }

    pub(crate) fn set(&mut self, index: u8, offset: u32) {
        self.offsets[usize::from(index)] = offset;
    }

    pub(crate) fn offset(&self, index: u8) -> Option<u32> {
        Some(self.offsets[usize::from(index)]).filter(|offset| *offset != 0)
    }

    pub(crate) fn bits(&self) -> Bits {
        let mut bits = Bits::default();
        for (index, _) in self.offsets.iter().enumerate().filter(|(_, offset)| **offset != 0) {
            bits[index / 64] |= 1 << (index % 64);
        }
        bits
    }

    /// Writes the table as the value of a key of the index.
    pub(crate) fn value(&self, key: &[u8]) -> Vec<u8> {
        let mut rest = [self.generation.to_be_bytes(), self.len.to_be_bytes()].concat();
        rest.extend(self.bits().iter().flat_map(|word| word.to_be_bytes()));
        rest.extend(
            self.offsets.iter().filter(|offset| **offset != 0).flat_map(|offset| offset.to_be_bytes()),
        );
        sealed(key, &rest)
    }

    /// Reads a key's value; none if it is not what was written for that key.
    pub(crate) fn from_value(key: &[u8], value: &[u8]) -> Option<Self> {
        let mut rest = unsealed(key, value)?;
        let generation = u32::from_be_bytes(*rest.split_off(..4)?.as_array()?);
        let len = u32::from_be_bytes(*rest.split_off(..4)?.as_array()?);
        let (words, _) = rest.split_off(..WIDTH / 8)?.as_chunks();
        let (offsets, _) = rest.as_chunks();
        let mut offsets = offsets.iter().map(|offset| u32::from_be_bytes(*offset));
        let mut table = Self { len, ..Self::empty(generation) };
        for index in 0..=u8::MAX {
            let word = u64::from_be_bytes(*words.get(usize::from(index / 64))?);
            if word >> (index % 64) & 1 == 1 {
                table.set(index, offsets.next()?);
            }
        }
        Some(table)
    }
}

/// Returns the index's key of a bundle.
pub(crate) fn key(feed: &FeedId, bundle: u64) -> Vec<u8> {
    [feed.as_bytes().as_slice(), &bundle.to_be_bytes()].concat()
}

/// Returns the bundle that a key of the index stands for.
pub(crate) fn parse_key(key: &[u8]) -> Option<(FeedId, u64)> {
    let (feed, bundle) = key.split_at_checked(32).filter(|_| key.len() == KEY)?;
    Some((FeedId(*feed.as_array()?), u64::from_be_bytes(*bundle.as_array()?)))
}

/// Returns the key under which the index notes how much of a feed was committed; no bundle has that number.
pub(crate) fn mark_key(feed: &FeedId) -> Vec<u8> {
    key(feed, u64::MAX)
}

/// Writes how many leaves of a feed were committed.
pub(crate) fn mark_value(key: &[u8], size: u64) -> Vec<u8> {
    sealed(key, &size.to_be_bytes())
}

/// Reads how many leaves of a feed were committed.
pub(crate) fn parse_mark(key: &[u8], value: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*unsealed(key, value)?.as_array()?))
}

fn sealed(key: &[u8], rest: &[u8]) -> Vec<u8> {
    [&check(key, rest), rest].concat()
}

fn unsealed<'a>(key: &[u8], value: &'a [u8]) -> Option<&'a [u8]> {
    let (found, rest) = value.split_at_checked(CHECK)?;
    (found == check(key, rest)).then_some(rest)
}

fn check(key: &[u8], rest: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key);
    hasher.update(rest);
    let mut check = [0; CHECK];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back_and_no_flipped_one_does() {
        let key = key(&FeedId([3; 32]), 12);
        assert_eq!(parse_key(&key), Some((FeedId([3; 32]), 12)));
        let mut table = Table { len: 900, ..Table::empty(2) };
        [(0, 16), (63, 99), (64, 300), (255, 800)]
            .into_iter()
            .for_each(|(index, offset)| table.set(index, offset));
        let value = table.value(&key);
        assert_eq!(Table::from_value(&key, &value), Some(table));
        assert_eq!(Table::from_value(&self::key(&FeedId([3; 32]), 13), &value), None);
        for bit in 0..8 * value.len() {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Table::from_value(&key, &flipped), None, "bit {bit}");
        }
        assert_eq!(parse_mark(&key, &mark_value(&key, 77)), Some(77));
    }
}
