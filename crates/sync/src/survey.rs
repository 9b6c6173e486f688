//! What the valve says of records that are held, one by one: for counts, for plans, and for whoever wants to know why.

use commonwheel_collective::Views;
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::control::Rung;
use commonwheel_record::terms;
use commonwheel_record::{FeedId, Leaf, PublicKey, RecordId};
use commonwheel_valve::{
    Ancestor, Asker, Decision, Record, Request as Ask, decide, effective_preferences, is_covered,
};

use crate::limits::BUNDLE;
use crate::node::Sync;
use crate::parsed::Header;
use crate::serve::Known;

impl<S: Store> Sync<S> {
    /// Counts what is held of a data feed, and what the valve would grant this node of it.
    ///
    /// # Errors
    /// [`StoreError`] if the feed cannot be read.
    pub fn holdings(&mut self, feed: &FeedId) -> Result<Holdings, StoreError> {
        let mut holdings = Holdings::default();
        let (me, asker, purpose) = (self.me, self.asker.clone(), self.config.purpose);
        self.survey(feed, &me, &asker, purpose, |seen| {
            holdings.missing_headers += u64::from(seen.leaf.is_none());
            if !matches!(seen.leaf, Some(Leaf::Contribution(..))) {
                return;
            }
            let granted = seen.decision.serves(Rung::Body);
            holdings.contributions += 1;
            holdings.bodies += u64::from(seen.held);
            holdings.granted += u64::from(granted);
            holdings.wanted += u64::from(granted && !seen.held);
        })?;
        Ok(holdings)
    }

    /// Says whether an embargo in force covers a record that is held, or an ancestor of it, whomever it refuses.
    ///
    /// # Errors
    /// [`StoreError`] if a header cannot be read.
    pub fn is_covered(&mut self, now: u64, id: RecordId) -> Result<bool, StoreError> {
        let Some(manifest) = self.store.manifest(&id.feed).cloned() else { return Ok(false) };
        let leaf = self.header(&id)?.map(|(leaf, _)| leaf);
        let known = self.ancestors(leaf.as_ref())?;
        let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
        let record = Record { ancestors: &ancestors, ..Record::new(id, &manifest, leaf.as_ref()) };
        Ok(is_covered(&self.collectives.views, &self.leases, &record, now / 1000))
    }

    /// Returns the preferences that hold for a contribution that is held: its own, and what embargoes in force lay over
    /// them for those they refuse. None for anything else, or where the header is missing.
    ///
    /// # Errors
    /// [`StoreError`] if a header cannot be read.
    pub fn effective_preferences(
        &mut self,
        now: u64,
        id: RecordId,
    ) -> Result<Option<terms::Preferences>, StoreError> {
        let Some(manifest) = self.store.manifest(&id.feed).cloned() else { return Ok(None) };
        let leaf = self.header(&id)?.map(|(leaf, _)| leaf);
        let known = self.ancestors(leaf.as_ref())?;
        let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
        let record = Record { ancestors: &ancestors, ..Record::new(id, &manifest, leaf.as_ref()) };
        Ok(effective_preferences(&self.collectives.views, &self.leases, &record, None, now / 1000))
    }

    /// Asks the valve about every record of a feed, as if `server` were asked for bodies by `asker`.
    ///
    /// # Errors
    /// [`StoreError`] if the feed cannot be read.
    pub fn survey(
        &mut self,
        feed: &FeedId,
        server: &PublicKey,
        asker: &Asker,
        purpose: terms::Purpose,
        each: impl FnMut(&Seen<'_>),
    ) -> Result<(), StoreError> {
        self.survey_by(None, feed, server, asker, purpose, each)
    }

    /// Asks the same under other views than those that are held, as a plan does: see
    /// [`with_embargo`](commonwheel_collective::View::with_embargo), and [`Sync::slots_of`] for rate limits.
    ///
    /// # Errors
    /// [`StoreError`] if the feed cannot be read.
    pub fn survey_with(
        &mut self,
        views: &Views,
        feed: &FeedId,
        server: &PublicKey,
        asker: &Asker,
        purpose: terms::Purpose,
        each: impl FnMut(&Seen<'_>),
    ) -> Result<(), StoreError> {
        self.survey_by(Some(views), feed, server, asker, purpose, each)
    }

    fn survey_by(
        &mut self,
        views: Option<&Views>,
        feed: &FeedId,
        server: &PublicKey,
        asker: &Asker,
        purpose: terms::Purpose,
        mut each: impl FnMut(&Seen<'_>),
    ) -> Result<(), StoreError> {
        let ask = Ask { audience: asker, purpose, rung: Rung::Body };
        self.go_through(feed, |sync, record, held| {
            let views = views.unwrap_or(&sync.collectives.views);
            let decision = decide(views, &sync.leases, server, record, &ask, sync.clock / 1000);
            each(&Seen { record: record.id, leaf: record.leaf, held, decision });
        })
    }

    /// Goes through the records of a feed with all that is known of their ancestors, and whether the body of each is held.
    fn go_through(
        &mut self,
        feed: &FeedId,
        mut each: impl FnMut(&Self, &Record<'_>, bool),
    ) -> Result<(), StoreError> {
        let Some(manifest) = self.store.manifest(feed).cloned() else { return Ok(()) };
        let size = self.store.size(feed);
        for bundle in 0..size.div_ceil(BUNDLE) {
            let start = bundle * BUNDLE;
            let headers = self.parsed.bundle(&self.store, feed, bundle)?;
            let held = self.store.held(feed, start, (start + BUNDLE).min(size));
            for ((index, header), held) in (start..).zip(headers.iter()).zip(held) {
                let leaf = header.as_ref().map(|Header { leaf, .. }| leaf);
                let known = self.ancestors(leaf)?;
                let ancestors: Vec<Ancestor<'_>> = known.iter().map(Known::borrow).collect();
                let id = RecordId { feed: *feed, index };
                let record = Record { ancestors: &ancestors, ..Record::new(id, &manifest, leaf) };
                each(self, &record, held);
            }
        }
        Ok(())
    }
}

/// A record in a survey.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Its name.
    pub record: RecordId,
    /// What it says; none if its header is missing.
    pub leaf: Option<&'a Leaf>,
    /// Whether its body is held here.
    pub held: bool,
    /// What the valve says.
    pub decision: Decision,
}

/// What is held of a data feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Positions whose header is missing.
    pub missing_headers: u64,
    /// Contributions whose header is held.
    pub contributions: u64,
    /// Those whose body is held.
    pub bodies: u64,
    /// Those whose body the valve grants this node.
    pub granted: u64,
    /// Those it grants that are not held.
    pub wanted: u64,
}
