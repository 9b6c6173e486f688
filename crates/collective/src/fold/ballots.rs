//! Ballots that were validly called, and what came of them.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Personal, Petition, Tally};
use commonwheel_record::{Cut, Hash, NetworkId};

use super::counted::Counted;
use super::erased::Erased;
use super::gather::{Gathered, Refused};
use super::people::People;
use super::polls::{Poll, Polls};
use super::votes::{Cards, count};
use crate::feed::ControlLeaf;
use crate::ineffective::Ineffective;
use crate::view::{BallotView, Outcome, Roll, judge};

/// What ballots are judged by.
#[derive(Debug)]
pub(super) struct Hall<'a, 'f> {
    pub(super) network: &'f NetworkId,
    pub(super) gathered: &'f Gathered<'a>,
    pub(super) people: &'f People<'a>,
    pub(super) erased: &'f Erased,
    /// How far each control feed is held without a gap.
    pub(super) held: &'f Cut,
}

/// How far each control feed that counts is held without a gap.
pub(super) fn held(counted: &Counted<'_>) -> Cut {
    let whole = |leaves: &[ControlLeaf]| {
        let gap = leaves.iter().position(|leaf| matches!(leaf, ControlLeaf::Missing));
        gap.unwrap_or(leaves.len()) as u64
    };
    Cut(counted.feeds.iter().map(|(id, counted)| (*id, whole(counted.feed.leaves))).collect())
}

impl<'a> Hall<'a, '_> {
    /// Judges every ballot, counts its votes and checks its closes.
    pub(super) fn ballots(&self, polls: &Polls<'a>, refused: &mut Refused) -> Vec<BallotView> {
        let cards = self.cards();
        let none = Cards::default();
        let mut ballots = Vec::new();
        for (hash, poll) in polls {
            let cards = cards.get(hash).unwrap_or(&none);
            match self.ballot(hash, poll, cards, refused) {
                Ok(ballot) => ballots.push(ballot),
                Err(why) => {
                    refused.extend(poll.copies.iter().map(|copy| (copy.id, why)));
                    refused.extend(poll.closes.iter().map(|close| (close.id, Ineffective::NoBallot)));
                }
            }
        }
        self.refuse_strays(&ballots, refused);
        ballots
    }

    fn cards(&self) -> BTreeMap<Hash, Cards<'a>> {
        let mut cards: BTreeMap<Hash, Cards<'a>> = BTreeMap::new();
        for vote in &self.gathered.votes {
            cards.entry(vote.content.ballot).or_default().votes.push(*vote);
        }
        for reveal in &self.gathered.reveals {
            cards.entry(reveal.content.ballot).or_default().reveals.push(*reveal);
        }
        cards
    }

    /// Votes and reveals of no valid ballot.
    fn refuse_strays(&self, ballots: &[BallotView], refused: &mut Refused) {
        let valid: BTreeSet<Hash> = ballots.iter().map(|ballot| ballot.hash).collect();
        let votes = self.gathered.votes.iter().map(|vote| (vote.id, vote.content.ballot));
        let reveals = self.gathered.reveals.iter().map(|reveal| (reveal.id, reveal.content.ballot));
        for (id, _) in votes.chain(reveals).filter(|(_, ballot)| !valid.contains(ballot)) {
            refused.insert(id, Ineffective::NoBallot);
        }
    }

    fn ballot(
        &self,
        hash: &Hash,
        poll: &Poll<'a>,
        cards: &Cards<'a>,
        refused: &mut Refused,
    ) -> Result<BallotView, Ineffective> {
        if poll.charter.rules.secret_ballots && poll.ballot.reveals.is_none() {
            return Err(Ineffective::NotSecret);
        }
        if let Some(tally) = self.erased.sealed.get(hash) {
            self.called_before_erasure(poll)?;
            let view = BallotView { sealed: true, ..unjudged(hash, poll, *tally) };
            return Ok(self.close(view, poll, false, refused));
        }
        // Asked before the roll is made: anybody who writes a control feed may append ballots by the thousand.
        callable(poll)?;
        let roll = self.people.at(&poll.ballot.cut, &poll.charter.rules);
        if roll.hash(self.network) != poll.ballot.roll {
            let whole = self.holds(&poll.ballot.cut) && !self.people.awaits(self.gathered, &poll.ballot.cut);
            return Err(if whole { Ineffective::RollDiffers } else { Ineffective::NotAllHeld });
        }
        called(poll, &roll)?;
        let count = count(self.network, hash, poll, &roll, cards, refused);
        let view = BallotView {
            voters: roll.voters(),
            votes: count.votes,
            tally: count.tally,
            ..unjudged(hash, poll, count.tally)
        };
        Ok(self.close(view, poll, count.awaits, refused))
    }

    /// The roll and the petition cannot be read any more: the petition is taken to have sufficed.
    fn called_before_erasure(&self, poll: &Poll<'_>) -> Result<(), Ineffective> {
        if poll.ballot.petition.is_some() && poll.charter.rules.petition > 0 {
            return Ok(());
        }
        governed(poll)
    }

    /// Says what came of a ballot, and which of its closes say so too.
    fn close(
        &self,
        mut view: BallotView,
        poll: &Poll<'_>,
        awaits: bool,
        refused: &mut Refused,
    ) -> BallotView {
        let whole = |cut: &Option<Cut>| cut.as_ref().is_none_or(|cut| self.holds(cut));
        let incomplete = !view.sealed && (awaits || !whole(&view.cut) || !whole(&view.reveal_cut));
        for close in &poll.closes {
            let judged = match close.content.result {
                None => Ok(()),
                Some(_) if view.cut.is_none() => Err(Ineffective::VotingNotClosed),
                Some(_) if incomplete => Err(Ineffective::NotAllHeld),
                Some(result) if result != view.tally => Err(Ineffective::ResultDiffers),
                Some(_) => {
                    view.closes.insert(close.id);
                    Ok(())
                }
            };
            if let Err(why) = judged {
                refused.insert(close.id, why);
            }
        }
        view.outcome = match (view.last_cut(), &view.cut) {
            (_, None) => Outcome::Open,
            (None, Some(_)) => Outcome::Revealing,
            _ if incomplete => Outcome::Incomplete,
            _ => judge(&view.rules, &view.tally),
        };
        view
    }

    fn holds(&self, cut: &Cut) -> bool {
        cut.0.iter().all(|(feed, size)| *size <= self.held.0.get(feed).copied().unwrap_or_default())
    }
}

/// A ballot with a tally, before its closes are read.
fn unjudged(hash: &Hash, poll: &Poll<'_>, tally: Tally) -> BallotView {
    BallotView {
        id: poll.first,
        hash: *hash,
        ballot: poll.ballot.clone(),
        rules: poll.charter.rules.clone(),
        witnesses: poll.charter.witnesses.clone(),
        voters: 0,
        cut: poll.voting.clone(),
        reveal_cut: poll.revealing.clone(),
        votes: BTreeMap::new(),
        tally,
        outcome: Outcome::Open,
        closes: BTreeSet::new(),
        sealed: false,
    }
}

fn governed(poll: &Poll<'_>) -> Result<(), Ineffective> {
    let judged = poll.copies.iter().map(|copy| copy.governed);
    judged.reduce(Result::or).unwrap_or(Err(Ineffective::NotGovernanceSigned))
}

/// Says whether governance called a ballot, or as many keys as the charter asks for did; whose they are is not asked here.
fn callable(poll: &Poll<'_>) -> Result<(), Ineffective> {
    let Err(why) = governed(poll) else { return Ok(()) };
    let asked = poll.charter.rules.petition as usize;
    if poll.ballot.petition.is_none() || asked == 0 {
        return Err(why);
    }
    if petition(poll)?.signatures.len() >= asked { Ok(()) } else { Err(Ineffective::PetitionTooSmall) }
}

/// A ballot is called by governance, or by as many members as the charter asks for, each with a vote.
fn called(poll: &Poll<'_>, roll: &Roll) -> Result<(), Ineffective> {
    if governed(poll).is_ok() {
        return Ok(());
    }
    let signers = petition(poll)?.signatures.keys();
    let members = signers.filter(|key| roll.get(key).is_some_and(|seat| seat.votes > 0));
    let asked = poll.charter.rules.petition as usize;
    if members.count() >= asked { Ok(()) } else { Err(Ineffective::PetitionTooSmall) }
}

/// Returns the petition that calls a ballot.
fn petition<'a>(poll: &Poll<'a>) -> Result<&'a Petition, Ineffective> {
    let held = poll.copies.iter().map(super::gather::Stated::personal).reduce(Result::or);
    match held {
        Some(Ok(Personal::Petition(petition))) => Ok(petition),
        Some(Err(why)) => Err(why),
        Some(Ok(_)) | None => Err(Ineffective::BodyMalformed),
    }
}
