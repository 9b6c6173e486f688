//! `key new|show`: roll keys, which belong to members and not to a node.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use commonwheel_record::SecretKey;
use serde_json::json;

use super::error::CliError;
use super::session::Session;
use crate::engine::keys;

/// Makes and shows key files.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key in a new file that only you may read; whoever has the file votes as you
    New {
        /// The file
        file: PathBuf,
    },
    /// Show the public key of a key file: what a collective enrols
    Show {
        /// The file
        file: PathBuf,
    },
}

pub(super) fn run(session: &Session, command: &KeyCommand) -> Result<(), CliError> {
    let file = match command {
        KeyCommand::New { file } => {
            keys::create(file).map_err(CliError::failed)?;
            file
        }
        KeyCommand::Show { file } => file,
    };
    let public = read(file)?.public();
    let shown = json!({ "key": public.to_string(), "file": file.display().to_string() });
    session.show(&shown, |_| format!("{public}\n"))
}

/// Reads a key file.
pub(super) fn read(file: &Path) -> Result<SecretKey, CliError> {
    keys::load(file).map_err(CliError::failed)
}
