//! What is compared with peers: heads by collective, their roots, and when each last arrived.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, Hasher, NetworkId};

/// What a feed reads as under a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Its newest verified head.
    Head(u64, Hash),
    /// Its writer signed two inconsistent heads.
    Forked,
}

#[derive(Clone, Debug)]
struct Row {
    collective: CollectiveId,
    members: bool,
    handle: u64,
    created: u64,
    arrival: u64,
    reading: Reading,
}

/// Every feed's reading, in the orders that the protocol asks for.
#[derive(Clone, Debug)]
pub(crate) struct HeadTable {
    network: NetworkId,
    instance: u64,
    arrival: u64,
    rows: BTreeMap<FeedId, Row>,
    by_collective: BTreeMap<CollectiveId, BTreeSet<FeedId>>,
    by_handle: Vec<FeedId>,
    by_arrival: BTreeMap<u64, FeedId>,
    /// Collectives whose founding feed forked, with that feed: nothing else of theirs is compared any more, since what
    /// each node learned of it before it learned of the fork is chance.
    closed: BTreeMap<CollectiveId, FeedId>,
    /// Sub-roots over public feeds; an entry is dropped when a feed of its collective changes.
    public_roots: BTreeMap<CollectiveId, Hash>,
}

/// A change to tell a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) handle: u64,
    pub(crate) feed: FeedId,
    pub(crate) collective: CollectiveId,
    /// Whether the feed was first told of after the position asked about.
    pub(crate) is_new: bool,
}

impl HeadTable {
    pub(crate) const fn new(network: NetworkId, instance: u64) -> Self {
        Self {
            network,
            instance,
            arrival: 0,
            rows: BTreeMap::new(),
            by_collective: BTreeMap::new(),
            by_handle: Vec::new(),
            by_arrival: BTreeMap::new(),
            closed: BTreeMap::new(),
            public_roots: BTreeMap::new(),
        }
    }

    pub(crate) const fn instance(&self) -> u64 {
        self.instance
    }

    pub(crate) const fn arrival(&self) -> u64 {
        self.arrival
    }

    /// Notes a feed's reading, new or changed.
    pub(crate) fn note(&mut self, feed: FeedId, collective: CollectiveId, members: bool, reading: Reading) {
        if self.rows.get(&feed).is_some_and(|row| row.reading == reading || row.reading == Reading::Forked) {
            return;
        }
        self.arrival += 1;
        let arrival = self.arrival;
        let handle = self.by_handle.len() as u64;
        let row = self.rows.entry(feed).or_insert(Row {
            collective,
            members,
            handle,
            created: arrival,
            arrival,
            reading,
        });
        if row.created == arrival {
            self.by_handle.push(feed);
        } else {
            self.by_arrival.remove(&row.arrival);
        }
        row.arrival = arrival;
        row.reading = reading;
        self.by_arrival.insert(arrival, feed);
        self.by_collective.entry(row.collective).or_default().insert(feed);
        self.public_roots.remove(&row.collective);
    }

    /// Notes that a collective's founding feed forked.
    pub(crate) fn close(&mut self, collective: CollectiveId, founding: FeedId) {
        self.closed.insert(collective, founding);
        self.public_roots.remove(&collective);
    }

    /// Says whether the feed has a reading.
    pub(crate) fn is_known(&self, feed: &FeedId) -> bool {
        self.rows.contains_key(feed)
    }

    pub(crate) fn is_forked(&self, feed: &FeedId) -> bool {
        self.rows.get(feed).is_some_and(|row| row.reading == Reading::Forked)
    }

    pub(crate) fn feeds_of(&self, collective: &CollectiveId) -> impl Iterator<Item = &FeedId> {
        self.by_collective.get(collective).into_iter().flatten()
    }

    /// Lists what changed after `since`, by handle; everything if none.
    pub(crate) fn changes(
        &self,
        since: Option<u64>,
        after: Option<u64>,
        mut visible: impl FnMut(&FeedId, &CollectiveId) -> bool,
        limit: usize,
    ) -> (Vec<Change>, bool) {
        let first = after.map_or(0, |after| after.saturating_add(1));
        let mut feeds: Vec<&FeedId> = match since {
            Some(since) => {
                let mut feeds: Vec<_> =
                    self.by_arrival.range(since.saturating_add(1)..).map(|(_, feed)| feed).collect();
                feeds.sort_by_key(|feed| self.rows[*feed].handle);
                feeds
            }
            None => self.by_handle.iter().collect(),
        };
        feeds.retain(|feed| self.rows[*feed].handle >= first);
        let mut changes = Vec::new();
        for feed in feeds {
            let row = &self.rows[feed];
            if !visible(feed, &row.collective) {
                continue;
            }
            if changes.len() == limit {
                return (changes, true);
            }
            let is_new = since.is_none_or(|since| row.created > since);
            changes.push(Change { handle: row.handle, feed: *feed, collective: row.collective, is_new });
        }
        (changes, false)
    }

    /// Returns the root over these collectives' feeds; `entitled` says which members feeds both sides may know of.
    pub(crate) fn root<'a>(
        &mut self,
        collectives: impl Iterator<Item = &'a CollectiveId>,
        mut entitled: impl FnMut(&FeedId) -> bool,
    ) -> Hash {
        let mut hasher = Hasher::new(Domain::HEADS, &self.network);
        for collective in collectives {
            hasher.update(collective.as_bytes());
            hasher.update(self.public_root(collective).as_bytes());
            hasher.update(self.sub_root(collective, |feed, row| row.members && entitled(feed)).as_bytes());
        }
        hasher.finish()
    }

    /// Returns the root over a collective's public feeds.
    pub(crate) fn public_root(&mut self, collective: &CollectiveId) -> Hash {
        if let Some(root) = self.public_roots.get(collective) {
            return *root;
        }
        let root = self.sub_root(collective, |_, row| !row.members);
        self.public_roots.insert(*collective, root);
        root
    }

    fn sub_root(&self, collective: &CollectiveId, mut counts: impl FnMut(&FeedId, &Row) -> bool) -> Hash {
        let mut hasher = Hasher::new(Domain::HEADS, &self.network);
        let closed = self.closed.get(collective);
        for feed in self.feeds_of(collective).filter(|feed| closed.is_none_or(|founding| founding == *feed)) {
            let row = &self.rows[feed];
            if counts(feed, row) {
                let (size, root) = match row.reading {
                    Reading::Head(size, root) => (size, root),
                    Reading::Forked => (u64::MAX, Hash::default()),
                };
                hasher.update(feed.as_bytes());
                hasher.update(&size.to_be_bytes());
                hasher.update(root.as_bytes());
            }
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> HeadTable {
        HeadTable::new(NetworkId::named("test"), 1)
    }

    fn feed(byte: u8) -> FeedId {
        FeedId([byte; 32])
    }

    const C: CollectiveId = CollectiveId([9; 32]);

    #[test]
    fn roots_depend_on_readings_and_not_on_their_order() {
        let (mut a, mut b) = (table(), table());
        for byte in 0..5 {
            a.note(feed(byte), C, false, Reading::Head(u64::from(byte), Hash([byte; 32])));
            b.note(feed(4 - byte), C, false, Reading::Head(u64::from(4 - byte), Hash([4 - byte; 32])));
        }
        assert_eq!(a.root([C].iter(), |_| true), b.root([C].iter(), |_| true));
        a.note(feed(3), C, false, Reading::Head(3, Hash([7; 32])));
        assert_ne!(a.root([C].iter(), |_| true), b.root([C].iter(), |_| true));
    }

    #[test]
    fn members_feeds_count_between_the_entitled_only() {
        let (mut a, mut b) = (table(), table());
        a.note(feed(1), C, true, Reading::Head(1, Hash([1; 32])));
        assert_eq!(a.root([C].iter(), |_| false), b.root([C].iter(), |_| false));
        assert_ne!(a.root([C].iter(), |_| true), b.root([C].iter(), |_| true));
    }

    #[test]
    fn tells_only_what_changed_and_names_only_what_is_new() {
        let mut heads = table();
        for byte in 0..4 {
            heads.note(feed(byte), C, false, Reading::Head(1, Hash([byte; 32])));
        }
        let told = heads.arrival();
        heads.note(feed(2), C, false, Reading::Head(2, Hash([2; 32])));
        heads.note(feed(9), C, false, Reading::Head(1, Hash([9; 32])));
        let (changes, more) = heads.changes(Some(told), None, |_, _| true, 10);
        assert!(!more);
        let seen: Vec<_> = changes.iter().map(|c| (c.handle, c.feed, c.is_new)).collect();
        assert_eq!(seen, [(2, feed(2), false), (4, feed(9), true)]);
        let (page, more) = heads.changes(None, Some(0), |_, _| true, 2);
        assert!(more);
        assert_eq!(page.iter().map(|c| c.handle).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_fork_is_for_ever() {
        let mut heads = table();
        heads.note(feed(1), C, false, Reading::Forked);
        heads.note(feed(1), C, false, Reading::Head(5, Hash([5; 32])));
        assert!(heads.is_forked(&feed(1)));
    }
}
