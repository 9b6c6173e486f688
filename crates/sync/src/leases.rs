//! Leases: a collective is alive, and these are its control heads. Dates that open something pass by them alone.

use std::collections::BTreeSet;

use commonwheel_collective::View;
use commonwheel_ledger::cosign;
use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_record::attestation::{
    AttestationKey, AttestationKind, Attested, Cosigned, Lease, Statement,
};
use commonwheel_record::control::{Power, Variant};
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey, SecretKey};
use commonwheel_valve::{month_of, month_start};

use crate::io::Verdict;
use crate::limits::{LEASE_AHEAD, MIN_LEASE_INTERVAL};
use crate::node::Sync;

impl<S: Store> Sync<S> {
    /// States the leases that are due; returns when the next one is, in milliseconds since 1970.
    pub(crate) fn lease_due(&mut self, now: u64) -> Option<u64> {
        let (mut due, mut next) = (Vec::new(), None::<u64>);
        for view in self.collectives.views.iter() {
            let Some((key, heads)) =
                self.lease_key(view).and_then(|key| Some((key, self.lease_heads(view)?)))
            else {
                continue;
            };
            let mut at = self.lease_at(view, &key.public()).saturating_mul(1000);
            if at <= now {
                let cosigned = heads.map(|head| cosign::cosign(&self.config.network, key, head, now / 1000));
                let statement = Statement::Lease(Lease { heads: cosigned.collect() });
                let id = view.id();
                due.push(self.attest_as(now, key, id, Hash(id.0), statement));
                at = now + MIN_LEASE_INTERVAL;
            }
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        self.pending_attestations.extend(due);
        next
    }

    /// Returns the key of this node that may say that a collective is alive.
    fn lease_key(&self, view: &View) -> Option<&SecretKey> {
        let keys = std::iter::once(&self.config.key).chain(&self.config.witness);
        keys.into_iter().find(|key| view.liveness().contains(&key.public()))
    }

    /// Returns a collective's control heads, if all of them are held and nothing is missing.
    fn lease_heads<'a>(
        &'a self,
        view: &'a View,
    ) -> Option<impl Iterator<Item = commonwheel_record::attestation::Head> + 'a> {
        // A fork is for ever: were it waited for, one carrier could keep every date of the collective from passing.
        let sound = |feed: &&FeedId| !self.heads.is_forked(feed);
        let behind = |feed| self.behind.control.contains(feed);
        let feeds = view.control_feeds();
        let heads =
            feeds.iter().filter(sound).filter_map(|feed| self.complete_head(feed)).map(|signed| signed.head);
        let heads = heads.filter(|head| head.size > 0);
        let ready = self.collectives.is_whole(&view.id()) && !feeds.iter().any(behind);
        (ready && heads.clone().next().is_some()).then_some(heads)
    }

    /// Returns when a lease is due, in seconds since 1970: four times in the charter's lease hours, and at once when a
    /// date has come that only a lease makes pass.
    fn lease_at(&self, view: &View, issuer: &PublicKey) -> u64 {
        let subject = Hash(view.id().0);
        let name = AttestationKey { kind: AttestationKind::Lease, issuer: *issuer, subject };
        let last =
            self.attestations.get(&name).and_then(|attestation| match &attestation.content.statement {
                Statement::Lease(lease) => lease.time(),
                _ => None,
            });
        let hours = view.charter().map_or(0, |charter| u64::from(charter.lease_hours));
        let regular = last.map_or(0, |last| last + (hours * 3600 / 4).max(MIN_LEASE_INTERVAL / 1000));
        let newest = self.leases.newest(&view.id()).max(last);
        dates(view, newest).into_iter().map(|date| date.saturating_add(1)).fold(regular, u64::min)
    }

    /// Judges a lease by what it says of itself.
    pub(crate) fn judge_lease(&self, now: u64, content: &Attested, lease: &Lease) -> Option<Verdict> {
        let feeds: BTreeSet<_> = lease.heads.iter().map(|cosigned| cosigned.head.feed).collect();
        let holds =
            |cosigned: &Cosigned| cosign::verify(cosigned, &self.config.network, &content.issuer).is_ok();
        let true_to_itself = content.subject == Hash(content.collective.0)
            && feeds.len() == lease.heads.len()
            && lease.heads.iter().all(holds);
        if !true_to_itself {
            return Some(Verdict::Reject);
        }
        let view = self.collectives.views.held(&content.collective);
        let named = view.is_some_and(|view| view.liveness().contains(&content.issuer));
        // One from the future never counts: this clock may be slow, and then it comes again.
        let present = lease.heads.iter().all(|cosigned| cosigned.time <= (now + LEASE_AHEAD) / 1000);
        (!named || !present).then_some(Verdict::Ignore)
    }

    /// Counts the leases held of a collective whose heads are folded here; the newest is what its dates pass by.
    pub(crate) fn count_leases(&mut self, now: u64, collective: CollectiveId) -> Result<(), StoreError> {
        let Some(view) = self.collectives.views.held(&collective) else { return Ok(()) };
        let mut newest = self.leases.newest(&collective);
        for attestation in self.attestations.of_kind(AttestationKind::Lease) {
            let content = &attestation.content;
            let Statement::Lease(lease) = &content.statement else { continue };
            if content.collective == collective
                && lease.time() > newest
                && view.liveness().contains(&content.issuer)
                && self.is_folded(view, lease)?
            {
                newest = lease.time();
            }
        }
        let Some(time) = newest.filter(|_| newest > self.leases.newest(&collective)) else { return Ok(()) };
        self.store.set_state(Table::Node, &lease_key(&collective), Some(&time.to_be_bytes()))?;
        self.leases.0.insert(collective, time);
        // What it makes pass may open bodies, or begin an embargo.
        self.enforce_begun(now);
        self.rescan_all(now);
        Ok(())
    }

    /// Says whether the view was folded from the heads of a lease, or later ones, and nothing is missing.
    fn is_folded(&self, view: &View, lease: &Lease) -> Result<bool, StoreError> {
        for Cosigned { head, .. } in &lease.heads {
            if !view.control_feeds().contains(&head.feed) || !self.holds(&head.feed, head.size, &head.root)? {
                return Ok(false);
            }
        }
        Ok(self.collectives.is_whole(&view.id()))
    }

    /// Reads the newest lease that was ever counted of each collective.
    pub(crate) fn load_leases(&mut self) {
        for (key, time) in self.store.states(Table::Node) {
            let collective = key.strip_prefix(LEASE).and_then(|id| id.try_into().ok());
            if let (Some(id), Ok(time)) = (collective, time.try_into()) {
                self.leases.0.insert(CollectiveId(id), u64::from_be_bytes(time));
            }
        }
    }
}

/// Returns the dates of a collective that only a lease makes pass, as far as the newest one has not made them.
fn dates(view: &View, newest: Option<u64>) -> Vec<u64> {
    let ends = view.enforced().filter_map(|standing| standing.ends);
    let powers =
        Power::ALL.iter().flat_map(|power| view.affiliates_with(*power)).filter_map(|(_, until)| until);
    let limited = view.enforced().any(|standing| matches!(standing.embargo.variant, Variant::RateLimit(_)));
    let month = newest.filter(|_| limited).map(|newest| month_start(month_of(newest) + 1));
    ends.chain(powers).filter(|date| newest.is_none_or(|newest| newest <= *date)).chain(month).collect()
}

/// Small state that holds the newest lease of a collective, in seconds since 1970.
const LEASE: &[u8] = b"lease/";

fn lease_key(collective: &CollectiveId) -> Vec<u8> {
    [LEASE, collective.as_bytes()].concat()
}
