//! Founding a collective in a new data directory.

use std::collections::BTreeSet;

use commonwheel_collective::{UNFOUNDED, found};
use commonwheel_ledger::publish::{PublishError, append_own, publish};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Charter, Content, KeySet, Rules, Subject};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::submission::text_hash;
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, FeedId, Hash, Leaf, NetworkId, PublicKey, SecretKey};
use commonwheel_store::{FileGuard, FileStore};

use crate::engine::keys::{KeyFileError, Keys, random};

/// The licence of a new collective: a contract that can be ended, and so a strike that can bite.
pub(crate) const DEFAULT_LICENCE: &str = "LicenseRef-commonwheel-contract-1";

/// What the default licence stands for.
pub(crate) const DEFAULT_TERMS: &str = "The collective lets the recipient use this contribution for the purposes its \
preferences allow, for as long as the collective serves it to the recipient. The collective may end this at any time \
for what was not yet delivered, and may recall what was.";

/// Why a collective could not be founded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoundError {
    /// Keys or randomness.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The records could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The name is no plain text of 1 to 64 bytes.
    #[error("a collective's name is 1 to 64 bytes of plain text")]
    Name,
    /// There can be no such charter.
    #[error("there can be no such charter: {0}")]
    Charter(String),
}

/// What a collective begins with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    /// Its charter, number 0.
    pub(crate) charter: Charter,
    /// Keys of the root threshold.
    pub(crate) root: Vec<SecretKey>,
    /// Whether it has data of its own, and so a data feed.
    pub(crate) with_data: bool,
}

impl Genesis {
    /// A collective whose keys are all this node's, under the rules that collectives begin with.
    pub(crate) fn plain(
        network: &NetworkId,
        keys: &Keys,
        name: &str,
        with_data: bool,
    ) -> Result<Self, FoundError> {
        let (Some(root), Some(governance)) = (&keys.root, &keys.governance) else {
            return Err(FoundError::Name);
        };
        let (root_keys, governance) = (KeySet::single(root.public()), KeySet::single(governance.public()));
        let mut charter = charter(network, name, root_keys, governance)?;
        // What a rate limit counts in, and who says that the collective is alive: both are this node's.
        charter.release_feed = Some(founding_feed(network, keys.writer.public()));
        charter.liveness.insert(keys.node.public());
        Ok(Self { charter, root: vec![root.clone()], with_data })
    }
}

/// Founds a collective: genesis charter, its control feed, this node and, unless it has no data, a data feed.
pub(crate) fn found(
    network: &NetworkId,
    keys: &Keys,
    store: &mut FileStore,
    guard: &mut FileGuard,
    genesis: Genesis,
) -> Result<CollectiveId, FoundError> {
    if !commonwheel_record::text::is_plain(&genesis.charter.name, commonwheel_record::limits::MAX_NAME) {
        return Err(FoundError::Name);
    }
    let root: Vec<&SecretKey> = genesis.root.iter().collect();
    let founding = found::found(network, genesis.charter, &root, keys.writer.public());
    for leaf in &founding.leaves {
        Leaf::decode(leaf).map_err(|error| FoundError::Charter(error.to_string()))?;
    }
    let collective = founding.collective;
    let control = founding.manifest.id();
    store.create(&founding.manifest).map_err(PublishError::from)?;
    let mut leaves = founding.leaves;
    let node = Subject::Node { key: keys.node.public(), region: None };
    leaves.push(found::delegate(network, collective, &root, node));
    if genesis.with_data {
        let data =
            found::feed(network, collective, Purpose::Data, FeedAudience::Public, keys.writer.public());
        store.create(&data).map_err(PublishError::from)?;
        leaves.push(found::delegate(network, collective, &root, Subject::Feed(data.id())));
    }
    append_own(store, &control, &leaves)?;
    publish(store, guard, &keys.writer, &control)?;
    Ok(collective)
}

/// Returns the control feed that a writer founds collectives in; it does not depend on their charters.
pub(crate) fn founding_feed(network: &NetworkId, writer: PublicKey) -> FeedId {
    found::feed(network, UNFOUNDED, Purpose::Control, FeedAudience::Public, writer).id()
}

fn charter(network: &NetworkId, name: &str, root: KeySet, governance: KeySet) -> Result<Charter, FoundError> {
    let default_licence = Licence::parse(DEFAULT_LICENCE).expect("the default licence is a valid reference");
    Ok(Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash(random()?),
        name: name.to_owned(),
        root,
        governance,
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None::<FeedId>,
        default_licence,
        terms: Some(text_hash(network, DEFAULT_TERMS)),
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    })
}

/// Returns the collective that a genesis charter founds.
pub(super) fn founded(network: &NetworkId, leaf: &[u8]) -> Option<CollectiveId> {
    match Leaf::decode(leaf).ok()? {
        Leaf::Control(control) if matches!(control.content, Content::Charter(_)) => {
            Some(control.owner(network))
        }
        _ => None,
    }
}
