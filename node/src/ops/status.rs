//! How the node is, on one page.

use commonwheel_api::ApiError;
use commonwheel_api::types::{NetworkShown, PeerCounts, StatusAnswer, Totals, Warning};
use commonwheel_collective::View;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::CollectiveId;

use super::peers::peer_id;
use super::{Node, Refusal};
use crate::engine::Engine;
use crate::ops::show::{holdings, summary};

impl Node {
    pub(crate) async fn status(&self) -> Result<StatusAnswer, ApiError> {
        let peers = self.peer_list().await?.peers;
        let listen = self.core.peers.borrow().listening.clone();
        let counts = PeerCounts {
            connected: peers.iter().filter(|peer| peer.connected).count() as u64,
            configured: peers.iter().filter(|peer| peer.configured).count() as u64,
        };
        let waiting = self.room(|room| Ok(room.counts())).await?;
        let (started, settings) = (self.started, self.settings.clone());
        self.on_core(move |engine, now| {
            let node = engine.keys.node.public();
            let ids: Vec<CollectiveId> = engine.sync.follow().iter().copied().collect();
            let collectives = ids.into_iter().map(|id| summary(engine, id)).collect::<Result<Vec<_>, _>>()?;
            let (totals, heads_root) = totals(engine)?;
            let mut warnings = Vec::new();
            if counts.connected == 0 {
                warnings.push(warning(
                    "no-peers",
                    "no peer is connected",
                    "add one with `commonwheel peer add`",
                ));
            }
            if let Some(why) = &engine.read_only {
                let message = format!("this node signs nothing for now: {why}");
                warnings.push(warning("writer-behind", &message, why.fix()));
            }
            warnings.extend(engine.own.map(|own| witnessing(engine, own.collective)));
            Ok(StatusAnswer {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                node,
                writer: engine.keys.writer.public(),
                peer_id: peer_id(&node),
                name: settings.name.clone(),
                role: settings.role,
                network: NetworkShown { name: settings.network.clone(), id: engine.network },
                started,
                now: now / 1000,
                listen: listen.iter().map(|address| format!("{address}/p2p/{}", peer_id(&node))).collect(),
                may_write: engine.own.is_some() && engine.read_only.is_none(),
                peers: counts,
                heads_root,
                collectives,
                totals,
                waiting: engine.own.is_some().then_some(waiting),
                warnings,
            })
        })
        .await
    }
}

/// Says what the collective goes without, or that the witnesses it has do not watch this writer.
fn witnessing(engine: &Engine, collective: CollectiveId) -> Warning {
    let charter = engine.sync.views().get(&collective).and_then(View::charter);
    let guard =
        "keep the guard file outside the data directory, and never restore or copy the one without the other";
    if charter.is_some_and(|charter| !charter.witnesses.is_empty()) {
        let message = "the charter's witnesses stamp control feeds, and this version does not ask them before it signs: \
                       the tip guard alone keeps this writer from forking itself";
        return warning("writer-unwitnessed", message, guard);
    }
    let message = "the charter names no witnesses: no ballot can be closed, no release dated, and the tip guard alone \
                   keeps this writer from forking itself";
    let fix = format!("amend the charter with the writer keys of partners' nodes as witnesses; {guard}");
    warning("no-witnesses", message, &fix)
}

fn warning(code: &str, message: &str, fix: &str) -> Warning {
    Warning { code: code.to_owned(), message: message.to_owned(), fix: fix.to_owned() }
}

/// Sums the sizes of all files below a directory; what cannot be read counts as nothing.
fn bytes_below(dir: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

fn totals(engine: &mut Engine) -> Result<(Totals, commonwheel_record::Hash), Refusal> {
    let held = holdings(engine, commonwheel_api::types::HoldingsRequest::default())?;
    let sum = |f: fn(&commonwheel_api::types::FeedHoldings) -> u64| held.feeds.iter().map(f).sum();
    let data = engine.sync.store().data();
    let (feed_bytes, index_bytes) = (bytes_below(&data.join("feeds")), bytes_below(&data.join("index")));
    let totals = Totals {
        feeds: engine.sync.store().feeds().len() as u64,
        records: sum(|feed| feed.size - feed.missing_leaves),
        contributions: sum(|feed| feed.contributions),
        bodies: sum(|feed| feed.bodies),
        wanted: sum(|feed| feed.wanted),
        feed_bytes,
        index_bytes,
    };
    Ok((totals, held.heads_root))
}
