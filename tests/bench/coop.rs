//! Data directories as `init` leaves them, and a co-op's with contributions already released in it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use commonwheel_collective::found;
use commonwheel_ledger::publish::{append_own, publish};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Charter, Content, KeySet, Range, Release, ReleaseMode, Rules, Subject};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, Domain, FeedId, Hash, NetworkId, SecretKey, hex};
use commonwheel_store::{FileGuard, FileStore, Options};

use crate::Failure;
use crate::corpus::{Author, Batch, LICENCE};

/// The network the benchmarks' nodes are on; it meets nobody.
pub(crate) const NETWORK: &str = "bench";

/// Leaves appended at a time.
const CHUNK: usize = 16 * 1024;

/// A node's keys, as the files in its `keys` directory hold them.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) node: SecretKey,
    writer: SecretKey,
    member: SecretKey,
    root: SecretKey,
    governance: SecretKey,
}

/// What a co-op's directory holds.
#[derive(Clone, Debug)]
pub(crate) struct Stocked {
    pub(crate) collective: CollectiveId,
    pub(crate) data: FeedId,
    /// Leaves of the data feed.
    pub(crate) leaves: u64,
    /// Bytes of its headers, bodies and salts.
    pub(crate) payload_bytes: u64,
}

/// The network's id.
pub(crate) fn network() -> NetworkId {
    NetworkId::named(NETWORK)
}

impl Keys {
    /// Makes a node's keys from its name: the same name, the same keys.
    pub(crate) fn named(name: &str) -> Self {
        let key = |role: &str| {
            let seed = Hash::of(Domain::TEXT, &network(), &[name.as_bytes(), b"/", role.as_bytes()]);
            SecretKey::from_seed(&seed.0)
        };
        Self {
            node: key("node"),
            writer: key("writer"),
            member: key("member"),
            root: key("root"),
            governance: key("governance"),
        }
    }

    /// Writes the key files of a node; one without a collective has neither root nor governance key.
    pub(crate) fn write(&self, data: &Path, with_collective: bool) -> Result<(), Failure> {
        let dir = data.join("keys");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let mut files = vec![("node", &self.node), ("writer", &self.writer), ("member", &self.member)];
        if with_collective {
            files.extend([("root", &self.root), ("governance", &self.governance)]);
        }
        for (name, key) in files {
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(dir.join(name))?;
            std::io::Write::write_all(&mut file, (hex::encode(&key.seed()) + "\n").as_bytes())?;
        }
        Ok(())
    }
}

/// Founds a co-op in a new data directory, appends contributions in submissions of `items`, and releases all of them.
pub(crate) fn stock(
    data: &Path,
    guard: &Path,
    keys: &Keys,
    contributions: u64,
    items: usize,
) -> Result<Stocked, Failure> {
    keys.write(data, true)?;
    let network = network();
    let (mut store, _) = FileStore::open(data, &Options::new(network))?;
    let mut guard = FileGuard::open(guard)?;
    let founding = found::found(&network, charter(keys)?, &[&keys.root], keys.writer.public());
    let (collective, control) = (founding.collective, founding.manifest.id());
    let manifest =
        found::feed(&network, collective, Purpose::Data, FeedAudience::Public, keys.writer.public());
    let data = manifest.id();
    store.create(&founding.manifest)?;
    store.create(&manifest)?;
    let mut author = Author::new(network, collective, data)?;
    let (leaves, payload_bytes) = fill(&mut store, &mut author, data, contributions, items)?;
    publish(&mut store, &mut guard, &keys.writer, &data)?;

    let delegate = |subject| found::delegate(&network, collective, &[&keys.root], subject);
    let mut records = founding.leaves;
    records.push(delegate(Subject::Node { key: keys.node.public(), region: None }));
    records.push(delegate(Subject::Feed(data)));
    let release = release(data, leaves)?;
    records.push(found::leaf(&network, collective, &[&keys.governance], release));
    append_own(&mut store, &control, &records)?;
    publish(&mut store, &mut guard, &keys.writer, &control)?;
    store.close()?;
    Ok(Stocked { collective, data, leaves, payload_bytes })
}

/// Appends submissions; returns how many leaves there are then, and the bytes of headers and bodies.
fn fill(
    store: &mut FileStore,
    author: &mut Author,
    feed: FeedId,
    contributions: u64,
    items: usize,
) -> Result<(u64, u64), Failure> {
    let (mut left, mut leaves, mut payload) = (contributions, 0, 0);
    while left > 0 {
        let mut batch = Batch::default();
        while left > 0 && batch.leaves.len() < CHUNK {
            let now = left.min(items as u64);
            author.submission(leaves + batch.leaves.len() as u64, usize::try_from(now)?, &mut batch)?;
            left -= now;
        }
        append_own(store, &feed, &batch.leaves)?;
        store.put_bodies(&feed, &batch.bodies)?;
        leaves += batch.leaves.len() as u64;
        payload += batch.payload_bytes();
    }
    Ok((leaves, payload))
}

fn release(feed: FeedId, end: u64) -> Result<Content, Failure> {
    let ranges = vec![Range { feed, start: 0, end }];
    let licence = Licence::parse(LICENCE)?;
    Ok(Content::Release(Release { licence, mode: ReleaseMode::Open, ranges, dated_by: None }))
}

fn charter(keys: &Keys) -> Result<Charter, Failure> {
    Ok(Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash([1; 32]),
        name: "Bench co-op".to_owned(),
        root: KeySet::single(keys.root.public()),
        governance: KeySet::single(keys.governance.public()),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: Licence::parse(LICENCE)?,
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    })
}
