//! Recently used bundles of headers, decoded once for fetching, checking and serving.

use std::collections::BTreeMap;
use std::sync::Arc;

use commonwheel_ledger::store::{Store, StoreError};
use commonwheel_record::submission::SubmissionBody;
use commonwheel_record::{FeedId, Leaf, RecordId};

use crate::limits::{BUNDLE, MAX_OPEN_SUBMISSIONS, MAX_PARSED_BUNDLES};

/// A header's bytes and what they say.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf: Leaf,
}

/// Up to 256 headers; `None` where one is missing.
pub(crate) type Bundle = Arc<Vec<Option<Header>>>;

/// A bounded cache: the least recently used entry goes first.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    entries: BTreeMap<K, (u64, V)>,
    by_use: BTreeMap<u64, K>,
    uses: u64,
    limit: usize,
}

impl<K: Ord + Clone, V: Clone> Recent<K, V> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { entries: BTreeMap::new(), by_use: BTreeMap::new(), uses: 0, limit }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        let (used, value) = self.entries.get_mut(key)?;
        if *used == self.uses {
            // It is the newest already: bodies of one bundle are looked up one after another.
            return Some(value.clone());
        }
        self.uses += 1;
        self.by_use.remove(used);
        self.by_use.insert(self.uses, key.clone());
        *used = self.uses;
        Some(value.clone())
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        self.remove(&key);
        self.uses += 1;
        self.by_use.insert(self.uses, key.clone());
        self.entries.insert(key, (self.uses, value));
        while self.entries.len() > self.limit {
            let Some((_, oldest)) = self.by_use.pop_first() else { return };
            self.entries.remove(&oldest);
        }
    }

    fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some((used, _)) = self.entries.remove(key) {
            self.by_use.remove(&used);
        }
    }
}

/// Decoded headers and opened submissions.
#[derive(Debug)]
pub(crate) struct Parsed {
    bundles: Recent<(FeedId, u64), Bundle>,
    submissions: Recent<RecordId, Arc<SubmissionBody>>,
}

impl Parsed {
    pub(crate) const fn new() -> Self {
        Self { bundles: Recent::new(MAX_PARSED_BUNDLES), submissions: Recent::new(MAX_OPEN_SUBMISSIONS) }
    }

    /// Returns the headers of bundle `number`, as far as they are held.
    pub(crate) fn bundle<S: Store>(
        &mut self,
        store: &S,
        feed: &FeedId,
        number: u64,
    ) -> Result<Bundle, StoreError> {
        let held = store.size(feed).saturating_sub(number * BUNDLE).min(BUNDLE);
        if let Some(bundle) = self.bundles.get(&(*feed, number))
            && bundle.len() as u64 == held
        {
            return Ok(bundle);
        }
        let start = number * BUNDLE;
        let headers = store.headers(feed, start, start + held)?;
        let bundle: Bundle = Arc::new(headers.into_iter().map(|bytes| bytes.and_then(parse)).collect());
        self.bundles.put((*feed, number), Arc::clone(&bundle));
        Ok(bundle)
    }

    /// Keeps a whole bundle that was decoded on arrival.
    pub(crate) fn keep(&mut self, feed: &FeedId, number: u64, headers: Vec<Option<Header>>) {
        self.bundles.put((*feed, number), Arc::new(headers));
    }

    /// Drops a bundle whose headers changed in place.
    pub(crate) fn forget(&mut self, feed: &FeedId, number: u64) {
        self.bundles.remove(&(*feed, number));
    }

    /// Drops all that is kept of a feed.
    pub(crate) fn forget_feed(&mut self, feed: &FeedId) {
        let bundles: Vec<(FeedId, u64)> = self.bundles.keys().filter(|(of, _)| of == feed).copied().collect();
        bundles.iter().for_each(|bundle| self.bundles.remove(bundle));
        let submissions: Vec<RecordId> =
            self.submissions.keys().filter(|id| id.feed == *feed).copied().collect();
        submissions.iter().for_each(|id| self.submissions.remove(id));
    }

    pub(crate) fn submission(&mut self, record: &RecordId) -> Option<Arc<SubmissionBody>> {
        self.submissions.get(record)
    }

    /// Returns the positions of a feed's most recently used submissions.
    pub(crate) fn recent_submissions(&self, feed: &FeedId, limit: usize) -> Vec<u64> {
        let recent = self.submissions.by_use.values().rev();
        recent.filter(|record| record.feed == *feed).take(limit).map(|record| record.index).collect()
    }

    pub(crate) fn keep_submission(&mut self, record: RecordId, body: Arc<SubmissionBody>) {
        self.submissions.put(record, body);
    }
}

/// What is stored was decoded before it was stored, so this is `None` only for leaves of a future profile.
pub(crate) fn parse(bytes: Vec<u8>) -> Option<Header> {
    Leaf::decode(&bytes).ok().map(|leaf| Header { bytes, leaf })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut recent = Recent::new(2);
        recent.put(1, "a");
        recent.put(2, "b");
        assert_eq!(recent.get(&1), Some("a"));
        recent.put(3, "c");
        assert_eq!(recent.get(&2), None);
        assert_eq!((recent.get(&1), recent.get(&3)), (Some("a"), Some("c")));
        recent.put(1, "d");
        assert_eq!(recent.get(&1), Some("d"));
        assert_eq!(recent.by_use.len(), recent.entries.len());
    }
}
