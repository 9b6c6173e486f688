//! Embargoes and withdrawals.

use std::collections::BTreeSet;

use commonwheel_record::control::{
    Audience, Content, Embargo, Lift, Party, Power, Reach, Rung, Scope, Variant, Withdrawal, WithdrawalClass,
};
use commonwheel_record::{CollectiveId, Contribution, ContributionKind, RecordId};

use super::{Oracle, Thing, inside};
use crate::world::key;

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
        let lifted = self.lifts(by, embargo).iter().any(|lift| match &lift.scope {
            None => true,
            Some(part) => thing.header.is_some() && Self::in_scope(part, thing.header),
        });
        Self::is_about(&embargo.variant, thing.header)
            && self.come(embargo.starts, by)
            && !self.over(embargo.ends, by)
            && !lifted
            && Self::in_scope(&embargo.scope, thing.header)
    }

    /// Whether a variant holds back things of this sort.
    fn is_about(variant: &Variant, header: Option<&Contribution>) -> bool {
        use ContributionKind::{Correction, Feedback, Label, PreferencePair};
        match variant {
            Variant::Pause => true,
            Variant::QualityFreeze => header.is_none_or(|header| {
                header.labelled || [Label, Correction, PreferencePair, Feedback].contains(&header.kind)
            }),
            _ => false,
        }
    }

    pub(super) fn reaches(&self, embargo: &Embargo, thing: &Thing<'_>) -> bool {
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

    /// Every embargo that covers, with what it leaves open and whether it knew a gift.
    pub(super) fn covering(&self, asker: u8) -> Vec<(Rung, RecordId, bool)> {
        let gifts = self.gifts();
        let mut covering = Vec::new();
        for thing in self.things() {
            for by in self.strikers(&thing) {
                for (id, content) in self.governed(by) {
                    let Content::Embargo(embargo) = content else { continue };
                    if self.is_in_force(embargo, by, &thing)
                        && self.targets(embargo, by, asker)
                        && self.reaches(embargo, &thing)
                    {
                        let old = inside(&embargo.from_cut, &thing.id);
                        let rung = if old { Rung::Header } else { embargo.rung };
                        covering.push((rung, id, gifts.iter().any(|gift| inside(&embargo.cut, gift))));
                    }
                }
            }
        }
        covering
    }

    /// Whether any embargo covers, for a node that no log names.
    pub(crate) fn covers_a_stranger(&self) -> bool {
        !self.covering(250).is_empty()
    }

    pub(super) fn seventh(&self, covering: &[(Rung, RecordId, bool)]) -> bool {
        let owners = self.owner().is_some_and(|owner| self.is_node_of(self.question.me, owner));
        !owners && covering.iter().all(|(_, _, knew)| *knew)
    }

    pub(super) fn erased(&self) -> Option<(Rung, WithdrawalClass, RecordId)> {
        let covering = self.question.asker.map(|asker| self.covering(asker)).unwrap_or_default();
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
