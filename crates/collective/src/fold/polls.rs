//! Ballots whose charter is the collective's, with the closes that witnesses stand behind.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use commonwheel_record::control::{Ballot, Charter, Close};
use commonwheel_record::{Cut, Hash, RecordId};

use super::authority::bounded;
use super::gather::{Gathered, Refused, Stated};
use super::judge::Judge;
use super::witnesses::Writers;
use crate::ineffective::Ineffective;

/// A cut that a close yet to be written would have, see [`super::tally_at`].
#[derive(Debug)]
pub(super) struct Supposed<'s> {
    pub(super) ballot: &'s Hash,
    pub(super) stage: Stage,
    pub(super) cut: &'s Cut,
}

/// What a close ends. An open ballot has only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The voting.
    Voting,
    /// The revealing of a secret ballot's choices.
    Revealing,
}

/// A ballot, by the hash of its signed bytes; whether it was validly called is not judged yet.
#[derive(Debug)]
pub(super) struct Poll<'a> {
    pub(super) ballot: &'a Ballot,
    /// The charter it froze.
    pub(super) charter: &'a Charter,
    /// Where the first of its copies stands.
    pub(super) first: RecordId,
    /// Its copies, in ascending order; at least one.
    pub(super) copies: Vec<Stated<'a, Ballot>>,
    /// Which votes count.
    pub(super) voting: Option<Cut>,
    /// Which reveals count.
    pub(super) revealing: Option<Cut>,
    /// The valid closes, in ascending order.
    pub(super) closes: Vec<Stated<'a, Close>>,
}

impl Poll<'_> {
    const fn is_secret(&self) -> bool {
        self.ballot.reveals.is_some()
    }

    /// What a close of it ends: of a secret ballot, the revealing if it states a result.
    fn stage(&self, close: &Close) -> Stage {
        if self.is_secret() && close.result.is_some() { Stage::Revealing } else { Stage::Voting }
    }

    /// The seconds in which a close's heads are cosigned: from the stage's end to the charter's grace after it.
    fn span(&self, stage: Stage) -> RangeInclusive<u64> {
        let end = match stage {
            Stage::Voting => self.ballot.closes,
            Stage::Revealing => self.ballot.decided(),
        };
        end..=end.saturating_add(u64::from(self.charter.rules.grace_hours).saturating_mul(3600))
    }

    /// A ballot that was written after the voting it asks for was closed is none.
    fn is_inside(&self) -> bool {
        let inside = |cut: &Cut| self.copies.iter().any(|copy| cut.contains(&copy.id.feed, copy.id.index));
        self.voting.as_ref().is_none_or(inside)
    }

    /// Of several closes the largest size of each feed holds.
    fn merge(&mut self, stage: Stage, cut: &Cut) {
        let merged = match stage {
            Stage::Voting => &mut self.voting,
            Stage::Revealing => &mut self.revealing,
        };
        let merged = merged.get_or_insert_with(Cut::default);
        for (feed, size) in &cut.0 {
            let held = merged.0.entry(*feed).or_insert(*size);
            *held = (*held).max(*size);
        }
    }
}

/// Ballots by the hashes of their signed bytes.
pub(super) type Polls<'a> = BTreeMap<Hash, Poll<'a>>;

/// Finds the ballots that name a charter of the chain, and their valid closes.
pub(super) fn polls<'a>(
    judge: &Judge<'a, '_>,
    gathered: &Gathered<'a>,
    supposed: Option<&Supposed<'_>>,
    refused: &mut Refused,
) -> Polls<'a> {
    let mut polls = Polls::new();
    for stated in &gathered.ballots {
        match charter_of(judge, stated) {
            Ok(charter) => {
                let poll = polls.entry(stated.verified.hash).or_insert_with(|| Poll {
                    ballot: stated.content,
                    charter,
                    first: stated.id,
                    copies: Vec::new(),
                    voting: None,
                    revealing: None,
                    closes: Vec::new(),
                });
                poll.copies.push(*stated);
            }
            Err(why) => {
                refused.insert(stated.id, why);
            }
        }
    }
    let writers = Writers::of(judge);
    for close in &gathered.closes {
        if let Err(why) = enter(&mut polls, &writers, close) {
            refused.insert(close.id, why);
        }
    }
    if let Some(Supposed { ballot, stage, cut }) = supposed
        && let Some(poll) = polls.get_mut(ballot)
    {
        poll.merge(*stage, cut);
    }
    for poll in polls.values_mut().filter(|poll| !poll.is_inside()) {
        (poll.voting, poll.revealing) = (None, None);
        refused.extend(poll.closes.drain(..).map(|close| (close.id, Ineffective::BallotAfterClose)));
    }
    polls
}

/// The charter that a ballot froze. One that was replaced opens no ballot beyond its successor's cut.
fn charter_of<'a>(judge: &Judge<'a, '_>, stated: &Stated<'a, Ballot>) -> Result<&'a Charter, Ineffective> {
    let RecordId { feed, index } = stated.id;
    let at = judge.chain.iter().position(|(hash, _)| *hash == stated.content.charter);
    let (charter, within) =
        at.and_then(|at| bounded(&judge.chain).nth(at)).ok_or(Ineffective::UnknownCharter)?;
    let stands = within.is_none_or(|cut| cut.contains(&feed, index));
    if stands { Ok(charter) } else { Err(Ineffective::ReplacedCharter) }
}

fn enter<'a>(polls: &mut Polls<'a>, writers: &Writers, close: &Stated<'a, Close>) -> Result<(), Ineffective> {
    let poll = polls.get_mut(&close.content.ballot).ok_or(Ineffective::NoBallot)?;
    let stage = poll.stage(close.content);
    let span = poll.span(stage);
    for head in &close.verified.witnessed {
        writers.cosigned(poll.charter, head, &span)?;
    }
    poll.merge(stage, &close.content.cut());
    poll.closes.push(*close);
    Ok(())
}
