//! A node of the world: the real protocol over a disk that can fail, and what survives its process.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::mem::MemGuard;
use commonwheel_ledger::store::{StoreError, TipGuard};
use commonwheel_record::{FeedId, Hash, PublicKey, SecretKey};
use commonwheel_sync::{Config, Sync};

use crate::disk::Disk;
use crate::mutant::Mutant;

/// A node, running or not.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) me: PublicKey,
    /// What it is told at every start; own feeds and randomness are added then.
    pub(crate) config: Config,
    /// The collective whose node it is, as a number; none for an anonymous one.
    pub(crate) home: Option<usize>,
    /// Whether it keeps the promises, and is held to them.
    pub(crate) honest: bool,
    /// Whether what it sends passes through a liar.
    pub(crate) lies: bool,
    /// Whether it serves what it says it withholds.
    pub(crate) pretends: bool,
    /// The key it signs heads with, its own feeds' and, as a witness, those of others.
    pub(crate) writer: Option<SecretKey>,
    /// A clone of another node under the same key, which runs only once its writer equivocates.
    pub(crate) twin_of: Option<usize>,
    /// The running process, with its disk in it.
    pub(crate) process: Option<Sync<Disk>>,
    /// The disk while there is no process.
    pub(crate) disk: Option<Disk>,
    pub(crate) guard: Guard,
    /// The keys of the feeds it writes.
    pub(crate) writers: BTreeMap<FeedId, SecretKey>,
    /// How far its clock is ahead, in milliseconds.
    pub(crate) skew: u64,
    /// How often it was started.
    pub(crate) starts: u64,
    pub(crate) wake_at: Option<u64>,
    /// Gossip that it has seen since its start, by content.
    pub(crate) seen: BTreeSet<Hash>,
    /// Dies after its next commit, before anything of that step leaves.
    pub(crate) doomed: bool,
}

impl Node {
    pub(crate) fn new(config: Config, home: Option<usize>, honest: bool, mutant: Option<Mutant>) -> Self {
        let mutant = mutant.filter(|_| honest);
        Self {
            me: config.key.public(),
            config,
            home,
            honest,
            lies: false,
            pretends: false,
            writer: None,
            twin_of: None,
            process: None,
            disk: Some(Disk::new(mutant)),
            guard: Guard { tips: MemGuard::default(), forgets: mutant == Some(Mutant::ForgetsTip) },
            writers: BTreeMap::new(),
            skew: 0,
            starts: 0,
            wake_at: None,
            seen: BTreeSet::new(),
            doomed: false,
        }
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.process.is_some()
    }

    /// The disk, whether the node runs or not.
    pub(crate) fn disk(&self) -> Option<&Disk> {
        self.process.as_ref().map(Sync::store).or(self.disk.as_ref())
    }
}

/// The tip guard, outside the disk; it survives every crash, save in the mutant that has none.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    tips: MemGuard,
    forgets: bool,
}

impl TipGuard for Guard {
    fn tip(&self, feed: &FeedId) -> Option<(u64, Hash)> {
        if self.forgets { None } else { self.tips.tip(feed) }
    }

    fn advance(
        &mut self,
        feed: &FeedId,
        from: Option<(u64, Hash)>,
        to: (u64, Hash),
    ) -> Result<(), StoreError> {
        if self.forgets { Ok(()) } else { self.tips.advance(feed, from, to) }
    }
}
