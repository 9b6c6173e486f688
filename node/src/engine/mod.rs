//! The node's core: one thread that owns the protocol, the store and the tip guard.
//!
//! Everything that reads or changes them runs on that thread, one thing after another, so there is no lock to forget.
//! Whoever needs something sends a closure through [`Handle::call`].

mod core;
pub(crate) mod found;
pub(crate) mod keys;
mod link;

pub(crate) use core::{Handle, Stopped, millis, start};
pub(crate) use found::found;

use std::path::PathBuf;

use commonwheel_ledger::publish::PublishError;
use commonwheel_ledger::store::{Store as _, StoreError, TipGuard as _};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::Content;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, NetworkId, RecordId, SecretKey};
use commonwheel_store::{FileGuard, FileStore, OpenReport, Options};
use commonwheel_sync::{Config, NewRecord, Selection, Sync};

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
    pub(crate) settings: Settings,
}

/// The collective this node belongs to, and the feeds it writes for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    pub(crate) collective: CollectiveId,
    pub(crate) control: FeedId,
    pub(crate) data: Option<FeedId>,
}

impl Engine {
    /// Opens the data directory; nothing is signed or served yet.
    pub(crate) fn open(now: u64, settings: Settings) -> Result<Self, StartError> {
        let keys = Keys::load(&settings.data.join("keys"))?;
        let network = NetworkId::named(&settings.network);
        let guard = FileGuard::open(&settings.guard)?;
        let options = Options { own: guard.feeds().collect(), ..Options::new(network) };
        let (store, report) = FileStore::open(&settings.data, &options)?;
        tell(&report);
        let own = own(&store, &keys.writer, &network)?;
        if own.is_some_and(|own| signed_unguarded(&store, &guard, own)) {
            return Err(StartError::GuardLost(settings.guard));
        }
        let mut follow: std::collections::BTreeSet<CollectiveId> = settings.follow.iter().copied().collect();
        follow.extend(own.map(|own| own.collective));
        follow.extend(followed(&store));
        let config = Config {
            network,
            key: keys.node.clone(),
            role: settings.role,
            follow,
            partners: settings.partners.iter().copied().collect(),
            own_feeds: own.iter().flat_map(|own| [Some(own.control), own.data]).flatten().collect(),
            purpose: settings.purpose,
            selection: settings.selection.clone(),
            seed: keys::random()?,
        };
        let sync = Sync::new(now, config, store)?;
        let mut engine = Self { sync, guard, keys, network, own, settings };
        engine.finish_pending(now)?;
        Ok(engine)
    }

    /// Signs what a crash left appended and unsigned.
    fn finish_pending(&mut self, now: u64) -> Result<(), StartError> {
        let Some(own) = self.own else { return Ok(()) };
        for feed in [Some(own.control), own.data].into_iter().flatten() {
            let key = self.keys.writer.clone();
            self.sync
                .publish_pending(now, &mut self.guard, &key, &feed)
                .map_err(|why| StartError::Own { feed, why })?;
        }
        Ok(())
    }

    /// Appends to one of this node's feeds.
    pub(crate) fn append(
        &mut self,
        now: u64,
        feed: FeedId,
        records: Vec<NewRecord>,
    ) -> Result<u64, PublishError> {
        let key = self.keys.writer.clone();
        self.sync.append(now, &mut self.guard, &key, &feed, records)
    }

    /// Appends a control record signed by this node's governance key.
    pub(crate) fn decree(&mut self, now: u64, content: Content) -> Result<RecordId, Unable> {
        let key = self.keys.governance.clone().ok_or(Unable::NoGovernance)?;
        self.control(now, &key, content)
    }

    fn control(&mut self, now: u64, key: &SecretKey, content: Content) -> Result<RecordId, Unable> {
        let own = self.own.ok_or(Unable::NoCollective)?;
        let leaf = commonwheel_collective::found::leaf(&self.network, own.collective, &[key], content);
        let index = self.append(now, own.control, vec![NewRecord { leaf, body: None }])?;
        Ok(RecordId { feed: own.control, index })
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
    /// The record could not be appended.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Says whether a feed was signed that the guard knows nothing of: an empty guard in its place would allow a fork.
fn signed_unguarded(store: &FileStore, guard: &FileGuard, own: Own) -> bool {
    let feeds = [Some(own.control), own.data].into_iter().flatten();
    feeds.into_iter().any(|feed| store.head(&feed).is_some() && guard.tip(&feed).is_none())
}

/// Tells the operator what was put right on opening.
fn tell(report: &OpenReport) {
    for (feed, repairs) in &report.repaired {
        tracing::warn!(%feed, ?repairs, "feed files were put right");
    }
    for (feed, what) in &report.set_aside {
        tracing::error!(%feed, what, "feed was damaged and is fetched again; the old files are in feeds.bad");
    }
    if report.state_lost > 0 {
        tracing::error!(
            commits = report.state_lost,
            "small state was damaged; the old file is state/journal.bad"
        );
    }
    if let Some(why) = &report.index_abandoned {
        tracing::warn!(why, "the index was built again from the files");
    }
}

/// Finds the feeds this node writes, by their writer key.
fn own(store: &FileStore, writer: &SecretKey, network: &NetworkId) -> Result<Option<Own>, StoreError> {
    let mine =
        |feed: &FeedId| store.manifest(feed).is_some_and(|manifest| manifest.writer == writer.public());
    let feeds: Vec<FeedId> = store.feeds().into_iter().filter(mine).collect();
    let purpose = |feed: &FeedId| store.manifest(feed).map(|manifest| manifest.purpose);
    let Some(control) = feeds.iter().find(|feed| purpose(feed) == Some(Purpose::Control)).copied() else {
        return Ok(None);
    };
    let data = feeds.iter().find(|feed| purpose(feed) == Some(Purpose::Data)).copied();
    let genesis = store.headers(&control, 0, 1)?.into_iter().next().flatten();
    let collective = genesis.and_then(|leaf| found::founded(network, &leaf));
    Ok(collective.map(|collective| Own { collective, control, data }))
}

/// Collectives that were followed while running.
fn followed(store: &FileStore) -> Vec<CollectiveId> {
    let rows = store.states(commonwheel_ledger::store::Table::Follows);
    rows.into_iter().filter_map(|(key, _)| key.try_into().ok().map(CollectiveId)).collect()
}
