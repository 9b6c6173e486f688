//! The behaviours a node runs, limits first: what they refuse, the others never hear of.

use std::iter;

use libp2p::{
    StreamProtocol,
    connection_limits::{self, ConnectionLimits},
    identify, memory_connection_limits, ping,
    request_response::{self, ProtocolSupport},
    swarm::NetworkBehaviour,
};

use crate::{
    Error, MAX_IN_FLIGHT_PER_PEER, Options,
    codec::Codec,
    gate::Gate,
    gossip::{self, Topics},
    options::Tuning,
};

/// libp2p counts the streams of both directions together. Were this the number of one of them, two peers that ask
/// each other at once would fill it with their own questions and drop each other's.
const MAX_STREAMS: usize = 2 * MAX_IN_FLIGHT_PER_PEER;

#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    pub(crate) gate: Gate,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(crate) gossip: gossip::Behaviour,
    pub(crate) sync: request_response::Behaviour<Codec>,
}

impl Behaviour {
    pub(crate) fn new(options: &Options, topics: &Topics) -> Result<Self, Error> {
        Ok(Self {
            limits: connection_limits::Behaviour::new(limits(&options.tuning)),
            memory: memory_connection_limits::Behaviour::with_max_bytes(options.memory_max_bytes),
            gate: Gate::default(),
            identify: identify::Behaviour::new(identify_config(options)),
            ping: ping::Behaviour::new(ping::Config::new()),
            gossip: gossip::behaviour(options, topics)?,
            sync: sync(options)?,
        })
    }
}

/// What identify calls the protocols of one network.
pub(crate) fn protocol_version(network: &str) -> String {
    format!("/commonwheel/{network}/1")
}

fn limits(tuning: &Tuning) -> ConnectionLimits {
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(tuning.max_pending_in))
        .with_max_pending_outgoing(Some(tuning.max_pending_out))
        .with_max_established(Some(tuning.max_established))
        .with_max_established_incoming(Some(tuning.max_established_in))
        .with_max_established_outgoing(Some(tuning.max_established_out))
        .with_max_established_per_peer(Some(tuning.max_established_per_peer))
}

/// Tells peers nothing they do not need, and keeps no address they tell: only configured ones are dialled.
fn identify_config(options: &Options) -> identify::Config {
    identify::Config::new(protocol_version(&options.network), options.key.public())
        .with_agent_version(options.agent.clone())
        .with_push_listen_addr_updates(false)
        .with_hide_listen_addrs(true)
        .with_cache_size(0)
}

fn sync(options: &Options) -> Result<request_response::Behaviour<Codec>, Error> {
    let name = format!("/commonwheel/{}/sync/1", options.network);
    let protocol = StreamProtocol::try_from_owned(name)
        .map_err(|reason| Error::Configuration { behaviour: "sync", reason: reason.to_string() })?;
    let config = request_response::Config::default()
        .with_request_timeout(options.tuning.request_deadline)
        .with_max_concurrent_streams(MAX_STREAMS);
    let codec = Codec { chunk_deadline: options.tuning.chunk_deadline };
    Ok(request_response::Behaviour::with_codec(codec, iter::once((protocol, ProtocolSupport::Full)), config))
}
