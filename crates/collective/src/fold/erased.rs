//! Erasures: which bodies are gone by declaration, and which ballots' results stand as stated since.
//!
//! Nothing here may depend on a body that an erasure covers: a node that erased it and one that still holds it must
//! come to the same view.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Erasure, Range, Tally};
use commonwheel_record::{Hash, NetworkId, RecordId};

use super::gather::{Gathered, Refused, Stated};
use super::people::People;
use super::polls::{Poll, Polls};
use super::witnesses::Dates;
use crate::ineffective::Ineffective;
use crate::view::erasable;

/// What was declared erased.
#[derive(Debug, Default)]
pub(super) struct Erased {
    /// Every copy of a record whose body is erased.
    pub(super) records: BTreeSet<RecordId>,
    /// What was declared erased and is needed all the same. Nodes that believed the declaration hold it no more, so
    /// nobody waits for it: otherwise a ballot appended later could close the collective for good.
    pub(super) in_vain: BTreeSet<RecordId>,
    /// Enrolments among the records, by the hashes of their signed bytes.
    pub(super) enrolments: BTreeSet<Hash>,
    /// Ballots whose votes are erased, with the result that stands.
    pub(super) sealed: BTreeMap<Hash, Tally>,
}

/// Enrolments that an erasure covers, by the hashes of their signed bytes, with the latest time of such an erasure.
type Candidates = BTreeMap<Hash, u64>;

impl Erased {
    pub(super) fn of(
        network: &NetworkId,
        gathered: &Gathered<'_>,
        polls: &Polls<'_>,
        dates: &Dates<'_>,
        refused: &mut Refused,
    ) -> Self {
        let mut erased = Self::default();
        let mut valid = Vec::new();
        for erasure in &gathered.erasures {
            match erased.admit(erasure, gathered, polls, dates) {
                Ok(time) => valid.push((erasure, time)),
                Err(why) => {
                    refused.insert(erasure.id, why);
                }
            }
        }
        let mut hashes: BTreeSet<Hash> = BTreeSet::new();
        for (erasure, _) in &valid {
            hashes.extend(erased.of_ballot(erasure, gathered));
        }
        let candidates = candidates(gathered, &valid);
        let declared: BTreeSet<Hash> = candidates.keys().copied().collect();
        erased.enrolments = unused(network, gathered, polls, &erased.sealed, candidates);
        hashes.extend(&erased.enrolments);
        hashes.extend(erased.notices(gathered, &valid));
        erased.records = copies(gathered, &hashes);
        erased.in_vain = copies(gathered, &declared.difference(&erased.enrolments).copied().collect());
        for (erasure, _) in valid {
            if erasure.content.close.is_none()
                && !erased.records.iter().any(|id| holds(&erasure.content.ranges, id))
            {
                refused.insert(erasure.id, Ineffective::NothingToErase);
            }
        }
        erased
    }

    /// Checks an erasure's date, seals its ballot, and returns the date.
    fn admit(
        &mut self,
        erasure: &Stated<'_, Erasure>,
        gathered: &Gathered<'_>,
        polls: &Polls<'_>,
        dates: &Dates<'_>,
    ) -> Result<u64, Ineffective> {
        let time = dates.witnessed(&erasure.verified.witnessed)?;
        let Some(id) = erasure.content.close else { return Ok(time) };
        let named = gathered.closes.binary_search_by_key(&id, |close| close.id).ok();
        let close = named.and_then(|at| gathered.closes.get(at)).ok_or(Ineffective::NoClose)?;
        let poll = polls.get(&close.content.ballot).ok_or(Ineffective::NoClose)?;
        if !poll.closes.iter().any(|close| close.id == id) {
            return Err(Ineffective::NoClose);
        }
        let result = close.content.result.ok_or(Ineffective::NoResult)?;
        if time <= over(poll) {
            return Err(Ineffective::ErasedTooEarly);
        }
        self.sealed.entry(close.content.ballot).or_insert(result);
        Ok(time)
    }

    /// The votes, reveals and petition in an erasure's ranges that belong to the ballot it seals.
    fn of_ballot(&self, erasure: &Stated<'_, Erasure>, gathered: &Gathered<'_>) -> Vec<Hash> {
        let close = gathered.closes.iter().find(|close| Some(close.id) == erasure.content.close);
        let Some(ballot) = close.map(|close| close.content.ballot) else { return Vec::new() };
        let inside = |id: &RecordId| holds(&erasure.content.ranges, id);
        let votes = gathered.votes.iter().filter(|vote| vote.content.ballot == ballot && inside(&vote.id));
        let reveals =
            gathered.reveals.iter().filter(|open| open.content.ballot == ballot && inside(&open.id));
        let called = gathered.ballots.iter().filter(|b| b.verified.hash == ballot && inside(&b.id));
        let votes = votes.map(|vote| vote.verified.hash);
        votes.chain(reveals.map(|r| r.verified.hash)).chain(called.map(|b| b.verified.hash)).collect()
    }

    /// The notices in the ranges of erasures whose enrolments are erased too.
    fn notices(&self, gathered: &Gathered<'_>, valid: &[(&Stated<'_, Erasure>, u64)]) -> Vec<Hash> {
        let inside = |id: &RecordId| valid.iter().any(|(erasure, _)| holds(&erasure.content.ranges, id));
        let gone = |leave: &RecordId| {
            enrolment_hash(gathered, leave).is_some_and(|hash| self.enrolments.contains(&hash))
        };
        let leaves = gathered.leaves.iter().filter(|l| inside(&l.id) && gone(&l.content.enrolment));
        leaves.map(|leave| leave.verified.hash).collect()
    }
}

/// The second after which a ballot's personal parts may be erased.
fn over(poll: &Poll<'_>) -> u64 {
    erasable(poll.ballot, &poll.charter.rules)
}

fn holds(ranges: &[Range], id: &RecordId) -> bool {
    ranges.iter().any(|range| range.contains(id))
}

fn enrolment_hash(gathered: &Gathered<'_>, id: &RecordId) -> Option<Hash> {
    let at = gathered.enrolments.binary_search_by_key(id, |stated| stated.id).ok()?;
    Some(gathered.enrolments.get(at)?.verified.hash)
}

/// Enrolments in an erasure's ranges that a leave ends.
///
/// Whether a notice was the principal's own can no longer be told once it is erased. Governance, which signs the
/// erasure, stands for it; [`unused`] sees to it that no ballot rests on somebody it takes off the roll like that.
fn candidates(gathered: &Gathered<'_>, valid: &[(&Stated<'_, Erasure>, u64)]) -> Candidates {
    let left: BTreeSet<Hash> = gathered
        .leaves
        .iter()
        .filter_map(|leave| enrolment_hash(gathered, &leave.content.enrolment))
        .collect();
    let mut candidates = Candidates::new();
    for (erasure, time) in valid {
        for stated in &gathered.enrolments {
            let hash = stated.verified.hash;
            if left.contains(&hash) && holds(&erasure.content.ranges, &stated.id) {
                let latest = candidates.entry(hash).or_insert(*time);
                *latest = (*latest).max(*time);
            }
        }
    }
    candidates
}

/// The candidates that no ballot's roll needs any more.
///
/// A ballot that is sealed needs none, nor one that was over at the erasure's date. Others need whoever was enrolled
/// when they opened and had not left. Whether somebody left by a notice of their own is told by bodies, which must not
/// matter here: they had if the ballot's roll is what it names without them.
fn unused(
    network: &NetworkId,
    gathered: &Gathered<'_>,
    polls: &Polls<'_>,
    sealed: &BTreeMap<Hash, Tally>,
    mut candidates: Candidates,
) -> BTreeSet<Hash> {
    if candidates.is_empty() {
        return BTreeSet::new();
    }
    let without: BTreeSet<Hash> = candidates.keys().copied().collect();
    let people = People::of(gathered, &without);
    for (_, poll) in polls.iter().filter(|(hash, _)| !sealed.contains_key(*hash)) {
        let called = poll.copies.iter().any(|copy| copy.governed.is_ok()) || poll.ballot.petition.is_some();
        if called {
            let roll = people.at(&poll.ballot.cut, &poll.charter.rules).hash(network);
            let needed = seated(gathered, poll, roll == poll.ballot.roll);
            candidates.retain(|hash, time| !needed.contains(hash) || *time > over(poll));
        }
    }
    candidates.into_keys().collect()
}

/// Enrolments inside a ballot's cut that no leave there ends: none of governance, or none at all if notices count.
fn seated(gathered: &Gathered<'_>, poll: &Poll<'_>, notices_count: bool) -> BTreeSet<Hash> {
    let inside = |id: &RecordId| poll.ballot.cut.contains(&id.feed, id.index);
    let off: BTreeSet<Hash> = gathered
        .leaves
        .iter()
        .filter(|leave| (notices_count || leave.governed.is_ok()) && inside(&leave.id))
        .filter_map(|leave| enrolment_hash(gathered, &leave.content.enrolment))
        .collect();
    let enrolled = gathered.enrolments.iter().filter(|stated| inside(&stated.id));
    enrolled.map(|stated| stated.verified.hash).filter(|hash| !off.contains(hash)).collect()
}

/// Every copy of records: an erasure that names one means the others too.
fn copies(gathered: &Gathered<'_>, hashes: &BTreeSet<Hash>) -> BTreeSet<RecordId> {
    if hashes.is_empty() {
        return BTreeSet::new();
    }
    let enrolments = gathered.enrolments.iter().map(|stated| (stated.id, stated.verified.hash));
    let leaves = gathered.leaves.iter().map(|stated| (stated.id, stated.verified.hash));
    let ballots = gathered.ballots.iter().map(|stated| (stated.id, stated.verified.hash));
    let votes = gathered.votes.iter().map(|stated| (stated.id, stated.verified.hash));
    let reveals = gathered.reveals.iter().map(|stated| (stated.id, stated.verified.hash));
    let all = enrolments.chain(leaves).chain(ballots).chain(votes).chain(reveals);
    all.filter(|(_, hash)| hashes.contains(hash)).map(|(id, _)| id).collect()
}
