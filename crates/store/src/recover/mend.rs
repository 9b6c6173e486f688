//! Turning one flipped bit back, where a hash or a signature proves that it is the one.

use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::Hash;

use super::Repairs;
use crate::entries::{self, Checked, Slot};

/// Longest input that is tried, in bytes: each bit costs one check.
const MAX_BYTES: usize = 4096;

/// Finds the one bit whose flip makes `read` succeed; returns the bytes so corrected and what was read.
pub(crate) fn one_bit<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Option<T>) -> Option<(Vec<u8>, T)> {
    let mut bytes = Some(bytes).filter(|bytes| bytes.len() <= MAX_BYTES)?.to_vec();
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Some(value) = read(&bytes) {
            return Some((bytes, value));
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    None
}

/// Returns the headers of a bundle that was compared with its leaf hashes: one flipped bit is turned back, other damage
/// becomes missing.
pub(crate) fn mended_headers(
    bytes: &[u8],
    checked: &Checked,
    hashes: &[Hash],
    repairs: &mut Repairs,
) -> Vec<Option<Vec<u8>>> {
    // After a stop there may be more entries than leaf hashes.
    let by_length = entries::split(bytes).filter(|headers| headers.len() >= hashes.len());
    let mend = |(place, slot): (usize, &Slot)| match slot {
        Slot::Header(span) => Some(bytes[span.clone()].to_vec()),
        Slot::Missing => None,
        Slot::Corrupt => {
            let found = by_length.as_ref().and_then(|headers| headers[place]);
            let is_right = |bytes: &[u8]| (leaf_hash(bytes) == hashes[place]).then_some(());
            let turned = found.and_then(|found| one_bit(found, is_right));
            match turned {
                Some(_) => repairs.bits_corrected += 1,
                None => repairs.headers_dropped += 1,
            }
            turned.map(|(header, ())| header)
        }
    };
    checked.slots.iter().enumerate().map(mend).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bit_and_nothing_where_there_is_more_than_one() {
        let right = b"what was written";
        let read = |bytes: &[u8]| (bytes == right).then_some(());
        let mut wrong = right.to_vec();
        wrong[9] ^= 32;
        assert_eq!(one_bit(&wrong, read), Some((right.to_vec(), ())));
        wrong[3] ^= 1;
        assert_eq!(one_bit(&wrong, read), None);
    }
}
