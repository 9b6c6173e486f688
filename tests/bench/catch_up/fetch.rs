//! Two processes, one of them empty; the clock runs from the start of the empty one until it holds everything.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use commonwheel_api::types::{HoldingsRequest, StrikeStatusRequest};
use commonwheel_record::attestation::NodeRole;

use crate::Failure;
use crate::cluster::{Node, tree_bytes};
use crate::coop::{Keys, Stocked, stock};

/// How long nothing may arrive before the run is given up.
const STALLED: Duration = Duration::from_secs(60);
/// Between two looks at the mirror's files; what it takes to look is small beside it.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How much is fetched, and how it was submitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) items: usize,
    pub(super) contributions: u64,
}

/// What a fetch took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetched {
    pub(super) seconds: f64,
    /// Processor seconds of the serving process in that time.
    pub(super) server_cpu: f64,
    /// Processor seconds of the mirror.
    pub(super) mirror_cpu: f64,
    /// Leaves of the data feed.
    pub(super) leaves: u64,
    /// The mirror's largest resident size.
    pub(super) peak_rss: u64,
    /// Bytes of the data feed's files at the mirror.
    pub(super) feed_bytes: u64,
    /// Bytes of its headers, bodies and salts.
    pub(super) payload_bytes: u64,
    /// Bytes of the mirror's index.
    pub(super) index_bytes: u64,
}

/// Fetches, and checks that everything is there.
pub(super) async fn fetch(binary: &Path, root: &Path, setting: Setting) -> Result<Fetched, Failure> {
    let mut server = Node::new(root, "server", NodeRole::Coop)?;
    let mut mirror = Node::new(root, "mirror", NodeRole::Mirror)?;
    let stocked =
        stock(&server.dir, &server.guard(), &Keys::named("server"), setting.contributions, setting.items)?;
    Keys::named("mirror").write(&mirror.dir, false)?;
    server.configure(&[], &[], stocked.collective)?;
    mirror.configure(std::slice::from_ref(&server.address), &[server.key], stocked.collective)?;
    server.spawn(binary)?;
    server.ready().await?;

    let cpu_before = server.cpu_seconds()?;
    let start = Instant::now();
    mirror.spawn(binary)?;
    mirror.ready().await?;
    bodies_arrive(&server, &mirror, &stocked).await?;
    // Answered only once all that was written before is durable.
    mirror.call(StrikeStatusRequest::default()).await?;
    let seconds = start.elapsed().as_secs_f64();
    let (server_cpu, mirror_cpu) = (server.cpu_seconds()? - cpu_before, mirror.cpu_seconds()?);
    let peak_rss = mirror.peak_rss()?;
    everything_is_held(&mirror, &stocked, setting.contributions).await?;
    mirror.stop().await?;
    server.stop().await?;
    Ok(Fetched {
        seconds,
        server_cpu,
        mirror_cpu,
        leaves: stocked.leaves,
        peak_rss,
        feed_bytes: tree_bytes(&feed_dir(&mirror, &stocked))?,
        payload_bytes: stocked.payload_bytes,
        index_bytes: tree_bytes(&mirror.dir.join("index"))?,
    })
}

fn feed_dir(node: &Node, stocked: &Stocked) -> PathBuf {
    node.dir.join("feeds").join(stocked.data.to_string())
}

/// Waits until the mirror's body files are as long as the server's: to ask the mirror would keep it from its work.
async fn bodies_arrive(server: &Node, mirror: &Node, stocked: &Stocked) -> Result<(), Failure> {
    let all = tree_bytes(&feed_dir(server, stocked).join("bodies"))?;
    let dir = feed_dir(mirror, stocked).join("bodies");
    let (mut held, mut since) = (0, Instant::now());
    while held < all {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = tree_bytes(&dir)?;
        if now > held {
            (held, since) = (now, Instant::now());
        } else if since.elapsed() > STALLED {
            let log = std::fs::read_to_string(mirror.dir.join("log")).unwrap_or_default();
            return Err(format!("nothing arrives any more after {held} of {all} bytes\n{log}").into());
        }
    }
    Ok(())
}

async fn everything_is_held(mirror: &Node, stocked: &Stocked, contributions: u64) -> Result<(), Failure> {
    let holdings = mirror.call(HoldingsRequest { collective: Some(stocked.collective) }).await?;
    let feed =
        holdings.feeds.iter().find(|feed| feed.id == stocked.data).ok_or("the mirror has no such feed")?;
    let complete = feed.size == stocked.leaves
        && feed.missing_leaves + feed.missing_headers + feed.wanted == 0
        && (feed.contributions, feed.bodies, feed.granted) == (contributions, contributions, contributions);
    if complete { Ok(()) } else { Err(format!("the mirror does not hold everything: {feed:?}").into()) }
}
