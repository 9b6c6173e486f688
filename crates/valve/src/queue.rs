//! Which records a rate limit lets through, and in which month.
//!
//! Everything is read from what all nodes share: the order of the releases in one control feed, the times that witnesses
//! gave them, and headers. So nodes that hold the same logs count alike, and nodes that miss some count more strictly.

use commonwheel_collective::{Entry, Slots, Standing, View};
use commonwheel_record::control::{Range, Reach, Release, Variant};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::{Contribution, FeedId, Leaf, RecordId};

use crate::month::month_of;
use crate::reach::is_new;

/// The headers of data feeds, as far as a node holds them.
pub trait Headers {
    /// Returns how many positions of a feed are known; everything beyond is missing.
    fn size(&mut self, feed: &FeedId) -> u64;

    /// Returns the leaf at a position; none if it is missing.
    fn leaf(&mut self, record: &RecordId) -> Option<&Leaf>;
}

/// Returns the slots of a rate limit; none if the embargo is no rate limit.
///
/// Counted are the releases of the charter's release feed that the embargo did not know, in that feed's order, and in
/// each the contributions of its licence that the embargo covers, by feed and position. A record counts with its first
/// release; one whose header is missing counts as covered; a release that `time` gives no date, in seconds since 1970,
/// lets nothing through.
#[must_use]
pub fn slots(
    view: &View,
    standing: &Standing,
    time: impl Fn(&RecordId) -> Option<u64>,
    headers: &mut impl Headers,
) -> Option<Slots> {
    let Variant::RateLimit(limit) = standing.embargo.variant else { return None };
    let mut slots = Slots::new(limit.saturating_add(u64::from(is_planted(Fault::RateOffByOne))));
    let order = view.charter().and_then(|charter| charter.release_feed);
    // A view's releases stand in ascending order.
    for release in view.releases().iter().filter(|release| Some(release.id.feed) == order) {
        let RecordId { feed, index } = release.id;
        let Some(seconds) = time(&release.id).filter(|_| !standing.embargo.cut.contains(&feed, index)) else {
            continue;
        };
        slots.arrive(month_of(seconds));
        for range in &release.content.ranges {
            append(&mut slots, &Queue { view, standing, release }, *range, headers);
        }
    }
    Some(slots)
}

/// What decides whether a contribution of a release queues.
struct Queue<'a> {
    view: &'a View,
    standing: &'a Standing,
    release: &'a Entry<Release>,
}

fn append(slots: &mut Slots, queue: &Queue<'_>, range: Range, headers: &mut impl Headers) {
    let Range { feed, start, end } = range;
    let known = headers.size(&feed).clamp(start, end);
    for index in start..known {
        let record = RecordId { feed, index };
        if queue.holds(&record, headers.leaf(&record)) {
            slots.append(feed, index, index + 1);
        }
    }
    // Positions beyond what is known are missing one and all: they need not be looked at one by one.
    let first_missing = match queue.standing.embargo.reach {
        Reach::New => known.max(queue.standing.embargo.from_cut.0.get(&feed).copied().unwrap_or(0)),
        Reach::Unreleased | Reach::All => known,
    };
    slots.append(feed, first_missing, end);
}

impl Queue<'_> {
    fn holds(&self, record: &RecordId, leaf: Option<&Leaf>) -> bool {
        match leaf {
            None => self.reaches(record, None),
            Some(Leaf::Contribution(header, _)) => {
                header.licence == self.release.content.licence
                    && self.standing.covers(Some(header))
                    && self.reaches(record, Some(header))
            }
            Some(_) => false,
        }
    }

    fn reaches(&self, record: &RecordId, header: Option<&Contribution>) -> bool {
        let embargo = &self.standing.embargo;
        match embargo.reach {
            Reach::All => true,
            Reach::New => is_new(record, embargo),
            Reach::Unreleased => !header.is_some_and(|header| self.was_released(record, header)),
        }
    }

    /// Whether a release that the embargo knew opened the record.
    fn was_released(&self, record: &RecordId, header: &Contribution) -> bool {
        let known = |release: &Entry<Release>| {
            release.content.licence == header.licence
                && self.standing.embargo.cut.contains(&release.id.feed, release.id.index)
        };
        self.view.find_release(record, known).is_some()
    }
}
