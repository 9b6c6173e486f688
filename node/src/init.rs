//! Making a data directory: keys, and for a co-op or a collective the records that found it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::next_root_digest;
use commonwheel_record::{CollectiveId, Cut, Hash, NetworkId, PublicKey, SecretKey};
use commonwheel_store::{FileGuard, FileStore, Options};

use crate::charter::{Document, NoOwn, OrOwn, Own, Standing};
use crate::engine::found;
use crate::engine::found::{FoundError, Genesis, founding_feed};
use crate::engine::keys::{self, KeyFileError, Keys, random};

/// What to make.
#[derive(Clone, Debug)]
pub(crate) struct InitOptions {
    /// Where; must not hold a node yet.
    pub(crate) data: PathBuf,
    /// What the node will be.
    pub(crate) role: NodeRole,
    /// Its name, and that of the collective it founds.
    pub(crate) name: String,
    /// The network's name.
    pub(crate) network: String,
    /// Where the tip guard lies.
    pub(crate) guard: PathBuf,
}

/// A charter to found the collective with, instead of the one that collectives begin with.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// What it says; its `own` keys are made here.
    pub(crate) document: Document,
    /// Root keys of others that sign too.
    pub(crate) root: Vec<SecretKey>,
}

/// What was made.
#[derive(Clone, Debug)]
pub(crate) struct Initialised {
    /// The node's key.
    pub(crate) node: PublicKey,
    /// The collective founded, if any.
    pub(crate) collective: Option<CollectiveId>,
    /// The root key that comes next, if one was made: to be moved elsewhere.
    pub(crate) next_root: Option<PathBuf>,
}

/// Why nothing usable was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    /// There is a node already.
    #[error("{0} holds a node already; choose another directory")]
    Exists(PathBuf),
    /// The directory cannot be made.
    #[error("cannot make {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The store.
    #[error(transparent)]
    Open(#[from] commonwheel_store::OpenError),
    /// The collective.
    #[error(transparent)]
    Found(#[from] FoundError),
    /// The charter names something of the node's own that it does not have.
    #[error(transparent)]
    NoOwn(#[from] NoOwn),
    /// Too few root keys are here.
    #[error("{need} of the charter's root keys must sign it, and {have} are here")]
    Threshold {
        /// How many must sign.
        need: u8,
        /// How many can.
        have: usize,
    },
}

impl InitError {
    /// Says what to do about it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::Exists(_) => "choose another directory with --data",
            Self::Threshold { .. } => {
                "give the key files of the others with --root-key, or found it with a lower keys.root-threshold and \
                 amend it when they are there; nothing was made"
            }
            Self::Found(FoundError::Charter(_)) => {
                "change the charter, with fewer keys if it is too long; then remove the directory and try again"
            }
            _ => "nothing usable was made: remove the directory and try again",
        }
    }
}

/// Makes a data directory, and founds a collective with the charter that collectives begin with.
#[cfg(test)]
pub(crate) fn init(options: &InitOptions) -> Result<Initialised, InitError> {
    init_with(options, None)
}

/// Makes a data directory, and founds a collective: with a charter of its own, or the one that collectives begin with.
pub(crate) fn init_with(options: &InitOptions, chosen: Option<&Chosen>) -> Result<Initialised, InitError> {
    if options.data.join("keys").exists() {
        return Err(InitError::Exists(options.data.clone()));
    }
    chosen.map_or(Ok(()), check_threshold)?;
    create(&options.data)?;
    let dir = options.data.join("keys");
    let with_collective = options.role != NodeRole::Mirror;
    let keys = match chosen {
        Some(chosen) => Keys::create_with(&dir, &held(&chosen.document))?,
        None => Keys::create(&dir, with_collective)?,
    };
    let node = keys.node.public();
    if !with_collective {
        return Ok(Initialised { node, collective: None, next_root: None });
    }
    let network = NetworkId::named(&options.network);
    let (mut store, _) = FileStore::open(&options.data, &Options::new(network))?;
    let mut guard = FileGuard::open(&options.guard)?;
    let with_data = options.role == NodeRole::Coop;
    let genesis = match chosen {
        Some(chosen) => chosen_genesis(&network, &keys, &dir, chosen, with_data)?,
        None => Genesis::plain(&network, &keys, &options.name, with_data)?,
    };
    let collective = found(&network, &keys, &mut store, &mut guard, genesis)?;
    store.close().map_err(commonwheel_store::OpenError::from)?;
    let next_root = Some(dir.join(NEXT_ROOT)).filter(|file| file.exists());
    Ok(Initialised { node, collective: Some(collective), next_root })
}

/// The file of the root key that comes next.
pub(crate) const NEXT_ROOT: &str = "next-root";

/// Returns the names of the collective's keys that a charter leaves to this node.
fn held(document: &Document) -> Vec<&'static str> {
    let names = [
        ("root", document.root.has_own()),
        ("governance", document.governance.has_own()),
        (NEXT_ROOT, document.next_root.contains(&OrOwn::Own)),
    ];
    names.into_iter().filter(|(_, own)| *own).map(|(name, _)| name).collect()
}

/// Checks, before anything is made, that the root keys at hand can sign the charter.
fn check_threshold(chosen: &Chosen) -> Result<(), InitError> {
    let signers = &chosen.document.root;
    let listed = |key: &SecretKey| signers.keys.contains(&OrOwn::Named(key.public()));
    let others: BTreeSet<PublicKey> =
        chosen.root.iter().filter(|key| listed(key)).map(SecretKey::public).collect();
    let have = others.len() + usize::from(signers.has_own());
    let need = signers.threshold;
    if have >= usize::from(need) { Ok(()) } else { Err(InitError::Threshold { need, have }) }
}

fn chosen_genesis(
    network: &NetworkId,
    keys: &Keys,
    dir: &Path,
    chosen: &Chosen,
    with_data: bool,
) -> Result<Genesis, InitError> {
    let own = own(network, keys, dir)?;
    let nonce = Hash(random()?);
    let standing = Standing { collective: None, number: 0, previous: None, cut: Cut::default(), nonce };
    let charter = chosen.document.charter(network, &own, &standing)?;
    let root = keys.root.iter().chain(&chosen.root).cloned().collect();
    Ok(Genesis { charter, root, with_data })
}

/// Returns what a charter means by `own` on a node with these keys.
pub(crate) fn own(network: &NetworkId, keys: &Keys, dir: &Path) -> Result<Own, KeyFileError> {
    let next = dir.join(NEXT_ROOT);
    let next = if next.exists() { Some(keys::load(&next)?) } else { None };
    Ok(Own {
        root: keys.root.as_ref().map(SecretKey::public),
        governance: keys.governance.as_ref().map(SecretKey::public),
        writer: Some(keys.writer.public()),
        liveness: Some(keys.node.public()),
        next_root: next.map(|key| next_root_digest(network, &key.public())),
        release_feed: Some(founding_feed(network, keys.writer.public())),
    })
}

fn create(path: &Path) -> Result<(), InitError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| InitError::Io { path: path.to_owned(), source })
}
