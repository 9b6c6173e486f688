//! Whose signatures count, and where.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Charter, KeySet};
use commonwheel_record::{Cut, Hash, PublicKey, RecordId};

/// Whether a threshold signed a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// One that counts there.
    Yes,
    /// One that an amendment had replaced by then.
    Replaced,
    /// None.
    No,
}

/// Key sets of which any one suffices, each held once, with the cuts inside which it counts.
///
/// What the keys of a replaced charter signed counts inside its successor's cut only: stolen when nobody guards them
/// any more, they sign nothing new. A set that a later charter names again counts there without a cut.
#[derive(Debug, Default)]
pub(super) struct Authority<'a>(BTreeMap<(u8, &'a BTreeSet<PublicKey>), Named<'a>>);

#[derive(Debug)]
struct Named<'a> {
    set: &'a KeySet,
    /// None in place of a cut: everywhere.
    within: Vec<Option<&'a Cut>>,
}

impl<'a> Authority<'a> {
    /// Every set counts everywhere: so are the feeds found that count.
    pub(super) fn everywhere(sets: impl Iterator<Item = &'a KeySet>) -> Self {
        Self::of(sets.map(|set| (set, None)))
    }

    /// The sets of the charters of a chain, each within its successor's cut.
    pub(super) fn of_chain(chain: &[(Hash, &'a Charter)], keys: impl Fn(&'a Charter) -> &'a KeySet) -> Self {
        Self::of(bounded(chain).map(|(charter, within)| (keys(charter), within)))
    }

    fn of(sets: impl Iterator<Item = (&'a KeySet, Option<&'a Cut>)>) -> Self {
        let mut named: BTreeMap<_, Named<'a>> = BTreeMap::new();
        for (set, within) in sets {
            let entry = named.entry((set.threshold, &set.keys));
            entry.or_insert_with(|| Named { set, within: Vec::new() }).within.push(within);
        }
        Self(named)
    }

    /// Says whether the threshold of one of the sets is among the signers of a record.
    pub(super) fn signed(&self, signers: &BTreeSet<PublicKey>, id: &RecordId) -> Signed {
        let mut signed = Signed::No;
        for named in self.0.values().filter(|named| named.set.satisfied_by(signers)) {
            if named.within.iter().any(|cut| cut.is_none_or(|cut| cut.contains(&id.feed, id.index))) {
                return Signed::Yes;
            }
            signed = Signed::Replaced;
        }
        signed
    }
}

/// The charters of a chain, each with the cut of the one that replaced it.
pub(super) fn bounded<'a, 'c>(
    chain: &'c [(Hash, &'a Charter)],
) -> impl DoubleEndedIterator<Item = (&'a Charter, Option<&'a Cut>)> + use<'a, 'c> {
    let within = |at: usize| chain.get(at + 1).map(|(_, next)| &next.cut);
    (0..chain.len()).filter_map(move |at| Some((chain.get(at)?.1, within(at))))
}
