//! `ballot open`: the question and the proposals, as flags or from a file.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::types::{BallotOpenRequest, ProposalShape};
use commonwheel_api::{Word as _, word};
use commonwheel_record::control::Variant;
use commonwheel_record::{CollectiveId, RecordId};
use serde_json::json;

use super::super::error::CliError;
use super::super::session::Session;
use super::super::sign::{self, KeyArgs};
use super::super::strike::TermsArgs;
use super::super::time;

#[derive(Debug, Args)]
pub(in super::super) struct OpenArgs {
    /// The question, in public words
    #[arg(long, value_name = "TEXT")]
    question: String,
    /// When voting ends: 2026-05-01, 2026-05-01T08:00:00Z or +14d
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    closes: u64,
    /// When voting begins; now by default
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    opens: Option<u64>,
    /// Until when choices are revealed: makes the ballot secret
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    reveals: Option<u64>,
    /// Proposals as a JSON list, as the local interface takes them
    #[arg(long, value_name = "FILE", conflicts_with = "strike")]
    proposal_file: Option<PathBuf>,
    /// Propose to end this embargo, `<feed>/<index>`; may be repeated
    #[arg(long, value_parser = word::read::<RecordId>, value_name = "EMBARGO")]
    lift: Vec<RecordId>,
    /// Propose an embargo: pause, quality-freeze, evaluation-only, `preference-shift=<condition>` or
    /// `rate-limit=<records a month>`, on the terms that the flags from --kind to --demand say
    #[arg(long, value_parser = word::read::<Variant>, value_name = "VARIANT")]
    strike: Option<Variant>,
    #[command(flatten)]
    terms: TermsArgs,
    /// Whose; the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    #[command(flatten)]
    keys: KeyArgs,
}

impl OpenArgs {
    /// Returns what the node is asked: for the members' signatures, or for governance's.
    pub(super) fn request(&self, petition: bool) -> Result<BallotOpenRequest, CliError> {
        Ok(BallotOpenRequest {
            collective: self.collective,
            question: self.question.clone(),
            proposals: self.proposals()?,
            opens: self.opens,
            closes: self.closes,
            reveals: self.reveals,
            draft: petition || self.keys.any(),
            petition,
        })
    }

    fn proposals(&self) -> Result<Vec<ProposalShape>, CliError> {
        let mut proposals = match &self.proposal_file {
            Some(file) => serde_json::from_str(&super::super::read_text(file)?).map_err(|error| {
                CliError::failed(format!("{} holds no list of proposals: {error}", file.display()))
            })?,
            None => Vec::new(),
        };
        let proposed = self.strike.map(|variant| Box::new(self.terms.terms(variant)));
        if proposed.is_none() && !self.terms.is_empty() {
            let message = "there are terms of an embargo, and none is proposed";
            return Err(CliError::usage(message, "say with --strike what it does"));
        }
        proposals.extend(proposed.map(ProposalShape::Embargo));
        proposals.extend(self.lift.iter().copied().map(ProposalShape::Lift));
        if proposals.is_empty() {
            let fix = "propose an embargo with --strike, its end with --lift, or name a --proposal-file";
            return Err(CliError::usage("the ballot proposes nothing", fix));
        }
        Ok(proposals)
    }
}

pub(super) async fn run(session: &Session, args: &OpenArgs) -> Result<(), CliError> {
    let answer = session.ask(&args.request(false)?).await?;
    let id = args.keys.finish(session, answer.made).await?;
    shown(session, &answer.ballot, id)
}

/// Shows the names of a ballot that was opened.
pub(super) fn shown(
    session: &Session,
    ballot: &commonwheel_record::Hash,
    id: RecordId,
) -> Result<(), CliError> {
    let shown = json!({ "ballot": ballot.text(), "id": id.to_string() });
    session.show(&shown, |_| format!("ballot {}\nrecord {id}\n", ballot.text()))
}

/// Returns the hash by which votes will name a ballot.
pub(super) fn hash(
    session: &Session,
    control: &commonwheel_record::Control,
) -> Result<commonwheel_record::Hash, CliError> {
    Ok(commonwheel_collective::Verified::hash_of(&sign::network(session)?, control))
}
