//! What the witnesses of a ballot's charter say of the control feeds, and what is missing for a close.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{BallotView, View};
use commonwheel_ledger::store::{Store as _, StoreError};
use commonwheel_record::control::WitnessedHead;
use commonwheel_record::{CollectiveId, FeedId, PublicKey};

use crate::engine::Engine;

/// Seconds in an hour.
const HOUR: u64 = 3600;

/// The end of a ballot that a close is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The end of a secret ballot's voting: the close states no result.
    OfVoting,
    /// The end of all: the close states the result.
    OfAll,
}

impl End {
    /// Returns the end that is to be closed next, if its time has come; `now` is in seconds since 1970.
    pub(crate) fn due(ballot: &BallotView, now: u64) -> Option<Self> {
        let reveals = ballot.ballot.reveals;
        if now < ballot.ballot.closes {
            None
        } else if reveals.is_none() {
            Some(Self::OfAll)
        } else if ballot.cut.is_none() || reveals.is_some_and(|reveals| now < reveals) {
            Some(Self::OfVoting)
        } else {
            Some(Self::OfAll)
        }
    }

    /// Returns the seconds in which the heads of its close are witnessed.
    pub(crate) fn span(self, ballot: &BallotView) -> (u64, u64) {
        let end = match self {
            Self::OfVoting => ballot.ballot.closes,
            Self::OfAll => ballot.ballot.decided(),
        };
        (end, end.saturating_add(u64::from(ballot.rules.grace_hours).saturating_mul(HOUR)))
    }
}

/// What can be closed, and whose word is missing for more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Witnessing {
    /// Of each control feed the largest head that a majority witnessed in time.
    pub(crate) heads: Vec<WitnessedHead>,
    /// Feeds whose newest head is not among them, with the witnesses that did not stamp it in time.
    pub(crate) missing: BTreeMap<FeedId, BTreeSet<PublicKey>>,
}

impl Engine {
    /// Returns what the witnesses said of a collective's control feeds in a span of seconds.
    pub(crate) fn witnessing(
        &self,
        collective: &CollectiveId,
        witnesses: &BTreeSet<PublicKey>,
        (from, to): (u64, u64),
    ) -> Result<Witnessing, StoreError> {
        let heads = self.sync.witnessed_heads(collective, from, to)?;
        let feeds = self.sync.views().get(collective).map(View::control_feeds);
        let mut missing = BTreeMap::new();
        for feed in feeds.into_iter().flatten() {
            let best = heads.iter().find(|witnessed| witnessed.head.feed == *feed);
            let held = self.sync.store().head(feed).map_or(0, |signed| signed.head.size);
            if best.map_or(0, |best| best.head.size) < held {
                missing.insert(*feed, self.silent(feed, held, witnesses, (from, to)));
            }
        }
        Ok(Witnessing { heads, missing })
    }

    /// Returns the witnesses of a feed, its writer apart, that stamped no head of that size in a span of seconds.
    fn silent(
        &self,
        feed: &FeedId,
        size: u64,
        witnesses: &BTreeSet<PublicKey>,
        (from, to): (u64, u64),
    ) -> BTreeSet<PublicKey> {
        let writer = self.sync.store().manifest(feed).map(|manifest| manifest.writer);
        let spoke = self.sync.cosigners(feed, size, witnesses, from..=to);
        let silent = |key: &&PublicKey| Some(**key) != writer && !spoke.contains(*key);
        witnesses.iter().filter(silent).copied().collect()
    }

    /// Returns the control feeds that no majority of witnesses other than their writer could ever vouch for.
    pub(crate) fn unwitnessable(
        &self,
        collective: &CollectiveId,
        witnesses: &BTreeSet<PublicKey>,
    ) -> Vec<FeedId> {
        let feeds = self.sync.views().get(collective).map(View::control_feeds);
        let too_few = |feed: &&FeedId| {
            let writer = self.sync.store().manifest(feed).map(|manifest| manifest.writer);
            let others = witnesses.iter().filter(|key| Some(**key) != writer).count();
            others <= witnesses.len() / 2
        };
        feeds.into_iter().flatten().filter(too_few).copied().collect()
    }
}
