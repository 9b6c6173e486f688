//! Rate limits: who stands where in the queue, counted one by one.

use std::collections::BTreeMap;

use commonwheel_record::control::{Content, Embargo, Reach};
use commonwheel_record::{Leaf, RecordId};

use super::{Oracle, Thing, contribution, inside};

const LENGTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The month of a date not long after 1970, in which no February has 29 days.
fn month(date: u64) -> u64 {
    let mut days = date / 86_400;
    let mut month = 0;
    for length in LENGTHS.iter().cycle() {
        if days < *length {
            break;
        }
        days -= length;
        month += 1;
    }
    month
}

impl Oracle<'_> {
    /// Whether a rate limit of so many a month has let a thing through; what a missing header may be never is.
    pub(super) fn has_passed(&self, limit: u64, embargo: &Embargo, by: usize, thing: &Thing<'_>) -> bool {
        if thing.header.is_none() {
            return false;
        }
        let arrivals = self.arrivals(embargo, by);
        let mut passed: BTreeMap<u64, u64> = BTreeMap::new();
        let mut latest = 0;
        for (arrival, id) in self.queue(embargo, &arrivals, by) {
            latest = latest.max(arrival);
            // At most as many months as there are records before it, save where none ever passes.
            while passed.get(&latest).is_some_and(|count| *count >= limit) && limit > 0 {
                latest += 1;
            }
            *passed.entry(latest).or_default() += 1;
            if id == thing.id {
                let reached = arrivals.iter().map(|(arrival, _)| *arrival).max();
                return limit > 0 && reached.max(self.lease(by).map(month)) >= Some(latest);
            }
        }
        false
    }

    /// Dated releases that the embargo did not know, in the order of the release feed, each with its month; one dated
    /// before an earlier one comes with that, for a month that is over passes nothing more.
    fn arrivals(&self, embargo: &Embargo, by: usize) -> Vec<(u64, RecordId)> {
        let order = self.world.collectives[by].charter.release_feed;
        let released = |(id, content): (RecordId, &Content)| match content {
            Content::Release(_) if Some(id.feed) == order && !inside(&embargo.cut, &id) => {
                Some((month(*self.world.dates.get(&id)?), id))
            }
            _ => None,
        };
        let mut latest = 0;
        let in_order = self.governed(by).into_iter().filter_map(released).map(|(arrival, id)| {
            latest = latest.max(arrival);
            (latest, id)
        });
        in_order.collect()
    }

    /// Everything that queues, with the month in which it came; what comes again keeps its place.
    fn queue(&self, embargo: &Embargo, arrivals: &[(u64, RecordId)], by: usize) -> Vec<(u64, RecordId)> {
        let mut queue: Vec<(u64, RecordId)> = Vec::new();
        for (arrival, release) in arrivals {
            for id in self.positions(release, by) {
                let counts = self.queues(embargo, release, &id, by);
                if counts && queue.iter().all(|(_, queued)| *queued != id) {
                    queue.push((*arrival, id));
                }
            }
        }
        queue
    }

    fn positions(&self, release: &RecordId, by: usize) -> Vec<RecordId> {
        let all = self.governed(by);
        let Some((_, Content::Release(release))) = all.iter().find(|(id, _)| id == release) else {
            return Vec::new();
        };
        let each = |range: &commonwheel_record::control::Range| {
            let feed = range.feed;
            (range.start..range.end).map(move |index| RecordId { feed, index })
        };
        release.ranges.iter().flat_map(each).collect()
    }

    fn queues(&self, embargo: &Embargo, release: &RecordId, id: &RecordId, by: usize) -> bool {
        let leaf = self.item.held(id).filter(|_| id.index < crate::draft::POSITIONS);
        if leaf.is_some_and(|leaf| !matches!(leaf, Leaf::Contribution(..))) {
            return false;
        }
        let header = contribution(leaf);
        let all = self.governed(by);
        let of_licence = all.iter().any(|(at, content)| match content {
            Content::Release(said) if at == release => {
                header.is_none_or(|header| header.licence == said.licence)
            }
            _ => false,
        });
        let thing = Thing { id: *id, owner: by, header };
        of_licence && self.is_in_scope(embargo, by, &thing) && self.queue_reaches(embargo, &thing, by)
    }

    fn queue_reaches(&self, embargo: &Embargo, thing: &Thing<'_>, by: usize) -> bool {
        let all = self.governed(by);
        let opened = |(id, content): &(RecordId, &Content)| match content {
            Content::Release(release) => {
                thing.header.is_some_and(|header| header.licence == release.licence)
                    && release.ranges.iter().any(|range| range.contains(&thing.id))
                    && inside(&embargo.cut, id)
            }
            _ => false,
        };
        match embargo.reach {
            Reach::New => !inside(&embargo.from_cut, &thing.id),
            _ => !all.iter().any(opened),
        }
    }
}
