//! What root keys took back.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Content, Revoked};
use commonwheel_record::{CollectiveId, FeedId, PublicKey};

/// What was revoked, for good: a revocation carries no cut, so nothing could come after it.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    /// How many leaves of a feed still count.
    pub(super) feeds: BTreeMap<FeedId, u64>,
    pub(super) keys: BTreeSet<PublicKey>,
    pub(super) affiliates: BTreeSet<CollectiveId>,
}

impl Revocations {
    /// Adds what a record revokes, if it is a revocation; of several sizes of one feed the smallest holds.
    pub(super) fn add(&mut self, content: &Content) {
        let Content::Revocation(revocation) = content else {
            return;
        };
        match &revocation.revoked {
            Revoked::Feed { feed, size, .. } => {
                let kept = self.feeds.entry(*feed).or_insert(*size);
                *kept = (*kept).min(*size);
            }
            Revoked::Key(key) => {
                self.keys.insert(*key);
            }
            Revoked::Affiliate(collective) => {
                self.affiliates.insert(*collective);
            }
        }
    }

    /// Says whether a feed was revoked at or before a position.
    pub(super) fn cut_off(&self, feed: &FeedId, index: u64) -> bool {
        self.feeds.get(feed).is_some_and(|size| index >= *size)
    }
}
