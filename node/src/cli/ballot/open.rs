//! `ballot open`: the question and the proposals, as flags or from a file.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::types::{BallotOpenRequest, ProposalShape, TermsShape};
use commonwheel_api::{Word as _, word};
use commonwheel_record::control::{Audience, Party, Reach, Rung, Variant};
use commonwheel_record::{CollectiveId, RecordId};
use serde_json::json;

use super::super::error::CliError;
use super::super::session::Session;
use super::super::sign::{self, KeyArgs};
use super::super::strike::ScopeArgs;
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
    #[command(flatten)]
    strike: StrikeArgs,
    /// Whose; the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// A proposed embargo.
#[derive(Debug, Args)]
struct StrikeArgs {
    /// Propose an embargo: pause, quality-freeze, evaluation-only, `preference-shift=<condition>` or
    /// `rate-limit=<records a month>`
    #[arg(long, value_parser = word::read::<Variant>)]
    strike: Option<Variant>,
    #[command(flatten)]
    scope: ScopeArgs,
    /// new, unreleased or all; the variant's default by default
    #[arg(long, requires = "strike", value_parser = word::read::<Reach>)]
    reach: Option<Reach>,
    /// Refuse only `node:<key>` or `collective:<id>`, and nodes nobody knows; may be repeated
    #[arg(long, requires = "strike", value_parser = word::read::<Party>, value_name = "PARTY", conflicts_with = "except")]
    only: Vec<Party>,
    /// Refuse everyone but `node:<key>` or `collective:<id>`; may be repeated
    #[arg(long, requires = "strike", value_parser = word::read::<Party>, value_name = "PARTY")]
    except: Vec<Party>,
    /// The highest rung left open: commitment or header
    #[arg(long, requires = "strike", value_parser = word::read::<Rung>)]
    rung: Option<Rung>,
    /// What the collective demands, in public words
    #[arg(long, requires = "strike", default_value = "")]
    demand: String,
}

impl StrikeArgs {
    fn terms(&self) -> Option<TermsShape> {
        let audience = match (self.only.is_empty(), self.except.is_empty()) {
            (false, _) => Audience::Only(self.only.iter().copied().collect()),
            (_, false) => Audience::Except(self.except.iter().copied().collect()),
            _ => Audience::Everyone,
        };
        Some(TermsShape {
            variant: self.strike?,
            scope: self.scope.scope(),
            reach: self.reach,
            audience,
            rung: self.rung,
            demand: self.demand.clone(),
        })
    }
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
        proposals.extend(self.strike.terms().map(|terms| ProposalShape::Embargo(Box::new(terms))));
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
