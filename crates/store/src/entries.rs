//! Entry bundles as bytes: each position's header behind its length.
//!
//! A bundle has no checksum of its own: the leaf hashes in the tile are one for each header.

use std::ops::Range;

use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::Hash;
use commonwheel_record::limits::MAX_LEAF;

use crate::layout::WIDTH;

/// Bytes of a length.
const LEN: usize = 2;

/// What a bundle has at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// No header: the length is 0.
    Missing,
    /// A header whose hash is the leaf's, at these bytes of the bundle.
    Header(Range<usize>),
    /// Neither.
    Corrupt,
}

/// A bundle compared with its leaf hashes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// One for each leaf hash.
    pub(crate) slots: Vec<Slot>,
    /// Where the bytes of each slot end; meaningless from the first corrupt slot on.
    pub(crate) ends: Vec<usize>,
    /// Whether bytes had to be skipped: something was written there that is no longer legible.
    pub(crate) garbled: bool,
    /// Bytes after the last slot.
    pub(crate) rest: usize,
}

impl Checked {
    /// Says whether every byte is accounted for.
    pub(crate) fn is_clean(&self) -> bool {
        !self.garbled && self.rest == 0 && !self.slots.contains(&Slot::Corrupt)
    }
}

/// Appends a position's entry to a bundle.
pub(crate) fn push(bundle: &mut Vec<u8>, header: Option<&[u8]>) {
    debug_assert!(header.is_none_or(|header| (1..=MAX_LEAF).contains(&header.len())));
    let header = header.unwrap_or_default();
    // No header is longer than MAX_LEAF.
    bundle.extend_from_slice(&(header.len() as u16).to_be_bytes());
    bundle.extend_from_slice(header);
}

/// Writes a bundle.
pub(crate) fn encode(headers: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut bundle = Vec::new();
    headers.iter().for_each(|header| push(&mut bundle, header.as_deref()));
    bundle
}

/// Compares a bundle's bytes with the leaf hashes of its positions.
///
/// Where an entry does not agree with its leaf hash, the bytes are searched for the next one that does, so that a
/// damaged length does not take the rest of the bundle with it.
pub(crate) fn check(bundle: &[u8], hashes: &[Hash]) -> Checked {
    let mut checked = Checked { slots: Vec::new(), ends: Vec::new(), garbled: false, rest: 0 };
    let mut at = 0;
    while let Some(hash) = hashes.get(checked.slots.len()) {
        match entry(bundle, at) {
            Some(span) if span.is_empty() => {
                at = span.end;
                checked.push(Slot::Missing, at);
            }
            Some(span) if leaf_hash(&bundle[span.clone()]) == *hash => {
                at = span.end;
                checked.push(Slot::Header(span), at);
            }
            _ => {
                checked.garbled |= at < bundle.len();
                let next = checked.slots.len() + 1;
                let found = find(bundle, at + 1, &hashes[next..]);
                let (place, start) =
                    found.map_or((hashes.len(), bundle.len()), |(i, start)| (next + i, start));
                at = start;
                while checked.slots.len() < place {
                    checked.push(Slot::Corrupt, at);
                }
            }
        }
    }
    checked.rest = bundle.len() - at;
    checked
}

impl Checked {
    fn push(&mut self, slot: Slot, end: usize) {
        self.slots.push(slot);
        self.ends.push(end);
    }
}

/// Splits a bundle into its headers by their lengths alone; none if the lengths do not add up.
pub(crate) fn split(bundle: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let mut headers = Vec::new();
    let mut at = 0;
    while at < bundle.len() {
        let span = entry(bundle, at)?;
        at = span.end;
        headers.push(Some(&bundle[span]).filter(|header| !header.is_empty()));
    }
    Some(headers)
}

/// Returns the span of the header whose entry starts at `at`, if it lies inside the bundle.
fn entry(bundle: &[u8], at: usize) -> Option<Range<usize>> {
    let [high, low] = *bundle.get(at..at + LEN)?.as_array()?;
    let start = at + LEN;
    let end = start + usize::from(u16::from_be_bytes([high, low]));
    (end <= bundle.len() && end - start <= MAX_LEAF).then_some(start..end)
}

/// Finds the next bytes that are an entry of one of the leaves; returns which, and where it starts.
fn find(bundle: &[u8], from: usize, hashes: &[Hash]) -> Option<(usize, usize)> {
    (from..bundle.len()).find_map(|start| {
        let span = entry(bundle, start).filter(|span| !span.is_empty())?;
        let hash = leaf_hash(&bundle[span]);
        Some((hashes.iter().take(WIDTH).position(|leaf| *leaf == hash)?, start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> (Vec<u8>, Vec<Hash>) {
        let headers: Vec<Option<Vec<u8>>> =
            (0..9_u8).map(|i| (i % 4 != 2).then(|| vec![i; 40 + usize::from(i)])).collect();
        let hash = |header: &Option<Vec<u8>>| header.as_deref().map_or(Hash([1; 32]), leaf_hash);
        (encode(&headers), headers.iter().map(hash).collect())
    }

    #[test]
    fn a_clean_bundle_is_clean() {
        let (bytes, hashes) = bundle();
        let checked = check(&bytes, &hashes);
        assert!(checked.is_clean());
        assert_eq!(checked.slots[2], Slot::Missing);
        assert_eq!(checked.slots[1], Slot::Header(44..85));
        assert_eq!(checked.ends.last(), Some(&bytes.len()));
        assert_eq!(check(&[], &[]).slots, []);
    }

    #[test]
    fn a_flipped_bit_costs_at_most_its_own_header_and_missing_neighbours() {
        let (bytes, hashes) = bundle();
        let clean = check(&bytes, &hashes);
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let checked = check(&flipped, &hashes);
            assert!(!checked.is_clean(), "bit {bit}");
            let lost = (0..hashes.len()).filter(|i| matches!(clean.slots[*i], Slot::Header(_)));
            let lost = lost.filter(|i| checked.slots[*i] != clean.slots[*i]).count();
            assert!(lost <= 1, "bit {bit} lost {lost}");
        }
    }

    #[test]
    fn a_cut_bundle_keeps_what_is_whole() {
        let (bytes, hashes) = bundle();
        let clean = check(&bytes, &hashes);
        for len in 0..bytes.len() {
            let checked = check(&bytes[..len], &hashes);
            let whole = clean.ends.iter().filter(|end| **end <= len).count();
            assert_eq!(checked.slots[..whole], clean.slots[..whole]);
            assert!(checked.slots[whole..].iter().all(|slot| *slot == Slot::Corrupt), "{len}");
        }
    }
}
