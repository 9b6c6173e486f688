//! `charter new|show|bylaws|diff|amend|sign|key`.

mod amend;
mod key;
mod new;
mod questions;
mod show;
pub(super) mod source;

use clap::Subcommand;

use super::error::CliError;
use super::session::Session;

/// Writes, shows, compares and amends charters.
#[derive(Debug, Subcommand)]
pub(super) enum CharterCommand {
    /// Write a charter and its bylaws, from answers to plain questions
    New(Box<new::NewArgs>),
    /// Show the charter that holds
    Show(show::ShowArgs),
    /// Say in plain English what a charter's file amounts to
    Bylaws(show::BylawsArgs),
    /// Say sentence by sentence what differs between two charters
    Diff(show::DiffArgs),
    /// Replace the charter that holds by the next one
    Amend(amend::AmendArgs),
    /// Sign a draft of the next charter
    Sign(amend::SignArgs),
    /// Show what a charter says of a key: its public part, or its digest as a next root key
    Key(key::KeyArgs),
}

impl CharterCommand {
    /// Says whether it asks the running node.
    pub(super) const fn asks(&self) -> bool {
        match self {
            Self::Show(_) | Self::Amend(_) => true,
            Self::Diff(args) => args.asks(),
            Self::New(_) | Self::Bylaws(_) | Self::Sign(_) | Self::Key(_) => false,
        }
    }
}

/// Performs what needs no running node.
pub(super) fn run_offline(session: &Session, command: &CharterCommand) -> Result<(), CliError> {
    match command {
        CharterCommand::New(args) => new::run(session, args),
        CharterCommand::Bylaws(args) => show::bylaws(session, args),
        CharterCommand::Diff(args) => show::diff_of_files(session, args),
        CharterCommand::Sign(args) => amend::sign(session, args),
        CharterCommand::Key(args) => key::run(session, args),
        CharterCommand::Show(_) | CharterCommand::Amend(_) => {
            unreachable!("commands that ask the node are performed by `run`")
        }
    }
}

/// Asks the running node.
pub(super) async fn run(session: &Session, command: &CharterCommand) -> Result<(), CliError> {
    match command {
        CharterCommand::Show(args) => show::show(session, args).await,
        CharterCommand::Diff(args) => show::diff_with_held(session, args).await,
        CharterCommand::Amend(args) => amend::amend(session, args).await,
        offline => run_offline(session, offline),
    }
}
