//! From control feeds to a view, in three steps: which feeds and charters count, what was revoked, what is in force.

mod charters;
mod counted;
mod judge;
mod roles;
mod tally;

use std::collections::BTreeMap;

use commonwheel_record::{CollectiveId, FeedId, NetworkId, RecordId};

use crate::feed::{ControlFeed, Verified};
use crate::view::View;
use counted::Counted;
use judge::Judge;
use tally::Tally;

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
    let Some(counted) = Counted::of(network, collective, feeds) else {
        return View::unfounded(network, collective);
    };
    let judge = Judge::new(&counted);
    let mut tally = Tally::default();
    for (feed, held) in &counted.feeds {
        for (index, leaf) in (0..).zip(held.feed.leaves) {
            judge.leaf(&mut tally, RecordId { feed: *feed, index }, leaf);
        }
    }
    tally.into_view(network, &judge)
}
