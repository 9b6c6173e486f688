//! Who is told everything at once: the configured partners, and the first few others.
//!
//! A partner is explicit to gossipsub, which keeps it out of the mesh. Where only one side has the other configured,
//! the other side must take it into its mesh, which it does for four peers only: the rest would hear of a strike a
//! heartbeat late. So a node also tells the first peers that come, as many as a mesh may have.

use std::collections::HashSet;

use libp2p::PeerId;

use crate::gossip::Behaviour;

/// Peers that are told everything at once although they are not configured here; a mesh's upper bound.
const MAX_GUESTS: usize = 12;

/// The partners and the guests.
#[derive(Debug, Default)]
pub(crate) struct Audience {
    partners: HashSet<PeerId>,
    guests: HashSet<PeerId>,
}

impl Audience {
    pub(crate) fn add_partner(&mut self, gossip: &mut Behaviour, peer: &PeerId) {
        self.guests.remove(peer);
        self.partners.insert(*peer);
        gossip.add_explicit_peer(peer);
    }

    pub(crate) fn connected(&mut self, gossip: &mut Behaviour, peer: &PeerId) {
        if self.partners.contains(peer) || self.guests.len() >= MAX_GUESTS {
            return;
        }
        self.guests.insert(*peer);
        gossip.add_explicit_peer(peer);
    }

    pub(crate) fn disconnected(&mut self, gossip: &mut Behaviour, peer: &PeerId) {
        if self.guests.remove(peer) {
            gossip.remove_explicit_peer(peer);
        }
    }
}
