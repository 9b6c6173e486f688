//! What this node states, and what it reads of others' statements for its operator.

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::attestation::{
    Acknowledgement, Attestation, AttestationKey, Attested, EmbargoState, NodeCard, Statement, record_subject,
};
use commonwheel_record::{CollectiveId, Hash, PublicKey, RecordId, SecretKey};

use crate::node::Sync;

impl<S: Store> Sync<S> {
    /// Says whether a control log that this node follows names it, so that others keep what it states.
    pub(crate) fn is_heard(&self) -> bool {
        self.is_named(&self.me, &self.follow)
    }

    /// Makes the statement how far this node is with an embargo.
    pub(crate) fn acknowledgement(
        &self,
        now: u64,
        collective: CollectiveId,
        embargo: RecordId,
        state: EmbargoState,
    ) -> Attestation {
        let statement = Statement::Acknowledgement(Acknowledgement { embargo, state });
        let subject = record_subject(&self.config.network, &embargo);
        self.attest(now, collective, subject, statement)
    }

    /// Keeps and forwards what this node has to state, what is due by now among it.
    pub(crate) fn flush_attestations(&mut self, now: u64) -> Result<(), StoreError> {
        if self.duties.is_some_and(|due| due <= now) {
            self.duties = [self.cosign_due(now), self.lease_due(now)].into_iter().flatten().min();
        }
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
        self.attest_as(now, &self.config.key, collective, subject, statement)
    }

    pub(crate) fn attest_as(
        &self,
        now: u64,
        key: &SecretKey,
        collective: CollectiveId,
        subject: Hash,
        statement: Statement,
    ) -> Attestation {
        let name = AttestationKey { kind: statement.kind(), issuer: key.public(), subject };
        let before = self.attestations.get(&name).map_or(0, |held| held.content.counter);
        let content = Attested {
            version: 1,
            issuer: key.public(),
            subject,
            collective,
            // Milliseconds grow with each statement, and across restarts.
            counter: now.max(before.saturating_add(1)),
            time: now / 1000,
            statement,
        };
        Attestation::sign(&self.config.network, key, content)
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
