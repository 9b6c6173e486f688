//! Charters: which are valid, and which chain of them holds.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Charter, Content, next_root_digest};
use commonwheel_record::{Hash, NetworkId, PublicKey};

use super::authority::Authority;
use crate::feed::Verified;

/// A charter that a record carries, if it does.
pub(super) fn charter_of(verified: &Verified) -> Option<&Charter> {
    match &verified.control.content {
        Content::Charter(charter) => Some(charter),
        _ => None,
    }
}

/// Says whether the keys that signed a genesis charter are the ones it names.
pub(super) fn founds(verified: &Verified) -> bool {
    let sound = !verified.control.extensions.unknown_critical();
    sound && charter_of(verified).is_some_and(|c| c.number == 0 && c.root.satisfied_by(&verified.signers))
}

/// Every valid charter: the genesis charter, and whatever validly succeeds a valid one.
///
/// Which feeds count is judged by all of them, not by the chain that holds in the end: otherwise a charter could
/// displace the one that delegated the feed it came in.
#[derive(Debug)]
pub(super) struct Charters<'a> {
    genesis: Hash,
    valid: BTreeMap<Hash, &'a Charter>,
    successors: BTreeMap<Hash, BTreeSet<Hash>>,
}

impl<'a> Charters<'a> {
    /// Finds the valid charters among records, from a genesis charter that [`founds`].
    pub(super) fn of(
        network: &NetworkId,
        genesis: &'a Verified,
        records: impl Iterator<Item = &'a Verified>,
    ) -> Self {
        // Copies of one charter may carry different signatures: one that suffices is enough.
        let mut waiting: BTreeMap<Hash, Vec<&'a Verified>> = BTreeMap::new();
        for record in records {
            if let Some(previous) = charter_of(record).and_then(|charter| charter.previous) {
                waiting.entry(previous).or_default().push(record);
            }
        }
        let mut found = Self { genesis: genesis.hash, valid: BTreeMap::new(), successors: BTreeMap::new() };
        found.valid.extend(charter_of(genesis).map(|charter| (genesis.hash, charter)));
        let mut front: Vec<Hash> = found.valid.keys().copied().collect();
        while let Some(at) = front.pop() {
            for record in waiting.remove(&at).into_iter().flatten() {
                front.extend(found.admit(network, at, record));
            }
        }
        found
    }

    fn admit(&mut self, network: &NetworkId, previous: Hash, record: &'a Verified) -> Option<Hash> {
        let (before, next) = (self.valid.get(&previous)?, charter_of(record)?);
        if !succeeds(network, before, next, &record.signers) {
            return None;
        }
        self.successors.entry(previous).or_default().insert(record.hash);
        self.valid.insert(record.hash, next).is_none().then_some(record.hash)
    }

    /// Returns the root keys of every valid charter.
    pub(super) fn roots(&self) -> Authority<'a> {
        Authority::everywhere(self.valid.values().map(|charter| &charter.root))
    }

    /// Says whether a charter is valid, whether or not it holds.
    pub(super) fn is_valid(&self, hash: &Hash) -> bool {
        self.valid.contains_key(hash)
    }

    /// Returns the chain that holds: of several successors the one with the smallest hash.
    pub(super) fn chain(&self) -> Vec<(Hash, &'a Charter)> {
        let first_successor = |at: &Hash| self.successors.get(at).and_then(BTreeSet::first).copied();
        std::iter::successors(Some(self.genesis), first_successor)
            .filter_map(|hash| Some((hash, *self.valid.get(&hash)?)))
            .collect()
    }
}

/// The next charter is signed by the root thresholds of both, and its root keys were committed to.
fn succeeds(network: &NetworkId, before: &Charter, next: &Charter, signers: &BTreeSet<PublicKey>) -> bool {
    before.number.checked_add(1) == Some(next.number)
        && before.root.satisfied_by(signers)
        && next.root.satisfied_by(signers)
        && committed(network, before, next)
}

/// An amendment leaves root keys and commitments as they are, or hands over to keys that were committed to.
///
/// Leaving the keys but not the commitments would let a stolen root key choose its own successors.
fn committed(network: &NetworkId, before: &Charter, next: &Charter) -> bool {
    let stays = before.root == next.root && before.next_root == next.next_root;
    let known = |key: &PublicKey| before.next_root.contains(&next_root_digest(network, key));
    before.next_root.is_empty() || stays || next.root.keys.iter().all(known)
}
