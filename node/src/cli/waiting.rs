//! `waiting list|accept|reject`.

use clap::{Args, Subcommand};
use commonwheel_api::types::{
    Selection, WaitingAcceptAnswer, WaitingAcceptRequest, WaitingListAnswer, WaitingListRequest,
    WaitingRejectRequest,
};
use commonwheel_api::word;
use commonwheel_intake::waiting::{ItemId, Stage};
use commonwheel_record::ContributionKind;
use commonwheel_record::terms::{Language, Slug};

use super::error::CliError;
use super::session::Session;
use super::table::{Table, words};

/// Reviews what was imported and is on no feed yet.
#[derive(Debug, Subcommand)]
pub(super) enum WaitingCommand {
    /// List what waits for a decision
    List(ListArgs),
    /// Accept items: they are appended to a data feed, where their headers are public
    Accept(AcceptArgs),
    /// Reject items: nothing of them leaves this node
    Reject(RejectArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only at this stage: received, checked, quarantined, rejected or accepted
    #[arg(long, value_parser = word::read::<Stage>)]
    stage: Option<Stage>,
    /// Only of this kind
    #[arg(long, value_parser = word::read::<ContributionKind>)]
    kind: Option<ContributionKind>,
    /// Only in this language or a narrower one
    #[arg(long, value_parser = word::read::<Language>, value_name = "BCP47")]
    language: Option<Language>,
    /// Only of this domain
    #[arg(long, value_parser = word::read::<Slug>)]
    domain: Option<Slug>,
    /// Items to pass over
    #[arg(long, default_value_t = 0)]
    skip: u64,
    /// Items to list at most
    #[arg(long, default_value_t = 100)]
    limit: u64,
}

#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = false)]
struct Which {
    /// The items, by their ids
    #[arg(value_parser = word::read::<ItemId>, value_name = "ITEM")]
    items: Vec<ItemId>,
    /// Everything checked; what is in quarantine is decided by its id only
    #[arg(long)]
    all: bool,
}

impl Which {
    fn selection(&self) -> Selection {
        if self.all { Selection::All } else { Selection::Items(self.items.iter().copied().collect()) }
    }
}

#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
pub(super) struct RejectArgs {
    #[command(flatten)]
    which: Which,
    /// Why, for the contributor
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(session: &Session, command: &WaitingCommand) -> Result<(), CliError> {
    match command {
        WaitingCommand::List(args) => session.ask_and_show(&args.request(), list).await,
        WaitingCommand::Accept(args) => {
            let request = WaitingAcceptRequest { items: args.which.selection() };
            session.ask_and_show(&request, accepted).await
        }
        WaitingCommand::Reject(args) => {
            let request = WaitingRejectRequest { items: args.which.selection(), reason: args.reason.clone() };
            session.ask_and_show(&request, |answer| format!("rejected {} items\n", answer.rejected)).await
        }
    }
}

impl ListArgs {
    fn request(&self) -> WaitingListRequest {
        WaitingListRequest {
            stage: self.stage,
            kind: self.kind,
            language: self.language,
            domain: self.domain,
            skip: self.skip,
            limit: self.limit,
        }
    }
}

fn list(answer: &WaitingListAnswer) -> String {
    let mut table = Table::new(&["stage", "kind", "language", "domain", "bytes", "text", "why", "item"]);
    for item in &answer.items {
        table.row(vec![
            item.stage.to_string(),
            item.kind.to_string(),
            item.language.to_string(),
            item.domain.map_or_else(|| "-".to_owned(), |domain| domain.to_string()),
            item.bytes.to_string(),
            shorten(&item.preview),
            item.reason.clone(),
            item.id.to_string(),
        ]);
    }
    let shown = answer.items.len();
    let counts = super::status::waiting(&answer.counts);
    format!("{}\n{shown} of {} shown; the room holds: {counts}\n", table.text("nothing waits"), answer.total)
}

fn shorten(preview: &str) -> String {
    const WIDTH: usize = 40;
    match preview.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &preview[..at]),
        None => preview.to_owned(),
    }
}

fn accepted(answer: &WaitingAcceptAnswer) -> String {
    let place = words(answer.ranges.iter().map(commonwheel_api::Word::text), "-");
    format!(
        "accepted {} contributions of {} submissions\nthey are {place}\n\nTheir headers are public now, their bodies \
         closed. Next: commonwheel release cut\n",
        answer.accepted, answer.submissions
    )
}
