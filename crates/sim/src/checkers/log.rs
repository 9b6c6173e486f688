//! What a node holds of one collective's control log, in the order of its arrival, and who is on the roll by it.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{
    Charter, Content, Personal, Principal, RollEntry, Rules, VoteWeight, roll_hash,
};
use commonwheel_record::{Cut, Hash, NetworkId, PublicKey, RecordId};

use super::stamps::Stamped;

/// A record that a node holds, with its body if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: RecordId,
    /// Since when the node has it on its disk, in milliseconds since 1970.
    pub(crate) since: u64,
    /// Whether it bears the threshold it needs, as the world knows.
    pub(crate) authorised: bool,
    /// What its signatures cover, hashed.
    pub(crate) hash: Hash,
    pub(crate) content: Content,
    /// What its body says, if that is held and the signatures in it hold.
    pub(crate) personal: Option<Personal>,
    /// The heads it embeds, with the cosignatures that hold.
    pub(crate) stamps: Vec<Stamped>,
}

/// A collective's records, as a node holds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) records: Vec<Held>,
    /// The writer of each control feed.
    pub(crate) writers: BTreeMap<commonwheel_record::FeedId, PublicKey>,
    /// How much of each control feed was read, bodies too.
    pub(crate) whole: Cut,
}

impl Log {
    /// The charter that holds; the world amends in one place, so no two follow the same one.
    pub(crate) fn charter(&self) -> Option<(Hash, &Charter)> {
        self.charters().max_by_key(|(_, charter)| charter.number)
    }

    pub(crate) fn charter_named(&self, hash: &Hash) -> Option<&Charter> {
        self.charters().find(|(name, _)| name == hash).map(|(_, charter)| charter)
    }

    /// The cut of the charter that replaced another: inside it what rests on that one still begins.
    pub(crate) fn replaced(&self, charter: &Charter) -> Option<&Cut> {
        let next = self.charters().find(|(_, next)| next.number == charter.number + 1);
        next.map(|(_, next)| &next.cut)
    }

    fn charters(&self) -> impl Iterator<Item = (Hash, &Charter)> {
        self.records.iter().filter_map(|held| match &held.content {
            Content::Charter(charter) if held.authorised => Some((held.hash, &**charter)),
            _ => None,
        })
    }

    /// Every enrolment that is held, with whom it enters, in ascending order.
    pub(crate) fn entered(&self) -> Vec<(RecordId, RollEntry)> {
        let mut entered: Vec<(RecordId, RollEntry)> =
            self.records.iter().filter_map(|held| Some((held.id, entry(held)?.clone()))).collect();
        entered.sort_by_key(|(id, _)| *id);
        entered
    }

    /// The principals with a vote at a cut, by their keys, with how many votes each has.
    pub(crate) fn voters(&self, cut: &Cut, rules: &Rules) -> BTreeMap<PublicKey, (Principal, u64)> {
        let inside = |held: &&Held| cut.contains(&held.id.feed, held.id.index);
        let left: BTreeSet<Hash> =
            self.records.iter().filter(inside).filter_map(|held| self.ended(held, cut)).collect();
        let mut enrolled: Vec<(RecordId, Hash, &RollEntry)> = self
            .records
            .iter()
            .filter(inside)
            .filter_map(|held| Some((held.id, held.hash, entry(held)?)))
            .filter(|(_, hash, _)| !left.contains(hash))
            .collect();
        enrolled.sort_by_key(|(id, ..)| *id);
        let (mut keys, mut collectives, mut voters) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        for (_, _, entry) in enrolled {
            let again = match entry.principal {
                Principal::Collective { id, .. } => collectives.contains(&id),
                Principal::Member(_) => false,
            };
            if again || !keys.insert(*entry.principal.key()) {
                continue;
            }
            if let Principal::Collective { id, .. } = entry.principal {
                collectives.insert(id);
            }
            if !entry.custodial {
                voters.insert(*entry.principal.key(), (entry.principal, votes(entry, rules)));
            }
        }
        voters
    }

    /// The enrolment that a leave ends, by the hash of what was signed, so that no copy of it stays.
    fn ended(&self, leave: &Held, cut: &Cut) -> Option<Hash> {
        let Content::Leave(content) = &leave.content else { return None };
        let enrolment = self.records.iter().find(|held| held.id == content.enrolment)?;
        let entry = entry(enrolment).filter(|_| cut.contains(&enrolment.id.feed, enrolment.id.index))?;
        let given = match &leave.personal {
            Some(Personal::Notice(notice)) => {
                notice.enrolment == enrolment.id && notice.key == *entry.principal.key()
            }
            _ => false,
        };
        (leave.authorised || given).then_some(enrolment.hash)
    }
}

fn entry(held: &Held) -> Option<&RollEntry> {
    match (&held.content, &held.personal) {
        (Content::Enrolment(_), Some(Personal::Entry(entry))) if held.authorised => Some(entry),
        _ => None,
    }
}

fn votes(entry: &RollEntry, rules: &Rules) -> u64 {
    match rules.vote_weight {
        VoteWeight::Member => 1,
        VoteWeight::Shares => u64::from(entry.shares.min(rules.vote_cap)),
    }
}

/// The hash by which a ballot names a roll.
pub(crate) fn roll_of(network: &NetworkId, voters: &BTreeMap<PublicKey, (Principal, u64)>) -> Hash {
    let roll: BTreeMap<&Principal, u64> =
        voters.values().map(|(principal, votes)| (principal, *votes)).collect();
    roll_hash(network, roll.into_iter())
}
