//! Mandates: statements that a ballot was carried.

use std::collections::BTreeMap;

use commonwheel_record::control::Mandate;
use commonwheel_record::{Cut, Hash, RecordId};

use super::gather::{Gathered, Refused};
use super::polls::Polls;
use crate::ineffective::Ineffective;
use crate::view::{BallotView, MandateView, Outcome};

/// Finds the valid mandates, in ascending order. Nobody needs to sign one: it states what everybody can check.
pub(super) fn mandates(
    gathered: &Gathered<'_>,
    polls: &Polls<'_>,
    ballots: &[BallotView],
    refused: &mut Refused,
) -> Vec<MandateView> {
    let closes = gathered.closes.iter().map(|close| (close.id, close.content.ballot)).collect();
    let mut valid = Vec::new();
    for stated in &gathered.mandates {
        match carried(stated.content, &closes, polls, ballots) {
            Ok((ballot, cut)) => valid.push(view(stated.id, stated.content, ballot, cut)),
            Err(why) => {
                refused.insert(stated.id, why);
            }
        }
    }
    valid
}

/// The ballot that a mandate's close carried, and that close's cut.
fn carried<'b>(
    mandate: &Mandate,
    closes: &BTreeMap<RecordId, Hash>,
    polls: &Polls<'_>,
    ballots: &'b [BallotView],
) -> Result<(&'b BallotView, Cut), Ineffective> {
    let of = closes.get(&mandate.close).ok_or(Ineffective::NoClose)?;
    if *of != mandate.ballot {
        return Err(Ineffective::OtherBallot);
    }
    let at = ballots.binary_search_by_key(of, |ballot| ballot.hash).map_err(|_| Ineffective::NoBallot)?;
    let ballot = ballots.get(at).ok_or(Ineffective::NoBallot)?;
    let valid = polls.get(of).and_then(|poll| poll.closes.iter().find(|close| close.id == mandate.close));
    let close = valid.ok_or(Ineffective::NoClose)?.content;
    if close.result.is_none() {
        return Err(Ineffective::NoResult);
    }
    if !ballot.closes.contains(&mandate.close) {
        let missing = ballot.outcome == Outcome::Incomplete;
        return Err(if missing { Ineffective::NotAllHeld } else { Ineffective::ResultDiffers });
    }
    if ballot.outcome == Outcome::Carried { Ok((ballot, close.cut())) } else { Err(Ineffective::NotCarried) }
}

fn view(id: RecordId, mandate: &Mandate, ballot: &BallotView, cut: Cut) -> MandateView {
    MandateView { id, mandate: mandate.clone(), earliest: ballot.earliest(), expires: ballot.expires(), cut }
}
