//! Key files: one secret each, readable by their owner alone.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use commonwheel_record::{SecretKey, hex};

/// Why keys could not be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The file system said no.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Others may read the file, or it is no plain file; or they may look into the directory.
    #[error("{path} may be read by others (mode {mode:o}); run: chmod go= {path}")]
    Exposed {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file does not hold a key.
    #[error("{path} does not hold 64 hexadecimal digits; restore it from a backup")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// No randomness could be had.
    #[error("no randomness: {0}")]
    Randomness(String),
}

/// The secrets of a node. A mirror has no collective, and so neither root nor governance key.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// By which peers know this node.
    pub(crate) node: SecretKey,
    /// Signs the checkpoints of this node's feeds.
    pub(crate) writer: SecretKey,
    /// Signs submissions that are imported here.
    pub(crate) member: SecretKey,
    /// Signs charter and delegations.
    pub(crate) root: Option<SecretKey>,
    /// Signs releases, strikes, lifts, withdrawals, offers and grants.
    pub(crate) governance: Option<SecretKey>,
}

impl Keys {
    /// Makes fresh keys in a directory that is created for them; `collective` says whether to make governance keys.
    pub(crate) fn create(dir: &Path, collective: bool) -> Result<Self, KeyFileError> {
        Self::create_with(dir, if collective { &["root", "governance"] } else { &[] })
    }

    /// Makes fresh keys in a directory that is created for them; of the collective's keys those of these names.
    pub(crate) fn create_with(dir: &Path, collectives: &[&str]) -> Result<Self, KeyFileError> {
        fs::DirBuilder::new().mode(0o700).create(dir).map_err(|source| io("create", dir, source))?;
        for name in ["node", "writer", "member"].iter().chain(collectives) {
            create(&dir.join(name))?;
        }
        fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| io("sync", dir, source))?;
        Self::load(dir)
    }

    /// Reads the keys of a node.
    pub(crate) fn load(dir: &Path) -> Result<Self, KeyFileError> {
        let metadata = fs::metadata(dir).map_err(|source| io("read", dir, source))?;
        check_private(dir, &metadata, metadata.is_dir())?;
        let optional = |name: &str| {
            let path = dir.join(name);
            if path.exists() { load(&path).map(Some) } else { Ok(None) }
        };
        Ok(Self {
            node: load(&dir.join("node"))?,
            writer: load(&dir.join("writer"))?,
            member: load(&dir.join("member"))?,
            root: optional("root")?,
            governance: optional("governance")?,
        })
    }
}

/// Returns fresh randomness of the system.
pub(crate) fn random() -> Result<[u8; 32], KeyFileError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| KeyFileError::Randomness(error.to_string()))?;
    Ok(bytes)
}

/// Makes a file with a fresh key, readable by its owner alone; it must not exist yet.
pub(crate) fn create(path: &Path) -> Result<(), KeyFileError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path).map_err(|source| io("create", path, source))?;
    let text = hex::encode(&random()?) + "\n";
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| io("write", path, source))
}

/// Reads a file with a key; one that others may read is refused.
pub(crate) fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let metadata = fs::symlink_metadata(path).map_err(|source| io("read", path, source))?;
    check_private(path, &metadata, metadata.is_file())?;
    let text = fs::read_to_string(path).map_err(|source| io("read", path, source))?;
    let seed = hex::decode(text.trim()).ok_or_else(|| KeyFileError::Malformed { path: path.to_owned() })?;
    Ok(SecretKey::from_seed(&seed))
}

/// Refuses what is not ours alone, or not of the kind expected.
fn check_private(path: &Path, metadata: &fs::Metadata, expected_kind: bool) -> Result<(), KeyFileError> {
    let mode = metadata.permissions().mode() & 0o777;
    let mine = metadata.uid() == rustix::process::geteuid().as_raw();
    if expected_kind && mode & 0o077 == 0 && mine {
        return Ok(());
    }
    Err(KeyFileError::Exposed { path: path.to_owned(), mode })
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> KeyFileError {
    KeyFileError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_exposed_ones_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        let made = Keys::create(&keys, true).unwrap();
        let read = Keys::load(&keys).unwrap();
        assert_eq!(made.node.public(), read.node.public());
        assert_eq!(made.root.unwrap().public(), read.root.unwrap().public());
        fs::set_permissions(keys.join("node"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keys::load(&keys), Err(KeyFileError::Exposed { mode: 0o644, .. })));
        fs::set_permissions(keys.join("node"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Keys::load(&keys), Err(KeyFileError::Exposed { mode: 0o755, .. })));
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(keys.join("node"), "short").unwrap();
        assert!(matches!(Keys::load(&keys), Err(KeyFileError::Malformed { .. })));
    }
}
