//! Whether an embargo is in force, whom it refuses, and which records in its scope it reaches.

use commonwheel_collective::{Audience, Standing, View};
use commonwheel_record::RecordId;
use commonwheel_record::control::{Audience as Refused, Embargo, Reach};
use commonwheel_record::fault::{Fault, is_planted};

use crate::case::{Case, Subject};
use crate::opening::find_release;

/// Says whether an embargo is in force, refuses the audience if one is given, and covers and reaches the subject.
pub(crate) fn applies(
    case: &Case<'_>,
    audience: Option<&Audience>,
    subject: &Subject<'_>,
    source: &View,
    standing: &Standing,
) -> bool {
    let (embargo, by) = (&standing.embargo, source.id());
    (standing.covers(subject.header) || is_planted(Fault::IgnoreScope))
        && case.clocks.closes(embargo.starts, &by)
        && case.clocks.holds(standing.ends, &by)
        && audience.is_none_or(|audience| refuses(case, &embargo.audience, audience, source))
        && reaches(case, subject, standing)
}

/// Says whether an embargo's audience takes in the one that asks.
///
/// Under a targeted embargo the anonymous count as targeted: a target could ask under any key. A node whose very key
/// the embargo's collective granted something is known to it, and so not anonymous.
fn refuses(case: &Case<'_>, refused: &Refused, audience: &Audience, source: &View) -> bool {
    match refused {
        Refused::Everyone => true,
        _ if is_planted(Fault::IgnoreAudience) => false,
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
    let RecordId { feed, index } = &subject.id;
    // What came after a settlement does not have the shift; what was there keeps it.
    let holds_for = |until: &commonwheel_record::Cut| until.contains(feed, *index);
    match standing.embargo.reach {
        _ if !standing.settled.as_ref().is_none_or(holds_for) => false,
        _ if standing.is_overlay() && is_planted(Fault::OverlayOnOld) => true,
        Reach::All => true,
        Reach::New => is_new(&subject.id, &standing.embargo),
        Reach::Unreleased => !was_released(case, subject, standing),
    }
}

/// A position beyond the embargo's `from_cut`; a feed that is absent from it counts from 0.
pub(crate) fn is_new(record: &RecordId, embargo: &Embargo) -> bool {
    let old = if is_planted(Fault::FromCutOffByOne) { record.index.saturating_sub(1) } else { record.index };
    !embargo.from_cut.contains(&record.feed, old)
}

/// Whether a release that the embargo knew opened the subject. A missing header tells no licence, so no release.
fn was_released(case: &Case<'_>, subject: &Subject<'_>, standing: &Standing) -> bool {
    subject.header.is_some_and(|header| {
        let known = |release: &RecordId| standing.embargo.cut.contains(&release.feed, release.index);
        find_release(case, subject.owner, (&subject.id, header), |release| known(&release.id)).is_some()
    })
}
