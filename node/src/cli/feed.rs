//! `feed list`.

use clap::Subcommand;
use commonwheel_api::types::{FeedListRequest, FeedShown};
use commonwheel_api::word;
use commonwheel_record::CollectiveId;

use super::error::CliError;
use super::session::Session;
use super::table::Table;

/// Lists feeds.
#[derive(Debug, Subcommand)]
pub(super) enum FeedCommand {
    /// List the feeds held
    List {
        /// Only of this collective
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
}

pub(super) async fn run(session: &Session, command: &FeedCommand) -> Result<(), CliError> {
    let FeedCommand::List { collective } = command;
    let request = FeedListRequest { collective: *collective };
    session.ask_and_show(&request, |answer| list(&answer.feeds)).await
}

fn list(feeds: &[FeedShown]) -> String {
    let head =
        ["collective", "purpose", "audience", "written", "leaves", "no header", "bodies", "state", "feed"];
    let mut table = Table::new(&head);
    for feed in feeds {
        table.row(vec![
            feed.collective.short(),
            feed.purpose.to_string(),
            feed.audience.to_string(),
            if feed.own { "here" } else { "elsewhere" }.to_owned(),
            feed.size.to_string(),
            feed.missing.to_string(),
            feed.bodies.to_string(),
            if feed.forked { "forked" } else { "good" }.to_owned(),
            feed.id.to_string(),
        ]);
    }
    table.text("no feed is held")
}
