//! When a node is to be woken, and what it does then.

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::PublicKey;

use crate::limits::DRAIN_DEADLINE;
use crate::node::Sync;
use crate::session::{Peer, Phase};

impl<S: Store> Sync<S> {
    /// Returns when [`Input::Wake`](crate::Input::Wake) is due at the latest.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let session = |peer: &Peer| {
            // While something is in flight its reply, or its deadline, is what there is to wait for.
            let waits = !peer.session.in_flight.is_empty();
            let idle = match peer.session.phase {
                Phase::Idle(until) if !waits => Some(until),
                _ => None,
            };
            let deadline = peer.session.in_flight.values().map(|pending| pending.deadline).min();
            let retries = peer.session.scans.values().filter(|_| !waits);
            let retry = retries.filter_map(|scan| scan.retry.map(|(_, at)| at)).min();
            [idle, deadline, retry, peer.drain_by].into_iter().flatten().min()
        };
        let peers = self.peers.values().filter_map(session).min();
        [peers, self.relay.next_wake(), self.wake, self.enforced.next, self.duties, self.queues.due]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn tick(&mut self, now: u64) -> Result<(), StoreError> {
        self.wake = None;
        if self.enforced.next.is_some_and(|starts| starts <= now) {
            self.enforce_begun(now);
        }
        self.refill_queues(now)?;
        self.flush_attestations(now)?;
        self.relay_tick(now);
        let late: Vec<(PublicKey, u64)> = self
            .peers
            .iter()
            .flat_map(|(key, peer)| {
                let in_flight = peer.session.in_flight.iter();
                in_flight.filter(|(_, pending)| pending.deadline <= now).map(|(id, _)| (*key, *id))
            })
            .collect();
        for (peer, id) in late {
            self.request_failed(now, peer, id);
        }
        let stuck: Vec<PublicKey> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.drain_by.is_some_and(|by| by <= now))
            .map(|(key, _)| *key)
            .collect();
        for peer in stuck {
            self.disconnect(peer, "did not drain what it was sent while an embargo is pending");
        }
        self.drive_all(now)
    }

    pub(crate) fn drive_all(&mut self, now: u64) -> Result<(), StoreError> {
        let peers: Vec<PublicKey> = self.peers.keys().copied().collect();
        peers.into_iter().try_for_each(|peer| self.drive(now, peer))
    }

    pub(crate) fn wake_at(&mut self, at: u64) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// From now on what is unsent must leave quickly, or not at all.
    pub(crate) fn demand_drain(&mut self, now: u64) {
        for peer in self.peers.values_mut() {
            if !peer.unsent.is_empty() {
                peer.draining.extend(peer.unsent.keys());
                peer.drain_by = Some(peer.drain_by.unwrap_or(now + DRAIN_DEADLINE));
            }
        }
    }
}
