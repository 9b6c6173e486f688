//! What a node's control logs tell it, as the world wrote them: a reading of its own, which asks no fold.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{
    Content, Embargo, Grant, Lift, Offer, Power, Release, Subject, Variant, Withdrawal,
};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, PublicKey, RecordId};

use crate::truth::{Ruling, Truth};

/// A ruling with its place and its collective.
#[derive(Clone, Debug)]
pub(crate) struct Known<T> {
    pub(crate) id: RecordId,
    pub(crate) by: CollectiveId,
    /// Since when the node has it on its disk, in milliseconds since 1970.
    pub(crate) since: u64,
    pub(crate) content: T,
}

/// Every ruling whose record is on a node's disk. It only grows, since nothing durable may be lost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knowledge {
    read: BTreeMap<FeedId, u64>,
    nodes: BTreeSet<(PublicKey, CollectiveId)>,
    stewards: BTreeMap<CollectiveId, BTreeSet<CollectiveId>>,
    /// Whose records who else may embargo.
    affiliates: BTreeSet<(CollectiveId, CollectiveId)>,
    pub(crate) releases: Vec<Known<Release>>,
    pub(crate) embargoes: Vec<Known<Embargo>>,
    pub(crate) lifts: Vec<Known<Lift>>,
    pub(crate) withdrawals: Vec<Known<Withdrawal>>,
    pub(crate) offers: Vec<Known<Offer>>,
    pub(crate) grants: Vec<Known<Grant>>,
}

impl Knowledge {
    /// Reads what is new in a store's control feeds.
    pub(crate) fn learn(&mut self, now: u64, store: &MemStore, truth: &Truth) {
        for (feed, of) in &truth.feeds {
            let (read, size) = (self.read.get(feed).copied().unwrap_or(0), store.size(feed));
            // What is held of a forked feed is no control log.
            if of.manifest.purpose != Purpose::Control || size <= read || of.forked {
                continue;
            }
            let leaves = store.headers(feed, read, size).unwrap_or_default();
            for (index, leaf) in (read..).zip(leaves) {
                if let Some(ruling) = leaf.and_then(|leaf| truth.ruling(&leaf).cloned()) {
                    self.enter(RecordId { feed: *feed, index }, now, ruling);
                }
            }
            self.read.insert(*feed, size);
        }
    }

    fn enter(&mut self, id: RecordId, since: u64, Ruling { by, content }: Ruling) {
        match content {
            Content::Charter(charter) => drop(self.stewards.insert(by, charter.stewards)),
            Content::Delegation(delegation) => {
                if let Subject::Node { key, .. } = delegation.subject {
                    self.nodes.insert((key, by));
                }
            }
            Content::Affiliate(affiliate) => {
                if affiliate.powers.contains(&Power::Embargo) {
                    self.affiliates.insert((by, affiliate.to));
                }
            }
            Content::Release(content) => self.releases.push(Known { id, by, since, content }),
            Content::Embargo(content) if content.variant == Variant::Pause => {
                self.embargoes.push(Known { id, by, since, content: *content });
            }
            Content::Lift(content) => self.lifts.push(Known { id, by, since, content }),
            Content::Withdrawal(content) => self.withdrawals.push(Known { id, by, since, content }),
            Content::Offer(content) => self.offers.push(Known { id, by, since, content }),
            Content::Grant(content) => self.grants.push(Known { id, by, since, content }),
            Content::Embargo(_) | Content::Revocation(_) => {}
        }
    }

    /// Says whether a collective's founding is known.
    pub(crate) fn knows(&self, collective: &CollectiveId) -> bool {
        self.stewards.contains_key(collective)
    }

    pub(crate) fn is_node_of(&self, key: &PublicKey, collective: &CollectiveId) -> bool {
        self.nodes.contains(&(*key, *collective))
    }

    pub(crate) fn is_anonymous(&self, key: &PublicKey) -> bool {
        !self.nodes.iter().any(|(node, _)| node == key)
    }

    pub(crate) fn lists_steward(&self, owner: &CollectiveId, steward: &CollectiveId) -> bool {
        self.stewards.get(owner).is_some_and(|stewards| stewards.contains(steward))
    }

    pub(crate) fn is_affiliate(&self, owner: &CollectiveId, other: &CollectiveId) -> bool {
        self.affiliates.contains(&(*owner, *other))
    }
}
