//! Embargoes declared.

use commonwheel_api::types::{EmbargoStanding, Made, StrikeDeclareAnswer, StrikeDeclareRequest};
use commonwheel_record::RecordId;

use super::super::{Refusal, not_found};
use super::known::Nodes;
use super::survey::Survey;
use super::{authority, build, cannot, end, shown, status, survey};
use crate::engine::Engine;

/// Declares an embargo and returns its record.
pub(super) fn declare(
    engine: &mut Engine,
    now: u64,
    request: &StrikeDeclareRequest,
) -> Result<RecordId, Refusal> {
    let built = build::embargo(engine, now / 1000, request, false)?;
    authority::readable(&built.ready)?;
    Ok(end::appended(authority::enact(engine, now, built)?)?)
}

/// Makes the embargo for others to sign.
pub(super) fn draft(engine: &mut Engine, now: u64, request: &StrikeDeclareRequest) -> Result<Made, Refusal> {
    let built = build::embargo(engine, now / 1000, request, true)?;
    authority::readable(&built.ready)?;
    authority::drafted(engine, now, built)
}

/// Begins to count what a strike that was just declared covers, for the same nodes as its plan.
pub(super) fn declared(
    engine: &mut Engine,
    now: u64,
    id: RecordId,
    nodes: Nodes,
) -> Result<(EmbargoStanding, Survey), Refusal> {
    let audiences = nodes.audiences(engine);
    let survey = survey::of_embargo(engine, now, &id, &audiences);
    let survey = survey.ok_or_else(|| not_found(format!("embargo {id}")))?;
    let newest_lease = survey::whose_embargo(engine, &id).and_then(|of| engine.sync.leases().newest(&of));
    Ok((status::state(survey.planner().standing(), now / 1000, newest_lease), survey))
}

pub(super) fn answer(id: RecordId, standing: EmbargoStanding, survey: &Survey) -> StrikeDeclareAnswer {
    let breakdown = shown::breakdown(survey.plan());
    StrikeDeclareAnswer { id, standing, coverage: breakdown.total, breakdown, cannot: cannot() }
}
