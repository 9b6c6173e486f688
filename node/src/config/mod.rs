//! A node's configuration: `config.toml` in its data directory.

mod error;
mod example;
mod keys;
mod nearest;
mod parse;
#[cfg(test)]
mod tests;
mod word;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use commonwheel_sync::Selection;

pub(crate) use error::ConfigError;
pub(crate) use example::{Values, example};
pub(crate) use keys::{Config, LogFormat, LogKeys, listen, network};
pub(crate) use nearest::nearest;

use crate::engine::Settings;

/// Returns where a data directory's configuration lies.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("config.toml")
}

impl Config {
    /// Reads the configuration of a data directory.
    pub(crate) fn load(data: &Path) -> Result<Self, ConfigError> {
        let file = path(data);
        let text = fs::read_to_string(&file).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ConfigError::Missing(file.clone()),
            _ => ConfigError::Io { action: "read", path: file.clone(), source },
        })?;
        parse::parse(&file, &text)
    }

    /// Returns where the local interface listens.
    pub(crate) fn socket(&self, data: &Path) -> PathBuf {
        data.join(&self.api.socket)
    }

    /// Returns what the node is started with.
    pub(crate) fn settings(&self, data: &Path) -> Settings {
        let select = self.select.clone();
        Settings {
            data: data.to_owned(),
            network: self.network.clone(),
            role: self.profile,
            name: self.name.clone(),
            guard: data.join(&self.guard),
            listen: self.listen.clone(),
            peers: self.peers.clone(),
            partners: self.partners.clone(),
            follow: self.follow.clone(),
            purpose: self.purpose,
            witness: self.witness,
            close_ballots: self.close_ballots,
            selection: Selection {
                languages: select.languages,
                licences: select.licences,
                domains: select.domains,
                headers_only: select.headers_only,
            },
        }
    }
}

/// Writes a new configuration that only its owner may read: whole, or not at all.
pub(crate) fn write_new(data: &Path, text: &str) -> Result<(), ConfigError> {
    let file = path(data);
    if file.exists() {
        return Err(ConfigError::Exists(file));
    }
    let early = data.join("config.toml.new");
    write_synced(&early, text)
        .and_then(|()| fs::rename(&early, &file))
        .and_then(|()| fs::File::open(data)?.sync_all())
        .map_err(|source| ConfigError::Io { action: "write", path: file, source })
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
