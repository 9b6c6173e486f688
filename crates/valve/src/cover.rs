//! Which embargoes cover a record for an audience.

use commonwheel_collective::{Audience, Standing, View, Views};
use commonwheel_record::control::{Audience as Refused, Power, Reach, Rung, Variant};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, RecordId};

use crate::case::{Case, Subject};
use crate::opening::{find_release, given_away};
use crate::request::Record;
use crate::time::{Clocks, Leases};

/// What the covering embargoes, taken together, leave open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
    /// The highest rung that all of them leave open.
    pub(crate) rung: Rung,
    /// Of those that leave no more, the first.
    pub(crate) embargo: RecordId,
    /// Whether each of them knew of a release that gave the record away for good.
    pub(crate) came_too_late: bool,
}

/// Says whether an embargo in force covers a data record or an ancestor of it, whomever it refuses: while one does, a release
/// of the record would open to all what the embargo closes to some.
///
/// `now` is this node's clock, in seconds since 1970.
#[must_use]
pub fn is_covered(views: &Views, leases: &Leases, record: &Record<'_>, now: u64) -> bool {
    // Who answers, and for what purpose, makes no difference to what covers.
    let me = &record.manifest.writer;
    let case = Case::new(views, Clocks { leases, now }, me, record, Purpose::Replicate);
    cover(&case, None).is_some()
}

/// Returns what the embargoes that cover the record, or an ancestor of it, leave open to an audience; if none is given,
/// to whomever they refuse.
pub(crate) fn cover(case: &Case<'_>, audience: Option<&Audience>) -> Option<Cover> {
    let mut cover: Option<Cover> = None;
    for subject in case.subjects() {
        for source in sources(case, &subject) {
            for standing in source.enforced() {
                if applies(case, audience, &subject, source, standing) {
                    cover = Some(joined(cover, case, &subject, standing));
                }
            }
        }
    }
    cover
}

/// Collectives whose embargoes may cover a record: its owner, its stewards, and affiliates with that power; no other.
///
/// Of a record whose header is missing every steward the owner lists may be one.
pub(crate) fn sources<'a>(case: &Case<'a>, subject: &Subject<'a>) -> impl Iterator<Item = &'a View> {
    let (views, clocks, owner) = (case.views, case.clocks, subject.owner);
    let lasting =
        owner.affiliates_with(Power::Embargo).filter(move |(_, until)| clocks.holds(*until, &owner.id()));
    let others = stewards(subject).chain(lasting.map(|(to, _)| to));
    std::iter::once(owner).chain(others.filter_map(|id| views.get(&id)))
}

/// The stewards of a record that its owner lists.
pub(crate) fn stewards<'a>(subject: &Subject<'a>) -> impl Iterator<Item = CollectiveId> + use<'a> {
    let Subject { owner, header, .. } = *subject;
    let named = header.into_iter().flat_map(|header| &header.stewards);
    let named = named.filter(|steward| owner.lists_steward(steward));
    named.chain(owner.stewards().filter(move |_| header.is_none())).copied()
}

/// Says whether an embargo is in force, refuses the audience if one is given, and reaches the subject.
fn applies(
    case: &Case<'_>,
    audience: Option<&Audience>,
    subject: &Subject<'_>,
    source: &View,
    standing: &Standing,
) -> bool {
    let (embargo, by) = (&standing.embargo, source.id());
    withholds(standing)
        && case.clocks.closes(embargo.starts, &by)
        && case.clocks.holds(standing.ends, &by)
        && standing.covers(subject.header)
        && audience.is_none_or(|audience| refuses(case, &embargo.audience, audience, source))
        && reaches(case, subject, standing)
}

/// Says whether an embargo keeps bodies back as such. Overlays and rate limits come with the next change.
const fn withholds(standing: &Standing) -> bool {
    matches!(standing.embargo.variant, Variant::Pause | Variant::QualityFreeze)
}

/// Says whether an embargo's audience takes in the one that asks.
///
/// Under a targeted embargo the anonymous count as targeted: a target could ask under any key. A node whose very key
/// the embargo's collective granted something is known to it, and so not anonymous.
fn refuses(case: &Case<'_>, refused: &Refused, audience: &Audience, source: &View) -> bool {
    match refused {
        Refused::Everyone => true,
        Refused::Except(parties) => !audience.is_among(parties),
        Refused::Only(parties) => {
            audience.is_among(parties) || (audience.is_anonymous() && !is_known(case, audience, source))
        }
    }
}

fn is_known(case: &Case<'_>, audience: &Audience, source: &View) -> bool {
    source.names_node(&audience.node, |end| case.clocks.lasts(end, &source.id()))
}

fn reaches(case: &Case<'_>, subject: &Subject<'_>, standing: &Standing) -> bool {
    match standing.embargo.reach {
        Reach::All => true,
        Reach::New => is_new(subject, standing),
        Reach::Unreleased => !was_released(case, subject, standing),
    }
}

/// A position beyond the embargo's `from_cut`; a feed that is absent from it counts from 0.
fn is_new(subject: &Subject<'_>, standing: &Standing) -> bool {
    !standing.embargo.from_cut.contains(&subject.id.feed, subject.id.index)
}

/// Whether a release that the embargo knew opened the subject. A missing header tells no licence, so no release.
fn was_released(case: &Case<'_>, subject: &Subject<'_>, standing: &Standing) -> bool {
    subject.header.is_some_and(|header| {
        let known = |release: &RecordId| standing.embargo.cut.contains(&release.feed, release.index);
        find_release(case, subject.owner, (&subject.id, header), |release| known(&release.id)).is_some()
    })
}

fn joined(cover: Option<Cover>, case: &Case<'_>, subject: &Subject<'_>, standing: &Standing) -> Cover {
    let late = case.owner.zip(case.header).is_some_and(|(owner, header)| {
        given_away(case, owner, header, Some(&standing.embargo.cut)).is_some()
    });
    let rung = rung_left(subject, standing);
    let (first, came_too_late) = match cover {
        Some(cover) => ((cover.rung, cover.embargo).min((rung, standing.id)), cover.came_too_late && late),
        None => ((rung, standing.id), late),
    };
    Cover { rung: first.0, embargo: first.1, came_too_late }
}

/// A header that was public when the embargo came stays so: `commitment` is for new positions only.
fn rung_left(subject: &Subject<'_>, standing: &Standing) -> Rung {
    if is_new(subject, standing) { standing.embargo.rung } else { Rung::Header }
}
