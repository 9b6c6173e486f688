//! Attestations held: newest per name, capped per issuer and per collective.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::fork;
use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_record::attestation::{
    Attestation, AttestationKey, AttestationKind, EmbargoState, Statement,
};
use commonwheel_record::cbor::{self, ByteString};
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Hasher, NetworkId, PublicKey, RecordId};

use crate::io::Verdict;
use crate::limits::{MAX_PER_COLLECTIVE, MAX_PER_ISSUER};
use crate::node::Sync;
use crate::wire;
use crate::witness::lists;

/// Attestations by encoded name.
#[derive(Debug)]
pub(crate) struct Attestations {
    network: NetworkId,
    held: BTreeMap<Vec<u8>, Attestation>,
    per_issuer: BTreeMap<PublicKey, usize>,
    by_collective: BTreeMap<CollectiveId, BTreeMap<Vec<u8>, Hash>>,
}

/// What two nodes can both judge: statements about collectives that both follow, by issuers whom the control log of one
/// of these names. Counting anything else would make their roots differ for ever.
#[derive(Clone, Debug, Default)]
pub(crate) struct Common {
    collectives: BTreeSet<CollectiveId>,
    issuers: BTreeSet<PublicKey>,
}

impl Common {
    fn has(&self, attestation: &Attestation) -> bool {
        // A fork proof proves itself.
        let judged = self.issuers.contains(&attestation.content.issuer)
            || matches!(attestation.content.statement, Statement::ForkProof(_));
        judged && self.collectives.contains(&attestation.content.collective)
    }
}

impl Attestations {
    pub(crate) fn load<S: Store>(network: NetworkId, store: &S) -> Self {
        let mut attestations = Self {
            network,
            held: BTreeMap::new(),
            per_issuer: BTreeMap::new(),
            by_collective: BTreeMap::new(),
        };
        for (_, bytes) in store.states(Table::Attestations) {
            // What does not verify any more is left to `verify` to report.
            if let Ok(attestation) = Attestation::open(bytes, &network) {
                attestations.insert(attestation);
            }
        }
        attestations
    }

    /// Returns the name of an attestation that is held already, to the last bit: it need not be verified again.
    pub(crate) fn held_as(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let attestation: Attestation = cbor::decode(bytes, MAX_ATTESTATION).ok()?;
        let name = wire::encode(&attestation.key());
        (self.held.get(&name) == Some(&attestation)).then_some(name)
    }

    fn insert(&mut self, attestation: Attestation) {
        let key = wire::encode(&attestation.key());
        let collective = attestation.content.collective;
        let id = attestation.id(&self.network);
        let issuer = attestation.content.issuer;
        if let Some(old) = self.held.insert(key.clone(), attestation) {
            if let Some(of) = self.by_collective.get_mut(&old.content.collective) {
                of.remove(&key);
            }
        } else {
            *self.per_issuer.entry(issuer).or_default() += 1;
        }
        self.by_collective.entry(collective).or_default().insert(key, id);
    }

    /// Says whether this one is new, and within the caps.
    fn wants(&self, attestation: &Attestation) -> bool {
        let key = wire::encode(&attestation.key());
        if let Some(held) = self.held.get(&key) {
            return attestation.replaces(held, &self.network);
        }
        if attestation.key().kind == AttestationKind::ForkProof {
            let held = self.fork_proof(&attestation.content.subject);
            return held.is_none_or(|(_, held)| attestation.id(&self.network) < held.id(&self.network));
        }
        let of_issuer = self.per_issuer.get(&attestation.content.issuer).copied().unwrap_or(0);
        let of_collective = self.by_collective.get(&attestation.content.collective).map_or(0, BTreeMap::len);
        of_issuer < MAX_PER_ISSUER && of_collective < MAX_PER_COLLECTIVE
    }

    /// Returns the one fork proof kept of a feed, whoever issued it: of several, that with the smallest hash.
    fn fork_proof(&self, feed: &Hash) -> Option<(&Vec<u8>, &Attestation)> {
        self.held
            .iter()
            .find(|(_, held)| held.content.subject == *feed && held.key().kind == AttestationKind::ForkProof)
    }

    fn remove(&mut self, key: &[u8]) {
        let Some(old) = self.held.remove(key) else { return };
        if let Some(of) = self.by_collective.get_mut(&old.content.collective) {
            of.remove(key);
        }
        if let Some(count) = self.per_issuer.get_mut(&old.content.issuer) {
            *count = count.saturating_sub(1);
        }
    }

    /// Returns the embargoes that a node has acknowledged, and how far it said to be with each.
    pub(crate) fn acknowledged_by(&self, issuer: &PublicKey) -> BTreeMap<RecordId, EmbargoState> {
        let of_issuer =
            self.of_kind(AttestationKind::Acknowledgement).filter(|held| held.content.issuer == *issuer);
        let embargo = |held: &Attestation| match &held.content.statement {
            Statement::Acknowledgement(acknowledgement) => {
                Some((acknowledgement.embargo, acknowledgement.state))
            }
            _ => None,
        };
        of_issuer.filter_map(embargo).collect()
    }

    /// Returns the attestation of a name, if it is held.
    pub(crate) fn get(&self, name: &AttestationKey) -> Option<&Attestation> {
        self.held.get(&wire::encode(name))
    }

    /// Returns all attestations of a kind.
    pub(crate) fn of_kind(&self, kind: AttestationKind) -> impl Iterator<Item = &Attestation> {
        let least = AttestationKey { kind, issuer: PublicKey([0; 32]), subject: Hash::default() };
        let of_kind = move |held: &&Attestation| held.key().kind == kind;
        self.held.range(wire::encode(&least)..).map(|(_, held)| held).take_while(of_kind)
    }

    /// Returns everybody who issued one.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = &PublicKey> {
        self.per_issuer.keys()
    }

    /// Returns the root over what two nodes have in common.
    pub(crate) fn root(&self, common: &Common) -> Hash {
        let mut hasher = Hasher::new(Domain::ATTESTATIONS, &self.network);
        for of in common.collectives.iter().filter_map(|collective| self.by_collective.get(collective)) {
            for (_, id) in
                of.iter().filter(|(key, _)| self.held.get(*key).is_some_and(|held| common.has(held)))
            {
                hasher.update(id.as_bytes());
            }
        }
        hasher.finish()
    }

    /// Returns a page of what two nodes have in common, after an encoded name.
    pub(crate) fn page(&self, common: &Common, after: &[u8], limit: usize) -> (Vec<ByteString>, bool) {
        let later =
            self.held.range::<[u8], _>((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
        let mut found: Vec<ByteString> = later
            .filter(|(_, attestation)| common.has(attestation))
            .take(limit + 1)
            .map(|(_, attestation)| ByteString(attestation.encode()))
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        (found, more)
    }

    /// Returns the hash of a node's card, if it is held.
    pub(crate) fn card_of(&self, issuer: &PublicKey) -> Option<Hash> {
        let key =
            AttestationKey { kind: AttestationKind::NodeCard, issuer: *issuer, subject: Hash(issuer.0) };
        self.held.get(&wire::encode(&key)).map(|card| card.id(&self.network))
    }

    /// Says whether a feed is proven to be forked.
    pub(crate) fn proves_fork(&self, feed: &FeedId) -> bool {
        self.fork_proof(&Hash(feed.0)).is_some()
    }

    pub(crate) fn forked_feeds(&self) -> Vec<FeedId> {
        let proofs = self.held.values().filter(|held| held.key().kind == AttestationKind::ForkProof);
        proofs.map(|proof| FeedId(proof.content.subject.0)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Attestation> {
        self.held.values()
    }
}

impl<S: Store> Sync<S> {
    /// Takes an attestation whose signature holds; says what it was worth.
    pub(crate) fn accept_attestation(
        &mut self,
        now: u64,
        attestation: Attestation,
    ) -> Result<Verdict, StoreError> {
        if !self.follow.contains(&attestation.content.collective) {
            return Ok(Verdict::Ignore);
        }
        let forked = match &attestation.content.statement {
            Statement::ForkProof(evidence) => match fork::verify(evidence, &self.config.network) {
                // Not held yet, it says nothing to us; once it is, the comparison of roots brings the proof again.
                Ok(feed) if self.collectives.owner(&feed) != Some(attestation.content.collective) => {
                    return Ok(Verdict::Ignore);
                }
                Ok(feed) if attestation.content.subject == Hash(feed.0) => Some(feed),
                Ok(_) | Err(_) => return Ok(Verdict::Reject),
            },
            _ if !self.knows_issuer(&attestation) => return Ok(Verdict::Ignore),
            _ => None,
        };
        if let Some(verdict) = self.judge_statement(now, &attestation)? {
            return Ok(verdict);
        }
        if !self.attestations.wants(&attestation) {
            return Ok(Verdict::Ignore);
        }
        let key = wire::encode(&attestation.key());
        let replaced = forked.and_then(|feed| self.attestations.fork_proof(&Hash(feed.0)));
        if let Some(old) = replaced.map(|(old, _)| old.clone()) {
            self.store.set_state(Table::Attestations, &old, None)?;
            self.attestations.remove(&old);
        }
        self.store.set_state(Table::Attestations, &key, Some(&attestation.encode()))?;
        self.relay.attestation(attestation.encode(), forked.is_some());
        let (kind, collective) = (attestation.key().kind, attestation.content.collective);
        self.attestations.insert(attestation);
        if let Some(feed) = forked {
            self.note_fork(now, feed)?;
        }
        if kind == AttestationKind::Lease {
            self.count_leases(now, collective)?;
        }
        Ok(Verdict::Accept)
    }

    /// Drops cosignatures and leases of a collective that its control log does not ask for any more: a node that hears of
    /// them only now would not keep them, and roots are compared.
    pub(crate) fn drop_unlisted(&mut self, collective: CollectiveId) -> Result<(), StoreError> {
        let Some(view) = self.collectives.views.held(&collective) else { return Ok(()) };
        let witnesses = self.attestations.of_kind(AttestationKind::Cosignature);
        let witnesses = witnesses.filter(|held| !lists(view, &held.content.issuer));
        let leases = self.attestations.of_kind(AttestationKind::Lease);
        let leases = leases.filter(|held| !view.liveness().contains(&held.content.issuer));
        let unlisted = witnesses.chain(leases).filter(|held| held.content.collective == collective);
        let unlisted: Vec<Vec<u8>> = unlisted.map(|held| wire::encode(&held.key())).collect();
        for key in unlisted {
            self.store.set_state(Table::Attestations, &key, None)?;
            self.attestations.remove(&key);
        }
        Ok(())
    }

    /// Judges the signatures inside a statement, and keeps what outlives it; says if it is worth nothing more.
    fn judge_statement(
        &mut self,
        now: u64,
        attestation: &Attestation,
    ) -> Result<Option<Verdict>, StoreError> {
        match &attestation.content.statement {
            Statement::Cosignature(cosigned) => self.take_cosignature(&attestation.content, cosigned),
            Statement::Lease(lease) => Ok(self.judge_lease(now, &attestation.content, lease)),
            _ => Ok(None),
        }
    }

    fn note_fork(&mut self, now: u64, feed: FeedId) -> Result<(), StoreError> {
        if self.heads.is_forked(&feed) {
            return Ok(());
        }
        self.mark_forked(feed);
        self.announce_fork(feed);
        match self.collectives.owner(&feed) {
            Some(owner) => self.refold(now, owner),
            None => Ok(()),
        }
    }

    /// Issuers that no followed control log names are not kept, and so not forwarded; this node is no exception.
    fn knows_issuer(&self, attestation: &Attestation) -> bool {
        self.is_named(&attestation.content.issuer, &self.follow)
    }

    pub(crate) fn is_named(&self, issuer: &PublicKey, by: &BTreeSet<CollectiveId>) -> bool {
        by.iter().any(|collective| self.collectives.names_key(collective, issuer))
    }

    /// Returns what there is to compare with a node that follows these collectives too.
    pub(crate) fn common(&self, collectives: BTreeSet<CollectiveId>) -> Common {
        let named = self.attestations.issuers().filter(|issuer| self.is_named(issuer, &collectives));
        Common { issuers: named.copied().collect(), collectives }
    }
}
