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

/// Every ruling whose record is on a node's disk, with what proves its authority. It only grows, since nothing durable
/// may be lost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knowledge {
    read: BTreeMap<FeedId, u64>,
    /// Feeds that a collective's control log names as its own.
    delegated: BTreeSet<(CollectiveId, FeedId)>,
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
        // A feed that was read may delegate one that came before it.
        while self.learn_some(now, store, truth) {}
    }

    fn learn_some(&mut self, now: u64, store: &MemStore, truth: &Truth) -> bool {
        let mut learned = false;
        for (feed, of) in &truth.feeds {
            let read = self.read.get(feed).copied().unwrap_or(0);
            // A carrier may hold rulings before the founding that tells whose word they are. Nothing acts before it can
            // be validated, so to such a node they are news on the day the founding comes.
            let counts = of.manifest.purpose == Purpose::Control
                && (self.delegated.contains(&(of.collective, *feed)) || founds(store, truth, feed));
            if counts && store.size(feed) > read {
                self.read_from(now, store, truth, feed, read);
                learned = true;
            }
        }
        learned
    }

    fn read_from(&mut self, now: u64, store: &MemStore, truth: &Truth, feed: &FeedId, start: u64) {
        let leaves = store.headers(feed, start, u64::MAX).unwrap_or_default();
        for (index, leaf) in (start..).zip(leaves) {
            let ruling = leaf.and_then(|leaf| truth.ruling(&leaf).cloned());
            // Of a feed that forks, what is held may be of one branch or the other, and little of it counts once the fork is
            // proven. Until then the founding, which is of both, tells whose nodes are whose; this reading errs that way.
            let counts = |ruling: &Ruling| !truth.is_forked(feed) || is_founding(&ruling.content);
            if let Some(ruling) = ruling.filter(counts) {
                self.enter(RecordId { feed: *feed, index }, now, ruling);
            }
        }
        self.read.insert(*feed, store.size(feed));
    }

    fn enter(&mut self, id: RecordId, since: u64, Ruling { by, content }: Ruling) {
        match content {
            Content::Charter(charter) => drop(self.stewards.insert(by, charter.stewards)),
            Content::Delegation(delegation) => match delegation.subject {
                Subject::Node { key, .. } => drop(self.nodes.insert((key, by))),
                Subject::Feed(feed) => drop(self.delegated.insert((by, feed))),
                Subject::Liveness(_) => {}
            },
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
            // People and ballots change no answer here yet.
            _ => {}
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

const fn is_founding(content: &Content) -> bool {
    matches!(content, Content::Charter(_) | Content::Delegation(_))
}

/// Says whether a feed's second leaf is held and names the feed itself, as that of a collective's first one does.
fn founds(store: &MemStore, truth: &Truth, feed: &FeedId) -> bool {
    let second = store.headers(feed, 1, 2).ok().and_then(|mut leaves| leaves.pop().flatten());
    let ruling = second.and_then(|leaf| truth.ruling(&leaf));
    ruling.is_some_and(|ruling| {
        matches!(&ruling.content, Content::Delegation(delegation) if delegation.subject == Subject::Feed(*feed))
    })
}

#[cfg(test)]
mod tests {
    use commonwheel_ledger::store::Position;
    use commonwheel_ledger::tree::leaf_hash;
    use commonwheel_record::control::Affiliate;
    use commonwheel_record::terms::Licence;
    use commonwheel_record::{Leaf, NetworkId};

    use super::*;
    use crate::collective::{Collective, NewFeed, encode};
    use crate::rng::Rng;
    use crate::truth::FeedTruth;

    fn write(store: &mut MemStore, truth: &mut Truth, feed: &NewFeed, leaves: &[Vec<u8>]) {
        let (id, collective, manifest) = (feed.manifest.id(), feed.owner, feed.manifest.clone());
        truth.feeds.insert(id, FeedTruth { collective, manifest, writer: feed.writer, forked: false });
        store.create(&feed.manifest).unwrap();
        for leaf in leaves {
            let Ok(Leaf::Control(control)) = Leaf::decode(leaf) else { panic!("a control record") };
            truth.rule(leaf, Ruling { by: collective, content: control.content });
            store.append(&id, &[Position { hash: leaf_hash(leaf), header: Some(leaf) }]).unwrap();
        }
    }

    #[test]
    fn rulings_count_from_the_day_their_collective_is_known() {
        let (mut rng, network) = (Rng::new(1), NetworkId::named("test"));
        let licence = Licence::parse("CC0-1.0").unwrap();
        let mut coop = Collective::draw(&mut rng, network, "coop", BTreeSet::new(), &licence);
        let mut founding = coop.found(&mut rng, 0, &[]);
        let carried = coop.delegate(&mut rng, &mut founding, 1, Purpose::Control);
        let affiliate =
            Affiliate { to: CollectiveId([9; 32]), powers: BTreeSet::from([Power::Embargo]), until: None };
        let ruling = coop.rule(Content::Affiliate(affiliate));
        let (mut store, mut truth, mut known) = (MemStore::default(), Truth::default(), Knowledge::default());
        write(&mut store, &mut truth, &carried, &[ruling]);
        known.learn(10, &store, &truth);
        assert!(known.affiliates.is_empty(), "nobody can tell whose word it is");
        let leaves: Vec<Vec<u8>> = founding.first.iter().cloned().map(encode).collect();
        write(&mut store, &mut truth, &founding, &leaves);
        known.learn(20, &store, &truth);
        assert!(known.is_affiliate(&coop.id, &CollectiveId([9; 32])));
    }
}
