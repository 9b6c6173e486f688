//! `record show`.

use clap::Subcommand;
use commonwheel_api::types::{RecordShowAnswer, RecordShowRequest};
use commonwheel_api::{Word as _, word};
use commonwheel_record::RecordId;
use serde_json::Value;

use super::error::CliError;
use super::session::Session;
use super::table::Facts;

/// Shows records.
#[derive(Debug, Subcommand)]
pub(super) enum RecordCommand {
    /// Show a record: its header, what the valve says, and its body if asked for
    Show {
        /// Its name, `<feed>/<index>`
        #[arg(value_parser = word::read::<RecordId>, value_name = "RECORD")]
        id: RecordId,
        /// Show the body too
        #[arg(long)]
        body: bool,
    },
}

pub(super) async fn run(session: &Session, command: &RecordCommand) -> Result<(), CliError> {
    let RecordCommand::Show { id, body } = command;
    session.ask_and_show(&RecordShowRequest { id: *id, body: *body }, show).await
}

fn show(answer: &RecordShowAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("record", answer.id);
    facts.maybe("collective", answer.collective);
    facts.add("kind", answer.kind.as_deref().unwrap_or("(header missing)"));
    facts.add("leaf hash", answer.leaf_hash.text());
    facts.add("body", answer.body_state.name());
    facts.add("because", &answer.decided.text);
    for related in &answer.decided.related {
        facts.add(&related.what, &related.id);
    }
    let mut text = facts.text();
    let shown = [
        ("header", &answer.header),
        ("preferences that hold now, with what embargoes lay over them", &answer.effective_preferences),
        ("body", &answer.body),
    ];
    for (title, value) in shown {
        if let Some(value) = value {
            text += &format!("\n{title}:\n{}\n", pretty(value));
        }
    }
    text
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
