//! Strikes: embargoes of every variant, and what ends them, escalates them or settles them.

use std::collections::BTreeSet;

use commonwheel_record::control::{
    Audience, Content, Embargo, Lift, LiftReason, Reach, Rung, Scope, Settlement, Terms, Variant,
};
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::terms::Condition;
use commonwheel_record::{ContributionKind, Cut, Hash, RecordId, Tier};

use crate::checkers::knowledge::Standing;
use crate::deeds::Deed;
use crate::mutant::Mutant;
use crate::world::World;

/// Conditions of preference shifts.
const CONDITIONS: [Condition; 2] = [Condition::Pay, Condition::Credit];

impl World {
    /// A co-op, its steward or somebody it is affiliated to strikes, in whatever way its charter asks for.
    pub(crate) fn strike(&mut self, of: usize) {
        if !self.collectives[of].honest {
            // Of a control log that forks, its embargoes alone go on, and only where they had arrived.
            return;
        }
        let by = self.who_may_strike(of);
        if self.demands_mandate(by) && self.rng.chance(600) {
            return self.open_ballot(by);
        }
        let mut embargo = self.terms(by).embargo(self.cut(by, FeedPurpose::Control), 0, None, NOWHERE);
        embargo.mandate = None;
        self.date(&mut embargo);
        self.rule(by, Content::Embargo(Box::new(embargo)));
    }

    /// Begins now or soon; ends, if at all, while the run lasts or long after.
    pub(crate) fn date(&mut self, embargo: &mut Embargo) {
        let now = self.time() / 1000;
        let soon = now + self.rng.below(20);
        embargo.starts = if self.rng.chance(700) { 0 } else { soon };
        if self.rng.chance(300) {
            embargo.starts = soon;
            embargo.ends = Some(soon + self.rng.between(1, 60));
        }
    }

    fn demands_mandate(&self, of: usize) -> bool {
        let id = self.collectives[of].id;
        let log = self.speaker(of).and_then(|node| self.checkers.known[node].log(&id));
        log.and_then(|log| log.charter()).is_some_and(|(_, charter)| charter.rules.mandate_required)
    }

    /// The co-op itself, its steward, or somebody it is affiliated to.
    pub(crate) fn who_may_strike(&mut self, of: usize) -> usize {
        let owner = &self.collectives[of];
        let may = |other: &usize| {
            let other = &self.collectives[*other];
            other.honest
                && (owner.stewards.contains(&other.id)
                    || self.checkers.known.iter().any(|known| known.is_affiliate(&owner.id, &other.id)))
        };
        let others: Vec<usize> = (0..self.collectives.len()).filter(may).collect();
        self.rng.pick(&others).copied().filter(|_| self.rng.chance(500)).unwrap_or(of)
    }

    /// What an embargo is to do.
    pub(crate) fn terms(&mut self, by: usize) -> Terms {
        let variant = self.variant();
        let reach = match variant {
            Variant::EvaluationOnly | Variant::PreferenceShift(_) => Reach::New,
            Variant::RateLimit(_) => {
                if self.rng.chance(500) {
                    Reach::New
                } else {
                    Reach::Unreleased
                }
            }
            _ => self.rng.pick(Reach::ALL).copied().unwrap_or(Reach::All),
        };
        let from_cut = if self.rng.chance(250) { Cut::default() } else { self.cut(by, FeedPurpose::Data) };
        Terms {
            variant,
            scope: self.scope(500),
            reach,
            from_cut,
            audience: self.audience(),
            rung: if self.rng.chance(300) { Rung::Commitment } else { Rung::Header },
            demand: "Pay for what you train on.".to_owned(),
        }
    }

    fn variant(&mut self) -> Variant {
        // Whoever ignores one kind of strike meets it more often.
        let drawn = match self.options.mutant {
            Some(Mutant::IgnoresOverlays) => self.rng.between(6, 7),
            Some(Mutant::IgnoresRateLimits | Mutant::KeepsSlots) => 8,
            _ => self.rng.below(10),
        };
        match drawn {
            0..=4 => Variant::Pause,
            5 => Variant::QualityFreeze,
            6 => Variant::EvaluationOnly,
            7 => Variant::PreferenceShift(self.rng.pick(&CONDITIONS).copied().unwrap_or(Condition::Pay)),
            _ => Variant::RateLimit(self.rng.between(0, 6)),
        }
    }

    fn audience(&mut self) -> Audience {
        match self.rng.below(10) {
            0..=5 => Audience::Everyone,
            6..=7 => Audience::Only(BTreeSet::from([self.party()])),
            _ => Audience::Except(BTreeSet::from([self.party()])),
        }
    }

    /// Everything, or one value of a dimension or two.
    fn scope(&mut self, narrow: u64) -> Scope {
        let mut scope = Scope::default();
        if self.rng.chance(narrow) {
            scope.domains.extend(self.rng.pick(&self.words.domains).copied());
        }
        if self.rng.chance(narrow / 3) {
            scope.languages.extend(self.rng.pick(&self.words.languages).copied());
        }
        if self.rng.chance(narrow / 5) {
            scope.kinds.extend([ContributionKind::Chat, ContributionKind::Label]);
        }
        if self.rng.chance(narrow / 8) {
            scope.tiers.insert(Tier::Public);
        }
        if self.rng.chance(narrow / 8) {
            scope.tags.insert(self.words.domains[0]);
        }
        scope
    }

    /// An embargo of a collective that stands, as far as its own node knows.
    pub(crate) fn standing(&mut self, by: usize, test: impl Fn(&Standing) -> bool) -> Option<Standing> {
        let id = self.collectives[by].id;
        let known = &self.checkers.known[self.speaker(by)?];
        let own = |standing: &&Standing| standing.known.by == id && test(standing);
        let standing: Vec<Standing> = known.embargoes.iter().filter(own).cloned().collect();
        self.rng.pick(&standing).cloned()
    }

    pub(crate) fn lift(&mut self, of: usize) {
        let by = self.who_may_strike(of);
        let Some(standing) = self.standing(by, |_| true) else { return };
        let scope = self.rng.chance(250).then(|| self.scope(1000));
        let lift = self.lift_of(standing.known.id, scope);
        self.rule(by, Content::Lift(lift));
    }

    pub(crate) fn lift_of(&self, embargo: RecordId, scope: Option<Scope>) -> Lift {
        Lift { embargo, scope, reason: LiftReason::Settled, settlement: None, mandate: None }
    }

    /// A further embargo on the same terms, harsher: all of it, for everybody.
    pub(crate) fn escalate(&mut self, of: usize) {
        let by = self.who_may_strike(of);
        let Some(standing) = self.standing(by, |_| true) else { return };
        let mut embargo = standing.known.content;
        if !matches!(embargo.variant, Variant::Pause | Variant::QualityFreeze) || !self.collectives[by].honest
        {
            return;
        }
        (embargo.variant, embargo.reach, embargo.audience) = (Variant::Pause, Reach::All, Audience::Everyone);
        embargo.cut = self.cut(by, FeedPurpose::Control);
        self.rule(by, Content::Embargo(Box::new(embargo)));
        self.deeds.count(Deed::Escalation);
    }

    /// The condition of a preference shift was met; now and then another one is said to be.
    pub(crate) fn settle_strike(&mut self, of: usize) {
        let by = self.who_may_strike(of);
        let shifts =
            |standing: &Standing| matches!(standing.known.content.variant, Variant::PreferenceShift(_));
        let Some(standing) = self.standing(by, shifts) else { return };
        let Variant::PreferenceShift(met) = standing.known.content.variant else { return };
        let condition = if self.rng.chance(800) { met } else { Condition::Open };
        let settlement = Settlement {
            embargo: standing.known.id,
            condition,
            evidence: Hash(self.rng.bytes()),
            with: None,
            until: self.cut(by, FeedPurpose::Data),
            mandate: None,
        };
        self.rule(by, Content::Settlement(settlement));
        self.deeds.count(Deed::Settlement);
    }
}

/// No record is here.
const NOWHERE: RecordId = RecordId { feed: commonwheel_record::FeedId([0; 32]), index: 0 };
