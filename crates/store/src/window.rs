//! The body bundle that was read last, in memory: bodies are asked for one by one, and mostly in order.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::FileExt as _;

use commonwheel_record::FeedId;

use crate::frames::Place;

/// The longest file that is read as a whole, in bytes; of a longer one each frame is read for itself.
const WHOLE: u32 = 512 << 10;
/// Bytes of such a frame read before its length is known: most fit.
const GUESS: u32 = 4096;

/// Which bytes a file has, as its table says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) end: u32,
    pub(crate) generation: u32,
}

/// Bytes of one file.
#[derive(Debug)]
pub(crate) struct Window {
    /// Feed, bundle and generation.
    of: Option<(FeedId, u64, u32)>,
    start: u32,
    bytes: Vec<u8>,
}

impl Window {
    pub(crate) const fn empty() -> Self {
        Self { of: None, start: 0, bytes: Vec::new() }
    }

    /// Forgets a bundle, because its file changes.
    pub(crate) fn forget(&mut self, feed: &FeedId, bundle: u64) {
        if self.of.is_some_and(|(of, number, _)| (of, number) == (*feed, bundle)) {
            *self = Self::empty();
        }
    }

    /// Returns the frame that starts at an offset, unchecked but for its length.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::InvalidData`] if no frame starts there.
    pub(crate) fn frame(
        &mut self,
        at: &Place<'_>,
        file: &File,
        stretch: Stretch,
        offset: u32,
    ) -> Result<&[u8], Error> {
        let of = Some((*at.feed, at.bundle, stretch.generation));
        if self.of != of || self.span(at, offset).is_none() {
            self.of = None;
            let whole = stretch.end <= WHOLE;
            let start = if whole { 0 } else { offset };
            let want = if whole { stretch.end } else { GUESS.min(stretch.end.saturating_sub(offset)) };
            self.read(file, start, want)?;
            if let Some(len) = self.frame_len(at, offset).filter(|len| !whole && *len > want) {
                self.read(file, offset, len)?;
            }
            self.of = of;
        }
        let span = self.span(at, offset).ok_or(ErrorKind::InvalidData)?;
        Ok(&self.bytes[span])
    }

    fn read(&mut self, file: &File, start: u32, len: u32) -> Result<(), Error> {
        self.start = start;
        self.bytes.resize(len as usize, 0);
        file.read_exact_at(&mut self.bytes, u64::from(start))
    }

    fn frame_len(&self, at: &Place<'_>, offset: u32) -> Option<u32> {
        let from = offset.checked_sub(self.start)? as usize;
        at.frame_len(self.bytes.get(from..)?).map(|(_, len)| len)
    }

    /// Returns where the frame is in memory, if it is there whole.
    fn span(&self, at: &Place<'_>, offset: u32) -> Option<std::ops::Range<usize>> {
        let from = offset.checked_sub(self.start)? as usize;
        let to = from.checked_add(self.frame_len(at, offset)? as usize)?;
        (to <= self.bytes.len()).then_some(from..to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use commonwheel_record::body::SealedBody;

    use super::*;

    const FEED: FeedId = FeedId([7; 32]);
    const PLACE: Place<'_> = Place { feed: &FEED, bundle: 3 };

    /// A file of bodies of so many bytes each, with where each starts.
    fn file(bodies: &[usize]) -> (File, Vec<u32>, Stretch) {
        let mut bytes = PLACE.file_header(1);
        let mut starts = Vec::new();
        for (index, len) in (0..).zip(bodies) {
            starts.push(bytes.len() as u32);
            let body = SealedBody { salt: [1; 32], submission: None, bytes: vec![index; *len] };
            PLACE.push(&mut bytes, index, &body);
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        (file, starts, Stretch { end: bytes.len() as u32, generation: 1 })
    }

    #[test]
    fn every_frame_of_small_and_large_files_is_found_in_any_order() {
        for bodies in [vec![10, 600, 0, 9000], vec![10, 400_000, 20, 300_000]] {
            let (file, starts, stretch) = file(&bodies);
            let mut window = Window::empty();
            for nth in [0, 3, 2, 1, 1, 0] {
                let frame = window.frame(&PLACE, &file, stretch, starts[nth]).unwrap();
                let body = PLACE.open(frame, nth as u8).unwrap();
                assert_eq!(body.bytes, vec![nth as u8; bodies[nth]]);
            }
        }
    }

    #[test]
    fn a_file_that_grew_or_was_replaced_is_read_again() {
        let (old, starts, stretch) = file(&[10, 20]);
        let mut window = Window::empty();
        window.frame(&PLACE, &old, stretch, starts[0]).unwrap();
        let (grown, starts, longer) = file(&[10, 20, 30]);
        let frame = window.frame(&PLACE, &grown, longer, starts[2]).unwrap();
        assert!(PLACE.open(frame, 2).is_some());
        let (replaced, starts, _) = file(&[99]);
        let newer = Stretch { end: longer.end, generation: 2 };
        let error = window.frame(&PLACE, &replaced, newer, starts[0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "shorter than its table says");
        assert!(window.of.is_none());
    }

    #[test]
    fn where_no_frame_starts_there_is_none() {
        let (file, starts, stretch) = file(&[10, 20]);
        let error = Window::empty().frame(&PLACE, &file, stretch, starts[1] + 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}
