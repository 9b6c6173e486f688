//! From what counts to a view.

use std::collections::BTreeSet;

use commonwheel_record::control::Grant;
use commonwheel_record::terms::Region;
use commonwheel_record::{FeedId, NetworkId};

use super::ballots::{Hall, held};
use super::embargoes::{Mandates, embargoes};
use super::erased::Erased;
use super::gather::{Gathered, Refused};
use super::judge::Judge;
use super::lifts::standing;
use super::mandates::mandates;
use super::people::People;
use super::polls::{Supposed, polls};
use super::witnesses::Dates;
use crate::ineffective::Ineffective;
use crate::view::{Closed, Entry, Parts, View};

/// Resolves what rests on other records, and builds the view.
pub(super) fn view(
    network: &NetworkId,
    judge: &Judge<'_, '_>,
    mut gathered: Gathered<'_>,
    mut refused: Refused,
    supposed: Option<&Supposed<'_>>,
) -> View {
    let closed = closed(judge, &refused);
    settle_keys(judge, &mut gathered);
    let mut parts = Parts { closed, ..of_feeds(judge, &gathered) };
    people_and_strikes(network, judge, &gathered, supposed, &mut parts, &mut refused);
    parts.grants = granted(&mut gathered, &mut refused);
    parts.affiliates = gathered.affiliates;
    parts.withdrawals = gathered.withdrawals;
    parts.pending = gathered.pending;
    parts.offers = gathered.offers;
    parts.ineffective = refused;
    parts.into_view(network, judge.counted.collective)
}

fn settle_keys(judge: &Judge<'_, '_>, gathered: &mut Gathered<'_>) {
    gathered.liveness.extend(judge.charter().into_iter().flat_map(|charter| &charter.liveness));
    gathered.liveness.retain(|key| !judge.revoked.keys.contains(key));
}

fn of_feeds(judge: &Judge<'_, '_>, gathered: &Gathered<'_>) -> Parts {
    let counted = &judge.counted.feeds;
    let bound = |feed: &FeedId| (*feed, judge.revoked.feeds.get(feed).copied());
    Parts {
        chain: judge.chain.iter().map(|(hash, _)| *hash).collect(),
        charter: judge.charter().cloned(),
        control_feeds: counted.keys().copied().collect(),
        carriers: counted.values().map(|counted| counted.feed.manifest.writer).collect(),
        // A control feed stays the collective's, even if an amendment's cut leaves its delegation outside.
        feeds: gathered.feeds.iter().chain(counted.keys()).map(bound).collect(),
        nodes: gathered.nodes.iter().map(|(key, regions)| (*key, sole(regions))).collect(),
        liveness: gathered.liveness.clone(),
        releases: gathered.releases.iter().map(super::gather::Stated::entry).collect(),
        ..Parts::default()
    }
}

/// People, then ballots, then what rests on them.
fn people_and_strikes(
    network: &NetworkId,
    judge: &Judge<'_, '_>,
    gathered: &Gathered<'_>,
    supposed: Option<&Supposed<'_>>,
    parts: &mut Parts,
    refused: &mut Refused,
) {
    let Some(charter) = judge.charter() else { return };
    let dates = Dates::of(judge, &gathered.liveness);
    let polls = polls(judge, gathered, supposed, refused);
    let erased = Erased::of(network, gathered, &polls, &dates, refused);
    let people = People::of(gathered, &erased.enrolments);
    parts.roll = people.now(&charter.rules);
    people.refuse(gathered, &parts.roll, &erased, refused);
    parts.folded = held(judge.counted);
    let hall = Hall { network, gathered, people: &people, erased: &erased, held: &parts.folded };
    parts.ballots = hall.ballots(&polls, refused);
    parts.mandates = mandates(gathered, &polls, &parts.ballots, refused);
    let mandates = Mandates { ballots: &parts.ballots, mandates: &parts.mandates };
    let sounds = embargoes(charter, &gathered.embargoes, mandates, refused);
    parts.embargoes = standing(gathered, &sounds, mandates, refused);
    let dated = |release: &super::gather::Stated<'_, _>| {
        Some((release.id, dates.dated(release.verified.witnessed.first()?)?))
    };
    parts.release_times = gathered.releases.iter().filter_map(dated).collect();
    parts.erased = erased.records;
}

fn granted(gathered: &mut Gathered<'_>, refused: &mut Refused) -> Vec<Entry<Grant>> {
    let offers = &gathered.offers;
    let (granted, idle): (Vec<_>, Vec<_>) = std::mem::take(&mut gathered.grants)
        .into_iter()
        .partition(|grant: &Entry<Grant>| offers.contains_key(&grant.content.offer));
    refused.extend(idle.into_iter().map(|grant| (grant.id, Ineffective::NoOffer)));
    granted
}

/// The region all delegations of a node that name one agree on.
fn sole(regions: &BTreeSet<Region>) -> Option<Region> {
    regions.first().copied().filter(|_| regions.len() == 1)
}

/// Why the collective's bodies are closed, if they are: the fork of a first control feed that no counted feed
/// continues, or a record this version must not act around.
fn closed(judge: &Judge<'_, '_>, refused: &Refused) -> Option<Closed> {
    let feeds = &judge.counted.feeds;
    let continued = |id: &FeedId| {
        feeds.values().any(|f| f.feed.manifest.prologue.as_ref().is_some_and(|before| before.feed == *id))
    };
    let forked = feeds.iter().find(|(id, f)| f.first && f.feed.forked.is_some() && !continued(id));
    let critical = || refused.iter().find(|(_, why)| **why == Ineffective::ClosesBodies);
    forked
        .map(|(id, _)| Closed::Forked(*id))
        .or_else(|| critical().map(|(id, _)| Closed::UnknownCritical(*id)))
}
