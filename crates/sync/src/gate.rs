//! The serve gate: after a start a node serves no body of a collective before it knows that it has not missed a strike.
//!
//! It opens once this node has compared the collective's control heads with a configured partner, or with two peers of
//! different collectives, or once `offline_grace` has passed. It is open from the start where this node writes all of
//! the collective's control feeds and no steward is listed.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::{CollectiveId, PublicKey};

use crate::limits::OFFLINE_GRACE;

/// Peers remembered per collective; two of them suffice.
const MAX_STRANGERS: usize = 64;

/// Who has been compared with, per collective.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    opened_by_time: u64,
    partners: BTreeSet<PublicKey>,
    compared: BTreeMap<CollectiveId, Compared>,
}

#[derive(Clone, Debug, Default)]
struct Compared {
    with_partner: bool,
    wrote_all: bool,
    strangers: BTreeMap<PublicKey, BTreeSet<CollectiveId>>,
}

impl Gate {
    pub(crate) const fn new(now: u64, partners: BTreeSet<PublicKey>) -> Self {
        Self { opened_by_time: now.saturating_add(OFFLINE_GRACE), partners, compared: BTreeMap::new() }
    }

    /// Notes that our control log of `collective` is not behind the peer's.
    pub(crate) fn compare(
        &mut self,
        collective: CollectiveId,
        peer: PublicKey,
        peer_collectives: BTreeSet<CollectiveId>,
    ) {
        let compared = self.compared.entry(collective).or_default();
        compared.with_partner |= self.partners.contains(&peer);
        // A peer of no collective is nobody's word.
        if !peer_collectives.is_empty() && compared.strangers.len() < MAX_STRANGERS {
            compared.strangers.insert(peer, peer_collectives);
        }
    }

    /// Notes that this node wrote all of the collective's control feeds since the start: it has missed nothing then, and
    /// whom it delegates a feed from now on it hears of as it runs.
    pub(crate) fn wrote_all(&mut self, collective: CollectiveId) {
        self.compared.entry(collective).or_default().wrote_all = true;
    }

    /// Says whether bodies of the collective may be served.
    pub(crate) fn is_open(&self, now: u64, collective: &CollectiveId, writes_all: bool) -> bool {
        writes_all
            || now >= self.opened_by_time
            || self
                .compared
                .get(collective)
                .is_some_and(|c| c.with_partner || c.wrote_all || c.has_two_sources())
    }

    /// Adds a partner named while running.
    pub(crate) fn add_partner(&mut self, peer: PublicKey) {
        self.partners.insert(peer);
    }
}

impl Compared {
    /// Two peers count if each belongs to a collective and they have none in common.
    fn has_two_sources(&self) -> bool {
        let sources: Vec<_> = self.strangers.values().collect();
        sources.iter().enumerate().any(|(i, a)| sources[i + 1..].iter().any(|b| a.is_disjoint(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> CollectiveId {
        CollectiveId([byte; 32])
    }

    fn peer(byte: u8) -> PublicKey {
        PublicKey([byte; 32])
    }

    #[test]
    fn opens_by_a_partner_or_two_sources_or_time() {
        let mut gate = Gate::new(0, BTreeSet::from([peer(1)]));
        assert!(!gate.is_open(1, &id(1), false));
        assert!(gate.is_open(1, &id(1), true));
        assert!(gate.is_open(OFFLINE_GRACE, &id(1), false));
        gate.compare(id(1), peer(2), BTreeSet::from([id(2)]));
        gate.compare(id(1), peer(3), BTreeSet::from([id(2)]));
        gate.compare(id(1), peer(4), BTreeSet::new());
        assert!(!gate.is_open(1, &id(1), false), "one collective's word, twice");
        gate.compare(id(1), peer(5), BTreeSet::from([id(5)]));
        assert!(gate.is_open(1, &id(1), false));
        assert!(!gate.is_open(1, &id(2), false));
        gate.compare(id(2), peer(1), BTreeSet::new());
        assert!(gate.is_open(1, &id(2), false));
        gate.wrote_all(id(3));
        assert!(gate.is_open(1, &id(3), false), "who delegates a feed while running has missed nothing");
    }
}
