//! What the judge lets through, by kind; what rests on other records is resolved afterwards.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{
    Affiliate, Ballot, Close, Content, Delegation, Embargo, Enrolment, Erasure, Grant, Leave, Lift, Mandate,
    Offer, Personal, Power, Release, Reveal, Settlement, Subject, Vote, Withdrawal,
};
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, FeedId, PublicKey, RecordId};

use super::Placed;
use crate::feed::{Body, Verified};
use crate::ineffective::Ineffective;
use crate::view::{Entry, later};

/// A record of one kind, and whether governance signed it where it stands.
#[derive(Debug)]
pub(super) struct Stated<'a, T> {
    pub(super) id: RecordId,
    pub(super) verified: &'a Verified,
    pub(super) content: &'a T,
    pub(super) governed: Result<(), Ineffective>,
}

impl<T> Clone for Stated<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Stated<'_, T> {}

impl<T: Clone> Stated<'_, T> {
    pub(super) fn entry(&self) -> Entry<T> {
        Entry { id: self.id, content: self.content.clone() }
    }
}

impl<'a, T> Stated<'a, T> {
    /// Returns what its body says.
    pub(super) fn personal(&self) -> Result<&'a Personal, Ineffective> {
        match &self.verified.body {
            Body::Held(personal) => Ok(personal),
            Body::Missing => Err(Ineffective::BodyMissing),
            Body::None | Body::Malformed => Err(Ineffective::BodyMalformed),
            Body::Forged => Err(Ineffective::BodyForged),
        }
    }
}

/// Why records have no effect.
pub(super) type Refused = BTreeMap<RecordId, Ineffective>;

/// Records that count, or may, by kind; in ascending order of where they stand.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    pub(super) feeds: BTreeSet<FeedId>,
    pub(super) nodes: BTreeMap<PublicKey, BTreeSet<Region>>,
    pub(super) liveness: BTreeSet<PublicKey>,
    pub(super) affiliates: BTreeMap<(Power, CollectiveId), Option<u64>>,
    pub(super) releases: Vec<Stated<'a, Release>>,
    pub(super) embargoes: Vec<Stated<'a, Embargo>>,
    pub(super) lifts: Vec<Stated<'a, Lift>>,
    pub(super) settlements: Vec<Stated<'a, Settlement>>,
    pub(super) withdrawals: Vec<Entry<Withdrawal>>,
    pub(super) pending: Vec<Entry<Withdrawal>>,
    pub(super) offers: BTreeMap<RecordId, Offer>,
    pub(super) grants: Vec<Entry<Grant>>,
    pub(super) enrolments: Vec<Stated<'a, Enrolment>>,
    pub(super) leaves: Vec<Stated<'a, Leave>>,
    pub(super) ballots: Vec<Stated<'a, Ballot>>,
    pub(super) votes: Vec<Stated<'a, Vote>>,
    pub(super) reveals: Vec<Stated<'a, Reveal>>,
    pub(super) closes: Vec<Stated<'a, Close>>,
    pub(super) mandates: Vec<Stated<'a, Mandate>>,
    pub(super) erasures: Vec<Stated<'a, Erasure>>,
}

impl<'a> Gathered<'a> {
    pub(super) fn pending(&mut self, id: RecordId, content: Withdrawal) {
        self.pending.push(Entry { id, content });
    }

    /// Takes a record in. Charters and revocations are known by then.
    pub(super) fn enter(&mut self, placed: Placed<'a>, governed: Result<(), Ineffective>) {
        let Placed { id, verified } = placed;
        macro_rules! push {
            ($list:ident, $content:expr) => {
                self.$list.push(Stated { id, verified, content: $content, governed })
            };
        }
        match &verified.control.content {
            Content::Charter(_) | Content::Revocation(_) => {}
            Content::Delegation(delegation) => self.delegate(delegation),
            Content::Affiliate(affiliate) => self.affiliate(affiliate),
            Content::Release(content) => push!(releases, content),
            Content::Embargo(content) => push!(embargoes, &**content),
            Content::Lift(content) => push!(lifts, content),
            Content::Settlement(content) => push!(settlements, content),
            Content::Withdrawal(content) => self.withdrawals.push(Entry { id, content: content.clone() }),
            Content::Offer(content) => {
                self.offers.insert(id, content.clone());
            }
            Content::Grant(content) => self.grants.push(Entry { id, content: content.clone() }),
            Content::Enrolment(content) => push!(enrolments, content),
            Content::Leave(content) => push!(leaves, content),
            Content::Ballot(content) => push!(ballots, &**content),
            Content::Vote(content) => push!(votes, content),
            Content::Reveal(content) => push!(reveals, content),
            Content::Close(content) => push!(closes, &**content),
            Content::Mandate(content) => push!(mandates, content),
            Content::Erasure(content) => push!(erasures, &**content),
        }
    }

    fn delegate(&mut self, delegation: &Delegation) {
        match &delegation.subject {
            Subject::Feed(feed) => {
                self.feeds.insert(*feed);
            }
            Subject::Node { key, region } => {
                self.nodes.entry(*key).or_default().extend(region.iter().copied());
            }
            Subject::Liveness(key) => {
                self.liveness.insert(*key);
            }
        }
    }

    /// Of several affiliations that give one power the one that lasts longest holds.
    fn affiliate(&mut self, affiliate: &Affiliate) {
        for power in &affiliate.powers {
            let until = self.affiliates.entry((*power, affiliate.to)).or_insert(affiliate.until);
            *until = later(*until, affiliate.until);
        }
    }
}
