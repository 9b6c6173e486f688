//! Opening a node's data directory: what is damaged is repaired, and what is not confirmed is not signed.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::UNFOUNDED;
use commonwheel_ledger::store::{Store as _, StoreError, Table, TipGuard as _};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, NetworkId, SecretKey};
use commonwheel_store::{FileGuard, FileStore, OpenReport, Options};
use commonwheel_sync::{Config, Sync};

use crate::engine::carry::carried;
use crate::engine::keys::{self, Keys};
use crate::engine::writer::{ReadOnly, unconfirmed};
use crate::engine::{Engine, Own, Settings, StartError, found};

/// Damaged places that are repaired before starting is given up.
const MAX_REPAIRS: usize = 64;

/// What is known once the protocol has started.
struct Started {
    sync: Sync<FileStore>,
    own: Option<Own>,
    read_only: Option<ReadOnly>,
}

impl Engine {
    /// Opens the data directory, and signs what a crash left appended and unsigned; nothing is served yet.
    pub(crate) fn open(now: u64, settings: Settings) -> Result<Self, StartError> {
        let keys = Keys::load(&settings.data.join("keys"))?;
        let network = NetworkId::named(&settings.network);
        let guard = FileGuard::open(&settings.guard)?;
        let Started { sync, own, read_only } = start_repaired(now, &settings, &keys, &guard)?;
        let carried = BTreeMap::new();
        let mut engine = Self { sync, guard, keys, network, own, carried, read_only, settings };
        engine.note_carried();
        match &engine.read_only {
            Some(why) => tracing::error!(%why, fix = why.fix(), "this node signs nothing for now"),
            None => {
                engine.sign_pending(now).map_err(|ReadOnly { feed, why }| StartError::Own { feed, why })?;
            }
        }
        Ok(engine)
    }

    /// Repairs a place that was found corrupt while running. What is corrupt was not used; it is computed again, or
    /// dropped and fetched from a peer.
    pub(crate) fn mend(
        &mut self,
        now: u64,
        feed: FeedId,
        index: u64,
        what: &'static str,
    ) -> Result<(), StoreError> {
        tracing::error!(%feed, index, what, "corrupt on disk; repairing");
        let repairs = self.sync.store_mut().repair_at(&feed, index)?;
        tracing::warn!(%feed, ?repairs, "repaired");
        self.sync.repaired(now, feed, index)
    }
}

/// Starts, and where a part of the store is corrupt repairs it and starts again.
fn start_repaired(
    now: u64,
    settings: &Settings,
    keys: &Keys,
    guard: &FileGuard,
) -> Result<Started, StartError> {
    let network = NetworkId::named(&settings.network);
    let options = Options { own: guard.feeds().collect(), ..Options::new(network) };
    let (mut store, report) = FileStore::open(&settings.data, &options)?;
    tell(&report);
    let mut repairs = 0;
    loop {
        match start(now, settings, keys, guard, store) {
            Err(StartError::Store(StoreError::Corrupt { feed, index, what })) if repairs < MAX_REPAIRS => {
                repairs += 1;
                tracing::error!(%feed, index, what, "corrupt on disk; repairing");
                // What could not start has closed the store.
                store = FileStore::open(&settings.data, &options)?.0;
                repair(&mut store, &options, feed, index)?;
            }
            started => return started,
        }
    }
}

/// Repairs a place; a feed of others that is beyond repair is set aside, to be fetched again.
fn repair(store: &mut FileStore, options: &Options, feed: FeedId, index: u64) -> Result<(), StoreError> {
    match store.repair_at(&feed, index) {
        Err(StoreError::Corrupt { what, .. }) if !options.own.contains(&feed) => {
            tracing::error!(%feed, what, "damaged beyond repair; it is fetched again, the old files are in feeds.bad");
            store.set_aside(&feed)
        }
        repaired => repaired.map(|repairs| tracing::warn!(%feed, ?repairs, "repaired")),
    }
}

fn start(
    now: u64,
    settings: &Settings,
    keys: &Keys,
    guard: &FileGuard,
    store: FileStore,
) -> Result<Started, StartError> {
    let network = NetworkId::named(&settings.network);
    let own = own(&store, &keys.writer, &network)?;
    let carried = carried(&store, &keys.writer.public());
    let written: Vec<FeedId> =
        own.iter().flat_map(Own::feeds).chain(carried.iter().map(|(_, feed)| *feed)).collect();
    if signed_unguarded(&store, guard, &written) {
        return Err(StartError::GuardLost(settings.guard.clone()));
    }
    let read_only = unconfirmed(&store, guard, &written)?;
    // A control log that is behind may lack a strike, so the serve gate is asked of it as of others' logs.
    let confirmed = read_only.is_none();
    let mut follow: BTreeSet<CollectiveId> = settings.follow.iter().copied().collect();
    follow.extend(own.map(|own| own.collective));
    follow.extend(followed(&store));
    follow.extend(carried.iter().map(|(collective, _)| *collective));
    let config = Config {
        network,
        key: keys.node.clone(),
        role: settings.role,
        follow,
        partners: settings.partners.iter().copied().collect(),
        own_feeds: written.into_iter().filter(|_| confirmed).collect(),
        purpose: settings.purpose,
        selection: settings.selection.clone(),
        witness: settings.witness.then(|| keys.writer.clone()),
        seed: keys::random()?,
    };
    Ok(Started { sync: Sync::new(now, config, store)?, own, read_only })
}

/// Says whether a feed was signed that the guard knows nothing of: an empty guard in its place would allow a fork.
fn signed_unguarded(store: &FileStore, guard: &FileGuard, written: &[FeedId]) -> bool {
    written.iter().any(|feed| store.head(feed).is_some() && guard.tip(feed).is_none())
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

/// Finds the feeds this node writes for its own collective, by their writer key.
fn own(store: &FileStore, writer: &SecretKey, network: &NetworkId) -> Result<Option<Own>, StoreError> {
    let mine =
        |feed: &FeedId| store.manifest(feed).is_some_and(|manifest| manifest.writer == writer.public());
    let feeds: Vec<FeedId> = store.feeds().into_iter().filter(mine).collect();
    let purpose = |feed: &FeedId| store.manifest(feed).map(|manifest| manifest.purpose);
    let founding = |feed: &&FeedId| {
        let manifest = store.manifest(feed);
        manifest.is_some_and(|it| it.purpose == Purpose::Control && it.collective == UNFOUNDED)
    };
    let Some(control) = feeds.iter().find(founding).copied() else { return Ok(None) };
    let data = feeds.iter().find(|feed| purpose(feed) == Some(Purpose::Data)).copied();
    let genesis = store.headers(&control, 0, 1)?.into_iter().next().flatten();
    let collective = genesis.and_then(|leaf| found::founded(network, &leaf));
    Ok(collective.map(|collective| Own { collective, control, data }))
}

/// Collectives that were followed while running.
fn followed(store: &FileStore) -> Vec<CollectiveId> {
    let rows = store.states(Table::Follows);
    rows.into_iter().filter_map(|(key, _)| key.try_into().ok().map(CollectiveId)).collect()
}
