//! Arbitrary parts of ballots: witnessed heads so far.

use commonwheel_record::attestation::Head;
use commonwheel_record::control::{Stamp, WitnessedHead};
use commonwheel_record::{FeedId, Signature};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::words::{hash, key};

pub(crate) fn signature() -> impl Strategy<Value = Signature> {
    vec(any::<u8>(), 64).prop_map(|bytes| Signature(bytes.try_into().unwrap()))
}

/// A head of the feed with up to four cosignatures.
pub(crate) fn witnessed(feed: impl Strategy<Value = FeedId>) -> impl Strategy<Value = WitnessedHead> {
    let stamp = (any::<u64>(), signature()).prop_map(|(time, signature)| Stamp { time, signature });
    (feed, any::<u64>(), hash(), btree_map(key(), stamp, 0..=4))
        .prop_map(|(feed, size, root, stamps)| WitnessedHead { head: Head { feed, size, root }, stamps })
}
