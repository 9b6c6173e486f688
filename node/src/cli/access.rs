//! `offer` and `grant`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use commonwheel_api::types::{
    GrantListRequest, GrantMakeRequest, GrantShown, OfferListRequest, OfferMakeRequest, OfferShown,
};
use commonwheel_api::{Word as _, word};
use commonwheel_record::control::Party;
use commonwheel_record::terms::{Condition, Purpose};
use commonwheel_record::{CollectiveId, RecordId};

use super::error::CliError;
use super::session::Session;
use super::table::{Table, words};
use super::time;

/// States terms of access that releases can be gated by, or lists them.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct OfferArgs {
    #[command(subcommand)]
    list: Option<ListCommand>,
    /// A title, for people
    #[arg(long, required = true)]
    title: Option<String>,
    /// The text of the terms; the record holds its hash
    #[arg(long, value_name = "TEXT", required_unless_present = "terms_file", conflicts_with = "terms_file")]
    terms: Option<String>,
    /// A file with that text
    #[arg(long, value_name = "FILE")]
    terms_file: Option<PathBuf>,
    /// A purpose it is for: replicate, train, ai-use, search, evaluate or tdm; any by default; may be repeated
    #[arg(long = "purpose", value_parser = word::read::<Purpose>, value_name = "PURPOSE")]
    purposes: Vec<Purpose>,
    /// What is asked in return; may be repeated
    #[arg(long = "condition", value_parser = word::read::<Condition>, value_name = "CONDITION")]
    conditions: Vec<Condition>,
    /// Whose; the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
}

/// Gives a node or a collective access on an offer's terms, or lists who has it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct GrantArgs {
    #[command(subcommand)]
    list: Option<ListCommand>,
    /// The offer, `<feed>/<index>`
    #[arg(long, value_parser = word::read::<RecordId>, value_name = "RECORD", required = true)]
    offer: Option<RecordId>,
    /// To whom: `node:<key>` or `collective:<id>`
    #[arg(long, value_parser = word::read::<Party>, value_name = "PARTY", required = true)]
    to: Option<Party>,
    /// Until when: 2026-05-01, 2026-05-01T08:00:00Z or +30d; for good by default
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    expires: Option<u64>,
}

/// What can be listed.
#[derive(Debug, Subcommand)]
enum ListCommand {
    /// List those in effect
    List {
        /// Only of this collective
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
}

pub(super) async fn offer(session: &Session, args: &OfferArgs) -> Result<(), CliError> {
    if let Some(ListCommand::List { collective }) = args.list {
        let request = OfferListRequest { collective };
        return session.ask_and_show(&request, |answer| offers(&answer.offers)).await;
    }
    let terms = match &args.terms_file {
        Some(file) => super::read_text(file)?,
        None => args.terms.clone().unwrap_or_default(),
    };
    let request = OfferMakeRequest {
        collective: args.collective,
        title: args.title.clone().unwrap_or_default(),
        terms,
        purposes: args.purposes.iter().copied().collect(),
        conditions: args.conditions.iter().copied().collect(),
    };
    session.ask_and_show(&request, |answer| format!("{}\n", answer.id)).await
}

pub(super) async fn grant(session: &Session, args: &GrantArgs) -> Result<(), CliError> {
    if let Some(ListCommand::List { collective }) = args.list {
        let request = GrantListRequest { collective };
        return session.ask_and_show(&request, |answer| grants(&answer.grants)).await;
    }
    let (Some(offer), Some(to)) = (args.offer, args.to) else {
        return Err(CliError::usage("a grant needs --offer and --to", "see `commonwheel grant --help`"));
    };
    let request = GrantMakeRequest { offer, to, expires: args.expires };
    session.ask_and_show(&request, |answer| format!("{}\n", answer.id)).await
}

fn offers(offers: &[OfferShown]) -> String {
    let mut table = Table::new(&["title", "purposes", "conditions", "grants", "offer"]);
    for offer in offers {
        table.row(vec![
            offer.title.clone(),
            words(&offer.purposes, "any"),
            words(&offer.conditions, "none"),
            offer.grants.to_string(),
            offer.id.to_string(),
        ]);
    }
    table.text("no offer")
}

fn grants(grants: &[GrantShown]) -> String {
    let mut table = Table::new(&["to", "until", "offer", "grant"]);
    for grant in grants {
        let until = grant.expires.map_or_else(|| "for good".to_owned(), time::show);
        let until = if grant.expired { format!("{until} (over)") } else { until };
        table.row(vec![grant.to.text(), until, grant.offer.to_string(), grant.id.to_string()]);
    }
    table.text("no grant")
}
