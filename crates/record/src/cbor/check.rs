//! Checks canonical form without knowing a schema, for kinds and extensions this version does not know.

use super::{DecodeError, MAX_DEPTH};

/// Checks that the bytes are exactly one canonical item of our profile.
///
/// # Errors
/// [`DecodeError`] naming the first thing that is wrong.
pub fn check(bytes: &[u8]) -> Result<(), DecodeError> {
    if item_len(bytes)? == bytes.len() { Ok(()) } else { Err(DecodeError::Trailing) }
}

/// Returns the length of the canonical item the bytes start with.
pub(super) fn item_len(bytes: &[u8]) -> Result<usize, DecodeError> {
    let mut rest = bytes;
    item(&mut rest, 0)?;
    Ok(bytes.len() - rest.len())
}

/// Reads one item that lies inside `depth` arrays and maps.
fn item(rest: &mut &[u8], depth: usize) -> Result<(), DecodeError> {
    let (major, argument) = head(rest)?;
    match major {
        4 | 5 if depth == MAX_DEPTH => Err(DecodeError::TooDeep),
        0 => Ok(()),
        2 => take(rest, argument).map(drop),
        3 => {
            let text = take(rest, argument)?;
            std::str::from_utf8(text).map(drop).map_err(|_| DecodeError::Unexpected("text that is not UTF-8"))
        }
        4 => (0..argument).try_for_each(|_| item(rest, depth + 1)),
        5 => map(rest, argument, depth),
        7 if (20..=22).contains(&argument) => Ok(()),
        _ => Err(DecodeError::Unexpected("negative integer, tag, float or simple value")),
    }
}

/// Keys are integers in strictly ascending order, which for shortest integers is also the bytewise order.
fn map(rest: &mut &[u8], pairs: u64, depth: usize) -> Result<(), DecodeError> {
    let mut last = None;
    for _ in 0..pairs {
        let (major, key) = head(rest)?;
        if major != 0 {
            return Err(DecodeError::Unexpected("map key that is no integer"));
        }
        if last.is_some_and(|last| last >= key) {
            return Err(DecodeError::NotCanonical);
        }
        last = Some(key);
        item(rest, depth + 1)?;
    }
    Ok(())
}

fn head(rest: &mut &[u8]) -> Result<(u8, u64), DecodeError> {
    let first = take(rest, 1)?[0];
    let (major, low) = (first >> 5, first & 31);
    let (argument, least) = match low {
        0..=23 => return Ok((major, u64::from(low))),
        24 => (be(take(rest, 1)?), 24),
        25 => (be(take(rest, 2)?), 1 << 8),
        26 => (be(take(rest, 4)?), 1 << 16),
        27 => (be(take(rest, 8)?), 1 << 32),
        _ => return Err(DecodeError::Unexpected("indefinite length or reserved head")),
    };
    if major == 7 {
        return Err(DecodeError::Unexpected("float or simple value"));
    }
    if argument < least { Err(DecodeError::NotCanonical) } else { Ok((major, argument)) }
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn take<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a [u8], DecodeError> {
    let len = usize::try_from(len).map_err(|_| DecodeError::Truncated)?;
    let (taken, left) = rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
    *rest = left;
    Ok(taken)
}
