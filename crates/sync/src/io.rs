//! What goes into the protocol and what comes out, as data.

use std::collections::BTreeSet;

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::terms::{Language, Licence, Purpose, Slug};
use commonwheel_record::{CollectiveId, FeedId, NetworkId, PublicKey, RecordId, SecretKey};

/// What a node is and follows.
#[derive(Clone, Debug)]
pub struct Config {
    /// The network.
    pub network: NetworkId,
    /// The node's key, by which peers know it.
    pub key: SecretKey,
    /// What it is.
    pub role: NodeRole,
    /// The collectives it was told to follow; those their charters name are added.
    pub follow: BTreeSet<CollectiveId>,
    /// Nodes whose comparison alone opens the serve gate.
    pub partners: BTreeSet<PublicKey>,
    /// Feeds this node writes.
    pub own_feeds: BTreeSet<FeedId>,
    /// What it wants bodies for.
    pub purpose: Purpose,
    /// Which bodies it wants.
    pub selection: Selection,
    /// The key it writes its feeds with. Where a charter lists it the node is a witness, or says that the collective is
    /// alive.
    pub witness: Option<SecretKey>,
    /// Randomness for nonces and jitter.
    pub seed: [u8; 32],
}

/// Which bodies a node wants of those it may have; an empty dimension means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Languages.
    pub languages: BTreeSet<Language>,
    /// Licences.
    pub licences: BTreeSet<Licence>,
    /// Domains.
    pub domains: BTreeSet<Slug>,
    /// No bodies at all.
    pub headers_only: bool,
}

/// A gossip topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Control records and fork proofs.
    Ctl,
    /// Heads and attestations.
    Heads,
}

/// What a gossip message is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// New and true: forward it.
    Accept,
    /// Stale, unknown or not checkable yet: do not forward it, and blame nobody.
    Ignore,
    /// Provably bad: its sender pays.
    Reject,
}

/// What happens to a node.
#[derive(Clone, Debug)]
pub enum Input {
    /// A peer is reachable.
    Connected {
        /// Its key, as the transport authenticated it.
        peer: PublicKey,
    },
    /// It is not any more.
    Disconnected {
        /// Its key.
        peer: PublicKey,
    },
    /// A peer asks.
    Request {
        /// Who.
        peer: PublicKey,
        /// The transport's name for the request.
        id: u64,
        /// The encoded request.
        bytes: Vec<u8>,
    },
    /// A peer answers.
    Response {
        /// Who.
        peer: PublicKey,
        /// The name given in [`Output::Request`].
        id: u64,
        /// The encoded reply.
        bytes: Vec<u8>,
    },
    /// A request will not be answered.
    RequestFailed {
        /// Who was asked.
        peer: PublicKey,
        /// The name given in [`Output::Request`].
        id: u64,
    },
    /// A reply has left the node, or never will.
    ResponseSent {
        /// To whom.
        peer: PublicKey,
        /// The transport's name for the request.
        id: u64,
    },
    /// A gossip message has arrived.
    Gossip {
        /// On which topic.
        topic: Topic,
        /// From which neighbour.
        from: PublicKey,
        /// The transport's name for the message.
        id: u64,
        /// The encoded message.
        bytes: Vec<u8>,
    },
    /// Time has passed.
    Wake,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask a peer.
    Request {
        /// Whom.
        peer: PublicKey,
        /// A name for the request.
        id: u64,
        /// The encoded request.
        bytes: Vec<u8>,
    },
    /// Answer a peer.
    Respond {
        /// Whom.
        peer: PublicKey,
        /// The transport's name for the request.
        id: u64,
        /// The encoded reply.
        bytes: Vec<u8>,
    },
    /// Gossip to the neighbours.
    Publish {
        /// On which topic.
        topic: Topic,
        /// The encoded message.
        bytes: Vec<u8>,
    },
    /// Say what a gossip message was worth.
    Validate {
        /// From which neighbour it came.
        from: PublicKey,
        /// The transport's name for the message.
        id: u64,
        /// Its worth.
        verdict: Verdict,
    },
    /// Close all connections to a peer.
    Disconnect {
        /// To whom.
        peer: PublicKey,
        /// Why.
        why: &'static str,
    },
    /// Tell the operator.
    Event(Event),
}

/// What an operator may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A collective's view has changed.
    ViewChanged(CollectiveId),
    /// An embargo is in force from now on.
    EmbargoInForce(RecordId),
    /// An embargo is lifted, or over: a lease has come that is dated after its end.
    Lifted(RecordId),
    /// A feed's writer has signed two inconsistent heads.
    Forked(FeedId),
    /// A peer sent what it must not; the text says what.
    Fault(PublicKey, &'static str),
    /// Nothing is left to ask this peer for now.
    Settled(PublicKey),
}
