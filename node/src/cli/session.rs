//! What every command knows: the data directory, and how its answer is shown.

use std::io;
use std::path::{Path, PathBuf};

use commonwheel_api::{Client, Operation};
use serde::Serialize;

use super::error::CliError;
use super::exit::Exit;
use super::out;
use crate::config::Config;

/// What every command knows.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The data directory, as an absolute path.
    pub(crate) data: PathBuf,
    /// Whether answers are JSON.
    pub(crate) json: bool,
}

impl Session {
    /// Finds the data directory: as given, or where this user's data lies.
    pub(crate) fn new(data: Option<PathBuf>, json: bool) -> Result<Self, CliError> {
        let data = data.or_else(default_data).ok_or_else(|| {
            let message = "there is no home directory to keep data in";
            CliError::usage(message, "name a data directory with --data or COMMONWHEEL_DATA")
        })?;
        let data = std::path::absolute(&data).map_err(|error| unusable(&data, &error))?;
        Ok(Self { data, json })
    }

    /// Reads the configuration.
    pub(crate) fn config(&self) -> Result<Config, CliError> {
        Ok(Config::load(&self.data)?)
    }

    /// Returns a client of the running node.
    pub(crate) fn client(&self) -> Result<Client, CliError> {
        Ok(Client::new(self.config()?.socket(&self.data)))
    }

    /// Asks the running node.
    pub(crate) async fn ask<R: Operation>(&self, request: &R) -> Result<R::Answer, CliError> {
        Ok(self.client()?.call(request).await?)
    }

    /// Shows an answer: as JSON, or as text for people.
    pub(crate) fn show<T: Serialize>(
        &self,
        answer: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), CliError> {
        if self.json { out::json(answer) } else { out::data(&text(answer)) }
    }

    /// Asks the running node and shows its answer.
    pub(crate) async fn ask_and_show<R: Operation>(
        &self,
        request: &R,
        text: impl FnOnce(&R::Answer) -> String,
    ) -> Result<(), CliError> {
        self.show(&self.ask(request).await?, text)
    }
}

fn unusable(path: &Path, error: &io::Error) -> CliError {
    let message = format!("the data directory {} cannot be used: {error}", path.display());
    CliError::new(Exit::Configuration, "configuration", message, "name another one with --data")
}

/// Returns where this user's data lies, by the XDG base directories.
fn default_data() -> Option<PathBuf> {
    base("XDG_DATA_HOME", ".local/share").map(|base| base.join("commonwheel"))
}

/// Returns where the tip guard of a data directory lies if nobody names a place: not in it, and not in its backups.
pub(crate) fn default_guard(data: &Path) -> PathBuf {
    let name = data.to_string_lossy().replace('%', "%25").replace('/', "%");
    match base("XDG_STATE_HOME", ".local/state") {
        Some(base) if !base.starts_with(data) => {
            base.join("commonwheel/guards").join(name.trim_start_matches('%'))
        }
        _ => sibling(data),
    }
}

fn sibling(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push("-guard");
    PathBuf::from(name)
}

fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home().map(|home| home.join(below_home)))
}
