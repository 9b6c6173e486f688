//! Making a data directory: keys, and for a co-op or a collective the records that found it.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{CollectiveId, NetworkId, PublicKey};
use commonwheel_store::{FileGuard, FileStore, Options};

use crate::engine::found;
use crate::engine::found::FoundError;
use crate::engine::keys::{KeyFileError, Keys};

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

/// What was made.
#[derive(Clone, Debug)]
pub(crate) struct Initialised {
    /// The node's key.
    pub(crate) node: PublicKey,
    /// The collective founded, if any.
    pub(crate) collective: Option<CollectiveId>,
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
}

/// Makes a data directory.
pub(crate) fn init(options: &InitOptions) -> Result<Initialised, InitError> {
    if options.data.join("keys").exists() {
        return Err(InitError::Exists(options.data.clone()));
    }
    create(&options.data)?;
    let with_collective = options.role != NodeRole::Mirror;
    let keys = Keys::create(&options.data.join("keys"), with_collective)?;
    let node = keys.node.public();
    if !with_collective {
        return Ok(Initialised { node, collective: None });
    }
    let network = NetworkId::named(&options.network);
    let (mut store, _) = FileStore::open(&options.data, &Options::new(network))?;
    let mut guard = FileGuard::open(&options.guard)?;
    let with_data = options.role == NodeRole::Coop;
    let collective = found(&network, &keys, &mut store, &mut guard, &options.name, with_data)?;
    store.close().map_err(commonwheel_store::OpenError::from)?;
    Ok(Initialised { node, collective: Some(collective) })
}

fn create(path: &Path) -> Result<(), InitError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| InitError::Io { path: path.to_owned(), source })
}
