//! A muxer that does not take for ever to close.
//!
//! Closing a connection politely means flushing it. A peer that does not read would hold it open, and with it the
//! bytes we no longer want to send; after the deadline the connection is dropped instead.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use tokio::time::{Sleep, sleep};

pub(crate) struct CloseDeadline<M> {
    inner: M,
    deadline: Duration,
    closing: Option<Pin<Box<Sleep>>>,
}

impl<M> CloseDeadline<M> {
    pub(crate) fn new(inner: M, deadline: Duration) -> Self {
        Self { inner, deadline, closing: None }
    }
}

impl<M> StreamMuxer for CloseDeadline<M>
where
    M: StreamMuxer + Unpin,
    M::Error: Send + Sync + 'static,
{
    type Substream = M::Substream;
    type Error = io::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<M::Substream>> {
        Pin::new(&mut self.inner).poll_inbound(cx).map_err(io::Error::other)
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<M::Substream>> {
        Pin::new(&mut self.inner).poll_outbound(cx).map_err(io::Error::other)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Poll::Ready(closed) = Pin::new(&mut this.inner).poll_close(cx) {
            return Poll::Ready(closed.map_err(io::Error::other));
        }
        let deadline = this.deadline;
        ready!(this.closing.get_or_insert_with(|| Box::pin(sleep(deadline))).as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        Pin::new(&mut self.inner).poll(cx).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Instant};

    use futures::io::Cursor;

    use super::*;

    /// Closes at once, or never.
    struct Stub {
        closes: bool,
    }

    impl StreamMuxer for Stub {
        type Substream = Cursor<Vec<u8>>;
        type Error = io::Error;

        fn poll_inbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Self::Substream>> {
            Poll::Pending
        }

        fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<Self::Substream>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.closes { Poll::Ready(Ok(())) } else { Poll::Pending }
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
            Poll::Pending
        }
    }

    async fn close(closes: bool, deadline: Duration) -> io::Result<()> {
        let mut muxer = CloseDeadline::new(Stub { closes }, deadline);
        poll_fn(|cx| Pin::new(&mut muxer).poll_close(cx)).await
    }

    #[tokio::test]
    async fn a_polite_close_is_left_alone() {
        close(true, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_close_that_hangs_is_cut_short() {
        let (start, deadline) = (Instant::now(), Duration::from_millis(50));
        let error = close(false, deadline).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(start.elapsed() >= deadline);
    }
}
