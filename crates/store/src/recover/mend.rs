//! Turning one flipped bit back, where a hash or a signature proves that it is the one.

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
