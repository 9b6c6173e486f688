//! Rate limits: in which month which record passes, counted one by one.

use std::collections::BTreeMap;

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::RecordId;
use commonwheel_record::control::{Range, Reach, Release, Variant};

use super::{Question, Standing, is_about, is_new};
use crate::checkers::knowledge::{Knowledge, Known};
use crate::checkers::log::{Held, Log};
use crate::truth::{Placed, Truth};

/// The queue of a rate limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    /// The month in which each record passes, counted from January 1970.
    months: BTreeMap<RecordId, u64>,
    /// The month of the last release that it counts.
    reached: Option<u64>,
    /// Everything that the releases name.
    ranges: Vec<Range>,
}

impl Question<'_> {
    /// Whether the cap of a rate limit leaves a record waiting: its month has not come, or it has none.
    pub(super) fn waits(&self, standing: &Standing, id: &RecordId) -> bool {
        let Some(slots) = self.known.slots.get(&standing.known.id) else { return true };
        let reached = slots.reached.max(self.newest_lease(&standing.known.by).map(month));
        // Whoever lacks a header counts it as covered, and so lets others wait longer.
        let blind = self.holds.is_some_and(|store| slots.ranges.iter().any(|range| lacks(store, range)));
        blind || slots.months.get(id).is_none_or(|month| Some(*month) > reached)
    }
}

impl Slots {
    /// Counts the queue of a rate limit.
    pub(crate) fn of(known: &Knowledge, truth: &Truth, standing: &Standing) -> Option<Self> {
        let Variant::RateLimit(limit) = standing.known.content.variant else { return None };
        let by = &standing.known.by;
        let log = known.log(by)?;
        let order = log.charter().and_then(|(_, charter)| charter.release_feed);
        let mut releases: Vec<(&Known<Release>, u64)> = known
            .releases
            .iter()
            .filter(|release| release.by == *by && Some(release.id.feed) == order)
            .filter(|release| !standing.known.content.cut.contains(&release.id.feed, release.id.index))
            .filter_map(|release| Some((release, dated(log, &release.id)?)))
            .collect();
        releases.sort_by_key(|(release, _)| release.id.index);
        let mut slots = Self::default();
        let (mut at, mut used) = (0, 0);
        for (release, time) in releases {
            slots.reached = slots.reached.max(Some(month(time)));
            if month(time) > at {
                (at, used) = (month(time), 0);
            }
            slots.ranges.extend(&release.content.ranges);
            let positions =
                release.content.ranges.iter().flat_map(|range| {
                    (range.start..range.end).map(|index| RecordId { feed: range.feed, index })
                });
            for record in positions.filter(|record| queues(known, truth, standing, release, record)) {
                if limit == 0 || slots.months.contains_key(&record) {
                    continue;
                }
                if used == limit {
                    (at, used) = (at + 1, 0);
                }
                used += 1;
                slots.months.insert(record, at);
            }
        }
        Some(slots)
    }
}

/// Whether a record takes a place in the queue by a release: it is in scope, or nobody can tell.
fn queues(
    knowledge: &Knowledge,
    truth: &Truth,
    standing: &Standing,
    release: &Known<Release>,
    id: &RecordId,
) -> bool {
    let embargo = &standing.known.content;
    match truth.placed(id) {
        Some(Placed::Submission) => false,
        None => embargo.reach != Reach::New || is_new(embargo, id),
        Some(Placed::Item(item)) => {
            let known = |known: &Known<Release>| {
                known.by == release.by
                    && known.content.licence == item.header.licence
                    && known.content.ranges.iter().any(|range| range.contains(id))
                    && embargo.cut.contains(&known.id.feed, known.id.index)
            };
            let reached = match embargo.reach {
                Reach::New => is_new(embargo, id),
                _ => !knowledge.releases.iter().any(known),
            };
            item.header.licence == release.content.licence
                && is_about(embargo, &item.header)
                && !knowledge.is_lifted(&standing.known, &item.header)
                && reached
        }
    }
}

fn lacks(store: &MemStore, range: &Range) -> bool {
    let headers = store.headers(&range.feed, range.start, range.end).unwrap_or_default();
    (headers.len() as u64) < range.end - range.start || headers.iter().any(Option::is_none)
}

/// When a release was made, in seconds since 1970: by a majority of the witnesses of its charter, its own writer not
/// counted, or by a liveness key where there are none.
fn dated(log: &Log, id: &RecordId) -> Option<u64> {
    let (_, charter) = log.charter()?;
    let held = log.records.iter().find(|held: &&Held| held.id == *id)?;
    let stamped = held.stamps.first()?;
    if charter.witnesses.is_empty() {
        let alive = stamped.by.iter().filter(|(key, _)| charter.liveness.contains(*key));
        return alive.map(|(_, time)| *time).max().filter(|_| log.writers.contains_key(&stamped.head.feed));
    }
    log.seen(charter, stamped)
}

/// The UTC month, counted from January 1970, by walking through the years.
fn month(seconds: u64) -> u64 {
    let (mut days, mut month): (u64, u64) = (seconds / 86_400, 0);
    loop {
        let (year, of_year) = (1970 + month / 12, month % 12);
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = match of_year {
            1 => 28 + u64::from(leap),
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        };
        if days < length {
            return month;
        }
        (days, month) = (days - length, month + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_of_known_dates() {
        let of_2026 = |month: u64| (2026 - 1970) * 12 + month - 1;
        let dates = [(0, 0), (1_790_812_799, of_2026(9)), (1_790_812_800, of_2026(10)), (951_782_400, 361)];
        dates.iter().for_each(|(seconds, expected)| assert_eq!(month(*seconds), *expected, "{seconds}"));
    }
}
