//! What a collective's control logs say, taken together.

mod access;
mod ballot;
mod hash;
mod mandate;
mod outcome;
mod parts;
mod people;
mod roll;
mod spans;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Charter, Grant, Offer, Power, Release, Withdrawal};
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, FeedId, Hash, NetworkId, PublicKey, RecordId};

use crate::ineffective::Ineffective;
use access::Access;
pub use ballot::{BallotView, CountedVote};
pub(crate) use ballot::{DAY, erasable};
pub use mandate::MandateView;
pub use outcome::{Outcome, Shortfall, judge};
pub(crate) use parts::Parts;
pub use roll::{Roll, Seat};
use spans::Spans;
pub use standing::Standing;

/// A record that counts, under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// Where it stands.
    pub id: RecordId,
    /// What it says.
    pub content: T,
}

/// Why a collective's bodies are closed, whatever was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A first control feed has two branches, and nothing root-signed continues it.
    Forked(FeedId),
    /// A record under the governance threshold carries a critical extension this version does not know.
    UnknownCritical(RecordId),
}

/// A collective as its control logs describe it.
#[derive(Clone, Debug)]
pub struct View {
    id: CollectiveId,
    parts: Parts,
    enforced: Vec<usize>,
    released: BTreeMap<FeedId, Spans>,
    withdrawn: BTreeMap<FeedId, Spans>,
    access: Access,
    hash: Hash,
}

/// Returns the later of two ends, where none means never.
pub(crate) fn later(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).map(|(one, other)| one.max(other))
}

impl View {
    /// A view of a collective of which no first control feed is held.
    pub(crate) fn unfounded(network: &NetworkId, id: CollectiveId) -> Self {
        Parts::default().into_view(network, id)
    }

    /// Returns whose view it is.
    #[must_use]
    pub const fn id(&self) -> CollectiveId {
        self.id
    }

    /// Says whether the genesis charter and its delegation are held: otherwise the control log counts as not held.
    #[must_use]
    pub const fn is_founded(&self) -> bool {
        self.parts.charter.is_some()
    }

    /// Returns the charter that holds; none if the view is not founded.
    #[must_use]
    pub const fn charter(&self) -> Option<&Charter> {
        self.parts.charter.as_ref()
    }

    /// Returns the hashes of the signed bytes of every charter of the chain, the genesis charter first.
    ///
    /// The last one is what the next amendment names as `previous`.
    #[must_use]
    pub fn charter_chain(&self) -> &[Hash] {
        &self.parts.chain
    }

    /// Returns why the collective's bodies are closed, if they are.
    #[must_use]
    pub const fn closed(&self) -> Option<Closed> {
        self.parts.closed
    }

    /// Returns the control feeds that count.
    #[must_use]
    pub const fn control_feeds(&self) -> &BTreeSet<FeedId> {
        &self.parts.control_feeds
    }

    /// Returns the writer keys of the control feeds that count: the carriers of the control log.
    #[must_use]
    pub const fn carriers(&self) -> &BTreeSet<PublicKey> {
        &self.parts.carriers
    }

    /// Returns every feed that is delegated, control feeds too, with the size at which it was revoked, if it was.
    #[must_use]
    pub const fn feeds(&self) -> &BTreeMap<FeedId, Option<u64>> {
        &self.parts.feeds
    }

    /// Says whether a record lies in a feed of the collective, before the size at which that was revoked.
    #[must_use]
    pub fn owns(&self, record: &RecordId) -> bool {
        let feed = self.parts.feeds.get(&record.feed);
        feed.is_some_and(|revoked| revoked.is_none_or(|size| record.index < size))
    }

    /// Returns the collective's nodes, with the region it vouches for.
    #[must_use]
    pub const fn nodes(&self) -> &BTreeMap<PublicKey, Option<Region>> {
        &self.parts.nodes
    }

    /// Returns the keys that may sign its leases.
    #[must_use]
    pub const fn liveness(&self) -> &BTreeSet<PublicKey> {
        &self.parts.liveness
    }

    /// Returns the collectives that contributions to it may name as stewards.
    pub fn stewards(&self) -> impl Iterator<Item = &CollectiveId> {
        self.parts.charter.iter().flat_map(|charter| &charter.stewards)
    }

    /// Says whether contributions to it may name a collective as steward.
    #[must_use]
    pub fn lists_steward(&self, collective: &CollectiveId) -> bool {
        self.parts.charter.as_ref().is_some_and(|charter| charter.stewards.contains(collective))
    }

    /// Returns the collectives that may act with a power on its records, each with the end of that power, in seconds
    /// since 1970. Whether that has passed is for the caller to judge, by the clock or the lease that counts for it.
    pub fn affiliates_with(&self, power: Power) -> impl Iterator<Item = (CollectiveId, Option<u64>)> {
        let (first, last) = ((power, CollectiveId([0; 32])), (power, CollectiveId([0xff; 32])));
        self.parts.affiliates.range(first..=last).map(|((_, to), until)| (*to, *until))
    }

    /// Returns the releases.
    #[must_use]
    pub fn releases(&self) -> &[Entry<Release>] {
        &self.parts.releases
    }

    /// Returns the first release whose ranges hold a record and that passes a test.
    ///
    /// Neither whose feed it is nor the record's licence is asked here.
    pub fn find_release(
        &self,
        record: &RecordId,
        mut test: impl FnMut(&Entry<Release>) -> bool,
    ) -> Option<&Entry<Release>> {
        self.released.get(&record.feed)?.find(record.index, &self.parts.releases, &mut test)
    }

    /// Returns every embargo that counts, lifted ones too, in ascending order.
    #[must_use]
    pub fn embargoes(&self) -> &[Standing] {
        &self.parts.embargoes
    }

    /// Returns the embargoes that are not lifted as a whole; whether their dates have come is for the caller to judge.
    pub fn enforced(&self) -> impl Iterator<Item = &Standing> {
        self.enforced.iter().filter_map(|at| self.parts.embargoes.get(*at))
    }

    /// Returns the view as it would be with a further embargo: what a plan is made from.
    #[must_use]
    pub fn with_embargo(&self, network: &NetworkId, standing: Standing) -> Self {
        let mut parts = self.parts.clone();
        parts.embargoes.push(standing);
        parts.embargoes.sort_by_key(|standing| standing.id);
        parts.into_view(network, self.id)
    }

    /// Returns the view as it would be without an embargo and its copies: what that one alone does is the difference.
    #[must_use]
    pub fn without_embargo(&self, network: &NetworkId, id: &RecordId) -> Self {
        let mut parts = self.parts.clone();
        if let Some(at) = parts.embargoes.iter().position(|standing| standing.id == *id) {
            let gone = parts.embargoes.swap_remove(at).embargo;
            parts.embargoes.retain(|standing| standing.embargo != gone);
            parts.embargoes.sort_by_key(|standing| standing.id);
        }
        parts.into_view(network, self.id)
    }

    /// Returns the withdrawals that governance signed.
    #[must_use]
    pub fn withdrawals(&self) -> &[Entry<Withdrawal>] {
        &self.parts.withdrawals
    }

    /// Returns the first governance-signed withdrawal whose ranges hold a record and that passes a test.
    pub fn find_withdrawal(
        &self,
        record: &RecordId,
        mut test: impl FnMut(&Entry<Withdrawal>) -> bool,
    ) -> Option<&Entry<Withdrawal>> {
        self.withdrawn.get(&record.feed)?.find(record.index, &self.parts.withdrawals, &mut test)
    }

    /// Returns the withdrawals that rest on a member's signature in a body. They are honoured only where the body and
    /// the submission are held, so they change no answer yet.
    #[must_use]
    pub fn pending_withdrawals(&self) -> &[Entry<Withdrawal>] {
        &self.parts.pending
    }

    /// Returns the offers.
    #[must_use]
    pub const fn offers(&self) -> &BTreeMap<RecordId, Offer> {
        &self.parts.offers
    }

    /// Returns the grants, expired ones too: time is for the caller to judge.
    #[must_use]
    pub fn grants(&self) -> &[Entry<Grant>] {
        &self.parts.grants
    }

    /// Returns why records of the counted control feeds have no effect.
    #[must_use]
    pub const fn ineffective(&self) -> &BTreeMap<RecordId, Ineffective> {
        &self.parts.ineffective
    }

    /// Returns the hash of all that has effect: equal for equal sets of records, in whatever order they came.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }
}
