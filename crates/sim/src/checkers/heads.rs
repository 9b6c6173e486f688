//! I10: every head of a feed that an honest node ever held, against each other and against what its writer holds.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::Head;
use commonwheel_record::{FeedId, Hash};

use super::merkle;
use super::verify::is_signed;
use crate::truth::Truth;

/// Heads by feed and size.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    seen: BTreeMap<FeedId, BTreeMap<u64, Hash>>,
    /// The newest head seen at each node.
    newest: BTreeMap<(usize, FeedId), Head>,
    /// Heads whose signature held.
    pub(crate) signed: BTreeSet<Head>,
}

impl Heads {
    /// Notes the heads of a store that are new.
    pub(crate) fn observe(&mut self, node: usize, store: &MemStore, truth: &Truth) -> Result<(), String> {
        for (feed, of) in &truth.feeds {
            let Some(signed) = store.head(feed) else { continue };
            if self.newest.insert((node, *feed), signed.head) == Some(signed.head) || of.forked {
                continue;
            }
            if !self.signed.contains(&signed.head) {
                if !is_signed(of, signed) {
                    return Err(format!("node {node} holds a head of {} that nobody signed", feed.short()));
                }
                self.signed.insert(signed.head);
            }
            let root =
                self.seen.entry(*feed).or_default().entry(signed.head.size).or_insert(signed.head.root);
            if *root != signed.head.root {
                return Err(format!("two heads of {} at size {}", feed.short(), signed.head.size));
            }
        }
        Ok(())
    }

    /// Recomputes every head seen from the leaves that its writer holds in the end.
    pub(crate) fn against_writers(&self, disks: &[(usize, &MemStore)], truth: &Truth) -> Vec<String> {
        let mut wrong = Vec::new();
        for (feed, heads) in &self.seen {
            let Some(of) = truth.feeds.get(feed).filter(|of| !of.forked) else { continue };
            let Some((_, store)) = disks.iter().find(|(node, _)| *node == of.writer) else { continue };
            let leaves = store.leaf_hashes(feed, 0, store.size(feed)).unwrap_or_default();
            for (size, root) in heads {
                let tree = usize::try_from(*size).ok().and_then(|size| leaves.get(..size)).map(merkle::root);
                if tree != Some(*root) {
                    let feed = feed.short();
                    wrong.push(format!("a head of {feed} at size {size} is not what its writer holds"));
                }
            }
        }
        wrong
    }
}
