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
