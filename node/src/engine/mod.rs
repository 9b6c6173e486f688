//! The node's core: one thread that owns the protocol, the store and the tip guard.
//!
//! Everything that reads or changes them runs on that thread, one thing after another, so there is no lock to forget.
//! Whoever needs something sends a closure through [`Handle::call`].

mod carry;
pub(crate) mod closing;
mod core;
pub(crate) mod found;
pub(crate) mod keys;
mod link;
mod open;
mod tend;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod witnessing;
mod writer;

pub(crate) use core::{Handle, Stopped, millis, start};
pub(crate) use found::found;
pub(crate) use writer::ReadOnly;

use std::collections::BTreeMap;
use std::path::PathBuf;

use commonwheel_ledger::publish::PublishError;
use commonwheel_ledger::store::StoreError;
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{CollectiveId, FeedId, NetworkId};
use commonwheel_store::{FileGuard, FileStore};
use commonwheel_sync::{Selection, Sync};

use crate::engine::keys::{KeyFileError, Keys};

/// Leaves per signed head.
pub(crate) const FLUSH: usize = 256;

/// What a node is started with, once its configuration is read.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The network's name.
    pub(crate) network: String,
    /// What the node is.
    pub(crate) role: NodeRole,
    /// Its name, for people.
    pub(crate) name: String,
    /// Where the tip guard lies.
    pub(crate) guard: PathBuf,
    /// Addresses to listen on.
    pub(crate) listen: Vec<String>,
    /// Peers to keep connected.
    pub(crate) peers: Vec<String>,
    /// Nodes whose comparison alone opens the serve gate.
    pub(crate) partners: Vec<commonwheel_record::PublicKey>,
    /// Collectives to follow.
    pub(crate) follow: Vec<CollectiveId>,
    /// What bodies are wanted for.
    pub(crate) purpose: commonwheel_record::terms::Purpose,
    /// Which bodies are wanted.
    pub(crate) selection: Selection,
    /// Whether it cosigns the control feeds of collectives whose charters list its writer key.
    pub(crate) witness: bool,
    /// Whether it closes ballots by itself.
    pub(crate) close_ballots: bool,
}

/// Why the core could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// Key files.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The store could not be opened.
    #[error(transparent)]
    Open(#[from] commonwheel_store::OpenError),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tip guard is gone, so nobody knows what this node signed last.
    #[error("the tip guard {0} is gone: signing without it could fork this node's feeds; put the file back")]
    GuardLost(PathBuf),
    /// A feed of this node's own is not what was signed before.
    #[error("feed {feed}: {why}; this node signs nothing until that is mended")]
    Own {
        /// The feed.
        feed: FeedId,
        /// Why.
        why: PublishError,
    },
    /// The network could not be started.
    #[error(transparent)]
    Network(#[from] commonwheel_net::Error),
    /// An address is not understood.
    #[error("{0} is no address; write it like /ip4/127.0.0.1/tcp/4150, or with /p2p/<peer> for a peer")]
    Address(String),
}

/// What the core thread owns.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) sync: Sync<FileStore>,
    pub(crate) guard: FileGuard,
    pub(crate) keys: Keys,
    pub(crate) network: NetworkId,
    pub(crate) own: Option<Own>,
    /// The control feeds this node writes for other collectives.
    pub(crate) carried: BTreeMap<CollectiveId, FeedId>,
    /// Why nothing is signed for now, if that is so.
    pub(crate) read_only: Option<ReadOnly>,
    pub(crate) settings: Settings,
}

/// The collective this node belongs to, and the feeds it writes for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) collective: CollectiveId,
    pub(crate) control: FeedId,
    pub(crate) data: Option<FeedId>,
}

impl Own {
    pub(crate) fn feeds(&self) -> impl Iterator<Item = FeedId> + use<> {
        [Some(self.control), self.data].into_iter().flatten()
    }
}

/// Why this node cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unable {
    /// A mirror belongs to no collective.
    #[error("this node belongs to no collective")]
    NoCollective,
    /// The governance key is not here.
    #[error("this node does not hold its collective's governance key")]
    NoGovernance,
    /// No control feed of that collective is written here.
    #[error("this node writes no control feed for collective {0}")]
    NotCarrier(CollectiveId),
    /// It carries as many as it may.
    #[error("this node carries records for as many collectives as it may")]
    CarriesMost,
    /// What was signed before is not held.
    #[error("this node signs nothing for now: {0}")]
    ReadOnly(ReadOnly),
    /// The record could not be appended.
    #[error(transparent)]
    Publish(#[from] PublishError),
}
