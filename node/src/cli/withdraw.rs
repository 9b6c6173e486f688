//! `withdraw`.

use clap::Args;
use commonwheel_api::types::{WithdrawAnswer, WithdrawRequest};
use commonwheel_api::word;
use commonwheel_record::CollectiveId;
use commonwheel_record::control::{Range, Rung, WithdrawalClass};

use super::error::CliError;
use super::session::Session;

/// Takes contributions back.
#[derive(Debug, Args)]
pub(super) struct WithdrawArgs {
    /// Which: `<feed>/<index>` or `<feed>/<first>..<end>`
    #[arg(required = true, value_parser = word::read::<Range>, value_name = "RANGE")]
    ranges: Vec<Range>,
    /// preference (what was released irrevocably stays served) or personal-data (erased everywhere)
    #[arg(long, value_parser = word::read::<WithdrawalClass>)]
    class: WithdrawalClass,
    /// What stays: commitment or header
    #[arg(long, default_value = "header", value_parser = word::read::<Rung>)]
    rung: Rung,
    /// Whose; the owner of the feed by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
}

pub(super) async fn run(session: &Session, args: &WithdrawArgs) -> Result<(), CliError> {
    let mut ranges = args.ranges.clone();
    ranges.sort_unstable();
    let request =
        WithdrawRequest { collective: args.collective, ranges, class: args.class, rung: Some(args.rung) };
    session.ask_and_show(&request, text).await
}

fn text(answer: &WithdrawAnswer) -> String {
    let mut text = format!(
        "{}\nwithdrew {} contributions; erased {} bodies from this node's files\n",
        answer.id, answer.contributions, answer.erased
    );
    if answer.still_served > 0 {
        text += &format!(
            "{} are served on: an irrevocable licence was given, and a preference does not undo it\n",
            answer.still_served
        );
    }
    text + "Backups, other media and copies outside the network are not reached by this.\n"
}
