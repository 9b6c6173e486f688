//! Releases: which contributions are open, to whom, and under which licence.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_api::types::{
    ReleaseCutAnswer, ReleaseCutRequest, ReleaseListAnswer, ReleaseListRequest, ReleaseMode as Mode,
    ReleaseShowAnswer, ReleaseShowRequest, ReleaseShown,
};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_collective::{Audience, Entry};
use commonwheel_ledger::cosign;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::Cosigned;
use commonwheel_record::control::{Content, Range, Release, ReleaseMode, Rung, Stamp, WitnessedHead};
use commonwheel_record::limits::MAX_RANGES;
use commonwheel_record::terms::{Licence, Purpose};
use commonwheel_record::{CollectiveId, Contribution, FeedId, Leaf, PublicKey, RecordId, Tier};
use commonwheel_valve::{Asker, Reason, month_of, month_start};

use super::{Refusal, internal, invalid, not_found, own};
use crate::engine::{Engine, Unable};

/// A node without any tie to anyone: what it is answered is what the public is answered.
pub(super) fn stranger() -> (PublicKey, Asker) {
    let node = PublicKey([0xff; 32]);
    (node, Asker::Peer(Audience { node, collectives: BTreeSet::new(), region: None }))
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
    let Unreleased { open, held_back, unlicensed, .. } =
        unreleased(engine, now, own.collective, feed, &request)?;
    if open.is_empty() && held_back == 0 {
        let fix = "accept contributions first, or name ranges and a licence that hold some";
        return Err(ApiError::new(ErrorCode::Nothing, "nothing is left to release", fix).into());
    }
    let dated_by = date(engine, own.collective, now / 1000)?;
    let mut releases = Vec::new();
    for (licence, ranges) in open {
        for ranges in ranges.chunks(MAX_RANGES) {
            let (licence, ranges, dated_by) = (licence.clone(), ranges.to_vec(), dated_by.clone());
            let content = Release { licence, mode, ranges, dated_by };
            let id = engine.decree(now, Content::Release(content.clone()))?;
            releases.push(shown(engine, own.collective, id, &content)?);
        }
    }
    Ok(ReleaseCutAnswer { releases, held_back, unlicensed })
}

/// Returns what dates a release, for a charter that counts releases by the month: the newest head of its release feed that
/// its witnesses stamped this month; where it lists none, the head as it is, stamped by this node's liveness key.
///
/// `now` is in seconds since 1970. Without a date a rate limit lets nothing of a release through.
fn date(engine: &Engine, collective: CollectiveId, now: u64) -> Result<Option<WitnessedHead>, Refusal> {
    let view =
        engine.sync.views().get(&collective).ok_or_else(|| internal(&"no view of our own collective"))?;
    let Some(charter) = view.charter() else { return Ok(None) };
    let Some(feed) = charter.release_feed else { return Ok(None) };
    if !charter.witnesses.is_empty() {
        let heads = engine.sync.witnessed_heads(&collective, month_start(month_of(now)), now)?;
        return Ok(heads.into_iter().find(|witnessed| witnessed.head.feed == feed));
    }
    let keys = [&engine.keys.writer, &engine.keys.node];
    let key = keys.into_iter().find(|key| view.liveness().contains(&key.public()));
    let head = engine.sync.store().head(&feed).map(|signed| signed.head);
    Ok(key.zip(head).map(|(key, head)| {
        let Cosigned { head, time, signature } = cosign::cosign(&engine.network, key, head, now);
        WitnessedHead { head, stamps: [(key.public(), Stamp { time, signature })].into() }
    }))
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

/// What a release may open now.
#[derive(Debug, Default)]
struct Unreleased {
    /// For each licence, the ranges that hold its unreleased contributions and none that must stay out.
    open: BTreeMap<Licence, Vec<Range>>,
    /// Contributions whose release an embargo holds back.
    held_back: u64,
    /// Contributions whose licence no release opens.
    unlicensed: u64,
    /// Licences whose last range ends where one of their contributions must stay out.
    ended: BTreeSet<Licence>,
}

impl Unreleased {
    fn add(&mut self, licence: Licence, record: RecordId) {
        let RecordId { feed, index } = record;
        let apart = self.ended.remove(&licence);
        let ranges = self.open.entry(licence).or_default();
        match ranges.last_mut() {
            Some(range) if !apart => range.end = index + 1,
            _ => ranges.push(Range { feed, start: index, end: index + 1 }),
        }
    }
}

/// A contribution under a licence that can be released.
#[derive(Debug)]
struct Candidate {
    record: RecordId,
    licence: Licence,
    /// Whether it is asked for, and not released yet.
    wanted: bool,
}

fn unreleased(
    engine: &mut Engine,
    now: u64,
    collective: CollectiveId,
    feed: FeedId,
    request: &ReleaseCutRequest,
) -> Result<Unreleased, Refusal> {
    let (candidates, unlicensed) = candidates(engine, collective, feed, request)?;
    let mut found = Unreleased { unlicensed, ..Unreleased::default() };
    for Candidate { record, licence, wanted } in candidates {
        if wanted && !engine.sync.is_covered(now, record)? {
            found.add(licence, record);
        } else {
            found.held_back += u64::from(wanted);
            found.ended.insert(licence);
        }
    }
    Ok(found)
}

/// Returns what a release might open, in the order of the feed, and how many contributions none can.
fn candidates(
    engine: &mut Engine,
    collective: CollectiveId,
    feed: FeedId,
    request: &ReleaseCutRequest,
) -> Result<(Vec<Candidate>, u64), Refusal> {
    let views = engine.sync.views().clone();
    let view = views.get(&collective).ok_or_else(|| internal(&"no view of our own collective"))?;
    let (server, asker) = stranger();
    let (mut candidates, mut unlicensed) = (Vec::new(), 0);
    engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
        let Some(Leaf::Contribution(header, _)) = seen.leaf else { return };
        if !header.licence.class().releasable() {
            unlicensed += 1;
            return;
        }
        let of_licence = |entry: &Entry<Release>| entry.content.licence == header.licence;
        let released = view.find_release(&seen.record, of_licence).is_some();
        let wanted = !released && wanted(request, header, &seen.record);
        candidates.push(Candidate { record: seen.record, licence: header.licence.clone(), wanted });
    })?;
    Ok((candidates, unlicensed))
}

fn wanted(request: &ReleaseCutRequest, header: &Contribution, record: &RecordId) -> bool {
    let in_ranges = request.ranges.is_empty() || request.ranges.iter().any(|range| range.contains(record));
    let of_licence = request.licence.as_ref().is_none_or(|licence| *licence == header.licence);
    // A release does not go beyond the tier. The feed is public, so what is for members only has no place in it.
    let may_open = match header.tier {
        Tier::Public => true,
        Tier::Gated => request.mode != Mode::Open,
        Tier::Collective | Tier::Private => false,
    };
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

fn feeds(release: &Release) -> BTreeSet<FeedId> {
    release.ranges.iter().map(|range| range.feed).collect()
}

fn opened_by(release: &Release, leaf: Option<&Leaf>, record: &RecordId) -> bool {
    let Some(Leaf::Contribution(header, _)) = leaf else { return false };
    header.licence == release.licence && release.ranges.iter().any(|range| range.contains(record))
}
