//! `release cut|list|show`.

use clap::{Args, Subcommand};
use commonwheel_api::types::{
    ReleaseCutAnswer, ReleaseCutRequest, ReleaseListRequest, ReleaseMode, ReleaseShowAnswer,
    ReleaseShowRequest, ReleaseShown,
};
use commonwheel_api::{Word as _, word};
use commonwheel_record::control::Range;
use commonwheel_record::terms::Licence;
use commonwheel_record::{CollectiveId, RecordId};

use super::error::CliError;
use super::session::Session;
use super::table::{Facts, Table, words};

/// Opens contributions.
#[derive(Debug, Subcommand)]
pub(super) enum ReleaseCommand {
    /// Open what was accepted: one release for each licence found
    Cut(CutArgs),
    /// List the releases in effect
    List {
        /// Only of this collective
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
    /// Show one release and what became of it
    Show {
        /// The release's record, `<feed>/<index>`
        #[arg(value_parser = word::read::<RecordId>, value_name = "RECORD")]
        id: RecordId,
    },
}

#[derive(Debug, Args)]
pub(super) struct CutArgs {
    /// Whose; the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    /// open (to everyone), gated (to those with a grant of an offer) or sealed
    #[arg(long, default_value = "open", value_parser = word::read::<ReleaseMode>)]
    mode: ReleaseMode,
    /// The offer of a gated or sealed release, `<feed>/<index>`
    #[arg(
        long,
        value_parser = word::read::<RecordId>,
        value_name = "RECORD",
        required_if_eq_any = [("mode", "gated"), ("mode", "sealed")]
    )]
    offer: Option<RecordId>,
    /// Only contributions under this licence
    #[arg(long, visible_alias = "license", value_parser = word::read::<Licence>, value_name = "SPDX")]
    licence: Option<Licence>,
    /// Where, `<feed>/<first>..<end>`; everything accepted and not released yet by default; may be repeated
    #[arg(long = "range", value_parser = word::read::<Range>, value_name = "RANGE")]
    ranges: Vec<Range>,
}

pub(super) async fn run(session: &Session, command: &ReleaseCommand) -> Result<(), CliError> {
    match command {
        ReleaseCommand::Cut(args) => session.ask_and_show(&args.request()?, cut).await,
        ReleaseCommand::List { collective } => {
            let request = ReleaseListRequest { collective: *collective };
            session.ask_and_show(&request, |answer| list(&answer.releases)).await
        }
        ReleaseCommand::Show { id } => session.ask_and_show(&ReleaseShowRequest { id: *id }, show).await,
    }
}

impl CutArgs {
    fn request(&self) -> Result<ReleaseCutRequest, CliError> {
        if self.mode == ReleaseMode::Open && self.offer.is_some() {
            let message = "an open release has no offer";
            return Err(CliError::usage(message, "add `--mode gated`, or leave --offer out"));
        }
        Ok(ReleaseCutRequest {
            collective: self.collective,
            mode: self.mode,
            offer: self.offer,
            licence: self.licence.clone(),
            ranges: self.ranges.clone(),
        })
    }
}

fn cut(answer: &ReleaseCutAnswer) -> String {
    let mut text = list(&answer.releases);
    if answer.releases.iter().any(|release| release.irrevocable && release.mode == ReleaseMode::Open) {
        text += "\nWhat is open under an irrevocable licence stays open: no strike undoes it.\n";
    }
    for (count, why) in [
        (answer.held_back, "an embargo holds their release back"),
        (answer.unlicensed, "they have no licence"),
    ] {
        if count > 0 {
            text += &format!("{count} contributions were left out: {why}\n");
        }
    }
    text
}

fn list(releases: &[ReleaseShown]) -> String {
    let mut table = Table::new(&["licence", "revocable", "mode", "contributions", "release"]);
    for release in releases {
        table.row(vec![
            release.licence.as_str().to_owned(),
            if release.irrevocable { "no" } else { "yes" }.to_owned(),
            release.mode.to_string(),
            release.contributions.to_string(),
            release.id.to_string(),
        ]);
    }
    table.text("no release")
}

fn show(answer: &ReleaseShowAnswer) -> String {
    let release = &answer.release;
    let mut facts = Facts::default();
    facts.add("release", release.id);
    facts.add("collective", release.collective);
    facts.add("licence", release.licence.as_str());
    facts.add("revocable", if release.irrevocable { "no" } else { "yes" });
    facts.add("mode", release.mode);
    facts.maybe("offer", release.offer);
    facts.add("ranges", words(release.ranges.iter().map(Range::text), "-"));
    facts.add("contributions", release.contributions);
    facts.add("bodies held", answer.held);
    facts.add("served", answer.served);
    facts.add("withheld", answer.withheld);
    facts.add("erased", answer.erased);
    facts.text()
}
