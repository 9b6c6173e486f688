//! What a charter's witnesses say of a head: that it was there, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use commonwheel_record::control::Charter;
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::{Cut, FeedId, PublicKey};

use super::authority::bounded;
use super::judge::Judge;
use crate::feed::Witnessed;
use crate::ineffective::Ineffective;

/// How many of the charter's witnesses are a majority of all it lists.
fn majority(charter: &Charter) -> usize {
    if is_planted(Fault::OneWitness) { 1 } else { charter.witnesses.len() / 2 + 1 }
}

/// The control feeds that count, with the keys that write them: no writer is a witness of its own feed.
#[derive(Debug)]
pub(super) struct Writers(BTreeMap<FeedId, PublicKey>);

impl Writers {
    pub(super) fn of(judge: &Judge<'_, '_>) -> Self {
        Self(judge.counted.feeds.iter().map(|(id, counted)| (*id, counted.feed.manifest.writer)).collect())
    }

    /// Checks that a majority of a charter's witnesses cosigned a head in a span of seconds.
    pub(super) fn cosigned(
        &self,
        charter: &Charter,
        head: &Witnessed,
        span: &RangeInclusive<u64>,
    ) -> Result<(), Ineffective> {
        let writer = self.0.get(&head.head.feed).ok_or(Ineffective::ForeignHead)?;
        if charter.witnesses.is_empty() {
            return Err(Ineffective::NoWitnesses);
        }
        let stamps = || head.stamps.iter().filter(|(key, _)| charter.witnesses.contains(*key));
        let others = || stamps().filter(|(key, _)| *key != writer);
        let in_time = |(_, time): &(&PublicKey, &u64)| span.contains(*time);
        let enough = |count: usize| count >= majority(charter);
        if enough(others().filter(in_time).count()) {
            Ok(())
        } else if enough(stamps().filter(in_time).count()) {
            Err(Ineffective::SelfWitnessed)
        } else if enough(others().count()) {
            Err(Ineffective::WitnessedOutOfTime)
        } else {
            Err(Ineffective::TooFewWitnesses)
        }
    }

    /// Returns the latest time that a majority of a charter's witnesses vouches for, in seconds since 1970.
    fn time(&self, charter: &Charter, head: &Witnessed) -> Option<u64> {
        let writer = self.0.get(&head.head.feed)?;
        let counts = |key: &PublicKey| charter.witnesses.contains(key) && key != writer;
        let mut times: Vec<u64> =
            head.stamps.iter().filter(|(key, _)| counts(key)).map(|(_, time)| *time).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(majority(charter) - 1).copied()
    }
}

/// Dates heads by the witnesses of the charters of a chain, the newest first.
///
/// The witnesses of a replaced charter are asked only of heads inside its successor's cut, as its keys are.
#[derive(Debug)]
pub(super) struct Dates<'a> {
    writers: Writers,
    charters: Vec<(&'a Charter, Option<&'a Cut>)>,
    /// The liveness keys, where the charter that holds lists no witnesses.
    alone: BTreeSet<PublicKey>,
}

impl<'a> Dates<'a> {
    pub(super) fn of(judge: &Judge<'a, '_>, liveness: &BTreeSet<PublicKey>) -> Self {
        let witnessed = judge.charter().is_some_and(|charter| !charter.witnesses.is_empty());
        let alone = if witnessed { BTreeSet::new() } else { liveness.clone() };
        Self { writers: Writers::of(judge), charters: bounded(&judge.chain).rev().collect(), alone }
    }

    /// Returns the time of the oldest of several heads, as the charter's witnesses saw them.
    pub(super) fn witnessed(&self, heads: &[Witnessed]) -> Result<u64, Ineffective> {
        let times: Option<Vec<u64>> = heads.iter().map(|head| self.by_witnesses(head)).collect();
        times.and_then(|times| times.into_iter().min()).ok_or(Ineffective::TooFewWitnesses)
    }

    /// Returns a head's time, as the witnesses saw it, or a liveness key where there are none.
    pub(super) fn dated(&self, head: &Witnessed) -> Option<u64> {
        let alive = || {
            let known = self.writers.0.contains_key(&head.head.feed);
            let times = head.stamps.iter().filter(|(key, _)| self.alone.contains(*key));
            times.map(|(_, time)| *time).max().filter(|_| known)
        };
        self.by_witnesses(head).or_else(alive)
    }

    /// Returns the time of a head that a majority of witnesses cosigned.
    pub(super) fn by_witnesses(&self, head: &Witnessed) -> Option<u64> {
        let inside = |cut: &Cut| cut.0.get(&head.head.feed).is_some_and(|size| head.head.size <= *size);
        let asked = self.charters.iter().filter(|(_, within)| within.is_none_or(inside));
        asked.filter_map(|(charter, _)| self.writers.time(charter, head)).next()
    }
}
