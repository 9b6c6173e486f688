//! Settlements and lifts.

use commonwheel_api::ApiError;
use commonwheel_api::types::{Made, StrikeLiftRequest, StrikeSettleRequest};
use commonwheel_collective::View;
use commonwheel_record::control::{Content, Lift, Settlement, Variant};
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::{CollectiveId, RecordId};

use super::super::control::Authority;
use super::super::{Refusal, internal, invalid, not_found};
use super::build::{Built, cut, governs};
use super::{authority, survey};
use crate::engine::Engine;

/// Lifts an embargo, or a part of it; `draft` if others are to sign.
pub(super) fn lift(
    engine: &mut Engine,
    now: u64,
    request: StrikeLiftRequest,
    draft: bool,
) -> Result<Made, Refusal> {
    let collective = whose(engine, &request.embargo)?;
    let StrikeLiftRequest { embargo, scope, reason, settlement, mandate } = request;
    let by = by(engine, &collective, mandate, draft);
    let content = Content::Lift(Lift { embargo, scope, reason, settlement, mandate });
    done(engine, now, Built::new(collective, content, by), draft)
}

/// States that the condition of a preference shift was met; `draft` if others are to sign.
pub(super) fn settle(
    engine: &mut Engine,
    now: u64,
    request: StrikeSettleRequest,
    draft: bool,
) -> Result<Made, Refusal> {
    let collective = whose(engine, &request.embargo)?;
    waits_for(engine, &request)?;
    let StrikeSettleRequest { embargo, condition, evidence, with, mandate } = request;
    let until = cut(engine, collective, FeedPurpose::Data);
    let by = by(engine, &collective, mandate, draft);
    let content = Content::Settlement(Settlement { embargo, condition, evidence, with, until, mandate });
    done(engine, now, Built::new(collective, content, by), draft)
}

fn done(engine: &mut Engine, now: u64, built: Built, draft: bool) -> Result<Made, Refusal> {
    authority::readable(&built.ready)?;
    if draft { authority::drafted(engine, now, built) } else { authority::enact(engine, now, built) }
}

/// Returns the record that was appended.
pub(super) fn appended(made: Made) -> Result<RecordId, ApiError> {
    match made {
        Made::Appended(id) => Ok(id),
        Made::Draft(_) => Err(internal(&"a draft where a record was to be appended")),
    }
}

/// With a mandate, and without a governance key that is enough, the mandate alone is the authority.
fn by(engine: &Engine, collective: &CollectiveId, mandate: Option<RecordId>, draft: bool) -> Authority {
    match mandate {
        Some(_) if !governs(engine, collective, draft) => Authority::Nobody,
        _ => Authority::Governance,
    }
}

/// Returns whose embargo it is, which must be one that counts.
fn whose(engine: &Engine, embargo: &RecordId) -> Result<CollectiveId, Refusal> {
    if let Some(collective) = survey::whose_embargo(engine, embargo) {
        return Ok(collective);
    }
    if let Some(why) = engine.sync.views().iter().find_map(|view| view.ineffective().get(embargo)) {
        let fix = "an embargo without effect needs no end";
        return Err(invalid(format!("{embargo} has no effect: {why}"), fix).into());
    }
    Err(not_found(format!("an embargo {embargo}")).into())
}

/// Checks the condition here, where it can be said which one it is.
fn waits_for(engine: &Engine, request: &StrikeSettleRequest) -> Result<(), Refusal> {
    let standing = survey::find(engine.sync.views(), &request.embargo).map(|(_, standing)| standing);
    let (why, fix) = match standing.map(|standing| standing.embargo.variant) {
        Some(Variant::PreferenceShift(condition)) if condition == request.condition => return Ok(()),
        Some(Variant::PreferenceShift(condition)) => (
            format!("the embargo waits for {condition}, not for {}", request.condition),
            "name that condition",
        ),
        _ => ("only a preference shift waits for a condition".to_owned(), "lift the embargo instead"),
    };
    Err(invalid(why, fix).into())
}

/// Returns whether a settlement has met an embargo's condition.
pub(super) fn is_settled(view: &View, embargo: &RecordId) -> bool {
    view.embargoes().iter().any(|standing| standing.id == *embargo && standing.settled.is_some())
}
