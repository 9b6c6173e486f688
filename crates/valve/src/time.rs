//! Dates: which clock counts for which.
//!
//! A date that closes passes by the node's clock or any held lease of its collective, whichever is first; one that opens
//! only by a lease. So a wrong or stopped clock never opens anything.

use std::collections::BTreeMap;

use commonwheel_record::CollectiveId;
use commonwheel_record::fault::{Fault, is_planted};

/// The newest lease time held per collective, in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leases(pub BTreeMap<CollectiveId, u64>);

impl Leases {
    /// Returns the newest lease time held of a collective.
    #[must_use]
    pub fn newest(&self, collective: &CollectiveId) -> Option<u64> {
        self.0.get(collective).copied()
    }
}

/// The clocks a decision may ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks<'a> {
    pub(crate) leases: &'a Leases,
    /// The node's clock, in seconds since 1970.
    pub(crate) now: u64,
}

impl Clocks<'_> {
    /// Says whether a date that closes has come.
    pub(crate) fn closes(&self, date: u64, collective: &CollectiveId) -> bool {
        self.now >= date || self.leases.newest(collective).is_some_and(|lease| lease >= date)
    }

    /// Says whether a date that opens has passed: only a lease dated after it tells.
    pub(crate) fn opens(&self, date: u64, collective: &CollectiveId) -> bool {
        self.leases.newest(collective).is_some_and(|lease| lease > date)
    }

    /// Says whether something that ends by closing still lasts; without an end it always does.
    pub(crate) fn lasts(&self, end: Option<u64>, collective: &CollectiveId) -> bool {
        end.is_none_or(|end| !self.closes(end, collective))
    }

    /// Says whether something that ends by opening still lasts; without an end it always does.
    pub(crate) fn holds(&self, end: Option<u64>, collective: &CollectiveId) -> bool {
        let by_clock = |end| is_planted(Fault::EndsByClock) && self.now > end;
        !end.is_some_and(|end| self.opens(end, collective) || by_clock(end))
    }
}
