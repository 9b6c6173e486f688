//! The libp2p adapter: opaque bytes between nodes that are named by their Ed25519 keys.
//!
//! [`spawn`] starts a service that owns all connections. The caller reads [`Event`]s and sends [`Command`]s; what
//! the bytes mean and what may leave the node is decided elsewhere. This crate decides three things only: that a
//! peer's key is one a signature can be trusted under, that every queue, frame and connection count has a named
//! bound, and that nothing waits for ever.
//!
//! Three services run over TCP (noise, yamux) and QUIC: requests with one response each, under
//! `/commonwheel/<network>/sync/1`; gossip on two topics, forwarded once the caller has judged it; and ping and
//! identify, which tell peers as little as they can. Addresses are dialled only where the caller gave them.
//!
//! Invariants: [`Event::Connected`] and [`Event::Disconnected`] alternate per peer and are never dropped; a request
//! ends in exactly one event on either side; while the caller does not read, peers wait.

mod audience;
mod behaviour;
mod closing;
mod codec;
mod dial;
mod error;
mod event;
mod gate;
mod gossip;
mod handle;
mod identity;
mod inbound;
mod links;
mod options;
mod outbound;
mod service;
mod transport;

#[cfg(test)]
mod tests;

pub use libp2p::Multiaddr;

pub use crate::{
    error::Error,
    event::{Command, DialFailure, Event, GossipId, RequestFailure, RequestId, Topic, Verdict},
    handle::{Events, Handle, Slot},
    identity::{PeerKey, peer_of, with_peer},
    options::{
        COMMANDS_CAPACITY, EVENTS_CAPACITY, MAX_ADDRESSES_PER_STATIC_PEER, MAX_BANS, MAX_GOSSIP_BYTES,
        MAX_IN_FLIGHT_PER_PEER, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, MAX_STATIC_PEERS, MAX_UNANSWERED,
        MAX_UNANSWERED_PER_PEER, MAX_WAITING_PER_PEER, Options,
    },
    service::{Network, spawn},
};
