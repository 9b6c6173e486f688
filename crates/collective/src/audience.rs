//! Who is asking.

use std::collections::BTreeSet;

use commonwheel_record::control::Party;
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, PublicKey};

/// A node as the control logs know it. Its own claims are no part of this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The authenticated node key.
    pub node: PublicKey,
    /// The collectives whose control logs delegate that key.
    pub collectives: BTreeSet<CollectiveId>,
    /// The region they vouch for; none if nobody does, or two disagree.
    pub region: Option<Region>,
}

impl Audience {
    /// Says whether no collective delegates the node.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.collectives.is_empty()
    }

    /// Says whether a party is this node, or a collective that delegates it.
    #[must_use]
    pub fn is(&self, party: &Party) -> bool {
        match party {
            Party::Node(key) => *key == self.node,
            Party::Collective(collective) => self.collectives.contains(collective),
        }
    }

    /// Says whether one of the parties is this node, or a collective that delegates it.
    #[must_use]
    pub fn is_among(&self, parties: &BTreeSet<Party>) -> bool {
        parties.iter().any(|party| self.is(party))
    }
}
