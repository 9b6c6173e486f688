//! A dry run: what an embargo would do, by the same functions that do it and count it.

use std::collections::BTreeSet;

use commonwheel_api::types::{
    Authorised, EmbargoTerms, NodeAffected, StrikePlanAnswer, StrikePlanRequest, WithoutEffect,
};
use commonwheel_collective::{Ineffective, Standing, View};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Audience as Refused, Embargo, Reach};
use commonwheel_record::{CollectiveId, PublicKey, RecordId};
use commonwheel_valve::plan::Share;

use super::super::{Refusal, internal, not_found};
use super::build::Built;
use super::estimate::Asked;
use super::known::Nodes;
use super::survey::Survey;
use super::{authority, build, cannot, shown, survey};
use crate::engine::Engine;

/// A plan but for its counts.
#[derive(Debug)]
pub(super) struct Planned {
    collective: CollectiveId,
    collective_name: String,
    embargo: EmbargoTerms,
    without_effect: Option<WithoutEffect>,
    authority: Authorised,
    unknowable: Vec<String>,
    nodes: Vec<(Named, BTreeSet<&'static str>)>,
}

/// A node, as the plan shows it.
#[derive(Clone, Debug)]
struct Named {
    node: PublicKey,
    name: Option<String>,
    collectives: Vec<CollectiveId>,
}

/// Builds the embargo as it would be declared, rehearses it, and begins to count.
pub(super) fn begin(
    engine: &mut Engine,
    now: u64,
    request: &StrikePlanRequest,
    nodes: Nodes,
) -> Result<(Planned, Survey), Refusal> {
    let built = build::embargo(engine, now / 1000, &request.embargo, request.others_sign)?;
    authority::readable(&built.ready)?;
    let collective = built.ready.collective;
    let embargo = built.embargo().cloned().ok_or_else(|| internal(&"no embargo was built"))?;
    let (with, standing, without_effect) = rehearsed(engine, built, &embargo, request.others_sign)?;
    let audiences = nodes.audiences(engine);
    let survey = survey::of_rehearsal(engine, now, with, standing, &audiences)?;
    let view =
        engine.sync.views().get(&collective).ok_or_else(|| not_found(format!("collective {collective}")))?;
    let planned = Planned {
        collective,
        collective_name: view.charter().map(|charter| charter.name.clone()).unwrap_or_default(),
        authority: authority::authorised(view, &embargo, now / 1000),
        unknowable: unknowable(&embargo),
        embargo: shown::terms(&embargo),
        without_effect,
        nodes: nodes.known(engine).into_iter().map(|(node, how)| (named(engine, node), how)).collect(),
    };
    Ok((planned, survey))
}

fn named(engine: &Engine, node: PublicKey) -> Named {
    let name = engine.sync.card(&node).map(|card| card.name.clone());
    let collectives = engine.sync.views().audience(&node).collectives.into_iter().collect();
    Named { node, name, collectives }
}

/// Returns the view with the embargo, and why that would have no effect if it were declared now.
///
/// Then the view is as if it had: so a plan can be made long before there is a mandate, and by whoever has no key.
fn rehearsed(
    engine: &mut Engine,
    built: Built,
    embargo: &Embargo,
    others_sign: bool,
) -> Result<(View, Standing, Option<WithoutEffect>), Refusal> {
    let collective = built.ready.collective;
    let ready = authority::signed(engine, built);
    let (id, why) = match authority::rehearsal(engine, &ready) {
        Ok(((id, view), None)) => {
            let standing = view.embargoes().iter().find(|standing| standing.id == id).cloned();
            let standing = standing.ok_or_else(|| internal(&"a rehearsed embargo that is not there"))?;
            return Ok((view, standing, None));
        }
        Ok(((id, _), Some(Ineffective::NotGovernanceSigned))) if others_sign => (id, None),
        Ok(((id, _), Some(why))) => (id, Some(authority::without_effect(&why))),
        Err(Refusal { error, .. }) => {
            (next(engine, &collective)?, Some(WithoutEffect { why: error.message, fix: error.fix }))
        }
    };
    let view =
        engine.sync.views().get(&collective).ok_or_else(|| not_found(format!("collective {collective}")))?;
    let standing =
        Standing { id, ends: embargo.ends, embargo: embargo.clone(), lifts: Vec::new(), settled: None };
    Ok((view.with_embargo(&engine.network, standing.clone()), standing, why))
}

/// Where a record of the collective would stand, as if this node carried its log.
fn next(engine: &Engine, collective: &CollectiveId) -> Result<RecordId, Refusal> {
    let own = engine.control_feed(collective);
    let first = || engine.sync.views().get(collective)?.control_feeds().first().copied();
    let feed =
        own.or_else(first).ok_or_else(|| not_found(format!("the control log of collective {collective}")))?;
    Ok(RecordId { feed, index: engine.sync.store().size(&feed) })
}

impl Planned {
    /// Puts the counts to the plan.
    pub(super) fn answer(self, survey: &Survey, curve: Option<&Asked>) -> StrikePlanAnswer {
        let (plan, planner) = (survey.plan(), survey.planner());
        let hardest = plan.hardest_hit().or_else(|| Some(planner.share_of_unknown(plan)));
        let mut unknowable = self.unknowable;
        if plan.unknown.in_scope() > 0 {
            unknowable.push(format!(
                "what {} records are whose headers are not held here: they count as in scope",
                plan.unknown.in_scope()
            ));
        }
        StrikePlanAnswer {
            collective: self.collective,
            collective_name: self.collective_name,
            embargo: self.embargo,
            without_effect: self.without_effect,
            counted_at: planner.at(),
            breakdown: shown::breakdown(plan),
            unknown_nodes: shown::share(planner.share_of_unknown(plan)),
            nodes: affected(self.nodes, planner.shares(plan)),
            authority: self.authority,
            estimate: curve.and_then(|curve| curve.estimate(hardest.and_then(|share| share.part()))),
            unknowable,
            cannot: cannot(),
        }
    }
}

/// Every node with what it loses, those that lose most first.
fn affected(nodes: Vec<(Named, BTreeSet<&'static str>)>, shares: Vec<Share>) -> Vec<NodeAffected> {
    let mut nodes: Vec<NodeAffected> = nodes
        .into_iter()
        .zip(shares)
        .map(|((Named { node, name, collectives }, how), share)| NodeAffected {
            node,
            name,
            collectives,
            known: how.into_iter().map(str::to_owned).collect(),
            share: shown::share(share),
        })
        .collect();
    nodes.sort_by_key(|affected| (std::cmp::Reverse(affected.share.refused), affected.node));
    nodes
}

/// What no dry run can tell.
fn unknowable(embargo: &Embargo) -> Vec<String> {
    let mut unknowable = vec![
        "which nodes hold copies without ever having been heard of here".to_owned(),
        "what those refused hold already: copies stay where they are".to_owned(),
        "whether a node that says it honours an embargo does".to_owned(),
        "who will be granted, delegated or released what until then".to_owned(),
    ];
    if embargo.reach == Reach::New {
        unknowable.push("what is contributed from then on: only that would be reached".to_owned());
    }
    if matches!(embargo.audience, Refused::Only(_)) {
        unknowable.push(
            "who asks under a key that nobody knows: the anonymous are refused along with those named"
                .to_owned(),
        );
    }
    unknowable
}
