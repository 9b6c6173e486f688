//! Peers: who is connected, who is configured, and what they say of themselves.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_api::ApiError;
use commonwheel_api::types::{
    PeerAddAnswer, PeerAddRequest, PeerListAnswer, PeerShown, WhyPeerAnswer, WhyPeerRequest,
};
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_net::{Command, Multiaddr, peer_of, with_peer};
use commonwheel_record::PublicKey;

use super::{Node, internal, invalid, not_found};
use crate::engine::Engine;

impl Node {
    pub(crate) async fn peer_add(&self, request: PeerAddRequest) -> Result<PeerAddAnswer, ApiError> {
        let fix =
            "write it like /ip4/192.0.2.1/tcp/4150/p2p/12D3Koo…; `commonwheel status` on that node prints it";
        let address: Multiaddr =
            request.address.parse().map_err(|_| invalid("that is no multiaddress", fix))?;
        let key = peer_of(&address).ok_or_else(|| invalid("the address does not end in /p2p/<peer>", fix))?;
        let text = address.to_string();
        let new = self
            .on_core(move |engine, _| {
                let new = engine.sync.store().state(Table::Peers, text.as_bytes()).is_none();
                engine.sync.store_mut().set_state(Table::Peers, text.as_bytes(), Some(&key))?;
                Ok(new)
            })
            .await?;
        self.core.net.send(Command::AddStatic(address)).await.map_err(|error| internal(&error))?;
        Ok(PeerAddAnswer { peer_id: peer_id(&PublicKey(key)), node: Some(PublicKey(key)), new })
    }

    pub(crate) async fn peer_list(&self) -> Result<PeerListAnswer, ApiError> {
        let network = self.core.peers.borrow().clone();
        let configured = self.settings.peers.clone();
        self.on_core(move |engine, _| {
            let known = known(engine, &configured);
            let keys: BTreeSet<PublicKey> = known.keys().chain(network.connected.keys()).copied().collect();
            let peers = keys.into_iter().map(|key| {
                let connected = network.connected.contains_key(&key);
                let addresses = known.get(&key).cloned().unwrap_or_default();
                let problem = addresses.iter().find_map(|address| network.failed.get(address)).cloned();
                shown(engine, key, connected, addresses, problem.filter(|_| !connected))
            });
            Ok(PeerListAnswer { peers: peers.collect() })
        })
        .await
    }

    pub(crate) async fn why_peer(&self, request: WhyPeerRequest) -> Result<WhyPeerAnswer, ApiError> {
        let peers = self.peer_list().await?.peers;
        let named = |peer: &PeerShown| {
            peer.peer_id == request.peer || peer.node.is_some_and(|node| node.to_string() == request.peer)
        };
        let peer =
            peers.into_iter().find(named).ok_or_else(|| not_found(format!("peer {}", request.peer)))?;
        let because = because(&peer);
        Ok(WhyPeerAnswer { peer, because })
    }
}

/// Configured and added peers, with their addresses.
pub(super) fn known(engine: &Engine, configured: &[String]) -> BTreeMap<PublicKey, Vec<String>> {
    let mut known: BTreeMap<PublicKey, Vec<String>> = BTreeMap::new();
    let added = engine.sync.store().states(Table::Peers).into_iter();
    let added = added.filter_map(|(address, _)| String::from_utf8(address.to_vec()).ok());
    for text in configured.iter().cloned().chain(added) {
        if let Some(key) = text.parse().ok().and_then(|address: Multiaddr| peer_of(&address)) {
            known.entry(PublicKey(key)).or_default().push(text);
        }
    }
    known
}

fn shown(
    engine: &Engine,
    key: PublicKey,
    connected: bool,
    addresses: Vec<String>,
    problem: Option<String>,
) -> PeerShown {
    let card = engine.sync.card(&key);
    PeerShown {
        peer_id: peer_id(&key),
        node: Some(key),
        role: card.map(|card| card.role),
        name: card.map(|card| card.name.clone()),
        collectives: engine.sync.views().audience(&key).collectives.into_iter().collect(),
        configured: !addresses.is_empty(),
        addresses,
        connected,
        partner: engine.settings.partners.contains(&key),
        in_sync: engine.sync.in_sync(&key),
        problem,
    }
}

/// What this node does with a peer, in sentences.
fn because(peer: &PeerShown) -> Vec<String> {
    let mut because = Vec::new();
    if peer.collectives.is_empty() {
        because.push(
            "no collective delegates it: it is served as anonymous, save for grants that name its key"
                .to_owned(),
        );
    }
    for collective in &peer.collectives {
        because.push(format!(
            "it is served as a node of collective {collective}, whose control log delegates its key"
        ));
    }
    if peer.partner {
        because
            .push("it is a partner: comparing control heads with it alone opens the serve gate".to_owned());
    }
    because.push(match (peer.connected, &peer.problem) {
        (true, _) => "it is connected".to_owned(),
        (false, Some(problem)) => format!("it is not connected: {problem}"),
        (false, None) => "it is not connected, and is dialled again from time to time".to_owned(),
    });
    because
}

/// Returns the libp2p name of a node key.
pub(super) fn peer_id(key: &PublicKey) -> String {
    let address =
        with_peer(Multiaddr::empty(), &key.0).map(|address| address.to_string()).unwrap_or_default();
    address.rsplit('/').next().unwrap_or_default().to_owned()
}
