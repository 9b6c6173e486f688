//! Witnessing: this node says when it saw which control heads, where a charter lists its key; and what witnesses said.
//!
//! A witness cosigns a head that it holds in full, bodies included: what a close counts can then be had from a majority
//! of the witnesses. It cosigns when a stage of a ballot has ended, again when the head changes within the grace after
//! it, and else once an hour if the head has changed, so that releases can be dated.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use commonwheel_collective::{BallotView, View};
use commonwheel_ledger::cosign;
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::attestation::{Attested, Cosigned, Head, Statement};
use commonwheel_record::control::{Stamp, WitnessedHead};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey};

use crate::io::Verdict;
use crate::limits::{CLOSING_INTERVAL, WITNESS_INTERVAL};
use crate::node::Sync;

/// Cosignatures of one head, by witness.
type ByHead = BTreeMap<Head, BTreeMap<PublicKey, Stamp>>;

impl<S: Store> Sync<S> {
    /// Cosigns the control heads that are due; returns when the next one may be, in milliseconds since 1970.
    pub(crate) fn cosign_due(&mut self, now: u64) -> Option<u64> {
        let key = self.config.witness.clone()?;
        let (mut due, mut next) = (Vec::new(), None::<u64>);
        for view in self.collectives.views.iter().filter(|view| lists(view, &key.public())) {
            for head in self.witnessable(view, &key.public()) {
                let Some(at) = self.cosign_at(view, &head, &key.public(), now / 1000) else { continue };
                if at <= now / 1000 {
                    due.push((view.id(), head));
                } else {
                    let at = at.saturating_mul(1000);
                    next = Some(next.map_or(at, |next| next.min(at)));
                }
            }
        }
        for (collective, head) in due {
            let statement =
                Statement::Cosignature(cosign::cosign(&self.config.network, &key, head, now / 1000));
            let attestation = self.attest_as(now, &key, collective, Hash(head.feed.0), statement);
            self.pending_attestations.push(attestation);
            // The head may change before its hour is over.
            let again = now + CLOSING_INTERVAL;
            next = Some(next.map_or(again, |next| next.min(again)));
        }
        next
    }

    /// Returns the control heads of a collective that a witness may cosign: held in full, and not its own.
    fn witnessable(&self, view: &View, key: &PublicKey) -> Vec<Head> {
        let whole = |feed: &&FeedId| {
            let others = self.store.manifest(feed).is_some_and(|manifest| manifest.writer != *key);
            others && !self.heads.is_forked(feed) && self.collectives.is_known(feed)
        };
        let heads = view.control_feeds().iter().filter(whole).filter_map(|feed| self.complete_head(feed));
        heads.map(|signed| signed.head).filter(|head| head.size > 0).collect()
    }

    /// Returns when a head is to be cosigned, in seconds since 1970; none as long as nothing changes.
    fn cosign_at(&self, view: &View, head: &Head, key: &PublicKey, now: u64) -> Option<u64> {
        let Some(last) = self.stamps.last(&head.feed, key) else { return Some(now) };
        let changed = last.head != *head;
        let mut at = changed.then(|| last.time + WITNESS_INTERVAL / 1000);
        for ballot in view.ballots().iter().filter(|ballot| ballot.witnesses.contains(key)) {
            for stage in stages(ballot) {
                let due = if last.time < *stage.start() {
                    Some(*stage.start())
                } else {
                    (changed && stage.contains(&last.time)).then(|| last.time + CLOSING_INTERVAL / 1000)
                };
                let due = due.filter(|due| stage.contains(due) && *stage.end() >= now);
                at = at.into_iter().chain(due).min();
            }
        }
        // A clock that went back says nothing new.
        at.map(|at| at.max(last.time + 1))
    }

    /// Judges a cosignature by what it says of itself, and keeps it beside those of the same witness.
    pub(crate) fn take_cosignature(
        &mut self,
        content: &Attested,
        cosigned: &Cosigned,
    ) -> Result<Option<Verdict>, StoreError> {
        let feed = cosigned.head.feed;
        let true_to_itself = content.subject == Hash(feed.0)
            && cosign::verify(cosigned, &self.config.network, &content.issuer).is_ok();
        if !true_to_itself {
            return Ok(Some(Verdict::Reject));
        }
        let is_control =
            self.store.manifest(&feed).is_some_and(|manifest| manifest.purpose == Purpose::Control);
        let of_collective = self.collectives.owner(&feed) == Some(content.collective);
        let view = self.collectives.views.held(&content.collective).filter(|_| is_control && of_collective);
        let Some(view) = view.filter(|view| lists(view, &content.issuer)) else {
            return Ok(Some(Verdict::Ignore));
        };
        let open: Vec<RangeInclusive<u64>> =
            view.ballots().iter().filter(|ballot| ballot.closes.is_empty()).flat_map(stages).collect();
        let is_needed = |time: u64| open.iter().any(|stage| stage.contains(&time));
        self.stamps.keep(&mut self.store, content.issuer, cosigned, is_needed)?;
        Ok(None)
    }

    /// Returns, for each control feed of a collective, the largest head held here that a majority of the witnesses
    /// cosigned between two times, in seconds since 1970; the feed's own writer does not count.
    ///
    /// The witnesses are those of the ballot of which a stage ends at `from`, if there is one, else of the charter that
    /// holds. So for a ballot's stage the heads are what its close may name.
    ///
    /// # Errors
    /// [`StoreError`] if what is held cannot be read.
    pub fn witnessed_heads(
        &self,
        collective: &CollectiveId,
        from: u64,
        to: u64,
    ) -> Result<Vec<WitnessedHead>, StoreError> {
        let Some(view) = self.collectives.views.held(collective) else { return Ok(Vec::new()) };
        let Some(witnesses) = witnesses_at(view, from) else { return Ok(Vec::new()) };
        let mut heads = Vec::new();
        for feed in view.control_feeds() {
            for (head, stamps) in self.cosigned(feed, witnesses, from..=to).into_iter().rev() {
                if stamps.len() * 2 > witnesses.len() && self.holds(feed, head.size, &head.root)? {
                    heads.push(WitnessedHead { head, stamps });
                    break;
                }
            }
        }
        Ok(heads)
    }

    /// Returns those of some witnesses that cosigned a head of a control feed with at least so many leaves between two
    /// times, in seconds since 1970; the feed's own writer does not count.
    #[must_use]
    pub fn cosigners(
        &self,
        feed: &FeedId,
        size: u64,
        witnesses: &BTreeSet<PublicKey>,
        times: RangeInclusive<u64>,
    ) -> BTreeSet<PublicKey> {
        let heads = self.cosigned(feed, witnesses, times).into_iter();
        heads.filter(|(head, _)| head.size >= size).flat_map(|(_, stamps)| stamps.into_keys()).collect()
    }

    fn cosigned(&self, feed: &FeedId, witnesses: &BTreeSet<PublicKey>, times: RangeInclusive<u64>) -> ByHead {
        let writer = self.store.manifest(feed).map(|manifest| manifest.writer);
        let mut heads = ByHead::new();
        for witness in witnesses.iter().filter(|witness| Some(**witness) != writer) {
            for Cosigned { head, time, signature } in self.stamps.within(feed, witness, times.clone()) {
                let stamp = Stamp { time: *time, signature: *signature };
                heads.entry(*head).or_default().entry(*witness).or_insert(stamp);
            }
        }
        heads
    }
}

/// Says whether a collective's charter lists a witness, or the charter that a ballot of it froze.
pub(crate) fn lists(view: &View, witness: &PublicKey) -> bool {
    view.charter().is_some_and(|charter| charter.witnesses.contains(witness))
        || view.ballots().iter().any(|ballot| ballot.witnesses.contains(witness))
}

fn witnesses_at(view: &View, end: u64) -> Option<&BTreeSet<PublicKey>> {
    let ends = |ballot: &&BallotView| ballot.ballot.closes == end || ballot.ballot.reveals == Some(end);
    let of_ballot = view.ballots().iter().find(ends).map(|ballot| &ballot.witnesses);
    of_ballot.or_else(|| view.charter().map(|charter| &charter.witnesses))
}

/// Returns the stretches in which heads are cosigned for a ballot: the grace after each of its stages.
fn stages(ballot: &BallotView) -> impl Iterator<Item = RangeInclusive<u64>> + use<> {
    let grace = u64::from(ballot.rules.grace_hours).saturating_mul(3600);
    let ends = [Some(ballot.ballot.closes), ballot.ballot.reveals];
    ends.into_iter().flatten().map(move |end| end..=end.saturating_add(grace))
}
