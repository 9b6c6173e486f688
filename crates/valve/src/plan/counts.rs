//! What a plan counts, and by what.

use std::collections::BTreeMap;

use commonwheel_record::terms::{Language, Revocability, Slug};
use commonwheel_record::{CollectiveId, Contribution, ContributionKind};

use super::Fate;

/// Contributions that an embargo is about, by what becomes of them. A missing header counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Withheld by this embargo, and by no other.
    pub withheld: u64,
    /// Waiting for its end, or for their month.
    pub queued: u64,
    /// Given away for good before it.
    pub irrevocable: u64,
    /// Withheld already by another one.
    pub already: u64,
    /// Served all the same: out of its reach, or to those it does not refuse.
    pub open: u64,
    /// Not released in any case.
    pub unreleased: u64,
    /// Not to be had for another reason.
    pub closed: u64,
    /// Of all of them, those whose header is no longer shown either.
    pub headers: u64,
}

impl Counts {
    /// Returns how many there are.
    #[must_use]
    pub const fn in_scope(&self) -> u64 {
        self.withheld
            + self.queued
            + self.irrevocable
            + self.already
            + self.open
            + self.unreleased
            + self.closed
    }

    /// Returns the sums of two counts.
    #[must_use]
    pub const fn and(&self, other: &Self) -> Self {
        Self {
            withheld: self.withheld + other.withheld,
            queued: self.queued + other.queued,
            irrevocable: self.irrevocable + other.irrevocable,
            already: self.already + other.already,
            open: self.open + other.open,
            unreleased: self.unreleased + other.unreleased,
            closed: self.closed + other.closed,
            headers: self.headers + other.headers,
        }
    }

    fn add(&mut self, fate: Fate, header_lost: bool) {
        let count = match fate {
            Fate::Withheld => &mut self.withheld,
            Fate::Queued => &mut self.queued,
            Fate::Irrevocable => &mut self.irrevocable,
            Fate::Already => &mut self.already,
            Fate::Open => &mut self.open,
            Fate::Unreleased => &mut self.unreleased,
            Fate::Closed => &mut self.closed,
        };
        *count += 1;
        self.headers += u64::from(header_lost);
    }
}

/// What an audience may have without the embargo, of everything looked at, and what of that the embargo refuses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Bodies it may have without the embargo.
    pub may_have: u64,
    /// Of them, those it may not have with it.
    pub refused: u64,
}

impl Share {
    /// Returns which part of what it may have is refused, 0 to 1; none if it may have nothing.
    #[must_use]
    pub fn part(&self) -> Option<f64> {
        // Counts of records are far below what a double holds exactly.
        (self.may_have > 0).then(|| self.refused as f64 / self.may_have as f64)
    }

    pub(super) fn add(&mut self, before: bool, after: bool) {
        self.may_have += u64::from(before);
        self.refused += u64::from(before && !after);
    }
}

/// What an embargo changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Everything that it is about.
    pub total: Counts,
    /// By the class of the licence.
    pub classes: BTreeMap<Revocability, Counts>,
    /// By language.
    pub languages: BTreeMap<Language, Counts>,
    /// By domain.
    pub domains: BTreeMap<Slug, Counts>,
    /// By kind.
    pub kinds: BTreeMap<ContributionKind, Counts>,
    /// By whose records they are.
    pub collectives: BTreeMap<CollectiveId, Counts>,
    /// Positions whose header is not held: they count as in scope, and nobody knows what they are.
    pub unknown: Counts,
    /// For each audience that is answered in a way of its own; the first one is whom nobody knows. The planner tells whose
    /// they are.
    pub(super) shares: Vec<Share>,
}

impl Plan {
    pub(super) fn enter(
        &mut self,
        owner: CollectiveId,
        header: Option<&Contribution>,
        fate: Fate,
        header_lost: bool,
    ) {
        self.total.add(fate, header_lost);
        self.collectives.entry(owner).or_default().add(fate, header_lost);
        let Some(header) = header else {
            self.unknown.add(fate, header_lost);
            return;
        };
        self.classes.entry(header.licence.class()).or_default().add(fate, header_lost);
        self.languages.entry(header.language).or_default().add(fate, header_lost);
        self.domains.entry(header.domain).or_default().add(fate, header_lost);
        self.kinds.entry(header.kind).or_default().add(fate, header_lost);
    }

    /// Returns the share of whoever loses the most of what it may have: those an embargo without named parties refuses,
    /// as far as they are known.
    #[must_use]
    pub fn hardest_hit(&self) -> Option<Share> {
        let refused = self.shares.iter().filter(|share| share.refused > 0);
        refused.max_by_key(|share| (share.may_have, share.refused)).copied()
    }
}
