//! The nodes that this node knows of, and how.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::Audience;
use commonwheel_record::PublicKey;
use commonwheel_record::control::Party;

use super::super::Node;
use super::super::peers::known as with_addresses;
use crate::engine::Engine;

/// Nodes known by the network; the others are read from the control logs.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    pub(super) connected: BTreeSet<PublicKey>,
    configured: Vec<String>,
}

impl Node {
    /// Returns what the network and the configuration tell of nodes.
    pub(super) fn strike_nodes(&self) -> Nodes {
        let connected = self.core.peers.borrow().connected.keys().copied().collect();
        Nodes { connected, configured: self.settings.peers.clone() }
    }
}

impl Nodes {
    /// Returns every node that is known, and how.
    pub(super) fn known(&self, engine: &Engine) -> BTreeMap<PublicKey, BTreeSet<&'static str>> {
        let mut known: BTreeMap<PublicKey, BTreeSet<&'static str>> = BTreeMap::new();
        let mut add = |keys: &mut dyn Iterator<Item = PublicKey>, how| {
            for key in keys {
                known.entry(key).or_default().insert(how);
            }
        };
        add(&mut self.connected.iter().copied(), "connected");
        add(&mut with_addresses(engine, &self.configured).into_keys(), "configured");
        add(&mut engine.sync.acknowledging(), "acknowledged");
        for view in engine.sync.views().iter() {
            add(&mut view.nodes().keys().copied(), "delegated");
            let granted = view.grants().iter().filter_map(|grant| match grant.content.to {
                Party::Node(key) => Some(key),
                Party::Collective(_) => None,
            });
            add(&mut granted.into_iter(), "granted");
        }
        add(&mut std::iter::once(engine.keys.node.public()), "this node");
        known
    }

    /// Returns every node that is known as it asks for bodies, in the order of their keys.
    pub(super) fn audiences(&self, engine: &Engine) -> Vec<Audience> {
        let views = engine.sync.views();
        self.known(engine).keys().map(|node| views.audience(node)).collect()
    }
}
