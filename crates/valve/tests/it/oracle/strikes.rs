//! Embargoes and withdrawals.

use std::collections::BTreeSet;

use commonwheel_record::control::{
    Audience, Content, Embargo, Lift, Party, Power, Reach, Rung, Scope, Settlement, Variant, Withdrawal,
    WithdrawalClass,
};
use commonwheel_record::terms::{Preference, Preferences};
use commonwheel_record::{CollectiveId, Contribution, ContributionKind, RecordId};

use super::access::is_for_good;
use super::{Oracle, Thing, inside};
use crate::world::key;

/// What an embargo does to what it covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Withholds,
    /// It denies training, and allows evaluation if it says so.
    Lays {
        evaluate: bool,
    },
    /// As that, but an irrevocable licence would give what it denies: so it withholds.
    Queues {
        evaluate: bool,
    },
}

/// An embargo that covers.
pub(super) struct Covering {
    pub(super) rung: Rung,
    pub(super) id: RecordId,
    /// Whether it knew of a release that gave the record away for good.
    pub(super) knew: bool,
    pub(super) effect: Effect,
}

impl Covering {
    pub(super) fn withholds(&self) -> bool {
        !matches!(self.effect, Effect::Lays { .. })
    }
}

impl<'a> Oracle<'a> {
    pub(super) fn lifts(&self, by: usize, embargo: &Embargo) -> Vec<&'a Lift> {
        let all = self.governed(by);
        let named = |id: &RecordId| all.iter().find(|(at, _)| at == id).map(|(_, content)| *content);
        let lift = |(_, content): &(RecordId, &'a Content)| match content {
            // By what it says, so that a copy is lifted too.
            Content::Lift(lift) => match named(&lift.embargo) {
                Some(Content::Embargo(lifted)) if **lifted == *embargo => Some(lift),
                _ => None,
            },
            _ => None,
        };
        all.iter().filter_map(lift).collect()
    }

    fn settlements(&self, by: usize, embargo: &Embargo) -> Vec<&'a Settlement> {
        let all = self.governed(by);
        let named = |id: &RecordId| all.iter().find(|(at, _)| at == id).map(|(_, content)| *content);
        let settles = |(_, content): &(RecordId, &'a Content)| match content {
            Content::Settlement(settlement) => match named(&settlement.embargo) {
                Some(Content::Embargo(settled))
                    if **settled == *embargo
                        && settled.variant == Variant::PreferenceShift(settlement.condition) =>
                {
                    Some(settlement)
                }
                _ => None,
            },
            _ => None,
        };
        all.iter().filter_map(settles).collect()
    }

    pub(super) fn in_scope(scope: &Scope, header: Option<&Contribution>) -> bool {
        let Some(header) = header else { return true };
        (scope.kinds.is_empty() || scope.kinds.contains(&header.kind))
            && (scope.languages.is_empty() || scope.languages.contains(&header.language))
            && (scope.domains.is_empty() || scope.domains.contains(&header.domain))
            && (scope.tags.is_empty() || header.tags.iter().any(|tag| scope.tags.contains(tag)))
            && (scope.tiers.is_empty() || scope.tiers.contains(&header.tier))
    }

    pub(super) fn targets(&self, embargo: &Embargo, by: usize, asker: u8) -> bool {
        let named = |parties: &BTreeSet<Party>| parties.iter().any(|party| self.is(party, asker));
        let anonymous = !self.held.iter().any(|number| self.is_node_of(asker, *number));
        let known = self.grants(by).iter().any(|grant| grant.to == Party::Node(key(asker)));
        match &embargo.audience {
            Audience::Everyone => true,
            Audience::Only(parties) => named(parties) || (anonymous && !known),
            Audience::Except(parties) => !named(parties),
        }
    }

    pub(super) fn is_in_force(&self, embargo: &Embargo, by: usize, thing: &Thing<'_>) -> bool {
        self.come(embargo.starts, by) && !self.over(embargo.ends, by) && self.is_in_scope(embargo, by, thing)
    }

    /// Whether a thing is in the scope of an embargo and in no lifted part of it.
    pub(super) fn is_in_scope(&self, embargo: &Embargo, by: usize, thing: &Thing<'_>) -> bool {
        let lifted = self.lifts(by, embargo).iter().any(|lift| match &lift.scope {
            None => true,
            Some(part) => thing.header.is_some() && Self::in_scope(part, thing.header),
        });
        Self::is_about(&embargo.variant, thing.header)
            && !lifted
            && Self::in_scope(&embargo.scope, thing.header)
    }

    /// Whether a variant is about things of this sort.
    fn is_about(variant: &Variant, header: Option<&Contribution>) -> bool {
        use ContributionKind::{Correction, Feedback, Label, PreferencePair};
        match variant {
            Variant::QualityFreeze => header.is_none_or(|header| {
                header.labelled || [Label, Correction, PreferencePair, Feedback].contains(&header.kind)
            }),
            _ => true,
        }
    }

    pub(super) fn reaches(&self, embargo: &Embargo, by: usize, thing: &Thing<'_>) -> bool {
        let settlements = self.settlements(by, embargo);
        if !settlements.iter().all(|settlement| inside(&settlement.until, &thing.id)) {
            return false;
        }
        match embargo.reach {
            Reach::All => true,
            Reach::New => !inside(&embargo.from_cut, &thing.id),
            Reach::Unreleased => !self.releases(thing).iter().any(|(id, _)| inside(&embargo.cut, id)),
        }
    }

    /// Collectives that may strike over a thing.
    pub(super) fn strikers(&self, thing: &Thing<'_>) -> Vec<usize> {
        let mut strikers = vec![thing.owner];
        for steward in self.stewards(thing) {
            strikers.extend(self.number(&steward));
        }
        let powers = self.powers(thing.owner, Power::Embargo);
        // Of two affiliations the one that lasts longest holds, so one that is not over is enough.
        strikers
            .extend(powers.into_iter().filter(|(_, end)| !self.over(*end, thing.owner)).map(|(to, _)| to));
        strikers
    }

    pub(super) fn stewards(&self, thing: &Thing<'_>) -> Vec<CollectiveId> {
        let listed = &self.world.collectives[thing.owner].charter.stewards;
        match thing.header {
            Some(header) => header.stewards.intersection(listed).copied().collect(),
            None => listed.iter().copied().collect(),
        }
    }

    /// Every embargo that covers, and what it does; for those that hold back releases, if nobody asks.
    pub(super) fn covering(&self, asker: Option<u8>) -> Vec<Covering> {
        let gifts = self.gifts();
        let mut covering = Vec::new();
        for thing in self.things() {
            for by in self.strikers(&thing) {
                for (id, content) in self.governed(by) {
                    let Content::Embargo(embargo) = content else { continue };
                    let knew = gifts.iter().any(|gift| inside(&embargo.cut, gift));
                    if self.is_in_force(embargo, by, &thing)
                        && asker.is_none_or(|asker| self.targets(embargo, by, asker))
                        && self.reaches(embargo, by, &thing)
                        && let Some(effect) = self.effect(embargo, by, &thing, (knew, asker.is_some()))
                    {
                        let old = inside(&embargo.from_cut, &thing.id);
                        let rung = if old { Rung::Header } else { embargo.rung };
                        covering.push(Covering { rung, id, knew, effect });
                    }
                }
            }
        }
        covering
    }

    fn effect(
        &self,
        embargo: &Embargo,
        by: usize,
        thing: &Thing<'_>,
        (knew, asked): (bool, bool),
    ) -> Option<Effect> {
        let for_good = self.header().is_none_or(is_for_good);
        let evaluate = embargo.variant == Variant::EvaluationOnly;
        match embargo.variant {
            Variant::Pause | Variant::QualityFreeze => Some(Effect::Withholds),
            Variant::EvaluationOnly | Variant::PreferenceShift(_) => (!knew).then_some(if for_good {
                Effect::Queues { evaluate }
            } else {
                Effect::Lays { evaluate }
            }),
            Variant::RateLimit(limit) => {
                let passed = thing.header.is_some() && self.has_passed(limit, embargo, by, thing);
                (asked && !passed).then_some(Effect::Withholds)
            }
        }
    }

    /// Whether any embargo holds back a release, whomever it refuses.
    pub(crate) fn holds_back(&self) -> bool {
        self.covering(None).iter().any(Covering::withholds)
    }

    /// The header's preferences under what is laid over them.
    pub(crate) fn preferences(&self) -> Option<Preferences> {
        let mut preferences = self.header()?.preferences;
        let owners = |asker| self.owner().is_some_and(|owner| self.is_node_of(asker, owner));
        if self.question.asker.is_some_and(owners) {
            return Some(preferences);
        }
        for covering in self.covering(self.question.asker) {
            if let Effect::Lays { evaluate } | Effect::Queues { evaluate } = covering.effect {
                preferences.train = Preference::Deny;
                if evaluate && preferences.evaluate == Preference::Unset {
                    preferences.evaluate = Preference::Allow;
                }
            }
        }
        Some(preferences)
    }

    pub(super) fn seventh(&self, covering: &[Covering]) -> bool {
        let owners = self.owner().is_some_and(|owner| self.is_node_of(self.question.me, owner));
        !owners && covering.iter().filter(|covering| covering.withholds()).all(|covering| covering.knew)
    }

    pub(super) fn erased(&self) -> Option<(Rung, WithdrawalClass, RecordId)> {
        let covering = self.question.asker.map(|asker| self.covering(Some(asker))).unwrap_or_default();
        let mut found = Vec::new();
        for thing in self.things() {
            for (id, content) in self.governed(thing.owner) {
                let Content::Withdrawal(Withdrawal { ranges, class, rung, cut, .. }) = content else {
                    continue;
                };
                if !ranges.iter().any(|range| range.contains(&thing.id)) {
                    continue;
                }
                let stays = self.gifts().iter().any(|gift| inside(cut, gift)) && self.seventh(&covering);
                if *class == WithdrawalClass::PersonalData || !stays {
                    found.push((*rung, *class, id));
                }
            }
        }
        found.into_iter().min()
    }
}
