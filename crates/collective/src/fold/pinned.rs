//! How much of a forked feed counts all the same: what a majority of the charter's witnesses cosigned.
//!
//! Otherwise whoever writes a delegated control feed could end a strike after the fact, by signing a second branch
//! from before the votes it carries. Witnesses verify that a head extends the one they cosigned before, so of two
//! branches a majority cosigns at most one; and the root in such a head says which leaves are meant. The cosignatures
//! prove themselves, so it does not matter where the close, the erasure or the release stands that embeds the head.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::{Frontier, tree};
use commonwheel_record::attestation::Head;
use commonwheel_record::{CollectiveId, FeedId, Leaf, NetworkId};

use super::counted::Counted;
use super::judge::Judge;
use super::witnesses::Dates;
use crate::feed::{ControlFeed, ControlLeaf};

/// Control feeds by their ids.
type Feeds<'a> = BTreeMap<FeedId, ControlFeed<'a>>;

/// Finds what counts, with every forked feed good as far as witnesses say.
///
/// What is found to be good may hold a charter with further witnesses, so it is looked for until nothing is.
pub(super) fn counted<'a>(
    network: &NetworkId,
    collective: CollectiveId,
    feeds: &Feeds<'a>,
) -> Option<Counted<'a>> {
    let mut feeds = feeds.clone();
    loop {
        let counted = Counted::of(network, collective, &feeds)?;
        let longer = pinned(&counted);
        if longer.is_empty() {
            return Some(counted);
        }
        for (id, good) in longer {
            if let Some(feed) = feeds.get_mut(&id) {
                feed.forked = Some(good);
            }
        }
    }
}

/// The forked feeds of which more is good than was known, and how much.
fn pinned(counted: &Counted<'_>) -> BTreeMap<FeedId, u64> {
    let forked = counted.feeds.iter().filter_map(|(id, counted)| Some((*id, counted.feed.forked?)));
    let forked: BTreeMap<FeedId, u64> = forked.collect();
    if forked.is_empty() {
        return forked;
    }
    let judge = Judge::new(counted);
    let dates = Dates::of(&judge, &BTreeSet::new());
    let mut longer = BTreeMap::new();
    for head in heads(counted, &dates, &forked) {
        let feed = counted.feeds.get(&head.feed).map(|counted| counted.feed.leaves);
        if feed.is_some_and(|leaves| is_head_of(&head, leaves)) {
            let good = longer.entry(head.feed).or_insert(head.size);
            *good = (*good).max(head.size);
        }
    }
    longer
}

/// The heads that a majority of witnesses cosigned beyond what is good of a feed.
fn heads(counted: &Counted<'_>, dates: &Dates<'_>, forked: &BTreeMap<FeedId, u64>) -> BTreeSet<Head> {
    let leaves = counted.feeds.values().flat_map(|counted| counted.feed.leaves);
    let records = leaves.filter_map(|leaf| match leaf {
        ControlLeaf::Record(verified) => Some(verified),
        _ => None,
    });
    let embedded = records.flat_map(|verified| &verified.witnessed);
    let beyond = embedded.filter(|w| forked.get(&w.head.feed).is_some_and(|good| w.head.size > *good));
    beyond.filter(|witnessed| dates.by_witnesses(witnessed).is_some()).map(|w| w.head).collect()
}

/// Says whether the leaves that are held are the ones under a head.
fn is_head_of(head: &Head, leaves: &[ControlLeaf]) -> bool {
    let Some(leaves) = usize::try_from(head.size).ok().and_then(|size| leaves.get(..size)) else {
        return false;
    };
    let mut tree = Frontier::default();
    for leaf in leaves {
        let ControlLeaf::Record(verified) = leaf else { return false };
        // Leaves are canonical, so encoding what was decoded gives their bytes.
        tree.push(tree::leaf_hash(&Leaf::Control(Box::new(verified.control.clone())).encode()));
    }
    tree.root() == head.root
}
