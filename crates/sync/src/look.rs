//! What the node's own tools read here: records for the valve to judge under other views, and who was heard of.

use std::collections::BTreeMap;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::{FeedId, PublicKey, RecordId};
use commonwheel_valve::{Ancestor, Record};

use crate::limits::BUNDLE;
use crate::node::Sync;
use crate::serve::Known;

impl<S: Store> Sync<S> {
    /// Shows the records of one bundle of a feed, each with what is known of its ancestors.
    ///
    /// # Errors
    /// [`StoreError`] if the feed cannot be read.
    pub fn look(
        &mut self,
        feed: &FeedId,
        bundle: u64,
        mut each: impl FnMut(&Record<'_>),
    ) -> Result<(), StoreError> {
        let Some(manifest) = self.store.manifest(feed).cloned() else { return Ok(()) };
        let headers = self.parsed.bundle(&self.store, feed, bundle)?;
        for (index, header) in (bundle * BUNDLE..).zip(headers.iter()) {
            let leaf = header.as_ref().map(|header| &header.leaf);
            let known = self.ancestors(leaf)?;
            let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
            let id = RecordId { feed: *feed, index };
            each(&Record { ancestors: &ancestors, ..Record::new(id, &manifest, leaf) });
        }
        Ok(())
    }

    /// Returns when each node made the newest statement of it that is held, in seconds since 1970, by its own clock.
    #[must_use]
    pub fn heard(&self) -> BTreeMap<PublicKey, u64> {
        let mut heard = BTreeMap::new();
        for attestation in self.attestations.iter() {
            let newest = heard.entry(attestation.content.issuer).or_insert(0);
            *newest = attestation.content.time.max(*newest);
        }
        heard
    }

    /// Says whether a followed control log names a node: what others state is not kept.
    #[must_use]
    pub fn is_named_node(&self, node: &PublicKey) -> bool {
        self.follow.iter().any(|collective| self.collectives.names_key(collective, node))
    }

    /// Returns the nodes that acknowledged any embargo of a collective, or of all.
    pub fn acknowledging(&self) -> impl Iterator<Item = PublicKey> + '_ {
        use commonwheel_record::attestation::AttestationKind;
        let acknowledgements =
            self.attestations.iter().filter(|held| held.key().kind == AttestationKind::Acknowledgement);
        acknowledgements.map(|held| held.content.issuer)
    }
}
