//! Ballots: opened, shown, closed and erased.

mod close;
mod erase;
mod open;
mod show;
mod words;

use commonwheel_api::types::{BallotName, IneffectiveShown};
use commonwheel_api::{ApiError, ErrorCode, Word as _};
use commonwheel_collective::{BallotView, View};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::Content;
use commonwheel_record::{CollectiveId, Hash, Leaf, RecordId};

pub(super) use close::close;
pub(super) use erase::erase;
pub(super) use open::open;
pub(super) use show::{list, show};

use super::control::Ready;
use super::{Refusal, not_found};
use crate::engine::Engine;
use crate::time;

/// Returns the ballot that is meant, and whose it is.
fn find(engine: &Engine, name: BallotName) -> Result<(CollectiveId, BallotView), Refusal> {
    let hash = match name {
        BallotName::Hash(hash) => Some(hash),
        BallotName::Record(record) => named_by(engine, record)?,
    };
    let views = engine.sync.views();
    let found = hash.and_then(|hash| {
        views.iter().find_map(|view| view.ballot(&hash).map(|ballot| (view.id(), ballot.clone())))
    });
    if let Some(found) = found {
        return Ok(found);
    }
    if let BallotName::Record(record) = name
        && let Some(why) = views.iter().find_map(|view| view.ineffective().get(&record))
    {
        let why = format!("{record} has no effect: {why}");
        let fix = "see `commonwheel ballot list` for those that have";
        return Err(ApiError::new(ErrorCode::Invalid, why, fix).into());
    }
    Err(not_found(format!("ballot {}", name.text())).into())
}

/// Returns the ballot that a record is, or is about.
fn named_by(engine: &Engine, record: RecordId) -> Result<Option<Hash>, Refusal> {
    let Some(Leaf::Control(control)) = leaf(engine, record)? else { return Ok(None) };
    Ok(match &control.content {
        Content::Ballot(_) => Some(commonwheel_collective::Verified::hash_of(&engine.network, &control)),
        content => about(content),
    })
}

/// Returns the ballot that a record names.
fn about(content: &Content) -> Option<Hash> {
    match content {
        Content::Vote(vote) => Some(vote.ballot),
        Content::Reveal(reveal) => Some(reveal.ballot),
        Content::Close(close) => Some(close.ballot),
        Content::Mandate(mandate) => Some(mandate.ballot),
        _ => None,
    }
}

fn leaf(engine: &Engine, id: RecordId) -> Result<Option<Leaf>, Refusal> {
    let header = engine.sync.store().headers(&id.feed, id.index, id.index + 1)?.into_iter().next().flatten();
    Ok(header.and_then(|bytes| Leaf::decode(&bytes).ok()))
}

/// Returns a collective's records of some kinds that have no effect.
pub(super) fn ineffective(
    engine: &Engine,
    collective: &CollectiveId,
    of_kind: impl Fn(&Content) -> bool,
) -> Result<Vec<IneffectiveShown>, Refusal> {
    let all = engine.sync.views().get(collective).map(View::ineffective);
    let mut shown = Vec::new();
    for (id, why) in all.into_iter().flatten() {
        if let Some(Leaf::Control(control)) = leaf(engine, *id)?
            && of_kind(&control.content)
        {
            shown.push(IneffectiveShown { id: *id, why: why.to_string() });
        }
    }
    Ok(shown)
}

/// Returns why a record comes too early or too late by this node's clock, in seconds since 1970.
///
/// The records themselves tell no time before their heads are witnessed, so this is the carrier's word.
pub(super) fn untimely(engine: &Engine, now: u64, ready: &Ready) -> Option<ApiError> {
    let ballot = |hash: &Hash| engine.ballot(&ready.collective, hash).map(|ballot| ballot.ballot);
    let (what, from, to) = match &ready.control.content {
        Content::Ballot(ballot) => ("voting on it", 0, ballot.closes),
        Content::Vote(vote) => ballot(&vote.ballot).map(|ballot| ("voting", ballot.opens, ballot.closes))?,
        Content::Reveal(reveal) => {
            let ballot = ballot(&reveal.ballot)?;
            ("revealing", ballot.closes, ballot.reveals?)
        }
        _ => return None,
    };
    let early = |from| {
        ApiError::new(
            ErrorCode::Conflict,
            format!("{what} begins at {}", time::show(from)),
            "wait until then",
        )
    };
    let late = |to| {
        ApiError::new(
            ErrorCode::Conflict,
            format!("{what} ended at {}", time::show(to)),
            "nothing that comes later counts",
        )
    };
    if now < from { Some(early(from)) } else { (now >= to).then(|| late(to)) }
}
