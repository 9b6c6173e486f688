//! The bytes of an export on their way to an importer.

use std::io::{self, Read};

use hyper::body::Bytes;
use tokio::sync::mpsc;

/// Chunks between the socket and the importer; a slow importer slows the sender.
const MAX_CHUNKS: usize = 16;

/// The bytes of an export, read as they arrive.
///
/// Reading blocks, so it belongs on a thread that may block. A sender that goes away before the end is an error and
/// never an end: half an export is not taken for a whole one.
#[derive(Debug)]
pub struct Upload {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
    ended: bool,
}

/// Where an [`Upload`]'s bytes come from.
#[derive(Clone, Debug)]
pub(crate) struct Sender(mpsc::Sender<io::Result<Bytes>>);

impl Upload {
    pub(crate) fn pipe() -> (Sender, Self) {
        let (sender, chunks) = mpsc::channel(MAX_CHUNKS);
        (Sender(sender), Self { chunks, rest: Bytes::new(), ended: false })
    }

    /// Makes an upload of bytes that are all here.
    #[must_use]
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let (_, chunks) = mpsc::channel(1);
        Self { chunks, rest: bytes.into(), ended: true }
    }
}

impl Sender {
    /// Hands on a chunk; an empty one is the end. Says whether anybody still reads.
    pub(crate) async fn send(&self, chunk: io::Result<Bytes>) -> bool {
        self.0.send(chunk).await.is_ok()
    }
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && !self.ended {
            self.rest = self.chunks.blocking_recv().unwrap_or_else(|| Err(cut_off()))?;
            self.ended = self.rest.is_empty();
        }
        let length = self.rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest.split_to(length));
        Ok(length)
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the upload ended before its end")
}
