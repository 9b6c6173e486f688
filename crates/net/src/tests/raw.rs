//! A peer that speaks the protocol's words but writes and reads as it pleases.

use std::{io, iter, time::Duration};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt, future};
use libp2p::{
    Multiaddr, StreamProtocol, Swarm,
    identity::Keypair,
    request_response::{self, Message, OutboundFailure, ProtocolSupport},
    swarm::{self, NetworkBehaviour, SwarmEvent},
};
use tokio::time::{sleep, timeout};

use super::PATIENCE;
use crate::{options::Tuning, transport};

/// What is put on the stream, and how.
#[derive(Debug, Clone)]
pub(super) struct Bytes {
    pub(super) bytes: Vec<u8>,
    /// Whether the stream is then left open and silent.
    pub(super) stalls: bool,
}

impl Bytes {
    /// A length prefix and a body, which need not agree.
    pub(super) fn frame(len: u32, body: &[u8]) -> Self {
        Self { bytes: [&len.to_le_bytes()[..], body].concat(), stalls: false }
    }

    pub(super) fn stalling(self) -> Self {
        Self { stalls: true, ..self }
    }
}

#[derive(Debug, Clone)]
pub(super) struct RawCodec {
    /// Whether responses are left unread.
    pub(super) reads: bool,
}

impl RawCodec {
    async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, message: Bytes) -> io::Result<()> {
        io.write_all(&message.bytes).await?;
        io.flush().await?;
        if !message.stalls {
            return Ok(());
        }
        // Silent, but awake enough to notice that the other side has given up.
        loop {
            sleep(Duration::from_millis(20)).await;
            let _: usize = io.write(&[]).await?;
        }
    }
}

impl request_response::Codec for RawCodec {
    type Protocol = StreamProtocol;
    type Request = Bytes;
    type Response = Bytes;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Bytes>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(Bytes { bytes, stalls: false })
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Bytes>
    where
        T: AsyncRead + Unpin + Send,
    {
        if !self.reads {
            future::pending::<()>().await;
        }
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(Bytes { bytes, stalls: false })
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Bytes) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Self::write(io, request).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, response: Bytes) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Self::write(io, response).await
    }
}

pub(super) type Raw = Swarm<request_response::Behaviour<RawCodec>>;

pub(super) fn raw_swarm<B: NetworkBehaviour>(behaviour: B) -> Swarm<B> {
    let key = Keypair::generate_ed25519();
    let transport = transport::build(&key, &Tuning::default()).unwrap();
    let config = swarm::Config::with_tokio_executor().with_idle_connection_timeout(PATIENCE);
    Swarm::new(transport, behaviour, key.public().to_peer_id(), config)
}

/// Returns a raw peer connected to the node at `address`.
pub(super) async fn raw(address: &Multiaddr, reads: bool) -> Raw {
    let protocol = StreamProtocol::new("/commonwheel/test/sync/1");
    let behaviour = request_response::Behaviour::with_codec(
        RawCodec { reads },
        iter::once((protocol, ProtocolSupport::Full)),
        request_response::Config::default().with_request_timeout(PATIENCE),
    );
    let mut raw = raw_swarm(behaviour);
    raw.dial(address.clone()).unwrap();
    drive(&mut raw, |event| matches!(event, SwarmEvent::ConnectionEstablished { .. }).then_some(())).await;
    raw
}

/// Runs a swarm until an event is picked.
pub(super) async fn drive<B: NetworkBehaviour, T>(
    swarm: &mut Swarm<B>,
    mut pick: impl FnMut(SwarmEvent<B::ToSwarm>) -> Option<T>,
) -> T {
    let found = async {
        loop {
            if let Some(found) = pick(swarm.select_next_some().await) {
                break found;
            }
        }
    };
    timeout(PATIENCE, found).await.expect("the raw peer sees it in time")
}

/// Sends one request and returns the bytes that came back, or how it failed.
pub(super) async fn ask(raw: &mut Raw, request: Bytes) -> Result<Vec<u8>, OutboundFailure> {
    let peer = *raw.connected_peers().next().expect("the raw peer is connected");
    raw.behaviour_mut().send_request(&peer, request);
    drive(raw, |event| match event {
        SwarmEvent::Behaviour(request_response::Event::Message {
            message: Message::Response { response, .. },
            ..
        }) => Some(Ok(response.bytes)),
        SwarmEvent::Behaviour(request_response::Event::OutboundFailure { error, .. }) => Some(Err(error)),
        _ => None,
    })
    .await
}

/// Answers the next request with `response` and keeps running until the node is done with it.
pub(super) async fn answer(raw: &mut Raw, response: Bytes) {
    let channel = drive(raw, |event| match event {
        SwarmEvent::Behaviour(request_response::Event::Message {
            message: Message::Request { channel, .. },
            ..
        }) => Some(channel),
        _ => None,
    })
    .await;
    raw.behaviour_mut().send_response(channel, response).unwrap();
}
