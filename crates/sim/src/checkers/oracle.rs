//! What may leave a node, read once more from the promises: small, slow, and without a line of the valve.
//!
//! It errs on the side of the node: where this reading lets something leave, the node may still refuse.

mod overlays;
pub(crate) mod slots;

use commonwheel_ledger::mem::MemStore;
use commonwheel_record::control::{
    Audience, Embargo, Party, Reach, Release, ReleaseMode, Rung, Settlement, Variant, WithdrawalClass,
};
use commonwheel_record::terms::{Preference, Purpose};
use commonwheel_record::{CollectiveId, Contribution, ContributionKind, PublicKey, RecordId, Tier};

use super::knowledge::{Knowledge, Known, Standing};
use crate::truth::{Item, Truth};

/// Who is asked what by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// What the one who is asked knows.
    pub(crate) known: &'a Knowledge,
    pub(crate) truth: &'a Truth,
    pub(crate) server: &'a PublicKey,
    pub(crate) asker: &'a PublicKey,
    pub(crate) purpose: Purpose,
    /// The server's clock, in seconds since 1970.
    pub(crate) clock: u64,
    /// Embargoes count if they were known by then, in milliseconds since 1970.
    pub(crate) known_by: u64,
    /// What the one who is asked holds, if it is to be asked which headers it lacks.
    pub(crate) holds: Option<&'a MemStore>,
}

/// Why something may not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    Withdrawn(RecordId),
    StewardUnknown,
    Unreleased,
    Purpose,
    Overlaid(RecordId),
    Withheld(RecordId),
}

impl Denied {
    /// The promise that is broken if it leaves all the same.
    pub(crate) const fn promise(self) -> &'static str {
        match self {
            Self::Withdrawn(_) => "I13",
            Self::StewardUnknown | Self::Overlaid(_) | Self::Withheld(_) => "I2",
            Self::Unreleased | Self::Purpose => "I7",
        }
    }
}

impl Question<'_> {
    /// The newest lease of a collective: any that was ever on the disk, or, where all is to be sure, that counted.
    fn newest_lease(&self, of: &CollectiveId) -> Option<u64> {
        self.known.newest_lease(of, self.holds.is_some())
    }

    /// Says whether a date that opens has passed: only a lease dated after it tells.
    fn has_opened(&self, date: u64, of: &CollectiveId) -> bool {
        self.newest_lease(of).is_some_and(|lease| lease > date)
    }

    fn is_affiliate(&self, owner: &CollectiveId, other: &CollectiveId) -> bool {
        let until = self.known.affiliation(owner, other);
        until.is_some_and(|until| until.is_none_or(|until| !self.has_opened(until, owner)))
    }

    /// Says whether the body of an appended item may leave.
    pub(crate) fn body(&self, id: &RecordId, item: &Item) -> Result<(), Denied> {
        self.not_withdrawn(id, item, Rung::Header)?;
        if self.known.is_node_of(self.asker, &item.collective) {
            return Ok(());
        }
        let unknown =
            |steward| self.known.lists_steward(&item.collective, steward) && !self.known.knows(steward);
        if item.header.stewards.iter().any(unknown) {
            return Err(Denied::StewardUnknown);
        }
        if !self.known.releases.iter().any(|release| self.opens(release, id, item)) {
            return Err(Denied::Unreleased);
        }
        if self.purpose == Purpose::Train && item.header.preferences.train == Preference::Deny {
            return Err(Denied::Purpose);
        }
        self.not_overlaid(id, item)?;
        let timely = |standing: &&Standing| !self.too_late(standing, id, item);
        self.withholding(id, item).map(|(standing, _)| standing).find(timely).map_or(Ok(()), withheld)
    }

    /// Says whether the header of an appended item may leave.
    pub(crate) fn header(&self, id: &RecordId, item: &Item) -> Result<(), Denied> {
        self.not_withdrawn(id, item, Rung::Commitment)?;
        let own = self.known.is_node_of(self.asker, &item.collective)
            && self.not_withdrawn(id, item, Rung::Header).is_ok();
        if own {
            return Ok(());
        }
        // One that came in time closes what a late one, too, would not leave open.
        if self.withholding(id, item).all(|(standing, _)| self.too_late(standing, id, item)) {
            return Ok(());
        }
        let hides = |(standing, of): &(&Standing, RecordId)| {
            let embargo = &standing.known.content;
            embargo.rung == Rung::Commitment && is_new(embargo, of)
        };
        self.withholding(id, item).find(hides).map_or(Ok(()), |(standing, _)| withheld(standing))
    }

    /// Every embargo that keeps the record back as such for the one who asks, with what it covers.
    fn withholding<'a>(
        &'a self,
        id: &RecordId,
        item: &'a Item,
    ) -> impl Iterator<Item = (&'a Standing, RecordId)> + use<'a> {
        let id = *id;
        self.covering(&id, item).filter(move |(standing, of)| match standing.known.content.variant {
            Variant::QualityFreeze | Variant::Pause => true,
            // What an irrevocable licence would give for good waits for the end of the overlay.
            Variant::EvaluationOnly | Variant::PreferenceShift(_) => {
                item.header.licence.class().irrevocable() && self.overlays(standing, &id, item)
            }
            Variant::RateLimit(_) => self.waits(standing, of),
        })
    }

    /// The record and what it is derived from, as far as it was really written and its owner's control log stands.
    fn subjects<'a>(
        &'a self,
        id: &RecordId,
        item: &'a Item,
    ) -> impl Iterator<Item = (RecordId, &'a Item)> + use<'a> {
        let ancestors = item.header.ancestors.iter();
        let of = |id: &RecordId| Some((*id, self.truth.item_at(id)?));
        let stands = |(_, item): &(RecordId, &Item)| !self.truth.has_forked(&item.collective);
        std::iter::once((*id, item)).chain(ancestors.filter_map(of).filter(stands))
    }

    /// Says whether the one who is asked keeps a body itself, or erased it as withdrawn.
    pub(crate) fn keeps(&self, id: &RecordId, item: &Item) -> bool {
        self.not_withdrawn(id, item, Rung::Header).is_ok()
    }

    /// Says whether no withdrawal stands that leaves at most a rung.
    fn not_withdrawn(&self, id: &RecordId, item: &Item, rung: Rung) -> Result<(), Denied> {
        for (of, subject) in self.subjects(id, item) {
            for withdrawal in &self.known.withdrawals {
                let taken = withdrawal.content.ranges.iter().any(|range| range.contains(&of));
                let stays = withdrawal.content.class == WithdrawalClass::Preference
                    && !self.known.is_node_of(self.server, &item.collective)
                    && self.given_away(&withdrawal.content.cut, id, item)
                    && self.withholding(id, item).all(|(standing, _)| self.too_late(standing, id, item));
                let closes = withdrawal.content.rung <= rung;
                if taken && closes && withdrawal.by == subject.collective && !stays {
                    return Err(Denied::Withdrawn(withdrawal.id));
                }
            }
        }
        Ok(())
    }

    fn opens(&self, release: &Known<Release>, id: &RecordId, item: &Item) -> bool {
        let granted = |offer: &RecordId| {
            let offered = self.known.offers.iter().find(|known| known.id == *offer);
            offered.is_some_and(|offered| {
                let purposes = &offered.content.purposes;
                let for_this = purposes.is_empty() || purposes.contains(&self.purpose);
                (self.purpose == Purpose::Replicate || for_this) && offered.by == item.collective
            }) && self.known.grants.iter().any(|grant| {
                let lasts = grant.content.expires.is_none_or(|expires| self.clock < expires);
                grant.by == item.collective
                    && grant.content.offer == *offer
                    && lasts
                    && self.asks_as(&grant.content.to)
            })
        };
        is_released(release, id, item)
            && match &release.content.mode {
                ReleaseMode::Open => item.header.tier == Tier::Public,
                ReleaseMode::Gated(offer) | ReleaseMode::Sealed(offer) => granted(offer),
            }
    }

    fn asks_as(&self, party: &Party) -> bool {
        match party {
            Party::Node(key) => key == self.asker,
            Party::Collective(collective) => self.known.is_node_of(self.asker, collective),
        }
    }

    /// Whether an openly released irrevocable licence inside a cut gave the record away.
    fn given_away(&self, cut: &commonwheel_record::Cut, id: &RecordId, item: &Item) -> bool {
        item.header.tier == Tier::Public
            && item.header.licence.class().irrevocable()
            && self.known.releases.iter().any(|release| {
                release.content.mode == ReleaseMode::Open
                    && is_released(release, id, item)
                    && cut.contains(&release.id.feed, release.id.index)
            })
    }

    /// Whether an embargo knew that the record had been given away, and this is not the owner's node.
    fn too_late(&self, standing: &Standing, id: &RecordId, item: &Item) -> bool {
        !self.known.is_node_of(self.server, &item.collective)
            && self.given_away(&standing.known.content.cut, id, item)
    }

    /// Every embargo that covers the record or what it is derived from for the one who asks, whatever it does, with
    /// what it covers of these.
    pub(super) fn covering<'a>(
        &'a self,
        id: &RecordId,
        item: &'a Item,
    ) -> impl Iterator<Item = (&'a Standing, RecordId)> + use<'a> {
        self.subjects(id, item).flat_map(move |(of, subject)| {
            let covers = move |standing: &&Standing| self.covers(standing, &of, subject);
            self.known.embargoes.iter().filter(covers).map(move |standing| (standing, of))
        })
    }

    pub(super) fn covers(&self, standing: &Standing, id: &RecordId, item: &Item) -> bool {
        let (embargo, owner) = (&standing.known, &item.collective);
        let may = embargo.by == *owner
            || (item.header.stewards.contains(&embargo.by) && self.known.lists_steward(owner, &embargo.by))
            || self.is_affiliate(owner, &embargo.by);
        let over = standing.ends.is_some_and(|ends| self.has_opened(ends, &embargo.by));
        may && !over
            && !self.known.is_lifted(embargo, &item.header)
            && embargo.since <= self.known_by
            && embargo.content.starts <= self.clock
            && is_about(&embargo.content, &item.header)
            && self.refuses(embargo)
            && self.reaches(&embargo.content, id, item)
            && self.is_unsettled(embargo, id)
    }

    /// Says whether a preference shift still holds for a record: what came before it was settled keeps it.
    fn is_unsettled(&self, embargo: &Known<Embargo>, id: &RecordId) -> bool {
        let settles = |settlement: &&Known<Settlement>| {
            settlement.by == embargo.by && self.known.is_copy(&settlement.content.embargo, embargo)
        };
        let mut settlements = self.known.settlements.iter().filter(settles);
        settlements.all(|settlement| settlement.content.until.contains(&id.feed, id.index))
    }

    fn refuses(&self, embargo: &Known<Embargo>) -> bool {
        match &embargo.content.audience {
            Audience::Everyone => true,
            Audience::Except(parties) => !parties.iter().any(|party| self.asks_as(party)),
            Audience::Only(parties) => {
                parties.iter().any(|party| self.asks_as(party))
                    || (self.known.is_anonymous(self.asker) && !self.is_granted_by_key(embargo))
            }
        }
    }

    /// A node to whose very key the embargo's collective granted something is no stranger to it.
    fn is_granted_by_key(&self, embargo: &Known<Embargo>) -> bool {
        self.known.grants.iter().any(|grant| {
            grant.by == embargo.by
                && grant.content.to == Party::Node(*self.asker)
                && grant.content.expires.is_none_or(|expires| self.clock < expires)
        })
    }

    fn reaches(&self, embargo: &Embargo, id: &RecordId, item: &Item) -> bool {
        match embargo.reach {
            Reach::All => true,
            Reach::New => is_new(embargo, id),
            Reach::Unreleased => !self.known.releases.iter().any(|release| {
                is_released(release, id, item) && embargo.cut.contains(&release.id.feed, release.id.index)
            }),
        }
    }
}

fn withheld(standing: &Standing) -> Result<(), Denied> {
    Err(Denied::Withheld(standing.known.id))
}

/// Scope; a quality freeze is about what judges an answer, whatever else is in its scope.
fn is_about(embargo: &Embargo, header: &Contribution) -> bool {
    let judges = header.labelled
        || matches!(
            header.kind,
            ContributionKind::Label
                | ContributionKind::Correction
                | ContributionKind::PreferencePair
                | ContributionKind::Feedback
        );
    (embargo.variant != Variant::QualityFreeze || judges) && in_scope(&embargo.scope, header)
}

fn is_released(release: &Known<Release>, id: &RecordId, item: &Item) -> bool {
    release.by == item.collective
        && release.content.licence == item.header.licence
        && release.content.ranges.iter().any(|range| range.contains(id))
}

fn is_new(embargo: &Embargo, id: &RecordId) -> bool {
    embargo.from_cut.0.get(&id.feed).is_none_or(|size| id.index >= *size)
}

pub(super) fn in_scope(scope: &commonwheel_record::control::Scope, header: &Contribution) -> bool {
    (scope.kinds.is_empty() || scope.kinds.contains(&header.kind))
        && (scope.languages.is_empty() || scope.languages.contains(&header.language))
        && (scope.domains.is_empty() || scope.domains.contains(&header.domain))
        && (scope.tiers.is_empty() || scope.tiers.contains(&header.tier))
        && (scope.tags.is_empty() || header.tags.iter().any(|tag| scope.tags.contains(tag)))
}
