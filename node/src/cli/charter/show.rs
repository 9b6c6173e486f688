//! `charter show|bylaws|diff`.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::word;
use commonwheel_record::CollectiveId;
use serde_json::json;

use super::super::error::CliError;
use super::super::out;
use super::super::session::Session;
use super::super::table::Facts;
use super::source;
use crate::charter::diff::{self, Change};
use crate::charter::{Document, bylaws, file, said};

/// Shows the charter that holds.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// Whose; the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    /// As bylaws in plain English
    #[arg(long)]
    bylaws: bool,
    /// As a file to change and to amend with
    #[arg(long, conflicts_with = "bylaws")]
    toml: bool,
}

pub(super) async fn show(session: &Session, args: &ShowArgs) -> Result<(), CliError> {
    let answer = source::held(session, args.collective).await?;
    let document = source::shown(&answer)?;
    if args.bylaws {
        return text_as(session, "bylaws", bylaws::render(&document));
    }
    if args.toml {
        return text_as(session, "toml", file::write(&document));
    }
    if session.json {
        return out::json(&json!({ "collective": answer.summary.id.to_string(), "charter": answer.charter }));
    }
    out::data(&facts(&document))
}

fn text_as(session: &Session, name: &str, text: String) -> Result<(), CliError> {
    if session.json { out::json(&json!({ name: text })) } else { out::data(&text) }
}

fn facts(document: &Document) -> String {
    let mut facts = Facts::default();
    for said in said::all(document) {
        facts.add(said.label, said.value);
    }
    facts.text()
}

/// Says in plain English what a charter's file amounts to.
#[derive(Debug, Args)]
pub(in crate::cli) struct BylawsArgs {
    /// A charter.toml, or a draft of an amendment
    file: PathBuf,
}

pub(super) fn bylaws(session: &Session, args: &BylawsArgs) -> Result<(), CliError> {
    text_as(session, "bylaws", bylaws::render(&source::read(&args.file)?))
}

/// Says sentence by sentence what differs between two charters.
#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// A charter.toml, or a draft of an amendment
    first: PathBuf,
    /// The one it is compared with; by default the charter that holds is compared with the first
    second: Option<PathBuf>,
    /// Whose charter holds; the node's own collective's by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID", conflicts_with = "second")]
    collective: Option<CollectiveId>,
    /// The network whose hashes of contract texts are compared; that of the data directory by default
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

impl DiffArgs {
    /// Says whether the running node is asked for the charter that holds.
    pub(super) const fn asks(&self) -> bool {
        self.second.is_none()
    }
}

pub(super) fn diff_of_files(session: &Session, args: &DiffArgs) -> Result<(), CliError> {
    let from = source::read(&args.first)?;
    let to = source::read(args.second.as_ref().unwrap_or(&args.first))?;
    tell(session, args, &from, &to)
}

pub(super) async fn diff_with_held(session: &Session, args: &DiffArgs) -> Result<(), CliError> {
    let to = source::read(&args.first)?;
    let from = source::shown(&source::held(session, args.collective).await?)?;
    tell(session, args, &from, &to)
}

fn tell(session: &Session, args: &DiffArgs, from: &Document, to: &Document) -> Result<(), CliError> {
    let network = source::network(session, args.network.as_deref());
    let changes = diff::changes(&network, from, to);
    if session.json { out::json(&json!({ "changes": changes })) } else { out::data(&text(&changes)) }
}

/// Returns changes as text.
pub(super) fn text(changes: &[Change]) -> String {
    if changes.is_empty() { "no difference\n".to_owned() } else { diff::text(changes) }
}
