//! Ballots as the records show them.

use commonwheel_api::types::{
    BallotListAnswer, BallotListRequest, BallotShowAnswer, BallotShowRequest, BallotShown, BallotStage,
    MandateShown, TallyShown,
};
use commonwheel_collective::{BallotView, Outcome, View};
use commonwheel_record::CollectiveId;
use commonwheel_record::control::Content;

use super::super::Refusal;
use super::{find, ineffective, words};
use crate::engine::Engine;

pub(in super::super) fn list(
    engine: &Engine,
    now: u64,
    request: BallotListRequest,
) -> Result<BallotListAnswer, Refusal> {
    let mut answer = BallotListAnswer { ballots: Vec::new(), ineffective: Vec::new() };
    for view in engine.sync.views().iter() {
        if request.collective.is_some_and(|only| only != view.id()) {
            continue;
        }
        answer.ballots.extend(view.ballots().iter().map(|ballot| shown_of(view, ballot, now)));
        answer.ineffective.extend(ineffective(engine, &view.id(), is_voting)?);
    }
    answer.ballots.sort_by_key(|shown| (shown.closes, shown.ballot));
    Ok(answer)
}

const fn is_voting(content: &Content) -> bool {
    matches!(
        content,
        Content::Ballot(_)
            | Content::Vote(_)
            | Content::Reveal(_)
            | Content::Close(_)
            | Content::Mandate(_)
            | Content::Erasure(_)
    )
}

pub(in super::super) fn show(
    engine: &Engine,
    now: u64,
    request: BallotShowRequest,
) -> Result<BallotShowAnswer, Refusal> {
    let (collective, ballot) = find(engine, request.ballot)?;
    shown(engine, now, collective, &ballot).map(BallotShowAnswer)
}

/// Shows a ballot of a collective; `now` is in milliseconds since 1970.
pub(super) fn shown(
    engine: &Engine,
    now: u64,
    collective: CollectiveId,
    ballot: &BallotView,
) -> Result<BallotShown, Refusal> {
    let view = engine.sync.views().get(&collective);
    let view = view.ok_or_else(|| super::super::not_found(format!("collective {collective}")))?;
    Ok(shown_of(view, ballot, now))
}

fn shown_of(view: &View, view_of: &BallotView, now: u64) -> BallotShown {
    let ballot = &view_of.ballot;
    let mandates = view.mandates().iter().filter(|stated| stated.mandate.ballot == view_of.hash);
    let tally = view_of.tally;
    BallotShown {
        ballot: view_of.hash,
        id: view_of.id,
        collective: view.id(),
        collective_name: view.charter().map(|charter| charter.name.clone()).unwrap_or_default(),
        question: ballot.question.clone(),
        proposals: ballot.proposals.iter().map(words::proposal).collect(),
        petition: ballot.petition.is_some(),
        opens: ballot.opens,
        closes: ballot.closes,
        reveals: ballot.reveals,
        stage: stage(view_of, now / 1000),
        voters: view_of.voters,
        tally: TallyShown {
            eligible: tally.eligible,
            yes: tally.yes,
            no: tally.no,
            abstained: tally.abstained,
        },
        needs: words::needs(view_of),
        outcome: view_of.outcome.to_string(),
        counted: view_of.last_cut().map(|cut| cut.0.clone()).unwrap_or_default(),
        closes_by: view_of.closes.clone(),
        mandates: mandates
            .map(|stated| MandateShown { id: stated.id, earliest: stated.earliest, expires: stated.expires })
            .collect(),
        erased: view_of.sealed,
        erasable: view_of.erasable(),
    }
}

fn stage(view_of: &BallotView, now: u64) -> BallotStage {
    let ballot = &view_of.ballot;
    match view_of.outcome {
        Outcome::Carried => BallotStage::Carried,
        Outcome::Failed(_) => BallotStage::Failed,
        Outcome::Incomplete => BallotStage::Incomplete,
        Outcome::Open | Outcome::Revealing if now < ballot.opens => BallotStage::Announced,
        Outcome::Open | Outcome::Revealing if now < ballot.closes => BallotStage::Voting,
        Outcome::Open | Outcome::Revealing if now < ballot.decided() => BallotStage::Revealing,
        Outcome::Open | Outcome::Revealing => BallotStage::Closing,
    }
}
