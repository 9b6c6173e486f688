//! The frame of requests and responses: `u32` length, little-endian, then that many bytes, then the stream's end.
//!
//! A length is checked before anything is allocated for it, and no more than one chunk is allocated before the
//! first chunk has arrived: a peer that lies about a length pays for it in bytes. Each chunk has a deadline, so a
//! stream that trickles is given up, while a slow line that keeps moving is not.

use std::{io, time::Duration};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response};
use tokio::time::timeout;

use crate::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};

/// The unit of progress a deadline is set for; with ten seconds, 6.4 KiB/s is the slowest a stream may be.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// Reads and writes frames, with their limits and deadlines.
#[derive(Debug, Clone)]
pub(crate) struct Codec {
    pub(crate) chunk_deadline: Duration,
}

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, MAX_REQUEST_BYTES, Some(self.chunk_deadline), self.chunk_deadline).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        // Until its first byte the answer is being worked on; that time is the request's, kept by the behaviour.
        read_frame(io, MAX_RESPONSE_BYTES, None, self.chunk_deadline).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &request, MAX_REQUEST_BYTES, self.chunk_deadline).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, response: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &response, MAX_RESPONSE_BYTES, self.chunk_deadline).await
    }
}

async fn read_frame<T>(io: &mut T, max: usize, first: Option<Duration>, each: Duration) -> io::Result<Vec<u8>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut prefix = [0; 4];
    match first {
        Some(first) => within(first, io.read_exact(&mut prefix)).await?,
        None => io.read_exact(&mut prefix).await?,
    }
    let len = usize::try_from(u32::from_le_bytes(prefix)).unwrap_or(usize::MAX);
    check_len(len, max)?;

    let mut frame = Vec::new();
    while frame.len() < len {
        let have = frame.len();
        let next = CHUNK_BYTES.min(len - have);
        frame.reserve_exact(if have == 0 { next } else { len - have });
        frame.resize(have + next, 0);
        within(each, io.read_exact(&mut frame[have..])).await?;
    }
    within(each, expect_end(io)).await?;
    Ok(frame)
}

async fn write_frame<T>(io: &mut T, frame: &[u8], max: usize, each: Duration) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    check_len(frame.len(), max)?;
    let prefix = u32::try_from(frame.len()).map_err(|_| invalid("frame is too long"))?.to_le_bytes();
    within(each, io.write_all(&prefix)).await?;
    for chunk in frame.chunks(CHUNK_BYTES) {
        within(each, io.write_all(chunk)).await?;
    }
    within(each, io.flush()).await
}

fn check_len(len: usize, max: usize) -> io::Result<()> {
    match len {
        0 => Err(invalid("frame is empty")),
        len if len > max => Err(invalid("frame is too long")),
        _ => Ok(()),
    }
}

async fn expect_end<T>(io: &mut T) -> io::Result<()>
where
    T: AsyncRead + Unpin + Send,
{
    match io.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err(invalid("bytes follow the frame")),
    }
}

async fn within<T>(deadline: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match timeout(deadline, step).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use futures::io::Cursor;

    use super::*;

    const DEADLINE: Duration = Duration::from_millis(50);

    /// Yields its bytes, then ends or stalls, and notes the largest buffer it was asked to fill.
    struct Source {
        bytes: Cursor<Vec<u8>>,
        stalls: bool,
        largest: usize,
    }

    impl Source {
        fn new(len: u32, body: &[u8]) -> Self {
            let bytes = [&len.to_le_bytes()[..], body].concat();
            Self { bytes: Cursor::new(bytes), stalls: false, largest: 0 }
        }
    }

    impl AsyncRead for Source {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            self.largest = self.largest.max(buffer.len());
            match Pin::new(&mut self.bytes).poll_read(cx, buffer) {
                Poll::Ready(Ok(0)) if self.stalls => Poll::Pending,
                other => other,
            }
        }
    }

    async fn read(source: &mut Source) -> io::Result<Vec<u8>> {
        read_frame(source, MAX_RESPONSE_BYTES, Some(DEADLINE), DEADLINE).await
    }

    fn kind(result: io::Result<Vec<u8>>) -> io::ErrorKind {
        result.expect_err("the frame is bad").kind()
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        for len in [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, MAX_RESPONSE_BYTES] {
            let frame: Vec<u8> = (0..len).map(|n| n.to_le_bytes()[0]).collect();
            let mut wire = Cursor::new(Vec::new());
            write_frame(&mut wire, &frame, MAX_RESPONSE_BYTES, DEADLINE).await.unwrap();
            let mut source = Source::new(0, &[]);
            source.bytes = Cursor::new(wire.into_inner());
            let read = read(&mut source).await.unwrap();
            assert_eq!(read, frame);
            assert_eq!(read.capacity(), frame.len(), "no more is kept than was sent");
        }
    }

    #[tokio::test]
    async fn a_length_over_the_limit_is_refused_before_a_byte_is_read() {
        for len in [MAX_RESPONSE_BYTES as u32 + 1, u32::MAX] {
            let mut source = Source::new(len, &[7; 100]);
            assert_eq!(kind(read(&mut source).await), io::ErrorKind::InvalidData);
            assert_eq!(source.largest, 4);
        }
    }

    #[tokio::test]
    async fn a_lie_about_the_length_costs_no_more_than_a_chunk() {
        let mut source = Source::new(MAX_RESPONSE_BYTES as u32, &[7; 100]);
        assert_eq!(kind(read(&mut source).await), io::ErrorKind::UnexpectedEof);
        assert_eq!(source.largest, CHUNK_BYTES);
    }

    #[tokio::test]
    async fn empty_and_overlong_frames_are_refused() {
        assert_eq!(kind(read(&mut Source::new(0, &[])).await), io::ErrorKind::InvalidData);
        assert_eq!(kind(read(&mut Source::new(3, &[1, 2, 3, 4])).await), io::ErrorKind::InvalidData);
        let mut wire = Cursor::new(Vec::new());
        assert!(write_frame(&mut wire, &[], 10, DEADLINE).await.is_err());
        assert!(write_frame(&mut wire, &[0; 11], 10, DEADLINE).await.is_err());
        assert!(wire.into_inner().is_empty());
    }

    #[tokio::test]
    async fn a_stream_that_stalls_is_given_up_wherever_it_stalls() {
        for sent in [0, 2, 4, 50, 104] {
            let mut source = Source::new(100, &[7; 100]);
            source.bytes.get_mut().truncate(sent);
            source.stalls = true;
            assert_eq!(kind(read(&mut source).await), io::ErrorKind::TimedOut, "after {sent} bytes");
        }
    }

    #[tokio::test]
    async fn a_reader_that_stalls_is_given_up() {
        let result = write_frame(&mut Full { room: 1000 }, &[7; 5000], MAX_RESPONSE_BYTES, DEADLINE).await;
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// Takes `room` bytes and then waits for ever.
    struct Full {
        room: usize,
    }

    impl AsyncWrite for Full {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            if taken == 0 { Poll::Pending } else { Poll::Ready(Ok(taken)) }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}
