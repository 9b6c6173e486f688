//! A bounded reader with a look at what comes first.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use crate::error::ImportError;
use crate::framing::BOM;

/// Bytes looked at to tell the framing.
const PREFIX_BYTES: u64 = 64 * 1024;

/// Input read byte by byte, counted, and refused beyond a limit.
#[derive(Debug)]
pub(crate) struct Source<R> {
    inner: BufReader<io::Chain<Cursor<Vec<u8>>, R>>,
    prefix: Vec<u8>,
    read: u64,
    limit: u64,
}

impl<R: Read> Source<R> {
    /// Reads the first bytes and steps over a byte order mark.
    pub(crate) fn open(mut reader: R, limit: u64) -> Result<Self, ImportError> {
        let mut prefix = Vec::new();
        reader.by_ref().take(PREFIX_BYTES).read_to_end(&mut prefix)?;
        if prefix.starts_with(BOM) {
            prefix.drain(..BOM.len());
        }
        let inner =
            BufReader::with_capacity(PREFIX_BYTES as usize, Cursor::new(prefix.clone()).chain(reader));
        Ok(Self { inner, prefix, read: 0, limit })
    }

    /// The first bytes of the input.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Bytes taken so far.
    pub(crate) fn position(&self) -> u64 {
        self.read
    }

    /// Hands out what is buffered; empty at the end of the input.
    pub(crate) fn buffer(&mut self) -> Result<&[u8], ImportError> {
        if self.read > self.limit {
            return Err(ImportError::TooLarge { limit: self.limit });
        }
        Ok(self.inner.fill_buf()?)
    }

    /// Takes bytes off the buffer.
    pub(crate) fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.read += count as u64;
    }

    /// Takes bytes while they answer to `keep`, handing each run on, and gives the first that does not, without
    /// taking it; `None` at the end of the input.
    pub(crate) fn take_while(
        &mut self,
        mut keep: impl FnMut(u8) -> bool,
        mut run: impl FnMut(&[u8]),
    ) -> Result<Option<u8>, ImportError> {
        loop {
            let buffer = self.buffer()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let end = buffer.iter().position(|&byte| !keep(byte));
            run(&buffer[..end.unwrap_or(buffer.len())]);
            let stop = end.map(|end| buffer[end]);
            let taken = end.unwrap_or(buffer.len());
            self.consume(taken);
            if stop.is_some() {
                return Ok(stop);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_over_any_number_of_reads() {
        let mut source = Source::open(io::repeat(b' '), 300_000).unwrap();
        let error = source.take_while(|_| true, |_| {}).unwrap_err();
        assert!(matches!(error, ImportError::TooLarge { limit: 300_000 }), "{error}");
    }

    #[test]
    fn a_mark_is_stepped_over_and_the_prefix_is_read_again() {
        let mut source = Source::open(&b"\xef\xbb\xbfabc "[..], 10).unwrap();
        assert_eq!(source.prefix(), b"abc ");
        let mut taken = Vec::new();
        let stop = source.take_while(|byte| byte != b' ', |run| taken.extend_from_slice(run)).unwrap();
        assert_eq!((taken.as_slice(), stop, source.position()), (&b"abc"[..], Some(b' '), 3));
    }
}
