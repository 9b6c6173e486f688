//! Erasing the personal parts of a ballot once its mandate and the charter's retention are over.

use commonwheel_api::types::{BallotEraseAnswer, BallotEraseRequest};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_collective::{BallotView, View};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Erasure, Range};
use commonwheel_record::limits::MAX_RANGES;
use commonwheel_record::{CollectiveId, Control, Leaf, RecordId};

use super::super::control::{Authority, Ready, made};
use super::super::{Refusal, invalid};
use super::{about, find};
use crate::engine::Engine;
use crate::time;

pub(in super::super) fn erase(
    engine: &mut Engine,
    now: u64,
    request: BallotEraseRequest,
) -> Result<BallotEraseAnswer, Refusal> {
    let (collective, ballot) = find(engine, request.ballot)?;
    over(&ballot, now / 1000)?;
    let Some(close) = ballot.closes.first().copied() else {
        let fix = "close it first: what was counted must stand before the votes are gone";
        return Err(invalid("no valid close states what was counted", fix).into());
    };
    let positions = positions(engine, &collective, &ballot)?;
    let records = positions.len() as u64;
    let ranges = ranges(&positions)?;
    // A stamp of a second later is after the last day, whatever its fraction.
    let span = (ballot.erasable().saturating_add(1), u64::MAX);
    let witnesses = engine.sync.views().get(&collective).and_then(View::charter);
    let witnesses = witnesses.map(|charter| charter.witnesses.clone()).unwrap_or_default();
    let dated_by = engine.witnessing(&collective, &witnesses, span)?.heads;
    if dated_by.is_empty() {
        let why = "no control feed was stamped by a majority of the witnesses since then";
        return Err(ApiError::new(ErrorCode::Conflict, why, "wait for them: they stamp by themselves").into());
    }
    let erasure = Erasure { close: Some(close), ranges, dated_by };
    let control = Control::new(Some(collective), Content::Erasure(Box::new(erasure)));
    let ready = Ready { collective, control, body: None };
    let made = made(engine, now, ready, Authority::Governance, request.draft)?;
    Ok(BallotEraseAnswer { made, records })
}

/// Returns an error while personal parts are to be kept; `now` is in seconds since 1970.
fn over(ballot: &BallotView, now: u64) -> Result<(), ApiError> {
    if now > ballot.erasable() {
        return Ok(());
    }
    let why = format!("its votes are kept until {}", time::show(ballot.erasable()));
    let fix =
        "wait until then: until the mandate and the charter's retention are over anybody may count again";
    Err(ApiError::new(ErrorCode::Conflict, why, fix))
}

/// Returns the records with personal parts that are about the ballot alone.
fn positions(
    engine: &Engine,
    collective: &CollectiveId,
    ballot: &BallotView,
) -> Result<Vec<RecordId>, Refusal> {
    let Some(view) = engine.sync.views().get(collective) else { return Ok(Vec::new()) };
    let store = engine.sync.store();
    let mut found = Vec::new();
    for feed in view.control_feeds() {
        let headers = store.headers(feed, 0, store.size(feed))?;
        for (index, header) in (0..).zip(headers) {
            let Some(Ok(Leaf::Control(control))) = header.map(|bytes| Leaf::decode(&bytes)) else { continue };
            let id = RecordId { feed: *feed, index };
            let personal = control.content.personal().is_some() && !view.erased(&id);
            if personal && (id == ballot.id || about(&control.content) == Some(ballot.hash)) {
                found.push(id);
            }
        }
    }
    Ok(found)
}

/// Joins positions in ascending order to ranges.
fn ranges(positions: &[RecordId]) -> Result<Vec<Range>, ApiError> {
    let mut ranges: Vec<Range> = Vec::new();
    for RecordId { feed, index } in positions.iter().copied() {
        match ranges.last_mut() {
            Some(last) if last.feed == feed && last.end == index => last.end += 1,
            _ => ranges.push(Range { feed, start: index, end: index + 1 }),
        }
    }
    if ranges.is_empty() {
        return Err(ApiError::new(
            ErrorCode::Nothing,
            "the ballot has no personal parts",
            "nothing is left to do",
        ));
    }
    // What is left over is erased by asking again.
    ranges.truncate(MAX_RANGES);
    Ok(ranges)
}
