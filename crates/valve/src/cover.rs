//! Which embargoes cover a record for an audience, and what they do to it.

use commonwheel_collective::{Audience, Standing, View, Views};
use commonwheel_record::control::{Power, Rung, Variant};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::terms::{Preferences, Purpose};
use commonwheel_record::{CollectiveId, RecordId};

use crate::case::{Case, Subject};
use crate::month::month_of;
use crate::opening::given_away;
use crate::overlay::{laid_by, queues};
use crate::reach::{applies, is_new};
use crate::request::Record;
use crate::time::{Clocks, Leases};

/// What the covering embargoes, taken together, do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Embargoed {
    /// What they withhold; none if nothing.
    pub(crate) cover: Option<Cover>,
    /// What they lay over the header's preferences.
    pub(crate) laid: Preferences,
    /// The first of those that thereby deny the case's purpose and withhold nothing.
    pub(crate) denied_by: Option<RecordId>,
}

/// What the embargoes that withhold leave open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
    /// The highest rung that all of them leave open.
    pub(crate) rung: Rung,
    /// Of those that leave no more, the first.
    pub(crate) embargo: RecordId,
    /// Whether each of them knew of a release that gave the record away for good.
    pub(crate) came_too_late: bool,
}

/// Says whether an embargo in force covers a data record or an ancestor of it, whomever it refuses, such that a release
/// of the record would open to all what the embargo closes to some.
///
/// A rate limit never does: releases are cut, and the valve lets through so many a month. An overlay does where the
/// licence is irrevocable. `now` is this node's clock, in seconds since 1970.
#[must_use]
pub fn is_covered(views: &Views, leases: &Leases, record: &Record<'_>, now: u64) -> bool {
    // Who answers, and for what purpose, makes no difference to what covers.
    let me = &record.manifest.writer;
    let case = Case::new(views, Clocks { leases, now }, me, record, Purpose::Replicate);
    embargoed(&case, None).cover.is_some()
}

/// Returns what the embargoes that cover the record, or an ancestor of it, do to it for an audience; if none is given,
/// what those that hold releases back do for whomever they refuse.
pub(crate) fn embargoed(case: &Case<'_>, audience: Option<&Audience>) -> Embargoed {
    let mut done = Embargoed::default();
    for subject in case.subjects() {
        for source in sources(case, &subject) {
            for standing in source.enforced() {
                if applies(case, audience, &subject, source, standing) {
                    done.add(case, audience, &subject, source, standing);
                }
            }
        }
    }
    done
}

impl Embargoed {
    fn add(
        &mut self,
        case: &Case<'_>,
        audience: Option<&Audience>,
        subject: &Subject<'_>,
        source: &View,
        standing: &Standing,
    ) {
        let late = came_too_late(case, standing);
        let withholds = match standing.embargo.variant {
            Variant::QualityFreeze | Variant::Pause => true,
            Variant::EvaluationOnly | Variant::PreferenceShift(_) if late => return,
            Variant::EvaluationOnly | Variant::PreferenceShift(_) => self.lay(case, standing),
            Variant::RateLimit(_) => audience.is_some() && waits(case, subject, source, standing),
        };
        if withholds {
            self.withhold(rung_left(subject, standing), standing.id, late);
        }
    }

    /// Lays an overlay over what it covers, or says that the contribution waits for its end.
    fn lay(&mut self, case: &Case<'_>, standing: &Standing) -> bool {
        let laid = laid_by(standing);
        self.laid = self.laid.combine(laid);
        let waits = queues(case);
        if !waits && !laid.permits(case.purpose) {
            self.denied_by = Some(self.denied_by.map_or(standing.id, |first| first.min(standing.id)));
        }
        waits
    }

    fn withhold(&mut self, rung: Rung, embargo: RecordId, late: bool) {
        let (least, came_too_late) = match self.cover {
            Some(cover) => ((cover.rung, cover.embargo).min((rung, embargo)), cover.came_too_late && late),
            None => ((rung, embargo), late),
        };
        self.cover = Some(Cover { rung: least.0, embargo: least.1, came_too_late });
    }
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
    let any = header.is_none() || is_planted(Fault::IgnoreSteward);
    named.chain(owner.stewards().filter(move |_| any)).copied()
}

/// Whether an embargo knew of a release that gave the case's contribution away for good.
fn came_too_late(case: &Case<'_>, standing: &Standing) -> bool {
    case.owner
        .zip(case.header)
        .is_some_and(|(owner, header)| given_away(case, owner, header, Some(&standing.embargo.cut)).is_some())
}

/// Whether a rate limit has not let a record through yet. Months open, so no clock but a lease makes them come.
///
/// A missing header takes a place in the queue, so that others do not come too early; whether the record has one itself
/// nobody here can tell, and so what is derived from it waits.
fn waits(case: &Case<'_>, subject: &Subject<'_>, source: &View, standing: &Standing) -> bool {
    let lease = case.clocks.leases.newest(&source.id()).map(month_of);
    let come = |slots: &commonwheel_collective::Slots| slots.has_come(&subject.id, lease);
    subject.header.is_none() || !case.views.slots(&standing.id).is_some_and(come)
}

/// A header that was public when the embargo came stays so: `commitment` is for new positions only.
fn rung_left(subject: &Subject<'_>, standing: &Standing) -> Rung {
    if is_new(&subject.id, &standing.embargo) { standing.embargo.rung } else { Rung::Header }
}
