//! What is held: collectives, feeds, records, and the figures by which nodes are compared.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_api::describe;
use commonwheel_api::types::{
    AffiliateShown, BodyState, CharterShown, CollectiveFollowAnswer, CollectiveFollowRequest,
    CollectiveListAnswer, CollectiveShowAnswer, CollectiveShowRequest, CollectiveSummary, FeedHoldings,
    FeedListAnswer, FeedListRequest, FeedShown, FollowReason, HoldingsAnswer, HoldingsRequest,
    IneffectiveShown, NodeShown, RecordShowAnswer, RecordShowRequest, ViewHash,
};
use commonwheel_collective::View;
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::body::Body;
use commonwheel_record::control::{Power, Rung};
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, Leaf};
use commonwheel_valve::{Asker, Reason};

use super::{Refusal, not_found};
use crate::engine::Engine;

pub(super) fn collectives(engine: &mut Engine) -> Result<CollectiveListAnswer, Refusal> {
    let ids: Vec<CollectiveId> = engine.sync.follow().iter().copied().collect();
    let collectives = ids.into_iter().map(|id| summary(engine, id)).collect::<Result<_, _>>()?;
    Ok(CollectiveListAnswer { collectives })
}

pub(super) fn summary(engine: &mut Engine, id: CollectiveId) -> Result<CollectiveSummary, Refusal> {
    let feeds = data_feeds(engine, &id);
    let (mut contributions, mut bodies) = (0, 0);
    for feed in &feeds {
        let held = engine.sync.holdings(feed)?;
        contributions += held.contributions;
        bodies += held.bodies;
    }
    let follow = match engine.own {
        Some(own) if own.collective == id => FollowReason::Own,
        _ if engine.settings.follow.contains(&id) => FollowReason::Followed,
        _ if engine.sync.store().state(Table::Follows, &id.0).is_some() => FollowReason::Followed,
        _ => FollowReason::Named,
    };
    let view = engine.sync.views().held(&id);
    Ok(CollectiveSummary {
        id,
        name: view.and_then(View::charter).map(|charter| charter.name.clone()),
        follow,
        feeds: view.map_or(0, |view| view.feeds().len() as u64),
        contributions,
        bodies,
        embargoes: view.map_or(0, |view| view.enforced().count() as u64),
        not_serving: engine.sync.not_serving(&id).map(str::to_owned),
    })
}

/// Returns a collective's data feeds that are held.
fn data_feeds(engine: &Engine, id: &CollectiveId) -> Vec<FeedId> {
    of_purpose(engine, id, FeedPurpose::Data)
}

fn of_purpose(engine: &Engine, id: &CollectiveId, purpose: FeedPurpose) -> Vec<FeedId> {
    let Some(view) = engine.sync.views().get(id) else { return Vec::new() };
    let store = engine.sync.store();
    let of_purpose =
        |feed: &&FeedId| store.manifest(feed).is_some_and(|manifest| manifest.purpose == purpose);
    view.feeds().keys().filter(of_purpose).copied().collect()
}

pub(super) fn collective(
    engine: &mut Engine,
    request: CollectiveShowRequest,
) -> Result<CollectiveShowAnswer, Refusal> {
    let id = request.id;
    if engine.sync.views().get(&id).is_none() {
        return Err(not_found(format!("collective {id}")).into());
    }
    let summary = summary(engine, id)?;
    let (control_feeds, data_feeds) =
        (of_purpose(engine, &id, FeedPurpose::Control), of_purpose(engine, &id, FeedPurpose::Data));
    let view = engine.sync.views().get(&id).ok_or_else(|| not_found(format!("collective {id}")))?;
    Ok(CollectiveShowAnswer {
        summary,
        view_hash: view.hash(),
        charter: charter(view),
        control_feeds,
        data_feeds,
        nodes: view.nodes().iter().map(|(key, region)| NodeShown { key: *key, region: *region }).collect(),
        affiliates: affiliates(view),
        ineffective: view
            .ineffective()
            .iter()
            .map(|(id, why)| IneffectiveShown { id: *id, why: why.to_string() })
            .collect(),
    })
}

fn charter(view: &View) -> Option<Box<CharterShown>> {
    let hash = view.charter_chain().last().copied().unwrap_or_default();
    view.charter().map(|charter| Box::new(CharterShown::of(charter, hash)))
}

fn affiliates(view: &View) -> Vec<AffiliateShown> {
    let mut by: BTreeMap<(CollectiveId, Option<u64>), BTreeSet<Power>> = BTreeMap::new();
    for power in Power::ALL {
        for (to, until) in view.affiliates_with(*power) {
            by.entry((to, until)).or_default().insert(*power);
        }
    }
    by.into_iter().map(|((to, until), powers)| AffiliateShown { to, powers, until }).collect()
}

pub(super) fn follow(
    engine: &mut Engine,
    now: u64,
    request: CollectiveFollowRequest,
) -> Result<CollectiveFollowAnswer, Refusal> {
    let new = !engine.sync.follow().contains(&request.id);
    engine.sync.store_mut().set_state(Table::Follows, &request.id.0, Some(b"followed"))?;
    engine.sync.add_follow(now, request.id);
    Ok(CollectiveFollowAnswer { new })
}

pub(super) fn feeds(engine: &mut Engine, request: FeedListRequest) -> Result<FeedListAnswer, Refusal> {
    let mut feeds = Vec::new();
    for id in engine.sync.store().feeds() {
        let Some(collective) = engine.sync.owner(&id) else { continue };
        if request.collective.is_some_and(|wanted| wanted != collective) {
            continue;
        }
        let holdings = engine.sync.holdings(&id)?;
        let store = engine.sync.store();
        let (Some(manifest), head) = (store.manifest(&id), store.head(&id)) else { continue };
        feeds.push(FeedShown {
            id,
            collective,
            purpose: manifest.purpose,
            audience: manifest.audience,
            writer: manifest.writer,
            own: manifest.writer == engine.keys.writer.public(),
            size: head.map_or(0, |signed| signed.head.size),
            root: head.map_or_else(Hash::default, |signed| signed.head.root),
            missing: holdings.missing_headers,
            bodies: holdings.bodies,
            forked: engine.sync.is_forked(&id),
        });
    }
    Ok(FeedListAnswer { feeds })
}

pub(super) fn holdings(engine: &mut Engine, request: HoldingsRequest) -> Result<HoldingsAnswer, Refusal> {
    let wanted = |id: &CollectiveId| request.collective.is_none_or(|only| only == *id);
    let collectives: Vec<CollectiveId> = engine.sync.follow().iter().copied().filter(wanted).collect();
    let standing = engine.sync.standing(&collectives);
    let views = collectives.iter().filter_map(|id| engine.sync.views().held(id));
    let views = views.map(|view| ViewHash { collective: view.id(), hash: view.hash() }).collect();
    let mut feeds = Vec::new();
    for id in engine.sync.store().feeds() {
        let Some(collective) = engine.sync.owner(&id).filter(|owner| collectives.contains(owner)) else {
            continue;
        };
        let holdings = engine.sync.holdings(&id)?;
        let store = engine.sync.store();
        let head = store.head(&id).map(|signed| signed.head);
        let size = head.map_or(0, |head| head.size);
        feeds.push(FeedHoldings {
            id,
            collective,
            size,
            root: head.map_or_else(Hash::default, |head| head.root),
            missing_leaves: size.saturating_sub(store.size(&id)),
            missing_headers: holdings.missing_headers,
            contributions: holdings.contributions,
            bodies: holdings.bodies,
            granted: holdings.granted,
            wanted: holdings.wanted,
        });
    }
    Ok(HoldingsAnswer { heads_root: standing.heads, attestations_root: standing.attestations, views, feeds })
}

pub(super) fn record(
    engine: &mut Engine,
    now: u64,
    request: RecordShowRequest,
) -> Result<RecordShowAnswer, Refusal> {
    let id = request.id;
    let decision = engine.sync.why(now, id, &Asker::SelfNode, Purpose::Replicate, Rung::Body)?;
    let decision = decision.ok_or_else(|| not_found(format!("record {id}")))?;
    let effective = engine.sync.effective_preferences(now, id)?;
    let store = engine.sync.store();
    let leaf_hash =
        store.leaf_hashes(&id.feed, id.index, id.index + 1)?.into_iter().next().unwrap_or_default();
    let header = store.headers(&id.feed, id.index, id.index + 1)?.into_iter().next().flatten();
    let leaf = header.as_deref().and_then(|bytes| Leaf::decode(bytes).ok());
    let sealed = store.body(&id.feed, id.index)?;
    let has_body = match &leaf {
        Some(Leaf::Control(control)) => control.content.personal().is_some(),
        leaf => matches!(leaf, Some(Leaf::Contribution(..) | Leaf::Submission(..))),
    };
    let erased = engine.sync.views().iter().any(|view| view.erased(&id));
    let body_state = match &decision.because {
        Reason::Erased { .. } => BodyState::Erased,
        _ if erased => BodyState::Erased,
        _ if !has_body => BodyState::None,
        _ if sealed.is_some() => BodyState::Held,
        _ => BodyState::Absent,
    };
    let shown = request.body && decision.serves(Rung::Body);
    let body = sealed.filter(|_| shown).map(|sealed| match Body::decode(&sealed.bytes) {
        Ok(body) => describe::body(&body),
        Err(_) => serde_json::json!({ "hex": commonwheel_record::hex::encode(&sealed.bytes) }),
    });
    Ok(RecordShowAnswer {
        id,
        collective: engine.sync.owner(&id.feed),
        leaf_hash,
        kind: leaf.as_ref().map(Leaf::kind_name),
        header: leaf.as_ref().map(describe::leaf),
        effective_preferences: effective.as_ref().map(describe::preferences),
        decided: (&decision).into(),
        body_state,
        body,
    })
}
