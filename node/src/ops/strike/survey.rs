//! Counting what an embargo changes, over everything that is held, a few bundles a turn.

use std::collections::VecDeque;

use commonwheel_collective::{Audience, Standing, View, Views};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::{CollectiveId, FeedId, RecordId};
use commonwheel_sync::limits::BUNDLE;
use commonwheel_valve::plan::{Plan, Planner};

use crate::engine::Engine;
use crate::ops::Refusal;

/// Bundles of 256 records that one turn goes through: some milliseconds, in which the node does nothing else.
const BUNDLES_A_TURN: usize = 16;

/// A count that is under way.
#[derive(Debug)]
pub(super) struct Survey {
    planner: Planner,
    plan: Plan,
    /// What is left: feeds, each with its next bundle and the number there were when the count began.
    left: VecDeque<(FeedId, u64, u64)>,
}

impl Survey {
    /// Begins to compare the world without an embargo to the world with it, for everything that is held.
    fn begin(engine: &Engine, planner: Planner) -> Self {
        let store = engine.sync.store();
        let is_data = |feed: &FeedId| {
            store.manifest(feed).is_some_and(|manifest| manifest.purpose == FeedPurpose::Data)
        };
        let feeds = store.feeds().into_iter().filter(is_data);
        let left = feeds.map(|feed| (feed, 0, store.size(&feed).div_ceil(BUNDLE))).collect();
        let plan = planner.begin();
        Self { planner, plan, left }
    }

    pub(super) fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    pub(super) const fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) const fn planner(&self) -> &Planner {
        &self.planner
    }

    /// Counts a few bundles.
    pub(super) fn turn(&mut self, engine: &mut Engine) -> Result<(), Refusal> {
        for _ in 0..BUNDLES_A_TURN {
            let Some((feed, next, end)) = self.left.pop_front() else { return Ok(()) };
            if next >= end {
                continue;
            }
            let (planner, plan) = (&self.planner, &mut self.plan);
            engine.sync.look(&feed, next, |record| planner.count(plan, record))?;
            self.left.push_front((feed, next + 1, end));
        }
        Ok(())
    }
}

/// Begins to count what an embargo that counts does; none if there is no such embargo.
pub(super) fn of_embargo(engine: &Engine, now: u64, id: &RecordId, audiences: &[Audience]) -> Option<Survey> {
    let (view, standing) = find(engine.sync.views(), id)?;
    let with = engine.sync.views().clone();
    let mut without = with.clone();
    let (by, standing) = (view.id(), standing.clone());
    without.insert(view.without_embargo(&engine.network, id));
    let leases = engine.sync.leases().clone();
    let planner = Planner::new((without, with), leases, by, standing, audiences, now / 1000);
    // Where nobody's share is asked for, records that the embargo is not about need not be decided.
    let planner = if audiences.is_empty() { planner.only_covered() } else { planner };
    Some(Survey::begin(engine, planner))
}

/// Begins to count what an embargo would do: `with` is its collective's view as it would be.
pub(super) fn of_rehearsal(
    engine: &mut Engine,
    now: u64,
    with: View,
    standing: Standing,
    audiences: &[Audience],
) -> Result<Survey, Refusal> {
    let slots = engine.sync.slots_of(&with, &standing)?;
    let without = engine.sync.views().clone();
    let mut views = without.clone();
    let by = with.id();
    views.insert(with);
    if let Some(slots) = slots {
        views.set_slots(standing.id, slots);
    }
    let leases = engine.sync.leases().clone();
    let planner = Planner::new((without, views), leases, by, standing, audiences, now / 1000);
    Ok(Survey::begin(engine, planner))
}

/// Returns an embargo that counts, and whose it is.
pub(super) fn find<'a>(views: &'a Views, id: &RecordId) -> Option<(&'a View, &'a Standing)> {
    views.iter().find_map(|view| {
        let standing = view.embargoes().iter().find(|standing| standing.id == *id)?;
        Some((view, standing))
    })
}

/// Returns whose embargo a record is, if it counts.
pub(super) fn whose_embargo(engine: &Engine, id: &RecordId) -> Option<CollectiveId> {
    find(engine.sync.views(), id).map(|(view, _)| view.id())
}
