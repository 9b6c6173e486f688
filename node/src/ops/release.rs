//! Releases: which contributions are open, to whom, and under which licence.

use std::collections::BTreeMap;

use commonwheel_api::types::{
    ReleaseCutAnswer, ReleaseCutRequest, ReleaseListAnswer, ReleaseListRequest, ReleaseMode as Mode,
    ReleaseShowAnswer, ReleaseShowRequest, ReleaseShown,
};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_collective::Audience;
use commonwheel_record::control::{Content, Range, Release, ReleaseMode, Rung};
use commonwheel_record::limits::MAX_RANGES;
use commonwheel_record::terms::{Licence, Purpose};
use commonwheel_record::{CollectiveId, Contribution, FeedId, Leaf, PublicKey, RecordId, Tier};
use commonwheel_valve::{Asker, Reason};

use super::{Refusal, internal, invalid, not_found, own};
use crate::engine::{Engine, Unable};

/// A node without any tie to anyone: what it is answered is what the public is answered.
pub(super) fn stranger() -> (PublicKey, Asker) {
    let node = PublicKey([0xff; 32]);
    (node, Asker::Peer(Audience { node, collectives: std::collections::BTreeSet::new(), region: None }))
}

/// Opens what is not open yet: one release a licence, or several where its ranges are many.
pub(super) fn cut(
    engine: &mut Engine,
    now: u64,
    request: ReleaseCutRequest,
) -> Result<ReleaseCutAnswer, Refusal> {
    let own = own(engine, request.collective)?;
    let feed = own.data.ok_or(Unable::NoCollective)?;
    let mode = mode(engine, own.collective, &request)?;
    let (open, unlicensed) = unreleased(engine, own.collective, feed, &request)?;
    if open.is_empty() {
        let fix = "accept contributions first, or name ranges and a licence that hold some";
        return Err(ApiError::new(ErrorCode::Nothing, "nothing is left to release", fix).into());
    }
    let mut releases = Vec::new();
    for (licence, (ranges, _)) in open {
        for ranges in ranges.chunks(MAX_RANGES) {
            let content = Release { licence: licence.clone(), mode, ranges: ranges.to_vec(), dated_by: None };
            let id = engine.decree(now, Content::Release(content.clone()))?;
            releases.push(shown(engine, own.collective, id, &content)?);
        }
    }
    Ok(ReleaseCutAnswer { releases, held_back: 0, unlicensed })
}

fn mode(
    engine: &Engine,
    collective: CollectiveId,
    request: &ReleaseCutRequest,
) -> Result<ReleaseMode, Refusal> {
    let offer = match (request.mode, request.offer) {
        (Mode::Open, None) => return Ok(ReleaseMode::Open),
        (Mode::Open, Some(_)) => {
            return Err(invalid("an open release has no offer", "use --mode gated").into());
        }
        (_, None) => {
            return Err(
                invalid("a gated release names its offer", "make one with `commonwheel offer`").into()
            );
        }
        (_, Some(offer)) => offer,
    };
    let known = engine.sync.views().get(&collective).is_some_and(|view| view.offers().contains_key(&offer));
    if !known {
        return Err(not_found(format!("offer {offer}")).into());
    }
    Ok(if request.mode == Mode::Gated { ReleaseMode::Gated(offer) } else { ReleaseMode::Sealed(offer) })
}

/// For each licence, the ranges that hold its unreleased contributions and none that is released already.
type Open = BTreeMap<Licence, (Vec<Range>, u64)>;

fn unreleased(
    engine: &mut Engine,
    collective: CollectiveId,
    feed: FeedId,
    request: &ReleaseCutRequest,
) -> Result<(Open, u64), Refusal> {
    let view = engine
        .sync
        .views()
        .get(&collective)
        .cloned()
        .ok_or_else(|| internal(&"no view of our own collective"))?;
    let (server, asker) = stranger();
    let (mut open, mut unlicensed) = (Open::new(), 0);
    // A licence's current range ends where one of its contributions must stay out.
    let mut closed: BTreeMap<Licence, bool> = BTreeMap::new();
    engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
        let Some(Leaf::Contribution(header, _)) = seen.leaf else { return };
        if !header.licence.class().releasable() {
            unlicensed += 1;
            return;
        }
        let released =
            view.find_release(&seen.record, |entry| entry.content.licence == header.licence).is_some();
        if released || !wanted(request, header, &seen.record) {
            closed.insert(header.licence.clone(), true);
            return;
        }
        let (ranges, count) = open.entry(header.licence.clone()).or_default();
        *count += 1;
        let apart = closed.insert(header.licence.clone(), false).unwrap_or(true);
        match ranges.last_mut() {
            Some(range) if !apart => range.end = seen.record.index + 1,
            _ => ranges.push(Range { feed, start: seen.record.index, end: seen.record.index + 1 }),
        }
    })?;
    Ok((open, unlicensed))
}

fn wanted(request: &ReleaseCutRequest, header: &Contribution, record: &RecordId) -> bool {
    let in_ranges = request.ranges.is_empty() || request.ranges.iter().any(|range| range.contains(record));
    let of_licence = request.licence.as_ref().is_none_or(|licence| *licence == header.licence);
    // An open release cannot open what its contributor gave for gated access only.
    let may_open =
        request.mode != Mode::Open || header.tier == Tier::Public || header.tier == Tier::Collective;
    in_ranges && of_licence && may_open
}

pub(super) fn list(engine: &mut Engine, request: ReleaseListRequest) -> Result<ReleaseListAnswer, Refusal> {
    let all: Vec<(CollectiveId, RecordId, Release)> = engine
        .sync
        .views()
        .iter()
        .filter(|view| request.collective.is_none_or(|id| id == view.id()))
        .flat_map(|view| view.releases().iter().map(|entry| (view.id(), entry.id, entry.content.clone())))
        .collect();
    let shown = all.into_iter().map(|(collective, id, release)| shown(engine, collective, id, &release));
    Ok(ReleaseListAnswer { releases: shown.collect::<Result<_, _>>()? })
}

pub(super) fn show(engine: &mut Engine, request: ReleaseShowRequest) -> Result<ReleaseShowAnswer, Refusal> {
    let found = engine.sync.views().iter().find_map(|view| {
        let entry = view.releases().iter().find(|entry| entry.id == request.id)?;
        Some((view.id(), entry.content.clone()))
    });
    let (collective, release) = found.ok_or_else(|| not_found(format!("release {}", request.id)))?;
    let release_shown = shown(engine, collective, request.id, &release)?;
    let mut answer = ReleaseShowAnswer { release: release_shown, held: 0, served: 0, withheld: 0, erased: 0 };
    let (server, asker) = stranger();
    for feed in feeds(&release) {
        engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
            if !opened_by(&release, seen.leaf, &seen.record) {
                return;
            }
            answer.held += u64::from(seen.held);
            match seen.decision.because {
                Reason::Withheld { .. } => answer.withheld += 1,
                Reason::Erased { .. } => answer.erased += 1,
                _ => answer.served += u64::from(seen.decision.serves(Rung::Body)),
            }
        })?;
    }
    Ok(answer)
}

fn shown(
    engine: &mut Engine,
    collective: CollectiveId,
    id: RecordId,
    release: &Release,
) -> Result<ReleaseShown, Refusal> {
    let (server, asker) = stranger();
    let mut contributions = 0;
    for feed in feeds(release) {
        engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
            contributions += u64::from(opened_by(release, seen.leaf, &seen.record));
        })?;
    }
    let (mode, offer) = match release.mode {
        ReleaseMode::Open => (Mode::Open, None),
        ReleaseMode::Gated(offer) => (Mode::Gated, Some(offer)),
        ReleaseMode::Sealed(offer) => (Mode::Sealed, Some(offer)),
    };
    Ok(ReleaseShown {
        id,
        collective,
        licence: release.licence.clone(),
        irrevocable: release.licence.class().irrevocable(),
        mode,
        offer,
        ranges: release.ranges.clone(),
        contributions,
    })
}

fn feeds(release: &Release) -> std::collections::BTreeSet<FeedId> {
    release.ranges.iter().map(|range| range.feed).collect()
}

fn opened_by(release: &Release, leaf: Option<&Leaf>, record: &RecordId) -> bool {
    let Some(Leaf::Contribution(header, _)) = leaf else { return false };
    header.licence == release.licence && release.ranges.iter().any(|range| range.contains(record))
}
