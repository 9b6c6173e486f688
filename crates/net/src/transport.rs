//! TCP with noise and yamux, and QUIC.

use libp2p::{
    PeerId, Transport,
    core::{muxing::StreamMuxerBox, transport::Boxed, upgrade::Version},
    identity::Keypair,
    noise, quic, tcp, yamux,
};

use crate::{Error, closing::CloseDeadline, options::Tuning};

/// Streams of one connection, in either direction: requests and answers, gossip, ping and identify.
const MAX_STREAMS: u32 = 32;
const QUIC_MAX_STREAM_BYTES: u32 = 1024 * 1024;
const QUIC_MAX_CONNECTION_BYTES: u32 = 4 * 1024 * 1024;
/// A peer that vanished without a word is noticed after this long; three keep-alives fit in.
const QUIC_IDLE_MS: u32 = 15_000;

/// Returns the transport every connection runs over.
pub(crate) fn build(key: &Keypair, tuning: &Tuning) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Error> {
    let close = tuning.close_deadline;
    let noise = noise::Config::new(key).map_err(|error| Error::Transport(error.to_string()))?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS as usize);
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux)
        .timeout(tuning.handshake_deadline)
        .map(move |(peer, muxer), _| (peer, StreamMuxerBox::new(CloseDeadline::new(muxer, close))));
    let quic = quic::tokio::Transport::new(quic_config(key, tuning))
        .map(move |(peer, muxer), _| (peer, StreamMuxerBox::new(CloseDeadline::new(muxer, close))));
    Ok(quic.or_transport(tcp).map(|either, _| either.into_inner()).boxed())
}

fn quic_config(key: &Keypair, tuning: &Tuning) -> quic::Config {
    let mut config = quic::Config::new(key);
    config.handshake_timeout = tuning.handshake_deadline;
    config.max_idle_timeout = QUIC_IDLE_MS;
    config.max_concurrent_stream_limit = MAX_STREAMS;
    config.max_stream_data = QUIC_MAX_STREAM_BYTES;
    config.max_connection_data = QUIC_MAX_CONNECTION_BYTES;
    config
}
