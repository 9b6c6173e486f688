//! Cosignatures of control heads by witnesses, as far as they are kept.
//!
//! Of a witness's statements about a feed only the newest travels. A ballot's close needs one from within its grace,
//! which may not be the newest any more when the close is written, so the last few are kept.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use commonwheel_ledger::store::{Store, StoreError, Table};
use commonwheel_record::attestation::Cosigned;
use commonwheel_record::cbor::{self, encode};
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::{FeedId, PublicKey};

use crate::limits::MAX_STAMPS;

/// Cosignatures by feed and witness, and of each by their time in seconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Stamps(BTreeMap<(FeedId, PublicKey), BTreeMap<u64, Cosigned>>);

impl Stamps {
    /// Reads what was kept.
    pub(crate) fn load<S: Store>(store: &S) -> Self {
        let mut stamps = Self::default();
        for (key, bytes) in store.states(Table::Node) {
            if let (Some((feed, witness, time)), Ok(cosigned)) =
                (parse_key(key), cbor::decode(bytes, MAX_ATTESTATION))
            {
                stamps.0.entry((feed, witness)).or_default().insert(time, cosigned);
            }
        }
        stamps
    }

    /// Returns a witness's latest cosignature of a feed.
    pub(crate) fn last(&self, feed: &FeedId, witness: &PublicKey) -> Option<&Cosigned> {
        self.0.get(&(*feed, *witness))?.last_key_value().map(|(_, cosigned)| cosigned)
    }

    /// Returns a witness's cosignatures of a feed from a stretch of time, the earliest first.
    pub(crate) fn within(
        &self,
        feed: &FeedId,
        witness: &PublicKey,
        times: RangeInclusive<u64>,
    ) -> impl Iterator<Item = &Cosigned> {
        let of = self.0.get(&(*feed, *witness)).filter(|_| !times.is_empty());
        of.into_iter().flat_map(move |of| of.range(times.clone())).map(|(_, cosigned)| cosigned)
    }

    /// Keeps a cosignature whose signature holds. If there are too many of one witness for a feed the oldest goes, and one
    /// from a time that a close may still need only after all others.
    pub(crate) fn keep<S: Store>(
        &mut self,
        store: &mut S,
        witness: PublicKey,
        cosigned: &Cosigned,
        is_needed: impl Fn(u64) -> bool,
    ) -> Result<(), StoreError> {
        let (feed, time) = (cosigned.head.feed, cosigned.time);
        let of = self.0.entry((feed, witness)).or_default();
        // Of one second the larger head says more.
        if of.get(&time).is_some_and(|held| held.head.size >= cosigned.head.size) {
            return Ok(());
        }
        of.insert(time, cosigned.clone());
        store.set_state(Table::Node, &key(&feed, &witness, time), Some(&encode(cosigned)))?;
        while of.len() > MAX_STAMPS {
            let idle = of.keys().copied().find(|time| !is_needed(*time));
            let Some(oldest) = idle.or_else(|| of.keys().next().copied()) else { break };
            of.remove(&oldest);
            store.set_state(Table::Node, &key(&feed, &witness, oldest), None)?;
        }
        Ok(())
    }
}

const PREFIX: &[u8] = b"stamp/";

fn key(feed: &FeedId, witness: &PublicKey, time: u64) -> Vec<u8> {
    [PREFIX, feed.as_bytes(), witness.as_bytes(), &time.to_be_bytes()].concat()
}

fn parse_key(key: &[u8]) -> Option<(FeedId, PublicKey, u64)> {
    let (feed, rest) = key.strip_prefix(PREFIX)?.split_first_chunk()?;
    let (witness, time) = rest.split_first_chunk()?;
    Some((FeedId(*feed), PublicKey(*witness), u64::from_be_bytes(time.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use commonwheel_ledger::mem::MemStore;
    use commonwheel_record::attestation::Head;
    use commonwheel_record::{Hash, Signature};

    use super::*;

    const FEED: FeedId = FeedId([1; 32]);
    const WITNESS: PublicKey = PublicKey([2; 32]);

    fn cosigned(time: u64, size: u64) -> Cosigned {
        let head = Head { feed: FEED, size, root: Hash([3; 32]) };
        Cosigned { head, time, signature: Signature([4; 64]) }
    }

    fn times(stamps: &Stamps) -> Vec<u64> {
        stamps.within(&FEED, &WITNESS, 0..=u64::MAX).map(|cosigned| cosigned.time).collect()
    }

    #[test]
    fn what_a_close_needs_outlives_what_came_later_and_a_restart() {
        let (mut stamps, mut store) = (Stamps::default(), MemStore::default());
        let limit = MAX_STAMPS as u64;
        for time in 1..=2 * limit {
            stamps.keep(&mut store, WITNESS, &cosigned(time, time), |time| time == 5).unwrap();
        }
        let kept: Vec<u64> = std::iter::once(5).chain(limit + 2..=2 * limit).collect();
        assert_eq!(times(&stamps), kept);
        assert_eq!(times(&Stamps::load(&store)), kept);
        for time in 2 * limit + 1..=4 * limit {
            stamps.keep(&mut store, WITNESS, &cosigned(time, time), |_| true).unwrap();
        }
        assert_eq!(times(&stamps).len(), MAX_STAMPS, "whatever is needed");
        assert_eq!(store.states(Table::Node).len(), MAX_STAMPS);
    }

    #[test]
    fn of_one_second_the_larger_head_is_kept() {
        let (mut stamps, mut store) = (Stamps::default(), MemStore::default());
        for size in [3, 5, 4] {
            stamps.keep(&mut store, WITNESS, &cosigned(9, size), |_| false).unwrap();
        }
        assert_eq!(stamps.last(&FEED, &WITNESS), Some(&cosigned(9, 5)));
        assert_eq!(stamps.within(&FEED, &WITNESS, 10..=u64::MAX).count(), 0);
    }
}
