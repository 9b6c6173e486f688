//! What counts, collected; then the references between records are resolved.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{
    Affiliate, Content, Delegation, Embargo, Grant, Lift, Offer, Power, Release, Subject, Withdrawal,
};
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, FeedId, Hash, NetworkId, PublicKey, RecordId};

use super::Placed;
use super::judge::Judge;
use crate::ineffective::Ineffective;
use crate::view::{Closed, Entry, Parts, Standing, View, later};

/// Records that count, by kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    feeds: BTreeSet<FeedId>,
    nodes: BTreeMap<PublicKey, BTreeSet<Region>>,
    liveness: BTreeSet<PublicKey>,
    affiliates: BTreeMap<(Power, CollectiveId), Option<u64>>,
    releases: Vec<Entry<Release>>,
    embargoes: BTreeMap<RecordId, (Hash, Embargo)>,
    lifts: Vec<Entry<Lift>>,
    withdrawals: Vec<Entry<Withdrawal>>,
    pending: Vec<Entry<Withdrawal>>,
    offers: BTreeMap<RecordId, Offer>,
    grants: Vec<Entry<Grant>>,
    ineffective: BTreeMap<RecordId, Ineffective>,
}

impl Tally {
    pub(super) fn without_effect(&mut self, id: RecordId, why: Ineffective) {
        self.ineffective.insert(id, why);
    }

    pub(super) fn pending(&mut self, id: RecordId, content: Withdrawal) {
        self.pending.push(Entry { id, content });
    }

    /// Enters a record that counts. Charters and revocations are known by then.
    pub(super) fn enter(&mut self, placed: Placed<'_>) {
        let Placed { id, verified } = placed;
        match verified.control.content.clone() {
            Content::Charter(_) | Content::Revocation(_) => {}
            Content::Delegation(delegation) => self.delegate(delegation),
            Content::Affiliate(affiliate) => self.affiliate(affiliate),
            Content::Release(content) => self.releases.push(Entry { id, content }),
            Content::Embargo(content) => {
                self.embargoes.insert(id, (verified.hash, *content));
            }
            Content::Lift(content) => self.lifts.push(Entry { id, content }),
            Content::Withdrawal(content) => self.withdrawals.push(Entry { id, content }),
            Content::Offer(content) => {
                self.offers.insert(id, content);
            }
            Content::Grant(content) => self.grants.push(Entry { id, content }),
            // Of people and ballots nothing is read yet.
            _ => {}
        }
    }

    fn delegate(&mut self, delegation: Delegation) {
        match delegation.subject {
            Subject::Feed(feed) => {
                self.feeds.insert(feed);
            }
            Subject::Node { key, region } => self.nodes.entry(key).or_default().extend(region),
            Subject::Liveness(key) => {
                self.liveness.insert(key);
            }
        }
    }

    /// Of several affiliations that give one power the one that lasts longest holds.
    fn affiliate(&mut self, affiliate: Affiliate) {
        for power in affiliate.powers {
            let until = self.affiliates.entry((power, affiliate.to)).or_insert(affiliate.until);
            *until = later(*until, affiliate.until);
        }
    }

    /// Resolves lifts and grants, and builds the view.
    pub(super) fn into_view(mut self, network: &NetworkId, judge: &Judge<'_, '_>) -> View {
        let embargoes = self.standing();
        let grants = self.granted();
        let closed = closed(judge, &self.ineffective);
        let counted = &judge.counted.feeds;
        self.liveness.extend(judge.charter().into_iter().flat_map(|charter| &charter.liveness));
        self.liveness.retain(|key| !judge.revoked.keys.contains(key));
        let bound = |feed| (feed, judge.revoked.feeds.get(&feed).copied());
        Parts {
            chain: judge.chain.iter().map(|(hash, _)| *hash).collect(),
            charter: judge.charter().cloned(),
            closed,
            control_feeds: counted.keys().copied().collect(),
            carriers: counted.values().map(|counted| counted.feed.manifest.writer).collect(),
            feeds: self.feeds.into_iter().map(bound).collect(),
            nodes: self.nodes.into_iter().map(|(key, regions)| (key, sole(&regions))).collect(),
            liveness: self.liveness,
            affiliates: self.affiliates,
            releases: self.releases,
            embargoes,
            withdrawals: self.withdrawals,
            pending: self.pending,
            offers: self.offers,
            grants,
            ineffective: self.ineffective,
            ..Parts::default()
        }
        .into_view(network, judge.counted.collective)
    }

    /// Joins embargoes with their lifts.
    ///
    /// A lift ends every copy of the embargo it names: otherwise whoever writes a control feed could end a lift by
    /// appending the embargo's signed bytes again.
    fn standing(&mut self) -> Vec<Standing> {
        let mut lifts: BTreeMap<Hash, Vec<Entry<Lift>>> = BTreeMap::new();
        for lift in std::mem::take(&mut self.lifts) {
            match self.embargoes.get(&lift.content.embargo) {
                Some((hash, _)) => lifts.entry(*hash).or_default().push(lift),
                None => self.without_effect(lift.id, Ineffective::NoEmbargo),
            }
        }
        let join = |(id, (hash, embargo)): (RecordId, (Hash, Embargo))| Standing {
            id,
            ends: embargo.ends,
            embargo,
            settled: None,
            lifts: lifts.get(&hash).cloned().unwrap_or_default(),
        };
        std::mem::take(&mut self.embargoes).into_iter().map(join).collect()
    }

    fn granted(&mut self) -> Vec<Entry<Grant>> {
        let (granted, idle): (Vec<_>, Vec<_>) = std::mem::take(&mut self.grants)
            .into_iter()
            .partition(|grant| self.offers.contains_key(&grant.content.offer));
        for grant in idle {
            self.without_effect(grant.id, Ineffective::NoOffer);
        }
        granted
    }
}

/// The region all delegations of a node that name one agree on.
fn sole(regions: &BTreeSet<Region>) -> Option<Region> {
    regions.first().copied().filter(|_| regions.len() == 1)
}

/// Why the collective's bodies are closed, if they are: the fork of a first control feed that no counted feed
/// continues, or a record this version must not act around.
fn closed(judge: &Judge<'_, '_>, ineffective: &BTreeMap<RecordId, Ineffective>) -> Option<Closed> {
    let feeds = &judge.counted.feeds;
    let continued = |id: &FeedId| {
        feeds.values().any(|f| f.feed.manifest.prologue.as_ref().is_some_and(|before| before.feed == *id))
    };
    let forked = feeds.iter().find(|(id, f)| f.first && f.feed.forked.is_some() && !continued(id));
    let critical = || ineffective.iter().find(|(_, why)| **why == Ineffective::ClosesBodies);
    forked
        .map(|(id, _)| Closed::Forked(*id))
        .or_else(|| critical().map(|(id, _)| Closed::UnknownCritical(*id)))
}
