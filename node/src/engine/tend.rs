//! What a carrier does about ballots by itself: it closes those that are over, and states the mandates.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{BallotView, Outcome};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::{CollectiveId, FeedId, Hash};

use crate::engine::Engine;
use crate::engine::closing::{CloseError, has_mandate};
use crate::engine::witnessing::{End, Witnessing};

/// Seconds that each carrier of a collective has in turn, so that one of them closes a ballot and not all at once.
const TURN: u64 = 3;

/// Seconds to wait for witnesses that are missing, where the charter's grace does not end sooner.
const PATIENCE: u64 = 600;

/// Seconds between two looks for late votes that a ballot closed already should count.
const LATE: u64 = 60;

impl Engine {
    /// Closes ballots that are over and sufficiently witnessed, and states mandates, where it is this node's turn.
    pub(crate) fn tend_ballots(&mut self, now: u64) {
        if !self.settings.close_ballots || self.read_only.is_some() {
            return;
        }
        let own = self.own.map(|own| own.collective);
        let collectives: BTreeSet<CollectiveId> =
            own.into_iter().chain(self.carried.keys().copied()).collect();
        for collective in collectives {
            for ballot in self.untended(now / 1000, &collective) {
                match self.close_ballot(now, collective, ballot) {
                    Ok(closed) if closed.close.is_some() || closed.mandate.is_some() => {
                        tracing::info!(%collective, close = ?closed.close, mandate = ?closed.mandate, "ballot closed");
                    }
                    Ok(_) | Err(CloseError::Unwitnessed(_)) => {}
                    Err(CloseError::Ineffective(why)) => {
                        tracing::debug!(%collective, %why, "ballot not closed");
                    }
                    Err(error) => tracing::warn!(%collective, %error, "ballot not closed"),
                }
            }
        }
    }

    /// Returns the ballots of a collective that this node should do something about now; `now` in seconds.
    fn untended(&self, now: u64, collective: &CollectiveId) -> Vec<Hash> {
        let feed = self.control_feed(collective);
        let Some((feed, view)) = feed.zip(self.sync.views().get(collective)) else { return Vec::new() };
        // A feed without a record is none of the collective's yet, and its writer takes a turn all the same.
        let feeds: BTreeSet<FeedId> = view.control_feeds().iter().copied().chain([feed]).collect();
        if !self.counts_for(collective) || !is_turn(now, &feeds, &feed) {
            return Vec::new();
        }
        let ripe = |ballot: &&BallotView| match ballot.outcome {
            Outcome::Open | Outcome::Revealing => self.is_ripe(now, collective, ballot),
            Outcome::Carried if !has_mandate(view, &ballot.hash) => now < ballot.expires(),
            Outcome::Carried | Outcome::Failed(_) => {
                now % LATE < TURN && self.is_ripe(now, collective, ballot)
            }
            Outcome::Incomplete => false,
        };
        view.ballots().iter().filter(|ballot| !ballot.sealed).filter(ripe).map(|ballot| ballot.hash).collect()
    }

    /// Says whether the witnesses have said enough to close what is due: all votes held would count, or waiting for
    /// the rest has lasted long enough.
    fn is_ripe(&self, now: u64, collective: &CollectiveId, ballot: &BallotView) -> bool {
        let Some(end) = End::due(ballot, now) else { return false };
        let (from, to) = end.span(ballot);
        let patience = PATIENCE.min((to - from) / 2);
        // What is witnessed too late counts for nothing, and what was witnessed was looked at often enough by then.
        if now > to.saturating_add(PATIENCE) {
            return false;
        }
        let Ok(witnessing) = self.witnessing(collective, &ballot.witnesses, (from, to)) else { return false };
        self.adds(ballot, end, &witnessing.heads)
            && (now >= from + patience || self.is_complete(collective, ballot, &witnessing))
    }

    /// Says whether every control feed has a witnessed head, and no vote or reveal that is held lies above it.
    fn is_complete(&self, collective: &CollectiveId, ballot: &BallotView, witnessing: &Witnessing) -> bool {
        let heads = witnessing.heads.iter().map(|witnessed| (witnessed.head.feed, witnessed.head.size));
        let heads: BTreeMap<FeedId, u64> = heads.collect();
        let store = self.sync.store();
        let whole = |feed: &FeedId| match heads.get(feed) {
            Some(size) => !self.holds_votes(&ballot.hash, feed, *size, store.size(feed)),
            None => store.size(feed) == 0,
        };
        self.sync.views().get(collective).is_some_and(|view| view.control_feeds().iter().all(whole))
    }
}

/// Says whether it is the turn of the writer of a feed among those who write the others.
fn is_turn(now: u64, feeds: &BTreeSet<FeedId>, feed: &FeedId) -> bool {
    let rank = feeds.iter().position(|other| other == feed);
    rank.is_some_and(|rank| now / TURN % feeds.len() as u64 == rank as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_carrier_has_its_turn_and_nobody_else_has() {
        let feeds: BTreeSet<FeedId> = (0..3).map(|n| FeedId([n; 32])).collect();
        for now in 0..60 {
            let turns: Vec<&FeedId> = feeds.iter().filter(|feed| is_turn(now, &feeds, feed)).collect();
            assert_eq!(turns, [feeds.iter().nth((now / TURN % 3) as usize).unwrap()]);
        }
        assert!(!is_turn(0, &feeds, &FeedId([9; 32])));
        assert!(!is_turn(0, &BTreeSet::new(), &FeedId([9; 32])));
    }
}
