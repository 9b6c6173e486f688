//! Which votes of a ballot count, and what they amount to.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use commonwheel_record::control::{Cast, Choice, Personal, Reveal, Tally, Vote, VoteContent, encode};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::{Cut, Domain, Hash, NetworkId, PublicKey, RecordId};

use super::gather::{Refused, Stated};
use super::polls::Poll;
use crate::ineffective::Ineffective;
use crate::view::{CountedVote, Roll};

/// The votes and reveals that name one ballot.
#[derive(Debug, Default)]
pub(super) struct Cards<'a> {
    pub(super) votes: Vec<Stated<'a, Vote>>,
    pub(super) reveals: Vec<Stated<'a, Reveal>>,
}

/// What the counted votes of a ballot are.
#[derive(Debug)]
pub(super) struct Count {
    pub(super) votes: BTreeMap<PublicKey, CountedVote>,
    pub(super) tally: Tally,
    /// Whether a vote or reveal that would count awaits its body.
    pub(super) awaits: bool,
}

/// A vote that may count, unless another of the same key does.
#[derive(Clone, Copy, Debug)]
struct Candidate<'a> {
    id: RecordId,
    content: &'a VoteContent,
    key: PublicKey,
    votes: u64,
    hash: Hash,
}

impl Candidate<'_> {
    /// The highest number, then the smaller hash, then the first of several copies.
    fn rank(&self) -> (Reverse<u64>, Hash, RecordId) {
        (Reverse(self.content.sequence), self.hash, self.id)
    }

    /// The vote with its choice, as far as that was revealed.
    fn counted(&self, choices: &BTreeMap<PublicKey, Choice>) -> CountedVote {
        let VoteContent { sequence, cast, .. } = *self.content;
        let choice = match cast {
            Cast::Open(choice) => Some(choice),
            Cast::Sealed(_) => choices.get(&self.key).copied(),
        };
        CountedVote { id: self.id, sequence, cast, choice, votes: self.votes }
    }
}

/// Counts the votes of a ballot by its frozen roll.
pub(super) fn count(
    network: &NetworkId,
    hash: &Hash,
    poll: &Poll<'_>,
    roll: &Roll,
    cards: &Cards<'_>,
    refused: &mut Refused,
) -> Count {
    let mut awaits = false;
    let mut refuse = |id: RecordId, why: Ineffective| {
        awaits |= why == Ineffective::BodyMissing;
        refused.insert(id, why);
    };
    let mut candidates = Vec::new();
    for vote in &cards.votes {
        match candidate(network, hash, poll, roll, vote) {
            Ok(candidate) => candidates.push(candidate),
            Err(why) => refuse(vote.id, why),
        }
    }
    let best = best(&candidates);
    // A copy of the vote that counts is no other vote.
    let superseded = |c: &&Candidate<'_>| best.get(&c.key).is_some_and(|held| held.hash != c.hash);
    candidates.iter().filter(superseded).for_each(|c| refuse(c.id, Ineffective::Superseded));
    let choices = choices(network, hash, poll, cards, &mut refuse, &best);
    let votes: BTreeMap<PublicKey, CountedVote> =
        best.values().map(|candidate| (candidate.key, candidate.counted(&choices))).collect();
    let twice = candidates.iter().filter(|c| is_planted(Fault::DoubleVote) && superseded(c));
    let tally = amount(roll, votes.values().copied().chain(twice.map(|c| c.counted(&choices))));
    Count { votes, tally, awaits }
}

/// The vote of each key that counts.
fn best<'a>(candidates: &[Candidate<'a>]) -> BTreeMap<PublicKey, Candidate<'a>> {
    let mut best: BTreeMap<PublicKey, Candidate<'a>> = BTreeMap::new();
    for candidate in candidates {
        let held = best.entry(candidate.key).or_insert(*candidate);
        if candidate.rank() < held.rank() {
            *held = *candidate;
        }
    }
    best
}

fn amount(roll: &Roll, votes: impl Iterator<Item = CountedVote>) -> Tally {
    let mut tally = Tally { eligible: roll.votes(), ..Tally::default() };
    for vote in votes {
        let side = match vote.choice {
            Some(Choice::Yes) => &mut tally.yes,
            Some(Choice::No) => &mut tally.no,
            // What nobody revealed was cast all the same.
            Some(Choice::Abstain) | None => &mut tally.abstained,
        };
        *side = side.saturating_add(vote.votes);
    }
    tally
}

fn candidate<'a>(
    network: &NetworkId,
    ballot: &Hash,
    poll: &Poll<'_>,
    roll: &Roll,
    vote: &Stated<'a, Vote>,
) -> Result<Candidate<'a>, Ineffective> {
    inside(poll.voting.as_ref(), &vote.id)?;
    let Personal::Vote(body) = vote.personal()? else { return Err(Ineffective::BodyMalformed) };
    if body.content.ballot != *ballot {
        return Err(Ineffective::OtherBallot);
    }
    let seat = roll.get(&body.key).ok_or(Ineffective::NotOnRoll)?;
    if seat.votes == 0 {
        return Err(Ineffective::NoVote);
    }
    match (poll.ballot.reveals, body.content.cast) {
        (None, Cast::Sealed(_)) => Err(Ineffective::SealedVote),
        (Some(_), Cast::Open(_)) => Err(Ineffective::OpenVote),
        _ => {
            let hash = Hash::of(Domain::VOTE, network, &[&encode(&body.content)]);
            let (key, votes) = (body.key, seat.votes);
            Ok(Candidate { id: vote.id, content: &body.content, key, votes, hash })
        }
    }
}

/// The choices that reveals open, by the voters' keys.
fn choices(
    network: &NetworkId,
    ballot: &Hash,
    poll: &Poll<'_>,
    cards: &Cards<'_>,
    refuse: &mut impl FnMut(RecordId, Ineffective),
    best: &BTreeMap<PublicKey, Candidate<'_>>,
) -> BTreeMap<PublicKey, Choice> {
    let mut choices = BTreeMap::new();
    for reveal in &cards.reveals {
        match opened(network, ballot, poll, reveal, best) {
            Ok((voter, choice)) => {
                choices.insert(voter, choice);
            }
            Err(why) => refuse(reveal.id, why),
        }
    }
    choices
}

fn opened(
    network: &NetworkId,
    ballot: &Hash,
    poll: &Poll<'_>,
    reveal: &Stated<'_, Reveal>,
    best: &BTreeMap<PublicKey, Candidate<'_>>,
) -> Result<(PublicKey, Choice), Ineffective> {
    if poll.ballot.reveals.is_none() {
        return Err(Ineffective::NothingSealed);
    }
    inside(poll.revealing.as_ref(), &reveal.id)?;
    let Personal::Reveal(body) = reveal.personal()? else { return Err(Ineffective::BodyMalformed) };
    let sealed = Cast::Sealed(body.sealed(network, ballot));
    let opens = best.get(&body.voter).is_some_and(|vote| vote.content.cast == sealed);
    if opens { Ok((body.voter, body.choice)) } else { Err(Ineffective::NothingSealed) }
}

/// Before a valid close names a cut, everything held is inside.
fn inside(cut: Option<&Cut>, id: &RecordId) -> Result<(), Ineffective> {
    let counts = cut.is_none_or(|cut| cut.contains(&id.feed, id.index)) || is_planted(Fault::LateVote);
    if counts { Ok(()) } else { Err(Ineffective::AfterClose) }
}
