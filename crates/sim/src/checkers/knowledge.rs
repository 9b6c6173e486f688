//! What a node's control logs tell it, as the world wrote them: a reading of its own, which asks no fold.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::attestation::{Attestation, AttestationKind, Cosigned, Statement};
use commonwheel_record::control::{
    Content, Embargo, Grant, Lift, Offer, Power, Release, Settlement, Subject, Variant, Withdrawal,
};
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Contribution, FeedId, NetworkId, PublicKey, RecordId, cbor};

use super::log::{Held, Log};
use super::oracle::in_scope;
use super::oracle::slots::Slots;
use crate::truth::{Ruling, Truth};

/// A ruling with its place and its collective.
#[derive(Clone, Debug)]
pub(crate) struct Known<T> {
    pub(crate) id: RecordId,
    pub(crate) by: CollectiveId,
    /// Since when it counts at the node, in milliseconds since 1970.
    pub(crate) since: u64,
    pub(crate) content: T,
}

/// An embargo that counts, with the end that its mandate or it itself gives it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) known: Known<Embargo>,
    /// In seconds since 1970; by the lease of its collective alone.
    pub(crate) ends: Option<u64>,
}

/// Every ruling whose record is on a node's disk, with what proves its authority. It only grows, since nothing durable
/// may be lost; what counts is judged anew whenever it has grown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knowledge {
    read: BTreeMap<FeedId, u64>,
    /// Positions whose body has not come yet.
    awaited: BTreeSet<RecordId>,
    /// Feeds that a collective's control log names as its own.
    delegated: BTreeSet<(CollectiveId, FeedId)>,
    nodes: BTreeSet<(PublicKey, CollectiveId)>,
    logs: BTreeMap<CollectiveId, Log>,
    /// Whose records who else may embargo, and until when, by the owner's lease.
    affiliates: BTreeMap<(CollectiveId, CollectiveId), Option<u64>>,
    /// The newest lease that was ever on the disk, in seconds since 1970, and the newest that certainly counted.
    leases: BTreeMap<CollectiveId, u64>,
    sure_leases: BTreeMap<CollectiveId, u64>,
    /// The queues of rate limits.
    pub(crate) slots: BTreeMap<RecordId, Slots>,
    pub(crate) releases: Vec<Known<Release>>,
    pub(crate) embargoes: Vec<Standing>,
    pub(crate) lifts: Vec<Known<Lift>>,
    pub(crate) settlements: Vec<Known<Settlement>>,
    pub(crate) withdrawals: Vec<Known<Withdrawal>>,
    pub(crate) offers: Vec<Known<Offer>>,
    pub(crate) grants: Vec<Known<Grant>>,
}

impl Knowledge {
    /// Reads what is new in a store's control feeds.
    pub(crate) fn learn(&mut self, now: u64, store: &MemStore, truth: &Truth) {
        let mut learned = self.open_awaited(store, truth);
        // A feed that was read may delegate one that came before it.
        while self.learn_some(now, store, truth) {
            learned = true;
        }
        if learned {
            self.judge(now, truth);
        }
    }

    fn learn_some(&mut self, now: u64, store: &MemStore, truth: &Truth) -> bool {
        let mut learned = false;
        for (feed, of) in &truth.feeds {
            let read = self.read.get(feed).copied().unwrap_or(0);
            if of.manifest.purpose != Purpose::Control || store.size(feed) <= read {
                continue;
            }
            // A carrier may hold rulings before the founding that tells whose word they are. Nothing acts before it can
            // be validated, so to such a node they are news on the day the founding comes.
            if self.delegated.contains(&(of.collective, *feed)) || founds(store, truth, feed) {
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
                self.enter(RecordId { feed: *feed, index }, now, store, ruling);
            }
        }
        self.read.insert(*feed, store.size(feed));
    }

    fn enter(&mut self, id: RecordId, since: u64, store: &MemStore, ruling: Ruling) {
        let Ruling { by, authorised, hash, content, personal, stamps } = ruling;
        if let (Content::Delegation(delegation), true) = (&content, authorised) {
            match delegation.subject {
                Subject::Node { key, .. } => drop(self.nodes.insert((key, by))),
                Subject::Feed(feed) => drop(self.delegated.insert((by, feed))),
                Subject::Liveness(_) => {}
            }
        }
        let here = content.personal().is_none() || has_body(store, &id);
        if !here {
            self.awaited.insert(id);
        }
        let personal = personal.filter(|_| here);
        let held = Held { id, since, authorised, hash, content, personal, stamps };
        self.logs.entry(by).or_default().records.push(held);
    }

    /// Opens the bodies that have come since their records did.
    fn open_awaited(&mut self, store: &MemStore, truth: &Truth) -> bool {
        let came: Vec<RecordId> = self.awaited.iter().filter(|id| has_body(store, id)).copied().collect();
        for id in &came {
            self.awaited.remove(id);
            let leaf =
                store.headers(&id.feed, id.index, id.index + 1).ok().and_then(|mut h| h.pop().flatten());
            let Some(ruling) = leaf.and_then(|leaf| truth.ruling(&leaf)) else { continue };
            let log = self.logs.entry(ruling.by).or_default();
            if let Some(held) = log.records.iter_mut().find(|held| held.id == *id) {
                held.personal.clone_from(&ruling.personal);
            }
        }
        !came.is_empty()
    }

    /// Judges anew what counts.
    fn judge(&mut self, now: u64, truth: &Truth) {
        for (feed, of) in truth.feeds.iter().filter(|(_, of)| of.manifest.purpose == Purpose::Control) {
            let Some(log) = self.logs.get_mut(&of.collective) else { continue };
            let read = self.read.get(feed).copied().unwrap_or(0);
            let lacking = self.awaited.iter().filter(|id| id.feed == *feed).map(|id| id.index).min();
            log.writers.insert(*feed, of.manifest.writer);
            log.whole.0.insert(*feed, lacking.map_or(read, |lacking| lacking.min(read)));
        }
        let counted: BTreeMap<RecordId, u64> =
            self.embargoes.iter().map(|standing| (standing.known.id, standing.known.since)).collect();
        self.forget();
        for (by, log) in std::mem::take(&mut self.logs) {
            self.judge_log(now, &truth.network, &counted, by, &log);
            self.logs.insert(by, log);
        }
        let slots = |standing: &Standing| Some((standing.known.id, Slots::of(self, truth, standing)?));
        self.slots = self.embargoes.iter().filter_map(slots).collect();
    }

    fn forget(&mut self) {
        self.affiliates.clear();
        self.releases.clear();
        self.embargoes.clear();
        self.lifts.clear();
        self.settlements.clear();
        self.withdrawals.clear();
        self.offers.clear();
        self.grants.clear();
    }

    fn judge_log(
        &mut self,
        now: u64,
        network: &NetworkId,
        counted: &BTreeMap<RecordId, u64>,
        by: CollectiveId,
        log: &Log,
    ) {
        for counts in log.embargoes(network) {
            let since = counted.get(&counts.id).copied().unwrap_or(now);
            let known = Known { id: counts.id, by, since, content: counts.embargo };
            self.embargoes.push(Standing { known, ends: counts.ends });
        }
        let known = |id: RecordId, since: u64| move |content| Known { id, by, since, content };
        self.lifts.extend(log.lifts(network).into_iter().map(|(id, lift)| known(id, now)(lift)));
        let settlements = log.settlements(network).into_iter();
        self.settlements.extend(settlements.map(|(id, content)| Known { id, by, since: now, content }));
        for held in log.records.iter().filter(|held| held.authorised) {
            self.judge_one(by, held);
        }
    }

    fn judge_one(&mut self, by: CollectiveId, held: &Held) {
        let (id, since) = (held.id, held.since);
        match held.content.clone() {
            Content::Affiliate(affiliate) if affiliate.powers.contains(&Power::Embargo) => {
                let until = self.affiliates.entry((by, affiliate.to)).or_insert(affiliate.until);
                *until = until.zip(affiliate.until).map(|(one, other)| one.max(other));
            }
            Content::Release(content) => self.releases.push(Known { id, by, since, content }),
            Content::Withdrawal(content) => self.withdrawals.push(Known { id, by, since, content }),
            Content::Offer(content) => self.offers.push(Known { id, by, since, content }),
            Content::Grant(content) => self.grants.push(Known { id, by, since, content }),
            _ => {}
        }
    }

    /// Notes the leases on a disk, by the node's clock in seconds since 1970.
    pub(crate) fn read_leases(&mut self, clock: u64, store: &MemStore) {
        for (name, bytes) in store.states(Table::Attestations) {
            if !is_named(name, AttestationKind::Lease) {
                continue;
            }
            let Ok(attestation) = cbor::decode::<Attestation>(bytes, MAX_ATTESTATION) else { continue };
            let Statement::Lease(lease) = &attestation.content.statement else { continue };
            let Some(time) = lease.time() else { continue };
            let of = attestation.content.collective;
            let held = |head: &Cosigned| store.size(&head.head.feed) >= head.head.size;
            let sure = time <= clock && lease.heads.iter().all(held);
            for leases in
                [Some(&mut self.leases), Some(&mut self.sure_leases).filter(|_| sure)].into_iter().flatten()
            {
                let newest = leases.entry(of).or_default();
                *newest = (*newest).max(time);
            }
        }
    }

    /// The newest lease of a collective that was ever on the disk; if it is to be sure, one that certainly counted.
    pub(crate) fn newest_lease(&self, of: &CollectiveId, sure: bool) -> Option<u64> {
        let leases = if sure { &self.sure_leases } else { &self.leases };
        leases.get(of).copied()
    }

    /// Says whether anything of what is known may end or begin by a lease.
    pub(crate) fn asks_leases(&self) -> bool {
        let dated = |standing: &Standing| {
            standing.ends.is_some() || matches!(standing.known.content.variant, Variant::RateLimit(_))
        };
        self.embargoes.iter().any(dated) || self.affiliates.values().any(Option::is_some)
    }

    /// Says whether an embargo is the one at a place, or another copy of it: two that a collective signed in the same
    /// words are one record, and a lift of either ends both.
    pub(crate) fn is_copy(&self, id: &RecordId, embargo: &Known<Embargo>) -> bool {
        let same = |other: &Known<Embargo>| other.by == embargo.by && other.content == embargo.content;
        self.embargoes.iter().any(|other| other.known.id == *id && same(&other.known))
    }

    pub(crate) fn is_lifted(&self, embargo: &Known<Embargo>, header: &Contribution) -> bool {
        self.lifts.iter().any(|lift| {
            let reaches = lift.content.scope.as_ref().is_none_or(|scope| in_scope(scope, header));
            lift.by == embargo.by && reaches && self.is_copy(&lift.content.embargo, embargo)
        })
    }

    pub(crate) fn logs(&self) -> impl Iterator<Item = (&CollectiveId, &Log)> {
        self.logs.iter()
    }

    pub(crate) fn log(&self, of: &CollectiveId) -> Option<&Log> {
        self.logs.get(of)
    }

    /// Says whether a collective's founding is known.
    pub(crate) fn knows(&self, collective: &CollectiveId) -> bool {
        self.logs.get(collective).is_some_and(|log| log.charter().is_some())
    }

    pub(crate) fn is_node_of(&self, key: &PublicKey, collective: &CollectiveId) -> bool {
        self.nodes.contains(&(*key, *collective))
    }

    pub(crate) fn is_anonymous(&self, key: &PublicKey) -> bool {
        !self.nodes.iter().any(|(node, _)| node == key)
    }

    pub(crate) fn lists_steward(&self, owner: &CollectiveId, steward: &CollectiveId) -> bool {
        let charter = self.logs.get(owner).and_then(Log::charter);
        charter.is_some_and(|(_, charter)| charter.stewards.contains(steward))
    }

    /// Until when a collective may embargo another's records, if ever.
    pub(crate) fn affiliation(&self, owner: &CollectiveId, other: &CollectiveId) -> Option<Option<u64>> {
        self.affiliates.get(&(*owner, *other)).copied()
    }

    pub(crate) fn is_affiliate(&self, owner: &CollectiveId, other: &CollectiveId) -> bool {
        self.affiliation(owner, other).is_some()
    }
}

fn has_body(store: &MemStore, id: &RecordId) -> bool {
    store.held(&id.feed, id.index, id.index + 1) == [true]
}

/// Says whether an encoded name of an attestation is that of a kind: of its three items the kind comes first.
pub(crate) fn is_named(name: &[u8], kind: AttestationKind) -> bool {
    name.get(1..).is_some_and(|rest| rest.starts_with(&cbor::encode(&kind)))
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
    use commonwheel_record::SecretKey;
    use commonwheel_record::control::Affiliate;
    use commonwheel_record::terms::Licence;

    use super::*;
    use crate::collective::{Articles, Collective, NewFeed, Written, encode};
    use crate::rng::Rng;
    use crate::truth::FeedTruth;

    fn write(store: &mut MemStore, truth: &mut Truth, feed: &NewFeed, records: &[Written]) {
        let (id, collective, manifest) = (feed.manifest.id(), feed.owner, feed.manifest.clone());
        let network = manifest.network;
        truth.feeds.insert(id, FeedTruth { collective, manifest, writer: feed.writer, forked: false });
        store.create(&feed.manifest).unwrap();
        for written in records {
            let leaf = encode(written.control.clone());
            truth.rule(&leaf, Ruling::of(&network, collective, written, true));
            store.append(&id, &[Position { hash: leaf_hash(&leaf), header: Some(&leaf) }]).unwrap();
        }
    }

    #[test]
    fn rulings_count_from_the_day_their_collective_is_known() {
        let (mut rng, network) = (Rng::new(1), NetworkId::named("test"));
        let licence = Licence::parse("CC0-1.0").unwrap();
        let [own, other] = [1, 2].map(|seed| SecretKey::from_seed(&[seed; 32]));
        let mut coop = Collective::draw(&mut rng, network, Articles::plain("coop", &licence));
        let mut founding = coop.found(0, &own, &[]);
        let carried = coop.delegate(&mut founding, 1, &other, Purpose::Control);
        let affiliate =
            Affiliate { to: CollectiveId([9; 32]), powers: BTreeSet::from([Power::Embargo]), until: None };
        let ruling = Written { control: coop.governed(Content::Affiliate(affiliate)), body: None };
        let (mut store, mut known) = (MemStore::default(), Knowledge::default());
        let mut truth = Truth::new(network);
        write(&mut store, &mut truth, &carried, &[ruling]);
        known.learn(10, &store, &truth);
        assert!(known.affiliates.is_empty(), "nobody can tell whose word it is");
        let first = founding.first.clone();
        write(&mut store, &mut truth, &founding, &first);
        known.learn(20, &store, &truth);
        assert!(known.is_affiliate(&coop.id, &CollectiveId([9; 32])));
    }
}
