//! Strikes: embargoes declared, lifted and watched.

use commonwheel_api::types::{
    Acknowledged, Coverage, EmbargoShown, EmbargoStanding, StrikeDeclareAnswer, StrikeDeclareRequest,
    StrikeLiftAnswer, StrikeLiftRequest, StrikeStatusAnswer, StrikeStatusRequest,
};
use commonwheel_collective::{Standing, View};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Embargo, Lift, Reach, Rung, Variant};
use commonwheel_record::limits::MAX_CUT;
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, Cut, FeedId, Leaf, RecordId};
use commonwheel_valve::Reason;

use super::release::stranger;
use super::{Refusal, check, internal, invalid, not_found, own};
use crate::engine::Engine;

/// What is said wherever a strike is declared.
pub(crate) const CANNOT: [&str; 5] = [
    "it cannot undo an irrevocable licence: what was released under one before stays served by others",
    "it cannot prevent the copying of what somebody already has",
    "it cannot guarantee that anyone outside this network complies",
    "redaction is heuristic: it does not promise that no personal data is left",
    "preferences state a wish and are not enforcement",
];

/// Declares a strike and returns its embargo. What it covers is counted afterwards: counting takes time.
pub(super) fn declare(
    engine: &mut Engine,
    now: u64,
    request: StrikeDeclareRequest,
) -> Result<RecordId, Refusal> {
    let own = own(engine, request.collective)?;
    let embargo = Embargo {
        variant: request.variant,
        scope: request.scope,
        reach: request.reach.unwrap_or_else(|| default_reach(&request.variant)),
        from_cut: cut(engine, own.collective, FeedPurpose::Data),
        cut: cut(engine, own.collective, FeedPurpose::Control),
        audience: request.audience,
        rung: request.rung.unwrap_or(Rung::Header),
        starts: request.starts,
        ends: request.ends,
        demand: request.demand,
        mandate: None,
    };
    let content = Content::Embargo(Box::new(embargo));
    check(&own, &content)?;
    Ok(engine.decree(now, content)?)
}

/// Says what a strike that was just declared covers.
pub(super) fn declared(engine: &mut Engine, now: u64, id: RecordId) -> Result<StrikeDeclareAnswer, Refusal> {
    let shown = shown_by_id(engine, now, id)?;
    Ok(StrikeDeclareAnswer { id, standing: shown.standing, coverage: shown.coverage, cannot: cannot() })
}

fn cannot() -> Vec<String> {
    CANNOT.iter().map(|sentence| (*sentence).to_owned()).collect()
}

pub(super) const fn default_reach(variant: &Variant) -> Reach {
    match variant {
        Variant::QualityFreeze | Variant::Pause => Reach::All,
        Variant::EvaluationOnly | Variant::PreferenceShift(_) | Variant::RateLimit(_) => Reach::New,
    }
}

/// Returns how far this node holds the collective's feeds of one purpose.
pub(super) fn cut(engine: &Engine, collective: CollectiveId, purpose: FeedPurpose) -> Cut {
    let Some(view) = engine.sync.views().get(&collective) else { return Cut::default() };
    let store = engine.sync.store();
    let of_purpose =
        |feed: &&FeedId| store.manifest(feed).is_some_and(|manifest| manifest.purpose == purpose);
    Cut(view.feeds().keys().filter(of_purpose).take(MAX_CUT).map(|feed| (*feed, store.size(feed))).collect())
}

/// Lifts an embargo, or a part of it, and returns the lift.
pub(super) fn lift(engine: &mut Engine, now: u64, request: StrikeLiftRequest) -> Result<RecordId, Refusal> {
    let own = own(engine, None)?;
    let known = engine.sync.views().get(&own.collective);
    if !known.is_some_and(|view| view.embargoes().iter().any(|standing| standing.id == request.embargo)) {
        return Err(not_found(format!("an embargo {} of this collective", request.embargo)).into());
    }
    let lift = Lift {
        embargo: request.embargo,
        scope: request.scope,
        reason: request.reason,
        settlement: None,
        mandate: None,
    };
    Ok(engine.decree(now, Content::Lift(lift))?)
}

/// Says what an embargo still covers after a lift.
pub(super) fn lifted(
    engine: &mut Engine,
    now: u64,
    id: RecordId,
    embargo: RecordId,
) -> Result<StrikeLiftAnswer, Refusal> {
    let shown = shown_by_id(engine, now, embargo)?;
    Ok(StrikeLiftAnswer { id, coverage: shown.coverage, cannot: cannot() })
}

pub(super) fn status(
    engine: &mut Engine,
    now: u64,
    request: StrikeStatusRequest,
) -> Result<StrikeStatusAnswer, Refusal> {
    let wanted = |view: &&View| request.collective.is_none_or(|id| id == view.id());
    let ids: Vec<RecordId> = engine.sync.views().iter().filter(wanted).flat_map(embargo_ids).collect();
    let shown = ids.into_iter().map(|id| shown_by_id(engine, now, id));
    Ok(StrikeStatusAnswer { embargoes: shown.collect::<Result<_, _>>()? })
}

/// Embargoes that count; those without effect stand in `collective show`, with the reason.
fn embargo_ids(view: &View) -> Vec<RecordId> {
    view.embargoes().iter().map(|standing| standing.id).collect()
}

fn shown_by_id(engine: &mut Engine, now: u64, id: RecordId) -> Result<EmbargoShown, Refusal> {
    let found = engine.sync.views().iter().find_map(|view| {
        let standing = view.embargoes().iter().find(|standing| standing.id == id)?;
        let name = view.charter().map(|charter| charter.name.clone()).unwrap_or_default();
        Some((view.id(), name, standing.clone()))
    });
    let Some((collective, collective_name, standing)) = found else { return ineffective(engine, id) };
    let coverage = coverage(engine, collective, &standing)?;
    let newest_lease = engine.sync.leases().newest(&collective);
    Ok(EmbargoShown {
        id,
        collective,
        collective_name,
        standing: state(&standing, now / 1000, newest_lease),
        lifts: standing.lifts.iter().map(|lift| lift.id).collect(),
        acknowledged: acknowledged(engine, &id),
        coverage,
        variant: standing.embargo.variant,
        scope: standing.embargo.scope.clone(),
        reach: standing.embargo.reach,
        audience: standing.embargo.audience.clone(),
        rung: standing.embargo.rung,
        starts: standing.embargo.starts,
        ends: standing.embargo.ends,
        demand: standing.embargo.demand.clone(),
    })
}

fn ineffective(engine: &Engine, id: RecordId) -> Result<EmbargoShown, Refusal> {
    let why = engine.sync.views().iter().find_map(|view| view.ineffective().get(&id));
    let text = why.map_or_else(|| "it is not held here".to_owned(), ToString::to_string);
    Err(invalid(
        format!("embargo {id} has no effect: {text}"),
        "see `commonwheel collective show` for what the charter asks",
    )
    .into())
}

fn state(standing: &Standing, now: u64, newest_lease: Option<u64>) -> EmbargoStanding {
    let embargo = &standing.embargo;
    if standing.is_lifted() {
        EmbargoStanding::Lifted
    } else if standing.ends.is_some_and(|ends| newest_lease.is_some_and(|lease| lease > ends)) {
        EmbargoStanding::Over
    } else if embargo.starts > now.max(newest_lease.unwrap_or(0)) {
        EmbargoStanding::Pending
    } else if standing.lifts.is_empty() {
        EmbargoStanding::InForce
    } else {
        EmbargoStanding::PartlyLifted
    }
}

fn acknowledged(engine: &Engine, id: &RecordId) -> Vec<Acknowledged> {
    let all = engine.sync.acknowledgements(id).into_iter();
    all.map(|(node, state, time)| Acknowledged {
        node,
        collectives: engine.sync.views().audience(&node).collectives.into_iter().collect(),
        state,
        time: Some(time),
    })
    .collect()
}

/// Counts what an embargo covers, as a node without any tie to the owner would be answered by another one.
fn coverage(engine: &mut Engine, collective: CollectiveId, standing: &Standing) -> Result<Coverage, Refusal> {
    let mut coverage = Coverage::default();
    let feeds: Vec<FeedId> = engine
        .sync
        .views()
        .get(&collective)
        .map(|view| view.feeds().keys().copied().collect())
        .ok_or_else(|| internal(&"no view of the embargo's collective"))?;
    let (server, asker) = stranger();
    for feed in feeds {
        engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
            let Some(Leaf::Contribution(header, _)) = seen.leaf else { return };
            if !standing.embargo.scope.covers(Some(header)) {
                return;
            }
            coverage.in_scope += 1;
            match seen.decision.because {
                Reason::Withheld { .. } => coverage.withheld += 1,
                Reason::Irrevocable { .. } => coverage.irrevocable += 1,
                Reason::Unreleased => coverage.unreleased += 1,
                _ => {}
            }
        })?;
    }
    Ok(coverage)
}
