//! Which embargoes, lifts and settlements count, by a collective's log as a node holds it.

use commonwheel_record::control::{Content, Embargo, Lift, Proposal, Settlement, Variant};
use commonwheel_record::{NetworkId, RecordId};

use super::log::{Held, Log};

const HOUR: u64 = 3_600;
/// For how long after an emergency embargo began no other one counts, in seconds.
const EMERGENCY_GAP: u64 = 30 * 86_400;

/// An embargo that counts.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) id: RecordId,
    pub(crate) embargo: Embargo,
    /// When it is over, in seconds since 1970: as it says, or with its mandate.
    pub(crate) ends: Option<u64>,
}

impl Log {
    /// The embargoes that count.
    pub(crate) fn embargoes(&self, network: &NetworkId) -> Vec<Counted> {
        let emergencies = self.emergencies();
        let counts = |held: &Held| {
            let Content::Embargo(embargo) = &held.content else { return None };
            let ends = match (&embargo.mandate, self.demands_mandates()) {
                (Some(mandate), _) => self.mandated(network, held, embargo, mandate)?,
                (None, false) if held.authorised => embargo.ends,
                (None, true) if emergencies.contains(&embargo.starts) && self.is_emergency(held) => {
                    embargo.ends
                }
                (None, _) => return None,
            };
            Some(Counted { id: held.id, embargo: (**embargo).clone(), ends })
        };
        self.records.iter().filter_map(counts).collect()
    }

    fn demands_mandates(&self) -> bool {
        self.charter().is_some_and(|(_, charter)| charter.rules.mandate_required)
    }

    /// When an embargo that rests on a mandate is over; none if it does not count.
    fn mandated(
        &self,
        network: &NetworkId,
        held: &Held,
        embargo: &Embargo,
        mandate: &RecordId,
    ) -> Option<Option<u64>> {
        let allowed = self.mandate(network, mandate)?;
        let proposed = allowed.poll.ballot.proposals.iter().any(|proposal| match proposal {
            Proposal::Embargo(terms) => {
                let literal = embargo.from_cut == terms.from_cut
                    && embargo.cut == allowed.cut
                    && embargo.ends.is_none();
                terms.describe(embargo) && (held.authorised || literal)
            }
            Proposal::Lift(_) => false,
        });
        let dated = (allowed.earliest..allowed.expires).contains(&embargo.starts);
        let ends = embargo.ends.map_or(allowed.expires, |ends| ends.min(allowed.expires));
        (proposed && dated).then_some(Some(ends))
    }

    fn is_emergency(&self, held: &Held) -> bool {
        let hours = self.charter().map_or(0, |(_, charter)| charter.rules.emergency_hours);
        let Content::Embargo(embargo) = &held.content else { return false };
        let lasts = embargo.ends.map(|ends| ends.saturating_sub(embargo.starts));
        held.authorised
            && embargo.mandate.is_none()
            && embargo.starts > 0
            && lasts.is_some_and(|lasts| lasts <= u64::from(hours) * HOUR)
    }

    /// The beginnings of the emergency embargoes that count: one cannot follow another within a month.
    fn emergencies(&self) -> Vec<u64> {
        let mut starts: Vec<u64> = self
            .records
            .iter()
            .filter(|held| self.is_emergency(held))
            .filter_map(|held| match &held.content {
                Content::Embargo(embargo) => Some(embargo.starts),
                _ => None,
            })
            .collect();
        starts.sort_unstable();
        let mut counted: Vec<u64> = Vec::new();
        for start in starts {
            if counted.last().is_none_or(|last| start == *last || start >= last + EMERGENCY_GAP) {
                counted.push(start);
            }
        }
        counted
    }

    /// The lifts that count.
    pub(crate) fn lifts(&self, network: &NetworkId) -> Vec<(RecordId, Lift)> {
        let counts = |held: &Held| {
            let Content::Lift(lift) = &held.content else { return None };
            let allowed = self.may_end(network, held, lift.mandate.as_ref(), &lift.embargo);
            let settled = lift.settlement.is_none_or(|id| self.is_settlement(network, &id, &lift.embargo));
            // Members vote on all of an embargo, and only governance may spare a part of it.
            let whole = held.authorised || lift.scope.is_none();
            (allowed && settled && whole).then(|| (held.id, lift.clone()))
        };
        self.records.iter().filter_map(counts).collect()
    }

    /// The settlements that count.
    pub(crate) fn settlements(&self, network: &NetworkId) -> Vec<(RecordId, Settlement)> {
        let counts = |held: &Held| {
            let Content::Settlement(settlement) = &held.content else { return None };
            let of = self.embargo_at(&settlement.embargo)?;
            let met = of.variant == Variant::PreferenceShift(settlement.condition);
            let allowed = self.may_end(network, held, settlement.mandate.as_ref(), &settlement.embargo);
            (met && allowed).then(|| (held.id, settlement.clone()))
        };
        self.records.iter().filter_map(counts).collect()
    }

    fn is_settlement(&self, network: &NetworkId, id: &RecordId, embargo: &RecordId) -> bool {
        let settlements = self.settlements(network);
        settlements.iter().any(|(held, settlement)| held == id && settlement.embargo == *embargo)
    }

    fn embargo_at(&self, id: &RecordId) -> Option<&Embargo> {
        self.records.iter().find(|held| held.id == *id).and_then(|held| match &held.content {
            Content::Embargo(embargo) => Some(&**embargo),
            _ => None,
        })
    }

    /// Says whether a record may end an embargo: by the mandate that it names, or by governance if it names none.
    fn may_end(
        &self,
        network: &NetworkId,
        held: &Held,
        mandate: Option<&RecordId>,
        embargo: &RecordId,
    ) -> bool {
        let Some(mandate) = mandate else {
            return held.authorised && !self.needs_ballot(network, embargo);
        };
        let hash = |id: &RecordId| self.records.iter().find(|held| held.id == *id).map(|held| held.hash);
        let begins = self.embargo_at(embargo).map(|embargo| embargo.starts);
        self.mandate(network, mandate).is_some_and(|allowed| {
            let named = |proposal: &Proposal| match proposal {
                Proposal::Lift(id) => hash(id).is_some() && hash(id) == hash(embargo),
                Proposal::Embargo(_) => false,
            };
            allowed.poll.ballot.proposals.iter().any(named) && begins < Some(allowed.expires)
        })
    }

    /// Says whether only members may lift an embargo, since they voted for it under a charter that says so.
    fn needs_ballot(&self, network: &NetworkId, embargo: &RecordId) -> bool {
        let mandate = self.embargo_at(embargo).and_then(|embargo| embargo.mandate);
        let allowed = mandate.and_then(|mandate| self.mandate(network, &mandate));
        allowed.is_some_and(|allowed| allowed.poll.charter.rules.lift_by_ballot)
    }
}
