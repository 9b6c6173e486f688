//! Embargoes that begin: pages that were decided before must leave quickly, and this node says that it enforces.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::store::Store;
use commonwheel_record::{CollectiveId, RecordId};

use crate::io::Event;
use crate::node::Sync;

/// Which embargoes this node has acted on.
#[derive(Debug, Default)]
pub(crate) struct Enforced {
    begun: BTreeSet<RecordId>,
    /// When the next one begins, in milliseconds since 1970.
    pub(crate) next: Option<u64>,
}

impl<S: Store> Sync<S> {
    /// Acts on embargoes that have begun since they were looked at last.
    pub(crate) fn enforce_begun(&mut self, now: u64) {
        let (begun, next) = self.begun(now);
        let new: Vec<RecordId> =
            begun.keys().filter(|embargo| !self.enforced.begun.contains(embargo)).copied().collect();
        self.enforced = Enforced { begun: begun.keys().copied().collect(), next };
        if !new.is_empty() {
            self.demand_drain(now);
        }
        new.into_iter().for_each(|embargo| self.event(Event::EmbargoInForce(embargo)));
        self.acknowledge(now, &begun);
    }

    /// Returns the embargoes that have begun, by whom, and when the next one does.
    fn begun(&self, now: u64) -> (BTreeMap<RecordId, CollectiveId>, Option<u64>) {
        let (mut begun, mut next) = (BTreeMap::new(), None::<u64>);
        for view in self.collectives.views.iter() {
            for standing in view.enforced() {
                let starts = standing.embargo.starts.saturating_mul(1000);
                if starts <= now {
                    begun.insert(standing.id, view.id());
                } else {
                    next = Some(next.map_or(starts, |next| next.min(starts)));
                }
            }
        }
        (begun, next)
    }

    /// States what is not stated yet: a crash may have taken the statement, and nobody hears a node before it is named.
    fn acknowledge(&mut self, now: u64, begun: &BTreeMap<RecordId, CollectiveId>) {
        if begun.is_empty() || !self.is_heard() {
            return;
        }
        let stated = self.attestations.acknowledged_by(&self.me);
        for (embargo, collective) in begun.iter().filter(|(embargo, _)| !stated.contains(embargo)) {
            let acknowledgement = self.acknowledgement(now, *collective, *embargo);
            self.pending_attestations.push(acknowledgement);
        }
    }
}
