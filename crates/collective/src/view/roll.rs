//! The roll: who belongs to the collective, and with how many votes.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Principal, roll_hash};
use commonwheel_record::{CollectiveId, Hash, NetworkId, PublicKey, RecordId};

/// A principal's place on the roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The enrolment it rests on.
    pub enrolment: RecordId,
    /// Who it is.
    pub principal: Principal,
    /// Votes; 0 if the key is in somebody else's custody.
    pub votes: u64,
    /// Shares held.
    pub shares: u32,
    /// Whether somebody else keeps the key.
    pub custodial: bool,
    /// A name, for people.
    pub name: Option<String>,
}

/// A roll, by the keys of its principals; each key and each collective is on it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    seats: BTreeMap<PublicKey, Seat>,
    collectives: BTreeSet<CollectiveId>,
}

impl Roll {
    /// Seats a principal, unless its key or its collective has a seat.
    pub(crate) fn seat(&mut self, seat: Seat) -> bool {
        let collective = match seat.principal {
            Principal::Member(_) => None,
            Principal::Collective { id, .. } => Some(id),
        };
        let taken = self.seats.contains_key(seat.principal.key())
            || collective.is_some_and(|id| self.collectives.contains(&id));
        if !taken {
            self.collectives.extend(collective);
            self.seats.insert(*seat.principal.key(), seat);
        }
        !taken
    }

    /// Returns the seats in ascending order of their keys.
    pub fn seats(&self) -> impl ExactSizeIterator<Item = &Seat> {
        self.seats.values()
    }

    /// Returns the seat of a key.
    #[must_use]
    pub fn get(&self, key: &PublicKey) -> Option<&Seat> {
        self.seats.get(key)
    }

    /// Returns how many principals have a vote.
    #[must_use]
    pub fn voters(&self) -> u64 {
        self.seats.values().filter(|seat| seat.votes > 0).count() as u64
    }

    /// Returns how many votes there are in all.
    #[must_use]
    pub fn votes(&self) -> u64 {
        self.seats.values().map(|seat| seat.votes).sum()
    }

    /// Returns the hash by which a ballot names this roll: of the principals that have a vote.
    #[must_use]
    pub fn hash(&self, network: &NetworkId) -> Hash {
        let voters: BTreeMap<&Principal, u64> = self
            .seats
            .values()
            .filter(|seat| seat.votes > 0)
            .map(|seat| (&seat.principal, seat.votes))
            .collect();
        roll_hash(network, voters.into_iter())
    }
}
