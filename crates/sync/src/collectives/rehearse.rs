//! What a record would do before it is appended: a feed takes nothing back.

use commonwheel_collective::{ControlLeaf, View};
use commonwheel_ledger::store::Store;
use commonwheel_record::body::SealedBody;
use commonwheel_record::{FeedId, Leaf};

use super::Collectives;
use crate::node::Sync;

impl Collectives {
    /// Returns the view of a control feed's collective as it would be with one more leaf at that feed's end.
    fn rehearse<S: Store>(&mut self, store: &S, feed: &FeedId, leaf: ControlLeaf) -> Option<View> {
        let owner = self.owner(feed)?;
        self.leaves.get_mut(feed)?.push(leaf);
        let view = self.fold(store, owner);
        self.leaves.get_mut(feed)?.pop();
        Some(view)
    }
}

impl<S: Store> Sync<S> {
    /// Returns the view of a control feed's collective as it would be if a leaf were appended to the feed, with its
    /// body; none if no such feed is held or the leaf does not decode.
    ///
    /// The leaf would stand at the feed's present size: that is its name in [`View::ineffective`].
    pub fn rehearse(&mut self, feed: &FeedId, leaf: &[u8], body: Option<&SealedBody>) -> Option<View> {
        let leaf = Leaf::decode(leaf).ok()?;
        let leaf = ControlLeaf::open(&self.config.network, Some(leaf), body);
        self.collectives.rehearse(&self.store, feed, leaf)
    }
}
