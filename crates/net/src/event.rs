//! What the service tells the caller, and what the caller tells the service.

use std::fmt;

use libp2p::Multiaddr;

use crate::PeerKey;

/// Names a peer's request until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Names a gossip message: the first 20 bytes of BLAKE3(topic ‖ data).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GossipId(pub [u8; 20]);

/// The two topics of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Control records with their proofs, and fork proofs.
    Ctl,
    /// Bundles of checkpoints, and attestations.
    Heads,
}

/// The caller's judgement of a gossip message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Valid and new: it is forwarded.
    Accept,
    /// Stale or of no concern: dropped, nobody is blamed.
    Ignore,
    /// Provably bad: dropped, and the peer that sent it pays for it.
    Reject,
}

/// What happened on the network.
///
/// Each [`Event::Request`] is followed by one [`Event::ResponseSent`] or [`Event::ResponseFailed`], each
/// [`Command::Request`] by one [`Event::Response`] or [`Event::RequestFailed`], all of them before the peer's
/// [`Event::Disconnected`].
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The node listens on this address.
    Listening(Multiaddr),
    /// A peer has its first connection.
    Connected {
        /// Who.
        peer: PeerKey,
        /// Whether this node dialled.
        outbound: bool,
    },
    /// A peer's last connection is gone.
    Disconnected {
        /// Who.
        peer: PeerKey,
    },
    /// A peer asks; [`Command::Respond`] answers.
    Request {
        /// Who asks.
        peer: PeerKey,
        /// What to answer to.
        id: RequestId,
        /// The request.
        bytes: Vec<u8>,
    },
    /// A peer answered.
    Response {
        /// Who answered.
        peer: PeerKey,
        /// The id the caller chose.
        id: u64,
        /// The response.
        bytes: Vec<u8>,
    },
    /// A request of ours got no answer.
    RequestFailed {
        /// Who was asked.
        peer: PeerKey,
        /// The id the caller chose.
        id: u64,
        /// Why.
        why: RequestFailure,
    },
    /// An answer of ours has been handed over in full; its bytes are no longer unsent.
    ResponseSent {
        /// Who asked.
        peer: PeerKey,
        /// The request it answered.
        id: RequestId,
    },
    /// A peer's request ended without an answer reaching it: the peer left, did not read in time, or the caller
    /// was too slow.
    ResponseFailed {
        /// Who asked.
        peer: PeerKey,
        /// The request.
        id: RequestId,
    },
    /// A message to judge with [`Command::Validate`]; it is forwarded to nobody before that.
    Gossip {
        /// The topic.
        topic: Topic,
        /// Who passed it on; who wrote it is not on the wire.
        from: PeerKey,
        /// What to judge.
        id: GossipId,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A dial came to nothing; static peers are tried again.
    DialFailed {
        /// Who was dialled, where that is known.
        peer: Option<PeerKey>,
        /// The address dialled, where it was one.
        address: Option<Multiaddr>,
        /// Why.
        why: DialFailure,
    },
}

/// Why a request of ours got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RequestFailure {
    /// The peer is not connected.
    #[error("peer is not connected")]
    NotConnected,
    /// Too many requests of ours already wait for this peer.
    #[error("too many requests wait for this peer")]
    Busy,
    /// No answer came in time.
    #[error("peer did not answer in time")]
    Timeout,
    /// The connection closed first.
    #[error("connection closed before the answer")]
    Disconnected,
    /// The peer does not speak this network's protocol.
    #[error("peer does not speak this network's protocol")]
    Unsupported,
    /// The peer ended the stream without an answer.
    #[error("peer dropped the request")]
    Dropped,
    /// The answer was empty, too long, or followed by more.
    #[error("peer's answer is malformed")]
    Malformed,
    /// The stream failed.
    #[error("stream failed")]
    Stream,
}

/// Why a dial came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialFailure {
    /// The peer is connected, or being dialled already.
    #[error("already connected or dialling")]
    Already,
    /// A limit, a ban, or a weak key stands against it.
    #[error("connection refused here: {0}")]
    Denied(String),
    /// Another node answered at this address.
    #[error("another peer answered")]
    WrongPeer,
    /// The address is this node's own.
    #[error("address is this node's own")]
    Own,
    /// The address is of a kind no transport here understands.
    #[error("address is not understood")]
    Address,
    /// Nobody answered properly.
    #[error("unreachable: {0}")]
    Unreachable(String),
}

/// What the caller wants of the network.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Ask a connected peer.
    Request {
        /// Whom.
        peer: PeerKey,
        /// Any number; it comes back with the answer.
        id: u64,
        /// 1 to [`crate::MAX_REQUEST_BYTES`] bytes.
        bytes: Vec<u8>,
    },
    /// Answer a peer's request; without effect once [`Event::ResponseFailed`] named it.
    Respond {
        /// The request.
        id: RequestId,
        /// 1 to [`crate::MAX_RESPONSE_BYTES`] bytes.
        bytes: Vec<u8>,
    },
    /// Tell everyone. Gossip is a hint: with nobody to hear it, nothing happens.
    Publish {
        /// The topic.
        topic: Topic,
        /// 1 to [`crate::MAX_GOSSIP_BYTES`] bytes.
        bytes: Vec<u8>,
    },
    /// Judge a gossip message; it counts within about five seconds of the event.
    Validate {
        /// The message.
        id: GossipId,
        /// Who passed it on.
        from: PeerKey,
        /// The judgement.
        verdict: Verdict,
    },
    /// Dial once.
    Dial(Multiaddr),
    /// Keep the peer at this address, ending in `/p2p/<peer>`, connected.
    AddStatic(Multiaddr),
    /// Close all connections to a peer; half a second later they are gone, drained or not.
    Disconnect {
        /// Whom.
        peer: PeerKey,
    },
    /// Disconnect a peer and take no connection to or from it for a while.
    Ban {
        /// Whom.
        peer: PeerKey,
        /// How long.
        seconds: u32,
    },
    /// Close everything and end the service.
    Shutdown,
}

/// A key's first bytes, enough to tell peers apart in a log.
struct Short<'a>(&'a [u8]);

impl fmt::Debug for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

// Written by hand, because payloads hold what members wrote and must not reach a log through `{:?}`.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening(address) => write!(f, "Listening({address})"),
            Self::Connected { peer, outbound } => {
                write!(f, "Connected({:?}, outbound: {outbound})", Short(peer))
            }
            Self::Disconnected { peer } => write!(f, "Disconnected({:?})", Short(peer)),
            Self::Request { peer, id, bytes } => {
                write!(f, "Request({:?}, {}, {} B)", Short(peer), id.0, bytes.len())
            }
            Self::Response { peer, id, bytes } => {
                write!(f, "Response({:?}, {id}, {} B)", Short(peer), bytes.len())
            }
            Self::RequestFailed { peer, id, why } => {
                write!(f, "RequestFailed({:?}, {id}, {why})", Short(peer))
            }
            Self::ResponseSent { peer, id } => write!(f, "ResponseSent({:?}, {})", Short(peer), id.0),
            Self::ResponseFailed { peer, id } => write!(f, "ResponseFailed({:?}, {})", Short(peer), id.0),
            Self::Gossip { topic, from, id, bytes } => {
                write!(f, "Gossip({topic:?}, {:?}, {:?}, {} B)", Short(from), Short(&id.0), bytes.len())
            }
            Self::DialFailed { peer, address, why } => {
                let peer = peer.as_ref().map(|peer| Short(peer));
                write!(f, "DialFailed({peer:?}, {address:?}, {why})")
            }
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { peer, id, bytes } => {
                write!(f, "Request({:?}, {id}, {} B)", Short(peer), bytes.len())
            }
            Self::Respond { id, bytes } => write!(f, "Respond({}, {} B)", id.0, bytes.len()),
            Self::Publish { topic, bytes } => write!(f, "Publish({topic:?}, {} B)", bytes.len()),
            Self::Validate { id, from, verdict } => {
                write!(f, "Validate({:?}, {:?}, {verdict:?})", Short(&id.0), Short(from))
            }
            Self::Dial(address) => write!(f, "Dial({address})"),
            Self::AddStatic(address) => write!(f, "AddStatic({address})"),
            Self::Disconnect { peer } => write!(f, "Disconnect({:?})", Short(peer)),
            Self::Ban { peer, seconds } => write!(f, "Ban({:?}, {seconds} s)", Short(peer)),
            Self::Shutdown => write!(f, "Shutdown"),
        }
    }
}
