//! Rate limits: the queue of each, filled anew when releases change, and when headers of what was released arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use commonwheel_collective::{Slots, Standing, View};
use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::control::Variant;
use commonwheel_record::{CollectiveId, FeedId, Leaf, RecordId};
use commonwheel_valve::{Headers, slots};

use crate::limits::{BUNDLE, QUEUE_INTERVAL, QUEUED_PER_MILLI};
use crate::node::Sync;
use crate::parsed::{Bundle, Header, Parsed};

/// The queues of the rate limits that are enforced.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    of: BTreeMap<RecordId, Queue>,
    /// When the next one is filled anew, in milliseconds since 1970.
    pub(crate) due: Option<u64>,
}

#[derive(Debug)]
struct Queue {
    collective: CollectiveId,
    filled_from: Source,
    /// Bundles in which headers of released positions were missing: those counted as covered, so some may have a place
    /// that they lose once they are known.
    lacking: BTreeSet<(FeedId, u64)>,
    /// Feeds of which positions were released that nobody had heard of.
    open_ended: BTreeSet<FeedId>,
    /// Whether it is to be filled anew, and lets nothing through until it is.
    stale: bool,
    /// When it may be filled anew, in milliseconds since 1970: the longer that takes, the less often.
    again: u64,
}

/// All that a queue is filled from, headers apart.
#[derive(Debug, PartialEq, Eq)]
struct Source {
    standing: Standing,
    release_feed: Option<FeedId>,
    releases: Vec<(RecordId, Option<u64>)>,
}

impl Source {
    fn of(view: &View, standing: &Standing) -> Self {
        let release_feed = view.charter().and_then(|charter| charter.release_feed);
        let in_order = view.releases().iter().filter(|release| Some(release.id.feed) == release_feed);
        let releases = in_order.map(|release| (release.id, view.release_time(&release.id))).collect();
        Self { standing: standing.clone(), release_feed, releases }
    }
}

impl<S: Store> Sync<S> {
    /// A view has changed: fills the queues of its rate limits anew where releases, or the limits themselves, have.
    pub(crate) fn fill_queues(&mut self, now: u64, collective: CollectiveId) -> Result<(), StoreError> {
        let Some(view) = self.collectives.views.get(&collective) else { return Ok(()) };
        let limits = view.enforced().filter(|standing| is_limit(standing));
        let sources: Vec<Source> = limits.map(|standing| Source::of(view, standing)).collect();
        let enforced: BTreeSet<RecordId> = sources.iter().map(|source| source.standing.id).collect();
        self.queues.of.retain(|id, queue| queue.collective != collective || enforced.contains(id));
        for source in sources {
            let id = source.standing.id;
            if self.queues.of.get(&id).is_none_or(|queue| queue.filled_from != source) {
                self.fill_queue(now, collective, source)?;
            }
        }
        Ok(())
    }

    /// A data feed has grown.
    pub(crate) fn queue_grown(&mut self, now: u64, feed: &FeedId) -> Result<(), StoreError> {
        self.close_queues(now, |queue| queue.open_ended.contains(feed))
    }

    /// Headers that were missing among positions of a data feed have come.
    pub(crate) fn queue_filled(
        &mut self,
        now: u64,
        feed: &FeedId,
        positions: &Range<u64>,
    ) -> Result<(), StoreError> {
        let bundles = (*feed, positions.start / BUNDLE)..=(*feed, positions.end / BUNDLE);
        self.close_queues(now, |queue| queue.lacking.range(bundles.clone()).next().is_some())
    }

    /// Lets nothing through by queues that counted headers as missing which have come, until they are filled anew: at
    /// once, unless that was done a moment ago.
    fn close_queues(&mut self, now: u64, of: impl Fn(&Queue) -> bool) -> Result<(), StoreError> {
        for (id, queue) in self.queues.of.iter_mut().filter(|(_, queue)| of(queue)) {
            queue.stale = true;
            self.collectives.views.set_slots(*id, Slots::new(0));
            let due = queue.again.max(now);
            self.queues.due = Some(self.queues.due.map_or(due, |earlier| earlier.min(due)));
        }
        self.refill_queues(now)
    }

    /// Fills those queues anew whose time has come.
    pub(crate) fn refill_queues(&mut self, now: u64) -> Result<(), StoreError> {
        if self.queues.due.is_none_or(|due| due > now) {
            return Ok(());
        }
        let due = self.queues.of.iter().filter(|(_, queue)| queue.stale && queue.again <= now);
        let due: Vec<(RecordId, CollectiveId)> = due.map(|(id, queue)| (*id, queue.collective)).collect();
        for (id, collective) in due {
            let view = self.collectives.views.get(&collective);
            let standing = view.and_then(|view| view.enforced().find(|standing| standing.id == id));
            if let Some(source) = view.zip(standing).map(|(view, standing)| Source::of(view, standing)) {
                self.fill_queue(now, collective, source)?;
            }
        }
        self.queues.due = self.queues.of.values().filter(|queue| queue.stale).map(|queue| queue.again).min();
        Ok(())
    }

    fn fill_queue(&mut self, now: u64, collective: CollectiveId, source: Source) -> Result<(), StoreError> {
        let Some(view) = self.collectives.views.get(&collective) else { return Ok(()) };
        let mut held = Held::new(&self.store, &mut self.parsed);
        let filled = slots(view, &source.standing, |id| view.release_time(id), &mut held);
        let (looked_at, lacking) = held.finish()?;
        let released = view.releases().iter().flat_map(|release| &release.content.ranges);
        let unheard = released.filter(|range| range.end > self.store.size(&range.feed));
        let queue = Queue {
            collective,
            lacking,
            open_ended: unheard.map(|range| range.feed).collect(),
            stale: false,
            again: now + QUEUE_INTERVAL + looked_at / QUEUED_PER_MILLI,
            filled_from: source,
        };
        let id = queue.filled_from.standing.id;
        self.queues.of.insert(id, queue);
        if let Some(filled) = filled.filter(|filled| self.collectives.views.slots(&id) != Some(filled)) {
            self.collectives.views.set_slots(id, filled);
            self.rescan_all(now);
        }
        Ok(())
    }

    /// Returns the queue that a rate limit would have, in a view that need not be the one held; none if the embargo is no
    /// rate limit. A plan sets it in its own [`Views`](commonwheel_collective::Views::set_slots).
    ///
    /// # Errors
    /// [`StoreError`] if headers cannot be read.
    pub fn slots_of(&mut self, view: &View, standing: &Standing) -> Result<Option<Slots>, StoreError> {
        let mut held = Held::new(&self.store, &mut self.parsed);
        let slots = slots(view, standing, |id| view.release_time(id), &mut held);
        held.finish().map(|_| slots)
    }
}

const fn is_limit(standing: &Standing) -> bool {
    matches!(standing.embargo.variant, Variant::RateLimit(_))
}

/// The headers held, bundle by bundle.
struct Held<'a, S> {
    store: &'a S,
    parsed: &'a mut Parsed,
    at: Option<((FeedId, u64), Bundle)>,
    looked_at: u64,
    lacking: BTreeSet<(FeedId, u64)>,
    failed: Option<StoreError>,
}

impl<'a, S: Store> Held<'a, S> {
    const fn new(store: &'a S, parsed: &'a mut Parsed) -> Self {
        Self { store, parsed, at: None, looked_at: 0, lacking: BTreeSet::new(), failed: None }
    }

    /// Returns how many positions were looked at, and in which bundles one was missing.
    fn finish(self) -> Result<(u64, BTreeSet<(FeedId, u64)>), StoreError> {
        self.failed.map_or(Ok((self.looked_at, self.lacking)), Err)
    }

    fn bundle(&mut self, key: (FeedId, u64)) -> Option<&Bundle> {
        if self.at.as_ref().is_none_or(|(at, _)| *at != key) {
            let bundle = self.parsed.bundle(self.store, &key.0, key.1);
            self.at = bundle.map_err(|error| self.failed = Some(error)).ok().map(|bundle| (key, bundle));
        }
        self.at.as_ref().map(|(_, bundle)| bundle)
    }
}

impl<S: Store> Headers for Held<'_, S> {
    fn size(&mut self, feed: &FeedId) -> u64 {
        self.store.size(feed)
    }

    fn leaf(&mut self, record: &RecordId) -> Option<&Leaf> {
        self.looked_at += 1;
        let (bundle, place) = (record.index / BUNDLE, usize::try_from(record.index % BUNDLE).ok()?);
        let is_held = self.bundle((record.feed, bundle))?.get(place)?.is_some();
        if !is_held {
            self.lacking.insert((record.feed, bundle));
        }
        let (_, headers) = self.at.as_ref()?;
        headers.get(place)?.as_ref().map(|Header { leaf, .. }| leaf)
    }
}
