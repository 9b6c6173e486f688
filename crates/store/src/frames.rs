//! Body bundles as bytes: a file header, then frames. The format is in [`crate::layout`].

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use commonwheel_record::body::SealedBody;
use commonwheel_record::limits::MAX_BODY;
use commonwheel_record::{FeedId, RecordId, Salt};

use crate::layout::WIDTH;

/// Bytes of a file's header.
pub(crate) const FILE_HEADER: u32 = 12;

const MAGIC: [u8; 4] = *b"CWB\x01";
const FRAME_MAGIC: u8 = 0xcb;
/// Bytes of a frame's fixed part: magic, place, flags, length, check.
const FIXED: usize = 11;
const SALT: usize = 32;
/// Bytes of a check.
const CHECK: usize = 4;
/// The frame names a submission.
const SUBMISSION: u8 = 1;
/// The submission is in another feed.
const ELSEWHERE: u8 = 2;
/// How much of a file is read at once.
const WINDOW: usize = 64 << 10;

/// Which bundle of which feed: every check binds it, so that a file in the wrong place is noticed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) feed: &'a FeedId,
    pub(crate) bundle: u64,
}

/// A frame as its fixed part describes it.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    index: u8,
    flags: u8,
    body: usize,
}

/// A frame that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The position within the bundle.
    pub(crate) index: u8,
    /// Its bytes in the file.
    pub(crate) span: Range<u32>,
}

/// What a bundle's file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The file's generation; none if its header is corrupt.
    pub(crate) generation: Option<u32>,
    /// The whole frames, in the order of the file.
    pub(crate) frames: Vec<Frame>,
    /// Stretches that are no frames, and second frames of a position.
    pub(crate) corrupt: Vec<Range<u32>>,
    /// Where an incomplete last frame starts.
    pub(crate) torn: Option<u32>,
}

impl Place<'_> {
    /// Writes a file's header.
    pub(crate) fn file_header(&self, generation: u32) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&generation.to_be_bytes());
        let check = self.check(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// Reads a file's header and returns its generation.
    pub(crate) fn generation(&self, header: &[u8]) -> Option<u32> {
        let (bytes, check) = header.split_at_checked(8)?;
        let whole = bytes.starts_with(&MAGIC) && check == self.check(bytes);
        whole.then(|| u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]))
    }

    /// Appends a body's frame.
    pub(crate) fn push(&self, file: &mut Vec<u8>, index: u8, body: &SealedBody) {
        let start = file.len();
        let flags = match &body.submission {
            None => 0,
            Some(submission) if submission.feed == *self.feed => SUBMISSION,
            Some(_) => SUBMISSION | ELSEWHERE,
        };
        file.extend_from_slice(&[FRAME_MAGIC, index, flags]);
        // No body is longer than MAX_BODY.
        file.extend_from_slice(&(body.bytes.len() as u32).to_be_bytes());
        let check = self.check(&file[start..]);
        file.extend_from_slice(&check);
        if let Some(submission) = &body.submission {
            if flags & ELSEWHERE != 0 {
                file.extend_from_slice(submission.feed.as_bytes());
            }
            file.extend_from_slice(&submission.index.to_be_bytes());
        }
        file.extend_from_slice(&body.salt);
        file.extend_from_slice(&body.bytes);
        let checksum = self.check(&file[start..]);
        file.extend_from_slice(&checksum);
    }

    /// Reads a whole frame; none if any byte of it is not what was written, or it is another position's.
    pub(crate) fn open(&self, frame: &[u8], index: u8) -> Option<SealedBody> {
        let fixed = self.fixed(frame).filter(|fixed| fixed.index == index && fixed.len() == frame.len())?;
        let (frame, checksum) = frame.split_at_checked(frame.len() - CHECK)?;
        if checksum != self.check(frame) {
            return None;
        }
        let mut rest = frame.get(FIXED..)?;
        let submission = match fixed.flags {
            0 => None,
            flags => {
                let feed = if flags & ELSEWHERE == 0 {
                    *self.feed
                } else {
                    FeedId(*rest.split_off(..32)?.as_array()?)
                };
                let index = u64::from_be_bytes(*rest.split_off(..8)?.as_array()?);
                Some(RecordId { feed, index })
            }
        };
        let salt: Salt = *rest.split_off(..SALT)?.as_array()?;
        Some(SealedBody { salt, submission, bytes: rest.to_vec() })
    }

    /// Reads the length in bytes and the place of the frame that starts here, if one does.
    pub(crate) fn frame_len(&self, start: &[u8]) -> Option<(u8, u32)> {
        let fixed = self.fixed(start)?;
        Some((fixed.index, u32::try_from(fixed.len()).ok()?))
    }

    /// Goes through a bundle's file and checks every byte.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn scan(&self, file: &File) -> std::io::Result<Scan> {
        let mut window = Window::new(file)?;
        let mut scan =
            Scan { generation: self.generation(window.at(0, FILE_HEADER as usize)?), ..Scan::default() };
        let mut seen = [false; WIDTH];
        let mut at = FILE_HEADER;
        let end = u32::try_from(window.len).unwrap_or(u32::MAX);
        if scan.generation.is_none() && end > 0 {
            scan.corrupt.push(0..FILE_HEADER.min(end));
        }
        while at < end {
            let Some((index, len)) = self.frame_len(window.at(u64::from(at), FIXED)?) else {
                let next = self.next_frame(&mut window, at + 1, end)?;
                // Fewer bytes than a frame's fixed part were never a frame.
                if next == end && end - at < FIXED as u32 {
                    scan.torn = Some(at);
                } else {
                    scan.corrupt.push(at..next);
                }
                at = next;
                continue;
            };
            let Some(next) = at.checked_add(len).filter(|next| *next <= end) else {
                scan.torn = Some(at);
                break;
            };
            let first = !std::mem::replace(&mut seen[usize::from(index)], true);
            let good = first && self.is_whole(window.at(u64::from(at), len as usize)?);
            if good {
                scan.frames.push(Frame { index, span: at..next });
            } else {
                scan.corrupt.push(at..next);
                seen[usize::from(index)] = !first;
            }
            at = next;
        }
        Ok(scan)
    }

    fn next_frame(&self, window: &mut Window<'_>, from: u32, end: u32) -> std::io::Result<u32> {
        for at in from..end {
            if self.fixed(window.at(u64::from(at), FIXED)?).is_some() {
                return Ok(at);
            }
        }
        Ok(end)
    }

    fn is_whole(&self, frame: &[u8]) -> bool {
        let split = frame.split_at_checked(frame.len().saturating_sub(CHECK));
        split.is_some_and(|(frame, checksum)| checksum == self.check(frame))
    }

    fn fixed(&self, start: &[u8]) -> Option<Fixed> {
        let &[FRAME_MAGIC, index, flags, a, b, c, d, ..] = start else { return None };
        let body = u32::from_be_bytes([a, b, c, d]) as usize;
        let known = matches!(flags, 0 | SUBMISSION) || flags == SUBMISSION | ELSEWHERE;
        let sound = known && body <= MAX_BODY && start.get(7..FIXED)? == self.check(&start[..7]);
        sound.then_some(Fixed { index, flags, body })
    }

    /// A body is proved by its commitment whenever it matters; this only has to notice what a disk does, at the speed of
    /// reading.
    fn check(&self, bytes: &[u8]) -> [u8; CHECK] {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(self.feed.as_bytes());
        hasher.update(&self.bundle.to_be_bytes());
        hasher.update(bytes);
        hasher.finalize().to_be_bytes()
    }
}

impl Fixed {
    /// Returns the whole frame's length in bytes.
    const fn len(&self) -> usize {
        let submission = if self.flags & SUBMISSION == 0 { 0 } else { 8 };
        let feed = if self.flags & ELSEWHERE == 0 { 0 } else { 32 };
        FIXED + feed + submission + SALT + self.body + CHECK
    }
}

/// A stretch of a file in memory, moved along as it is read.
#[derive(Debug)]
struct Window<'a> {
    file: &'a File,
    len: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    fn new(file: &'a File) -> std::io::Result<Self> {
        Ok(Self { file, len: file.metadata()?.len(), start: 0, bytes: Vec::new() })
    }

    /// Returns `count` bytes from `offset` on, or as many as there are.
    fn at(&mut self, offset: u64, count: usize) -> std::io::Result<&[u8]> {
        let offset = offset.min(self.len);
        let count = (count as u64).min(self.len - offset) as usize;
        let held = self.start <= offset && offset + count as u64 <= self.start + self.bytes.len() as u64;
        if !held {
            let read = (count.max(WINDOW) as u64).min(self.len - offset);
            self.bytes.resize(read as usize, 0);
            self.file.read_exact_at(&mut self.bytes, offset)?;
            self.start = offset;
        }
        let from = (offset - self.start) as usize;
        Ok(&self.bytes[from..from + count])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const FEED: FeedId = FeedId([7; 32]);
    const PLACE: Place<'_> = Place { feed: &FEED, bundle: 3 };

    fn body(i: u8, submission: Option<RecordId>) -> SealedBody {
        SealedBody { salt: [i; 32], submission, bytes: vec![i; usize::from(i) * 7] }
    }

    fn bodies() -> Vec<(u8, SealedBody)> {
        let here = RecordId { feed: FEED, index: 770 };
        let elsewhere = RecordId { feed: FeedId([9; 32]), index: 1 };
        vec![
            (4, body(4, None)),
            (255, body(25, Some(here))),
            (0, body(0, Some(elsewhere))),
            (7, body(9, None)),
        ]
    }

    fn file() -> Vec<u8> {
        let mut bytes = PLACE.file_header(5);
        bodies().iter().for_each(|(index, body)| PLACE.push(&mut bytes, *index, body));
        bytes
    }

    fn scan(bytes: &[u8]) -> Scan {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        PLACE.scan(&file).unwrap()
    }

    #[test]
    fn frames_come_back_as_written() {
        let bytes = file();
        let scanned = scan(&bytes);
        assert_eq!((scanned.corrupt.len(), scanned.torn), (0, None));
        assert_eq!(scanned.generation, Some(5));
        for ((index, body), frame) in bodies().iter().zip(&scanned.frames) {
            let span = frame.span.start as usize..frame.span.end as usize;
            assert_eq!(PLACE.open(&bytes[span.clone()], *index).as_ref(), Some(body));
            assert_eq!(PLACE.open(&bytes[span.clone()], index ^ 1), None);
            let other = Place { feed: &FEED, bundle: 4 };
            assert_eq!(other.open(&bytes[span], *index), None);
        }
    }

    #[test]
    fn the_overhead_of_a_frame_is_23_bytes() {
        let mut bytes = Vec::new();
        let sealed = body(80, Some(RecordId { feed: FEED, index: 1 }));
        PLACE.push(&mut bytes, 1, &sealed);
        assert_eq!(bytes.len() - sealed.bytes.len() - SALT, 23);
    }

    #[test]
    fn a_flipped_bit_costs_at_most_its_own_frame_and_is_noticed() {
        let bytes = file();
        let clean = scan(&bytes);
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let scanned = scan(&flipped);
            let lost = clean.frames.iter().filter(|frame| !scanned.frames.contains(frame)).count();
            assert!(!scanned.corrupt.is_empty(), "bit {bit}");
            assert!(lost <= 1 && scanned.frames.len() + lost == clean.frames.len(), "bit {bit}");
        }
    }

    #[test]
    fn a_cut_file_is_torn_and_nothing_else() {
        let bytes = file();
        let clean = scan(&bytes);
        for len in FILE_HEADER as usize..bytes.len() {
            let scanned = scan(&bytes[..len]);
            let whole = clean.frames.iter().filter(|frame| frame.span.end as usize <= len).count();
            assert_eq!(scanned.frames, clean.frames[..whole]);
            let end = scanned.frames.last().map_or(FILE_HEADER, |frame| frame.span.end);
            assert_eq!(scanned.torn, (end as usize != len).then_some(end), "{len}");
            assert_eq!(scanned.corrupt, []);
        }
    }

    #[test]
    fn a_second_frame_of_a_position_does_not_count() {
        let mut bytes = file();
        let end = bytes.len() as u32;
        PLACE.push(&mut bytes, 4, &body(1, None));
        let scanned = scan(&bytes);
        assert_eq!(scanned.frames.len(), 4);
        assert_eq!(scanned.corrupt.first(), Some(&(end..bytes.len() as u32)));
    }
}
