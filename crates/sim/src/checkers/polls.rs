//! Ballots, counted once more: from what a node holds, by DESIGN §5 and the rules of the charter, without the fold.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{
    Ballot, Cast, Charter, Choice, Close, Content, Personal, Principal, Range, Rules, Tally, VoteBody,
};
use commonwheel_record::{Cut, Domain, Hash, NetworkId, PublicKey, RecordId, cbor};

use super::log::{Held, Log, roll_of};
use super::stamps::Stamped;

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

/// A ballot that a node may count.
#[derive(Clone, Debug)]
pub(crate) struct Poll<'a> {
    log: &'a Log,
    network: NetworkId,
    pub(crate) hash: Hash,
    pub(crate) ballot: &'a Ballot,
    pub(crate) charter: &'a Charter,
    voters: BTreeMap<PublicKey, (Principal, u64)>,
}

/// What a carried ballot allows.
#[derive(Clone, Debug)]
pub(crate) struct Allowed<'a> {
    pub(crate) poll: Poll<'a>,
    /// In seconds since 1970.
    pub(crate) earliest: u64,
    pub(crate) expires: u64,
    /// The cut of the close that it names.
    pub(crate) cut: Cut,
}

/// A stage of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Voting,
    Last,
}

impl Log {
    /// The ballot of a name, if it is valid by what is held.
    pub(crate) fn poll(&self, network: &NetworkId, hash: &Hash) -> Option<Poll<'_>> {
        let copies = self.records.iter().filter(|held| held.hash == *hash);
        copies.into_iter().find_map(|held| self.poll_at(network, held))
    }

    fn poll_at(&self, network: &NetworkId, held: &Held) -> Option<Poll<'_>> {
        let ballot = self.records.iter().find(|other| other.id == held.id).and_then(ballot_of)?;
        let charter = self.charter_named(&ballot.charter)?;
        let voters = self.voters(&ballot.cut, &charter.rules);
        let called = match &held.personal {
            Some(Personal::Petition(petition)) => {
                let of_roll = petition.signatures.keys().filter(|key| voters.contains_key(key)).count();
                let needed = charter.rules.petition as usize;
                needed > 0 && of_roll >= needed
            }
            _ => false,
        };
        let secret = ballot.reveals.is_some() || !charter.rules.secret_ballots;
        let stands = self.replaced(charter).is_none_or(|cut| cut.contains(&held.id.feed, held.id.index));
        let sound =
            roll_of(network, &voters) == ballot.roll && secret && stands && (held.authorised || called);
        sound.then_some(Poll { log: self, network: *network, hash: held.hash, ballot, charter, voters })
    }

    /// What a mandate allows, if it is valid by what is held.
    pub(crate) fn mandate(&self, network: &NetworkId, id: &RecordId) -> Option<Allowed<'_>> {
        let held = self.records.iter().find(|held| held.id == *id)?;
        let Content::Mandate(mandate) = &held.content else { return None };
        let poll = self.poll(network, &mandate.ballot)?;
        let (close, stamps) = self.close_at(&mandate.close)?;
        let stated =
            close.result.filter(|_| close.ballot == mandate.ballot && poll.is_valid(close, stamps))?;
        let cut = close.cut();
        let carried = poll.tally() == Some(stated) && passes(&poll.charter.rules, &stated);
        carried.then(|| {
            let after = |days: u32| poll.ballot.decided() + u64::from(days) * DAY;
            let rules = &poll.charter.rules;
            let (earliest, expires) = (after(rules.notice_days), after(rules.mandate_days));
            Allowed { poll, earliest, expires, cut }
        })
    }

    /// Closes that state what a ballot came to: those that carry it, or, to the reckless, any.
    pub(crate) fn results(&self, network: &NetworkId, ballot: &Hash, reckless: bool) -> Vec<RecordId> {
        let poll = self.poll(network, ballot);
        let carries = |close: &Close, stamps: &[Stamped]| {
            poll.as_ref().is_some_and(|poll| {
                let right = close.result.is_some() && poll.tally() == close.result;
                let passed = close.result.is_some_and(|result| passes(&poll.charter.rules, &result));
                right && passed && poll.is_valid(close, stamps)
            })
        };
        let of = |held: &Held| match &held.content {
            Content::Close(close) if close.ballot == *ballot && close.result.is_some() => {
                (reckless || carries(close, &held.stamps)).then_some(held.id)
            }
            _ => None,
        };
        self.records.iter().filter_map(of).collect()
    }

    /// Where votes and reveals stand whose bodies are erased by a declaration that counts.
    pub(crate) fn erased(&self, network: &NetworkId) -> BTreeSet<RecordId> {
        let mut erased = BTreeSet::new();
        let ballots = self.records.iter().filter(|held| matches!(held.content, Content::Ballot(_)));
        for poll in ballots.filter_map(|held| self.poll(network, &held.hash)) {
            let votes = self.votes_of(&poll.hash);
            for (_, _, ranges) in poll.erasures() {
                let inside = |id: &&RecordId| ranges.iter().any(|range| range.contains(id));
                erased.extend(votes.iter().filter(inside));
            }
        }
        erased
    }

    /// Where votes and reveals stand of which anybody authorised said that their bodies may go.
    pub(crate) fn may_be_erased(&self, id: &RecordId) -> bool {
        let Some(hash) = self.records.iter().find(|held| held.id == *id).map(|held| held.hash) else {
            return false;
        };
        let copies = || self.records.iter().filter(|held| held.hash == hash).map(|held| held.id);
        self.records.iter().filter(|held| held.authorised).any(|held| match &held.content {
            Content::Erasure(erasure) => {
                copies().any(|copy| erasure.ranges.iter().any(|range| range.contains(&copy)))
            }
            _ => false,
        })
    }

    /// When a majority of a charter's witnesses had seen a head, its own writer not counted.
    pub(crate) fn seen(&self, charter: &Charter, stamped: &Stamped) -> Option<u64> {
        let writer = self.writers.get(&stamped.head.feed)?;
        let counts = |key: &PublicKey| charter.witnesses.contains(key) && key != writer;
        let mut times: Vec<u64> =
            stamped.by.iter().filter(|(key, _)| counts(key)).map(|(_, time)| *time).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(charter.witnesses.len() / 2).copied()
    }

    /// Where the votes and reveals of a ballot stand.
    pub(crate) fn votes_of(&self, ballot: &Hash) -> Vec<RecordId> {
        let of = |held: &&Held| match &held.content {
            Content::Vote(vote) => vote.ballot == *ballot,
            Content::Reveal(reveal) => reveal.ballot == *ballot,
            _ => false,
        };
        self.records.iter().filter(of).map(|held| held.id).collect()
    }

    fn close_at(&self, id: &RecordId) -> Option<(&Close, &[Stamped])> {
        self.records.iter().find(|held| held.id == *id).and_then(|held| match &held.content {
            Content::Close(close) => Some((&**close, held.stamps.as_slice())),
            _ => None,
        })
    }
}

const fn ballot_of(held: &Held) -> Option<&Ballot> {
    if let Content::Ballot(ballot) = &held.content { Some(ballot) } else { None }
}

impl Poll<'_> {
    /// When a stage ended, in seconds since 1970; one that a close without a result ends is the voting.
    fn end(&self, stage: Stage) -> u64 {
        match (stage, self.ballot.reveals) {
            (Stage::Last, Some(reveals)) => reveals,
            _ => self.ballot.closes,
        }
    }

    const fn stage(&self, close: &Close) -> Stage {
        if self.ballot.reveals.is_some() && close.result.is_none() { Stage::Voting } else { Stage::Last }
    }

    /// Says whether a majority of the charter's witnesses saw every head of a close in time.
    fn is_valid(&self, close: &Close, stamps: &[Stamped]) -> bool {
        let end = self.end(self.stage(close));
        stamps.iter().all(|stamped| self.is_witnessed(stamped, end))
    }

    /// Says whether a majority of the charter's witnesses saw a head in time, its own writer not counted.
    pub(crate) fn is_witnessed(&self, stamped: &Stamped, end: u64) -> bool {
        let Some(writer) = self.log.writers.get(&stamped.head.feed) else { return false };
        let grace = u64::from(self.charter.rules.grace_hours) * HOUR;
        let in_time = stamped.by.iter().filter(|(witness, time)| {
            self.charter.witnesses.contains(*witness)
                && *witness != writer
                && (end..=end + grace).contains(time)
        });
        in_time.count() * 2 > self.charter.witnesses.len()
    }

    /// What the valid closes of a stage amount to; nothing if the ballot was written after its voting ended.
    pub(crate) fn cut(&self, stage: Stage) -> Option<Cut> {
        self.merged(Stage::Voting)?;
        self.merged(stage).filter(|_| self.is_inside())
    }

    /// Says whether the ballot was written before its voting ended: otherwise no close of it counts.
    fn is_inside(&self) -> bool {
        let mut copies = self.log.records.iter().filter(|held| held.hash == self.hash);
        self.merged(Stage::Voting)
            .is_none_or(|voting| copies.any(|held| voting.contains(&held.id.feed, held.id.index)))
    }

    fn merged(&self, stage: Stage) -> Option<Cut> {
        let stage = if self.ballot.reveals.is_some() { stage } else { Stage::Last };
        let mut merged: Option<Cut> = None;
        for held in &self.log.records {
            let Content::Close(close) = &held.content else { continue };
            if close.ballot == self.hash && self.stage(close) == stage && self.is_valid(close, &held.stamps) {
                merged = Some(union(merged, &close.cut()));
            }
        }
        merged
    }

    /// What the votes inside the closes' cut amount to; none where it is not closed, or not all of it is held.
    pub(crate) fn tally(&self) -> Option<Tally> {
        if let Some(stated) = self.sealed() {
            return Some(stated);
        }
        let (voting, last) = (self.cut(Stage::Voting)?, self.cut(Stage::Last)?);
        self.count(&voting, &last)
    }

    /// The result that stands since the votes were declared erased: that of the first such declaration.
    fn sealed(&self) -> Option<Tally> {
        let mut erasures: Vec<(RecordId, Tally)> =
            self.erasures().map(|(id, tally, _)| (id, tally)).collect();
        erasures.sort_by_key(|(id, _)| *id);
        erasures.first().map(|(_, tally)| *tally)
    }

    /// The declarations that count, with the result that each lets stand and where it says that votes were.
    fn erasures(&self) -> impl Iterator<Item = (RecordId, Tally, &[Range])> {
        self.log.records.iter().filter(|held| held.authorised).filter_map(|held| {
            let Content::Erasure(erasure) = &held.content else { return None };
            let (close, stamps) = self.log.close_at(&erasure.close?)?;
            let counts = close.ballot == self.hash && self.is_valid(close, stamps) && self.is_inside();
            let dates: Option<Vec<u64>> =
                held.stamps.iter().map(|stamped| self.log.seen(self.charter, stamped)).collect();
            let over = dates.and_then(|dates| dates.into_iter().min()) > Some(self.erasable());
            close.result.filter(|_| counts && over).map(|tally| (held.id, tally, erasure.ranges.as_slice()))
        })
    }

    /// The second after which personal parts may be erased.
    fn erasable(&self) -> u64 {
        let rules = &self.charter.rules;
        self.ballot.decided() + (u64::from(rules.mandate_days) + u64::from(rules.retention_days)) * DAY
    }

    /// What the votes inside a cut amount to, with what is revealed inside another.
    pub(crate) fn count(&self, voting: &Cut, last: &Cut) -> Option<Tally> {
        let held = |cut: &Cut| {
            cut.0.iter().all(|(feed, size)| self.log.whole.0.get(feed).is_some_and(|whole| whole >= size))
        };
        if !held(voting) || !held(last) {
            return None;
        }
        let eligible = self.voters.values().map(|(_, votes)| votes).sum();
        let mut tally = Tally { eligible, ..Tally::default() };
        for (key, vote) in self.votes(voting) {
            let votes = self.voters.get(&key).map_or(0, |(_, votes)| *votes);
            match self.choice(&vote, last) {
                Some(Choice::Yes) => tally.yes += votes,
                Some(Choice::No) => tally.no += votes,
                Some(Choice::Abstain) | None => tally.abstained += votes,
            }
        }
        Some(tally)
    }

    /// The vote of each key that counts.
    fn votes(&self, cut: &Cut) -> BTreeMap<PublicKey, VoteBody> {
        let mut votes: BTreeMap<PublicKey, VoteBody> = BTreeMap::new();
        for held in self.log.records.iter().filter(|held| cut.contains(&held.id.feed, held.id.index)) {
            let (Content::Vote(leaf), Some(Personal::Vote(body))) = (&held.content, &held.personal) else {
                continue;
            };
            let open = matches!(body.content.cast, Cast::Open(_));
            let counts = leaf.ballot == self.hash
                && body.content.ballot == self.hash
                && self.voters.contains_key(&body.key)
                && open == self.ballot.reveals.is_none();
            if counts && votes.get(&body.key).is_none_or(|other| self.is_later(body, other)) {
                votes.insert(body.key, *body);
            }
        }
        votes
    }

    fn is_later(&self, vote: &VoteBody, other: &VoteBody) -> bool {
        let hash = |vote: &VoteBody| Hash::of(Domain::VOTE, &self.network, &[&cbor::encode(&vote.content)]);
        let rank = |vote: &VoteBody| (vote.content.sequence, std::cmp::Reverse(hash(vote)));
        rank(vote) > rank(other)
    }

    fn choice(&self, vote: &VoteBody, cut: &Cut) -> Option<Choice> {
        let sealed = match vote.content.cast {
            Cast::Open(choice) => return Some(choice),
            Cast::Sealed(sealed) => sealed,
        };
        let inside = self.log.records.iter().filter(|held| cut.contains(&held.id.feed, held.id.index));
        inside.into_iter().find_map(|held| match (&held.content, &held.personal) {
            (Content::Reveal(reveal), Some(Personal::Reveal(body))) => {
                let opens = reveal.ballot == self.hash
                    && body.voter == vote.key
                    && body.sealed(&self.network, &self.hash) == sealed;
                opens.then_some(body.choice)
            }
            _ => None,
        })
    }
}

/// The larger size of each feed.
pub(crate) fn union(one: Option<Cut>, other: &Cut) -> Cut {
    let mut merged = one.unwrap_or_default();
    for (feed, size) in &other.0 {
        let entry = merged.0.entry(*feed).or_default();
        *entry = (*entry).max(*size);
    }
    merged
}

/// Says whether a tally carries a ballot, as the charter's fractions say it.
pub(crate) fn passes(rules: &Rules, tally: &Tally) -> bool {
    let [eligible, yes, no, abstained] =
        [tally.eligible, tally.yes, tally.no, tally.abstained].map(u128::from);
    let counted = yes + no + if rules.abstentions_count { abstained } else { 0 };
    let [turnout, majority, floor] = [rules.turnout, rules.majority, rules.support_floor]
        .map(|r| (u128::from(r.over), u128::from(r.under)));
    eligible > 0
        && counted * turnout.1 >= turnout.0 * eligible
        && yes * majority.1 > majority.0 * (yes + no)
        && yes * floor.1 >= floor.0 * eligible
}
