//! Opening a ballot: what it freezes is filled in from what this node holds.

use commonwheel_api::types::{BallotOpenAnswer, BallotOpenRequest, Made, ProposalShape, TermsShape};
use commonwheel_collective::{Verified, View};
use commonwheel_record::control::{Ballot, Content, Proposal, Rung, Terms};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Control, Leaf};

use super::super::control::{Authority, Ready, made, whose};
use super::super::strike::{cut, default_reach};
use super::super::{Refusal, invalid, not_found};
use crate::engine::Engine;

pub(in super::super) fn open(
    engine: &mut Engine,
    now: u64,
    request: BallotOpenRequest,
) -> Result<BallotOpenAnswer, Refusal> {
    let collective = whose(engine, request.collective)?;
    closable(engine, &collective, request.reveals)?;
    let (draft, by) = match request.petition {
        true => (true, Authority::Nobody),
        false => (request.draft, Authority::Governance),
    };
    let ballot = ballot(engine, now / 1000, &collective, request)?;
    let control = Control::new(Some(collective), Content::Ballot(Box::new(ballot)));
    let hash = Verified::hash_of(&engine.network, &control);
    let ready = Ready { collective, control, body: None };
    let made = made(engine, now, ready, by, draft)?;
    Ok(BallotOpenAnswer { ballot: hash, made: whole(made)? })
}

/// A draft that is handed around must be one that can be read again.
fn whole(made: Made) -> Result<Made, Refusal> {
    if let Made::Draft(draft) = &made {
        let decoded = Leaf::decode(&draft.record.0);
        decoded.map_err(|error| invalid(format!("no such ballot: {error}"), "change what it asks"))?;
    }
    Ok(made)
}

/// Returns an error if no close of a ballot could ever count under the charter that holds.
fn closable(engine: &Engine, collective: &CollectiveId, reveals: Option<u64>) -> Result<(), Refusal> {
    let charter = engine.sync.views().get(collective).and_then(View::charter);
    let Some(charter) = charter else { return Err(not_found(format!("the charter of {collective}")).into()) };
    if charter.witnesses.is_empty() {
        let fix = "list the writer keys of partners' nodes (`commonwheel status` shows one) as its witnesses";
        return Err(invalid("the charter lists no witnesses, so no ballot could be closed", fix).into());
    }
    if let Some(feed) = engine.unwitnessable(collective, &charter.witnesses).first() {
        let why = format!(
            "of the charter's {} witnesses too few are others than the writer of control feed {feed}: votes in it \
             could never count",
            charter.witnesses.len()
        );
        return Err(
            invalid(why, "list more witnesses in the charter: three, besides carriers, will do").into()
        );
    }
    if charter.rules.secret_ballots && reveals.is_none() {
        let why = "the charter asks for secret ballots";
        return Err(invalid(why, "say until when choices are revealed, with --reveals").into());
    }
    Ok(())
}

fn ballot(
    engine: &Engine,
    now: u64,
    collective: &CollectiveId,
    request: BallotOpenRequest,
) -> Result<Ballot, Refusal> {
    let view = engine.sync.views().get(collective);
    let view = view.ok_or_else(|| not_found(format!("collective {collective}")))?;
    let proposals = request.proposals.into_iter();
    Ok(Ballot {
        question: request.question,
        proposals: proposals.map(|shape| proposal(engine, *collective, shape)).collect(),
        opens: request.opens.unwrap_or(now),
        closes: request.closes,
        reveals: request.reveals,
        charter: view.charter_chain().last().copied().unwrap_or_default(),
        cut: view.folded().clone(),
        roll: view.roll().hash(&engine.network),
        petition: None,
    })
}

fn proposal(engine: &Engine, collective: CollectiveId, shape: ProposalShape) -> Proposal {
    match shape {
        ProposalShape::Lift(embargo) => Proposal::Lift(embargo),
        ProposalShape::Embargo(terms) => {
            let TermsShape { variant, scope, reach, audience, rung, demand } = *terms;
            Proposal::Embargo(Box::new(Terms {
                variant,
                scope,
                reach: reach.unwrap_or_else(|| default_reach(&variant)),
                from_cut: cut(engine, collective, Purpose::Data),
                audience,
                rung: rung.unwrap_or(Rung::Header),
                demand,
            }))
        }
    }
}
