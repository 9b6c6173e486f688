//! From control feeds to a view.
//!
//! First which feeds and charters count and what was revoked; then each record is judged by itself; then what rests on
//! other records is resolved, in the one order in which it can be: closes by their witnesses, erasures by their dates,
//! the roll, ballots and their votes, mandates, embargoes, settlements, lifts.

mod authority;
mod ballots;
mod charters;
mod counted;
mod embargoes;
mod erased;
mod finish;
mod gather;
mod judge;
mod lifts;
mod mandates;
mod people;
mod pinned;
mod polls;
mod roles;
mod votes;
mod witnesses;

use std::collections::BTreeMap;

use commonwheel_record::control::Tally;
use commonwheel_record::{CollectiveId, Cut, FeedId, Hash, NetworkId, RecordId};

use crate::feed::{ControlFeed, Verified};
use crate::view::{Outcome, View};
use gather::{Gathered, Refused};
use judge::Judge;
use polls::{Stage, Supposed};

/// A record and where it stands.
#[derive(Clone, Copy, Debug)]
struct Placed<'a> {
    id: RecordId,
    verified: &'a Verified,
}

/// Folds the control feeds held of a collective into a view.
///
/// `feeds` may hold more than the collective's: one counts if it is a first control feed of this collective, or if a
/// root-signed delegation in a counted feed names it. Without a first control feed the view is not founded.
#[must_use]
pub fn fold(
    network: &NetworkId,
    collective: CollectiveId,
    feeds: &BTreeMap<FeedId, ControlFeed<'_>>,
) -> View {
    fold_supposing(network, collective, feeds, None)
}

/// Returns the result that a close of a ballot's last stage has to state if its heads amount to `cut`.
///
/// What valid closes already hold is counted in. None if the ballot is not valid, if the voting of a secret ballot
/// has not been closed, or if something inside the cut is not held.
#[must_use]
pub fn tally_at(
    network: &NetworkId,
    collective: CollectiveId,
    feeds: &BTreeMap<FeedId, ControlFeed<'_>>,
    ballot: &Hash,
    cut: &Cut,
) -> Option<Tally> {
    let asked = fold(network, collective, feeds);
    let secret = asked.ballot(ballot)?.ballot.reveals.is_some();
    let stage = if secret { Stage::Revealing } else { Stage::Voting };
    let supposed = Supposed { ballot, stage, cut };
    let view = fold_supposing(network, collective, feeds, Some(&supposed));
    let ballot = view.ballot(ballot)?;
    let counted = ballot.cut.is_some() && ballot.outcome != Outcome::Incomplete;
    counted.then_some(ballot.tally)
}

fn fold_supposing(
    network: &NetworkId,
    collective: CollectiveId,
    feeds: &BTreeMap<FeedId, ControlFeed<'_>>,
    supposed: Option<&Supposed<'_>>,
) -> View {
    let Some(counted) = pinned::counted(network, collective, feeds) else {
        return View::unfounded(network, collective);
    };
    let judge = Judge::new(&counted);
    let (mut gathered, mut refused) = (Gathered::default(), Refused::new());
    for (feed, held) in &counted.feeds {
        for (index, leaf) in (0..).zip(held.feed.leaves) {
            judge.leaf(&mut gathered, &mut refused, RecordId { feed: *feed, index }, leaf);
        }
    }
    finish::view(network, &judge, gathered, refused, supposed)
}
