//! The queue of a rate limit: in which UTC month it lets which record through.

use std::collections::BTreeMap;

use commonwheel_record::{FeedId, RecordId};

/// Records in the order in which a rate limit lets them through, so many a UTC month.
///
/// Months are counted from January 1970. Whoever fills the queue calls [`Self::arrive`] and [`Self::append`] in its
/// order; a node then asks [`Self::has_come`] of a record in `O(log n)` of the runs its feed was appended in.
///
/// A record's place is the number of places before it if every month since 1970 had passed as many as it may: its month
/// is the place divided by the limit. So a run of positions needs one entry, over however many months it extends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    limit: u64,
    next: u128,
    reached: Option<u64>,
    feeds: BTreeMap<FeedId, BTreeMap<u64, Run>>,
}

/// Positions from the one it is found under to `end`, in places that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    end: u64,
    place: u128,
}

impl Slots {
    /// Begins an empty queue that passes `limit` records a month.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self { limit, next: 0, reached: None, feeds: BTreeMap::new() }
    }

    /// Takes note of an arrival in a month: what is appended next passes in it at the earliest, and the months up to it
    /// have come.
    pub fn arrive(&mut self, month: u64) {
        self.next = self.next.max(u128::from(month) * u128::from(self.limit));
        self.reached = self.reached.max(Some(month));
    }

    /// Appends the positions of a range that the queue does not hold yet, in ascending order.
    pub fn append(&mut self, feed: FeedId, start: u64, end: u64) {
        // A limit of none gives nothing a place.
        let mut start = if self.limit == 0 { end } else { start };
        let runs = self.feeds.entry(feed).or_default();
        while start < end {
            let held = runs.range(..=start).next_back().map_or(0, |(_, run)| run.end);
            if held > start {
                start = held;
                continue;
            }
            let free = runs.range(start..end).next().map_or(end, |(next, _)| *next);
            extend(runs, start, Run { end: free, place: self.next });
            self.next += u128::from(free - start);
            start = free;
        }
    }

    /// Returns the month in which a record passes; none if the queue does not hold it.
    #[must_use]
    pub fn month(&self, record: &RecordId) -> Option<u64> {
        let (start, run) = self.feeds.get(&record.feed)?.range(..=record.index).next_back()?;
        let place = (record.index < run.end).then(|| run.place + u128::from(record.index - start))?;
        // A place holds at most a month that fits, times the limit, and what was appended since.
        Some(u64::try_from(place / u128::from(self.limit)).unwrap_or(u64::MAX))
    }

    /// Says whether a record's month has come: by the latest arrival, or by the month a lease of the collective is dated
    /// in.
    #[must_use]
    pub fn has_come(&self, record: &RecordId, lease: Option<u64>) -> bool {
        self.month(record).is_some_and(|month| self.reached.max(lease) >= Some(month))
    }
}

/// Adds a run, to the one before it if that goes on in position and place.
fn extend(runs: &mut BTreeMap<u64, Run>, start: u64, run: Run) {
    if let Some((first, before)) = runs.range_mut(..start).next_back()
        && before.end == start
        && before.place + u128::from(start - first) == run.place
    {
        before.end = run.end;
    } else {
        runs.insert(start, run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: FeedId = FeedId([1; 32]);
    const OTHER: FeedId = FeedId([2; 32]);

    fn month(slots: &Slots, feed: FeedId, index: u64) -> Option<u64> {
        slots.month(&RecordId { feed, index })
    }

    #[test]
    fn each_month_passes_its_number_and_the_rest_carries_over() {
        let mut slots = Slots::new(2);
        slots.arrive(10);
        slots.append(FEED, 0, 5);
        let months: Vec<_> = (0..6).map(|index| month(&slots, FEED, index)).collect();
        assert_eq!(months, [Some(10), Some(10), Some(11), Some(11), Some(12), None]);
        slots.arrive(12);
        slots.append(OTHER, 0, 2);
        assert_eq!([0, 1].map(|index| month(&slots, OTHER, index)), [Some(12), Some(13)]);
        slots.arrive(20);
        slots.append(OTHER, 2, 3);
        assert_eq!(month(&slots, OTHER, 2), Some(20), "what a month did not use up is gone");
        slots.arrive(3);
        slots.append(OTHER, 3, 5);
        assert_eq!([3, 4].map(|index| month(&slots, OTHER, index)), [Some(20), Some(21)], "no going back");
    }

    #[test]
    fn a_position_keeps_its_first_place() {
        let mut slots = Slots::new(1);
        slots.arrive(0);
        slots.append(FEED, 4, 6);
        slots.append(FEED, 2, 9);
        let months: Vec<_> = (1..10).map(|index| month(&slots, FEED, index)).collect();
        let expected = [None, Some(2), Some(3), Some(0), Some(1), Some(4), Some(5), Some(6), None];
        assert_eq!(months, expected);
    }

    #[test]
    fn runs_grow_together_only_where_places_do() {
        let mut slots = Slots::new(1);
        slots.append(FEED, 0, 3);
        slots.append(FEED, 3, 5);
        assert_eq!(slots.feeds[&FEED].len(), 1);
        slots.append(OTHER, 0, 1);
        slots.append(FEED, 5, 6);
        assert_eq!(slots.feeds[&FEED].len(), 2);
        assert_eq!(month(&slots, FEED, 5), Some(6));
    }

    #[test]
    fn a_month_comes_by_an_arrival_or_a_lease() {
        let mut slots = Slots::new(1);
        slots.arrive(5);
        slots.append(FEED, 0, 3);
        let come = |slots: &Slots, index, lease| slots.has_come(&RecordId { feed: FEED, index }, lease);
        assert!(come(&slots, 0, None));
        assert!(!come(&slots, 1, Some(5)) && come(&slots, 1, Some(6)));
        slots.arrive(6);
        assert!(come(&slots, 1, None) && !come(&slots, 2, None));
        assert!(!come(&slots, 3, Some(u64::MAX)), "it has no place");
    }

    #[test]
    fn the_largest_numbers_do_no_harm() {
        let mut slots = Slots::new(u64::MAX);
        slots.arrive(u64::MAX / 2_592_000);
        slots.append(FEED, 0, u64::MAX);
        slots.append(OTHER, 0, u64::MAX);
        assert!(month(&slots, OTHER, u64::MAX - 1).is_some());
        let mut none = Slots::new(0);
        none.arrive(7);
        none.append(FEED, 0, u64::MAX);
        assert_eq!(month(&none, FEED, 0), None);
    }
}
