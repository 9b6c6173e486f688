//! Who was granted what, and until when.

use std::collections::BTreeMap;

use commonwheel_record::control::{Grant, Party};
use commonwheel_record::{PublicKey, RecordId};

use super::{Entry, View, later};
use crate::audience::Audience;

/// The end of access per offer and party; of several grants the one that lasts longest holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    granted: BTreeMap<(RecordId, Party), Option<u64>>,
    named: BTreeMap<PublicKey, Option<u64>>,
}

impl Access {
    pub(super) fn of(grants: &[Entry<Grant>]) -> Self {
        let mut access = Self::default();
        for Grant { offer, to, expires } in grants.iter().map(|grant| &grant.content) {
            let until = access.granted.entry((*offer, *to)).or_insert(*expires);
            *until = later(*until, *expires);
            if let Party::Node(key) = to {
                let until = access.named.entry(*key).or_insert(*expires);
                *until = later(*until, *expires);
            }
        }
        access
    }
}

impl View {
    /// Says whether an audience has a grant of an offer whose end passes a test; the end is in seconds since 1970.
    pub fn is_granted(
        &self,
        offer: &RecordId,
        audience: &Audience,
        mut lasts: impl FnMut(Option<u64>) -> bool,
    ) -> bool {
        let mut holds = |party| self.access.granted.get(&(*offer, party)).is_some_and(|end| lasts(*end));
        holds(Party::Node(audience.node))
            || audience.collectives.iter().any(|collective| holds(Party::Collective(*collective)))
    }

    /// Says whether a grant whose end passes a test names this very key, which is then no stranger to the collective.
    pub fn names_node(&self, key: &PublicKey, lasts: impl FnOnce(Option<u64>) -> bool) -> bool {
        self.access.named.get(key).is_some_and(|end| lasts(*end))
    }
}
