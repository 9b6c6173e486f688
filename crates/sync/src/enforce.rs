//! Embargoes that begin: pages that were decided before must leave quickly, and this node says that it enforces.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::store::Store;
use commonwheel_record::attestation::EmbargoState;
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
    /// Acts on embargoes that have begun since they were looked at last, and says how far this node is with each.
    pub(crate) fn enforce_begun(&mut self, now: u64) {
        let Known { begun, ahead, over, next } = self.known(now);
        let over: Vec<RecordId> = self.enforced.begun.intersection(&over).copied().collect();
        let new: Vec<RecordId> =
            begun.keys().filter(|embargo| !self.enforced.begun.contains(embargo)).copied().collect();
        self.enforced = Enforced { begun: begun.keys().copied().collect(), next };
        if !new.is_empty() {
            self.demand_drain(now);
        }
        new.into_iter().for_each(|embargo| self.event(Event::EmbargoInForce(embargo)));
        over.into_iter().for_each(|embargo| self.event(Event::Lifted(embargo)));
        self.acknowledge(now, &begun, EmbargoState::Enforced);
        self.acknowledge(now, &ahead, EmbargoState::Received);
    }

    /// Returns the embargoes that count and are not lifted.
    ///
    /// A date that closes passes by this node's clock or a lease of whose embargo it is, one that opens by a lease alone.
    fn known(&self, now: u64) -> Known {
        let mut known = Known::default();
        for view in self.collectives.views.iter() {
            let lease = self.leases.newest(&view.id());
            for standing in view.enforced() {
                let starts = standing.embargo.starts;
                if standing.ends.is_some_and(|ends| lease > Some(ends)) {
                    known.over.insert(standing.id);
                } else if now / 1000 >= starts || lease >= Some(starts) {
                    known.begun.insert(standing.id, view.id());
                } else {
                    let starts = starts.saturating_mul(1000);
                    known.ahead.insert(standing.id, view.id());
                    known.next = Some(known.next.map_or(starts, |next| next.min(starts)));
                }
            }
        }
        known
    }

    /// States what is not stated yet: a crash may have taken the statement, and nobody hears a node before it is named.
    fn acknowledge(&mut self, now: u64, embargoes: &BTreeMap<RecordId, CollectiveId>, state: EmbargoState) {
        if embargoes.is_empty() || !self.is_heard() {
            return;
        }
        let stated = self.attestations.acknowledged_by(&self.me);
        for (embargo, collective) in
            embargoes.iter().filter(|(embargo, _)| stated.get(embargo) < Some(&state))
        {
            let acknowledgement = self.acknowledgement(now, *collective, *embargo, state);
            self.pending_attestations.push(acknowledgement);
        }
    }
}

/// Embargoes: in force, not begun, and over; those that somebody is to be told of with whose they are.
#[derive(Debug, Default)]
struct Known {
    begun: BTreeMap<RecordId, CollectiveId>,
    ahead: BTreeMap<RecordId, CollectiveId>,
    over: BTreeSet<RecordId>,
    /// When the first of those ahead begins, in milliseconds since 1970.
    next: Option<u64>,
}
