//! Which releases a pause holds back: while it is in force, what it covers is not released.

use commonwheel_collective::{Standing, View, Views};
use commonwheel_record::control::{Power, Reach};
use commonwheel_record::{CollectiveId, Contribution, RecordId};
use commonwheel_valve::Leases;

/// Says whether a pause in force covers an unreleased contribution of a collective. `now` is in seconds since 1970.
///
/// For whom the pause refuses is not asked: a release opens to everyone its mode names, those whom the strike is
/// against among them.
pub(super) fn is_held_back(
    views: &Views,
    leases: &Leases,
    owner: &View,
    header: &Contribution,
    record: &RecordId,
    now: u64,
) -> bool {
    let mut sources = sources(owner, header, leases).filter_map(|id| views.get(&id));
    sources.any(|source| {
        let newest = leases.newest(&source.id());
        source.enforced().any(|standing| {
            is_in_force(standing, now, newest) && standing.covers(Some(header)) && reaches(standing, record)
        })
    })
}

/// Collectives whose embargoes may cover a contribution: its owner, its stewards, and affiliates with that power.
fn sources<'a>(
    owner: &'a View,
    header: &'a Contribution,
    leases: &Leases,
) -> impl Iterator<Item = CollectiveId> + use<'a> {
    let newest = leases.newest(&owner.id());
    let stewards = header.stewards.iter().copied().filter(|steward| owner.lists_steward(steward));
    let affiliates = owner.affiliates_with(Power::Embargo).filter(move |(_, until)| !is_over(*until, newest));
    std::iter::once(owner.id()).chain(stewards).chain(affiliates.map(|(to, _)| to))
}

/// It starts by the clock or a lease, whichever is first; it ends by a lease alone.
fn is_in_force(standing: &Standing, now: u64, newest_lease: Option<u64>) -> bool {
    standing.embargo.starts <= now.max(newest_lease.unwrap_or(0))
        && !is_over(standing.embargo.ends, newest_lease)
}

fn is_over(end: Option<u64>, newest_lease: Option<u64>) -> bool {
    end.is_some_and(|end| newest_lease.is_some_and(|lease| lease > end))
}

/// Of what is not released, `unreleased` reaches all.
fn reaches(standing: &Standing, record: &RecordId) -> bool {
    match standing.embargo.reach {
        Reach::All | Reach::Unreleased => true,
        Reach::New => !standing.embargo.from_cut.contains(&record.feed, record.index),
    }
}
