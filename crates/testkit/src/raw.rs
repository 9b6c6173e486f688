//! A peer that speaks libp2p but does not keep to our framing: a length prefix and a body that need not agree.

use std::io;
use std::iter;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::request_response::{self, Message, ProtocolSupport};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use tokio::time::{sleep, timeout};

use crate::cluster::NETWORK;

/// How long the node may take to connect or to end a stream.
const LIMIT: Duration = Duration::from_secs(40);

/// What is put on a request's stream.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Vec<u8>,
    stalls: bool,
}

impl Frame {
    /// A length prefix and a body.
    #[must_use]
    pub fn new(length: u32, body: &[u8]) -> Self {
        Self { bytes: [&length.to_le_bytes()[..], body].concat(), stalls: false }
    }

    /// The same, but the stream is then left open and silent.
    #[must_use]
    pub fn stalling(self) -> Self {
        Self { stalls: true, ..self }
    }
}

/// A connected peer without manners.
pub struct RawPeer {
    swarm: Swarm<request_response::Behaviour<Verbatim>>,
}

impl std::fmt::Debug for RawPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawPeer").field("peer", self.swarm.local_peer_id()).finish_non_exhaustive()
    }
}

impl RawPeer {
    /// Connects to a node.
    ///
    /// # Panics
    /// If no connection comes about.
    pub async fn connect(address: &str) -> Self {
        let protocol = StreamProtocol::try_from_owned(format!("/commonwheel/{NETWORK}/sync/1"));
        let protocol = protocol.expect("it begins with a slash");
        let behaviour = request_response::Behaviour::with_codec(
            Verbatim,
            iter::once((protocol, ProtocolSupport::Outbound)),
            request_response::Config::default().with_request_timeout(LIMIT),
        );
        let swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
            .expect("noise takes any key")
            .with_behaviour(|_| behaviour)
            .expect("a behaviour that cannot fail")
            .with_swarm_config(|config| config.with_idle_connection_timeout(LIMIT))
            .build();
        let mut peer = Self { swarm };
        peer.swarm
            .dial(address.parse::<Multiaddr>().expect("the node's address is one"))
            .expect("it can be dialled");
        let connected = async {
            loop {
                match peer.swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { .. } => break,
                    SwarmEvent::OutgoingConnectionError { error, .. } => panic!("cannot connect: {error}"),
                    _ => {}
                }
            }
        };
        timeout(LIMIT, connected).await.expect("the node takes connections in time");
        peer
    }

    /// Puts a frame on a stream of its own; returns what came back, or how the stream ended.
    ///
    /// # Errors
    /// How it ended, where nothing came back.
    ///
    /// # Panics
    /// If the node neither answers nor ends the stream.
    pub async fn send(&mut self, frame: Frame) -> Result<Vec<u8>, String> {
        let Some(server) = self.swarm.connected_peers().next().copied() else {
            return Err("the node has hung up".to_owned());
        };
        self.swarm.behaviour_mut().send_request(&server, frame);
        let ended = async {
            loop {
                match self.swarm.select_next_some().await {
                    SwarmEvent::Behaviour(request_response::Event::Message {
                        message: Message::Response { response, .. },
                        ..
                    }) => return Ok(response.bytes),
                    SwarmEvent::Behaviour(request_response::Event::OutboundFailure { error, .. }) => {
                        return Err(error.to_string());
                    }
                    SwarmEvent::ConnectionClosed { .. } => return Err("the node has hung up".to_owned()),
                    _ => {}
                }
            }
        };
        timeout(LIMIT, ended).await.expect("the node ends a bad stream in time")
    }
}

/// Writes what it is given and reads whatever comes.
#[derive(Clone, Debug)]
struct Verbatim;

impl request_response::Codec for Verbatim {
    type Protocol = StreamProtocol;
    type Request = Frame;
    type Response = Frame;

    async fn read_request<T>(&mut self, _: &StreamProtocol, _: &mut T) -> io::Result<Frame>
    where
        T: AsyncRead + Unpin + Send,
    {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Frame>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(Frame { bytes, stalls: false })
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, frame: Frame) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&frame.bytes).await?;
        io.flush().await?;
        if !frame.stalls {
            return Ok(());
        }
        // Silent, but awake enough to notice that the other side has given up.
        loop {
            sleep(Duration::from_millis(20)).await;
            let _: usize = io.write(&[]).await?;
        }
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, _: &mut T, _: Frame) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }
}
