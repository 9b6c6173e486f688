//! Attestations held: newest per name, capped per issuer and per collective.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::fork;
use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_record::attestation::{
    Acknowledgement, Attestation, AttestationKey, AttestationKind, Attested, EmbargoState, NodeCard,
    Statement, record_subject,
};
use commonwheel_record::cbor::ByteString;
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Hasher, NetworkId, PublicKey, RecordId};

use crate::io::Verdict;
use crate::limits::{MAX_PER_COLLECTIVE, MAX_PER_ISSUER};
use crate::node::Sync;
use crate::wire;

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

    /// Returns the embargoes that a node has acknowledged.
    pub(crate) fn acknowledged_by(&self, issuer: &PublicKey) -> BTreeSet<RecordId> {
        let of_issuer = self.held.values().filter(|held| held.content.issuer == *issuer);
        let embargo = |held: &Attestation| match &held.content.statement {
            Statement::Acknowledgement(acknowledgement) => Some(acknowledgement.embargo),
            _ => None,
        };
        of_issuer.filter_map(embargo).collect()
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
        self.attestations.insert(attestation);
        if let Some(feed) = forked {
            self.note_fork(now, feed)?;
        }
        Ok(Verdict::Accept)
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

    fn is_named(&self, issuer: &PublicKey, by: &BTreeSet<CollectiveId>) -> bool {
        by.iter().any(|collective| self.collectives.names_key(collective, issuer))
    }

    /// Returns what there is to compare with a node that follows these collectives too.
    pub(crate) fn common(&self, collectives: BTreeSet<CollectiveId>) -> Common {
        let named = self.attestations.issuers().filter(|issuer| self.is_named(issuer, &collectives));
        Common { issuers: named.copied().collect(), collectives }
    }

    /// Says whether a control log that this node follows names it, so that others keep what it states.
    pub(crate) fn is_heard(&self) -> bool {
        self.is_named(&self.me, &self.follow)
    }

    /// Makes the statement that an embargo is in force here.
    pub(crate) fn acknowledgement(
        &self,
        now: u64,
        collective: CollectiveId,
        embargo: RecordId,
    ) -> Attestation {
        let statement =
            Statement::Acknowledgement(Acknowledgement { embargo, state: EmbargoState::Enforced });
        let subject = record_subject(&self.config.network, &embargo);
        self.attest(now, collective, subject, statement)
    }

    /// Keeps and forwards what this node has to state.
    pub(crate) fn flush_attestations(&mut self, now: u64) -> Result<(), StoreError> {
        for attestation in std::mem::take(&mut self.pending_attestations) {
            self.accept_attestation(now, attestation)?;
        }
        Ok(())
    }

    /// States who this node is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn publish_card(&mut self, now: u64, card: NodeCard) -> Result<(), StoreError> {
        let Some(collective) = card.collectives.first().or_else(|| self.follow.first()).copied() else {
            return Ok(());
        };
        let attestation = self.attest(now, collective, Hash(self.me.0), Statement::NodeCard(card));
        self.accept_attestation(now, attestation).map(drop)
    }

    fn attest(&self, now: u64, collective: CollectiveId, subject: Hash, statement: Statement) -> Attestation {
        let content = Attested {
            version: 1,
            issuer: self.me,
            subject,
            collective,
            // Milliseconds grow with each statement, and across restarts.
            counter: now,
            time: now / 1000,
            statement,
        };
        Attestation::sign(&self.config.network, &self.config.key, content)
    }

    /// Returns who has acknowledged an embargo, and when.
    #[must_use]
    pub fn acknowledgements(&self, embargo: &RecordId) -> Vec<(PublicKey, EmbargoState, u64)> {
        let of_embargo = |attestation: &Attestation| match &attestation.content.statement {
            Statement::Acknowledgement(ack) if ack.embargo == *embargo => {
                Some((attestation.content.issuer, ack.state, attestation.content.time))
            }
            _ => None,
        };
        self.attestations.iter().filter_map(of_embargo).collect()
    }

    /// Returns a node's card, if it is held.
    #[must_use]
    pub fn card(&self, node: &PublicKey) -> Option<&NodeCard> {
        self.attestations.iter().find_map(|attestation| match &attestation.content.statement {
            Statement::NodeCard(card) if attestation.content.issuer == *node => Some(card),
            _ => None,
        })
    }
}
