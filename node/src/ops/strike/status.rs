//! How embargoes stand, and who honours them.

use std::collections::BTreeMap;

use commonwheel_api::types::{
    Acknowledged, Compliance, Coverage, EmbargoShown, EmbargoStanding, NodeKnown, RestsOn,
    StrikeStatusRequest,
};
use commonwheel_collective::{Ineffective, Standing, View};
use commonwheel_record::attestation::EmbargoState;
use commonwheel_record::control::Embargo;
use commonwheel_record::{CollectiveId, PublicKey, RecordId};

use super::super::Refusal;
use super::known::Nodes;
use super::{authority, end, shown};
use crate::engine::Engine;

/// Embargoes without effect that are shown of one collective: any of its carriers may append as many as it likes.
const MAX_IDLE: usize = 100;

/// Shows the embargoes asked for, but for what they cover, which takes longer to count.
pub(super) fn shown(
    engine: &mut Engine,
    now: u64,
    request: &StrikeStatusRequest,
    nodes: &Nodes,
) -> Result<Vec<EmbargoShown>, Refusal> {
    let around = Around::of(engine, now / 1000, nodes);
    let mut embargoes = Vec::new();
    for view in engine.sync.views().iter() {
        if request.collective.is_some_and(|only| only != view.id()) {
            continue;
        }
        for standing in view.embargoes() {
            embargoes.push(counting(engine, &around, view, standing));
        }
        let shown = embargoes.len() + MAX_IDLE;
        for (id, why) in view.ineffective() {
            if embargoes.len() < shown
                && let Some(embargo) = authority::stated_embargo(engine, id)?
            {
                embargoes.push(idle(view, *id, why, &embargo));
            }
        }
    }
    Ok(embargoes)
}

/// An embargo that counts.
fn counting(engine: &Engine, around: &Around, view: &View, standing: &Standing) -> EmbargoShown {
    let id = standing.id;
    let said = engine.sync.acknowledgements(&id);
    let newest_lease = engine.sync.leases().newest(&view.id());
    EmbargoShown {
        id,
        collective: view.id(),
        collective_name: name(view),
        terms: shown::terms(&standing.embargo),
        standing: state(standing, around.now, newest_lease),
        rests_on: rests_on(view, &standing.embargo),
        settled: end::is_settled(view, &id),
        lifts: standing.lifts.iter().map(|lift| lift.id).collect(),
        acknowledged: said.iter().map(|said| acknowledged(engine, said)).collect(),
        compliance: around.compliance(standing, &said),
        coverage: Coverage::default(),
    }
}

/// An embargo without effect.
fn idle(view: &View, id: RecordId, why: &Ineffective, embargo: &Embargo) -> EmbargoShown {
    EmbargoShown {
        id,
        collective: view.id(),
        collective_name: name(view),
        terms: shown::terms(embargo),
        standing: EmbargoStanding::Ineffective { why: why.to_string(), fix: authority::fix(why).to_owned() },
        rests_on: RestsOn::Nothing,
        settled: false,
        lifts: Vec::new(),
        acknowledged: Vec::new(),
        compliance: Compliance::default(),
        coverage: Coverage::default(),
    }
}

fn name(view: &View) -> String {
    view.charter().map(|charter| charter.name.clone()).unwrap_or_default()
}

/// Says how an embargo that counts stands, `now` in seconds since 1970.
pub(super) fn state(standing: &Standing, now: u64, newest_lease: Option<u64>) -> EmbargoStanding {
    if standing.is_lifted() {
        EmbargoStanding::Lifted
    } else if standing.ends.is_some_and(|ends| newest_lease.is_some_and(|lease| lease > ends)) {
        EmbargoStanding::Over
    } else if standing.embargo.starts > now.max(newest_lease.unwrap_or(0)) {
        EmbargoStanding::Pending
    } else if standing.lifts.is_empty() {
        EmbargoStanding::InForce
    } else {
        EmbargoStanding::PartlyLifted
    }
}

/// Says whether an embargo covers nothing any more, or never did.
pub(super) const fn is_over(standing: &EmbargoStanding) -> bool {
    matches!(standing, EmbargoStanding::Lifted | EmbargoStanding::Over | EmbargoStanding::Ineffective { .. })
}

fn rests_on(view: &View, embargo: &Embargo) -> RestsOn {
    let Some(id) = embargo.mandate else {
        let demanded = view.charter().is_some_and(|charter| charter.rules.mandate_required);
        return if demanded { RestsOn::Emergency } else { RestsOn::Governance };
    };
    let found = view.mandate(&id).and_then(|mandate| Some((mandate, view.ballot(&mandate.mandate.ballot)?)));
    found.map_or(RestsOn::Nothing, |(mandate, ballot)| RestsOn::Mandate {
        mandate: id,
        ballot: ballot.hash,
        question: ballot.ballot.question.clone(),
        outcome: ballot.outcome.to_string(),
        earliest: mandate.earliest,
        expires: mandate.expires,
    })
}

/// What a node said of an embargo, and when.
type Said = (PublicKey, EmbargoState, u64);

fn acknowledged(engine: &Engine, (node, state, time): &Said) -> Acknowledged {
    let collectives = engine.sync.views().audience(node).collectives.into_iter().collect();
    Acknowledged { node: *node, collectives, state: *state, time: Some(*time) }
}

/// The nodes around this one, looked up once for all embargoes.
#[derive(Debug)]
struct Around {
    now: u64,
    nodes: BTreeMap<PublicKey, NodeKnown>,
}

impl Around {
    fn of(engine: &Engine, now: u64, nodes: &Nodes) -> Self {
        let heard = engine.sync.heard();
        let this = engine.keys.node.public();
        let known = nodes.known(engine).into_keys().map(|node| {
            let connected = nodes.connected.contains(&node) || node == this;
            let collectives: Vec<CollectiveId> =
                engine.sync.views().audience(&node).collectives.into_iter().collect();
            let known = NodeKnown {
                node,
                name: engine.sync.card(&node).map(|card| card.name.clone()),
                collectives,
                connected,
                named: engine.sync.is_named_node(&node),
                time: None,
                heard: if connected { Some(now) } else { heard.get(&node).copied() },
                waiting: None,
            };
            (node, known)
        });
        Self { now, nodes: known.collect() }
    }

    /// Sorts the nodes by what they said of an embargo.
    fn compliance(&self, standing: &Standing, said: &[Said]) -> Compliance {
        let mut compliance =
            Compliance { since: said.iter().map(|(_, _, time)| *time).min(), ..Compliance::default() };
        let stated: BTreeMap<&PublicKey, (EmbargoState, u64)> =
            said.iter().map(|(node, state, time)| (node, (*state, *time))).collect();
        // Nobody can enforce what has not begun.
        let since = compliance.since.map(|since| since.max(standing.embargo.starts));
        for (node, known) in &self.nodes {
            let stated = stated.get(node);
            let known = NodeKnown { time: stated.map(|(_, time)| *time), ..known.clone() };
            match stated {
                Some((EmbargoState::Enforced, _)) => compliance.enforce.push(known),
                Some((EmbargoState::Received, _)) => compliance.received.push(self.waiting(known, since)),
                None if heard_since(&known, since) => compliance.lag.push(self.waiting(known, since)),
                None => compliance.unheard.push(self.waiting(known, since)),
            }
        }
        counted(compliance)
    }

    fn waiting(&self, known: NodeKnown, since: Option<u64>) -> NodeKnown {
        NodeKnown { waiting: since.map(|since| self.now.saturating_sub(since)), ..known }
    }
}

fn heard_since(known: &NodeKnown, since: Option<u64>) -> bool {
    known.heard.is_some_and(|heard| known.connected || since.is_some_and(|since| heard >= since))
}

fn counted(compliance: Compliance) -> Compliance {
    let count = |nodes: &Vec<NodeKnown>| nodes.len() as u64;
    Compliance {
        enforce_count: count(&compliance.enforce),
        received_count: count(&compliance.received),
        lag_count: count(&compliance.lag),
        unheard_count: count(&compliance.unheard),
        ..compliance
    }
}
