//! Headers and blobs: the layout of every file in the room.

use super::error::Problem;

const DOMAIN: &[u8] = b"commonwheel/v1/waiting\0";
const CHECKSUM_BYTES: usize = 32;

/// Bytes of a file's header.
pub(super) const HEADER_BYTES: usize = 28 + CHECKSUM_BYTES;

/// Bytes before a blob's own.
pub(super) const BLOB_OVERHEAD_BYTES: usize = 4 + CHECKSUM_BYTES;

/// What kind of file this is, with the version of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    Items,
    Stages,
}

impl Magic {
    fn bytes(self) -> &'static [u8; 8] {
        match self {
            Self::Items => b"CWWAITI1",
            Self::Stages => b"CWWAITS1",
        }
    }
}

/// Writes a file: its header, then its body of `count` entries.
pub(super) fn file(magic: Magic, number: u64, count: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(magic.bytes());
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    let checksum = checksum(b"header", &bytes);
    bytes.extend_from_slice(&checksum);
    bytes.extend_from_slice(body);
    bytes
}

/// Reads a file's header; gives the number of entries and the body.
pub(super) fn open(magic: Magic, number: u64, bytes: &[u8]) -> Result<(u32, &[u8]), Problem> {
    let (header, body) = bytes.split_at_checked(HEADER_BYTES).ok_or(Problem::Length)?;
    let (fields, sum) = header.split_at(HEADER_BYTES - CHECKSUM_BYTES);
    if !fields.starts_with(magic.bytes()) {
        return Err(Problem::Header);
    }
    if checksum(b"header", fields) != *sum {
        return Err(Problem::Checksum);
    }
    if number_at(fields, 8)? != number {
        return Err(Problem::Header);
    }
    if number_at(fields, 20)? != body.len() as u64 {
        return Err(Problem::Length);
    }
    let count = fields.get(16..20).and_then(|bytes| bytes.try_into().ok()).ok_or(Problem::Length)?;
    Ok((u32::from_le_bytes(count), body))
}

/// Appends a blob; `place` says where it belongs, so that it verifies nowhere else.
pub(super) fn push_blob(out: &mut Vec<u8>, place: &[u8], bytes: &[u8]) {
    let len = u32::try_from(bytes.len()).expect("payloads and summaries are bounded far below 4 GiB");
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&checksum(place, bytes));
    out.extend_from_slice(bytes);
}

/// Takes the blob at the front of `rest` and checks it. Its place may be known only once it is parsed, so it is asked
/// for after.
pub(super) fn take_blob<'a>(rest: &mut &'a [u8]) -> Result<Blob<'a>, Problem> {
    let (head, tail) = rest.split_at_checked(BLOB_OVERHEAD_BYTES).ok_or(Problem::Length)?;
    let (len, sum) = head.split_at(4);
    let len = u32::from_le_bytes(len.try_into().map_err(|_| Problem::Length)?);
    let (bytes, tail) = tail.split_at_checked(len as usize).ok_or(Problem::Length)?;
    *rest = tail;
    Ok(Blob { sum, bytes })
}

/// A blob that is not checked yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blob<'a> {
    sum: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Blob<'a> {
    /// The bytes, if they are whole and belong here.
    pub(super) fn check(self, place: &[u8]) -> Result<&'a [u8], Problem> {
        if checksum(place, self.bytes) == *self.sum { Ok(self.bytes) } else { Err(Problem::Checksum) }
    }
}

fn number_at(fields: &[u8], at: usize) -> Result<u64, Problem> {
    let bytes = fields.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).ok_or(Problem::Length)?;
    Ok(u64::from_le_bytes(bytes))
}

fn checksum(place: &[u8], bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(DOMAIN).update(&(place.len() as u64).to_le_bytes()).update(place).update(bytes);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut body = Vec::new();
        push_blob(&mut body, b"here", b"some bytes");
        push_blob(&mut body, b"there", b"");
        file(Magic::Items, 7, 2, &body)
    }

    fn read(bytes: &[u8]) -> Result<(), Problem> {
        let (count, mut body) = open(Magic::Items, 7, bytes)?;
        assert_eq!(count, 2);
        take_blob(&mut body)?.check(b"here")?;
        take_blob(&mut body)?.check(b"there")?;
        if body.is_empty() { Ok(()) } else { Err(Problem::Length) }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = sample();
        assert_eq!(read(&good), Ok(()));
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_other_length_is_noticed() {
        let good = sample();
        for len in 0..good.len() {
            assert!(read(&good[..len]).is_err(), "length {len}");
        }
        assert_eq!(read(&[good.as_slice(), b"x"].concat()), Err(Problem::Length));
    }

    #[test]
    fn files_and_blobs_verify_only_where_they_belong() {
        let good = sample();
        assert_eq!(open(Magic::Stages, 7, &good), Err(Problem::Header));
        assert_eq!(open(Magic::Items, 8, &good), Err(Problem::Header));
        let (_, mut body) = open(Magic::Items, 7, &good).unwrap();
        assert_eq!(take_blob(&mut body).unwrap().check(b"there"), Err(Problem::Checksum));
    }
}
