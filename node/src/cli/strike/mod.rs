//! `strike plan|declare|settle|lift|status`.

mod args;
mod end;
mod plan;
mod status;
mod words;

use clap::Subcommand;
use commonwheel_api::types::{
    EmbargoStanding, StrikeDeclareAnswer, StrikeDraft, StrikeDraftRequest, StrikeStatusRequest,
};
use commonwheel_api::word;
use commonwheel_record::CollectiveId;
use serde_json::json;

use super::error::CliError;
use super::session::Session;
use super::sign::KeyArgs;
use super::table::Facts;
use args::{EmbargoArgs, ScopeArgs};

pub(super) use args::TermsArgs;

/// Withholds contributions together, and ends that.
#[derive(Debug, Subcommand)]
pub(super) enum StrikeCommand {
    /// Say what an embargo would do, and declare nothing; takes what `strike declare` takes
    Plan(Box<plan::PlanArgs>),
    /// Declare an embargo
    Declare(Box<EmbargoArgs>),
    /// State that the condition of a preference shift was met: what comes after does not have the shift
    Settle(Box<end::SettleArgs>),
    /// End an embargo, or the part of it that --kind, --language, --domain, --tag and --tier describe
    Lift(Box<end::LiftArgs>),
    /// Show the embargoes, what they rest on and cover here, and which nodes say that they honour them
    Status {
        /// Only of this collective
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
}

pub(super) async fn run(session: &Session, command: &StrikeCommand) -> Result<(), CliError> {
    match command {
        StrikeCommand::Plan(args) => plan::run(session, args).await,
        StrikeCommand::Declare(args) => declare(session, args).await,
        StrikeCommand::Settle(args) => end::settle(session, args).await,
        StrikeCommand::Lift(args) => end::lift(session, args).await,
        StrikeCommand::Status { collective } => {
            let request = StrikeStatusRequest { collective: *collective };
            session.ask_and_show(&request, status::text).await
        }
    }
}

async fn declare(session: &Session, args: &EmbargoArgs) -> Result<(), CliError> {
    let request = args.request();
    if !args.keys.any() {
        return session.ask_and_show(&request, declared).await;
    }
    let signed = signed(session, &args.keys, StrikeDraft::Declare(Box::new(request))).await?;
    status_of(session, &signed).await
}

/// Has key files sign what the node drafts, appends it, and returns its record.
async fn signed(session: &Session, keys: &KeyArgs, draft: StrikeDraft) -> Result<String, CliError> {
    let made = session.ask(&StrikeDraftRequest { draft }).await?.made;
    Ok(keys.finish(session, made).await?.to_string())
}

/// Shows one embargo as it stands.
async fn status_of(session: &Session, embargo: &str) -> Result<(), CliError> {
    let answer = session.ask(&StrikeStatusRequest::default()).await?;
    let cannot = answer.cannot;
    match answer.embargoes.into_iter().find(|shown| shown.id.to_string() == embargo) {
        Some(shown) => session.show(&shown, |shown| status::one(shown, &cannot)),
        None => session.show(&json!({ "id": embargo }), |_| format!("{embargo}\n")),
    }
}

fn declared(answer: &StrikeDeclareAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("embargo", answer.id);
    facts.add("state", &answer.standing);
    if let EmbargoStanding::Ineffective { fix, .. } = &answer.standing {
        facts.add("what to do", fix);
    }
    facts.add("covers here", words::coverage(&answer.coverage));
    format!("{}\n{}", facts.text(), words::cannot(&answer.cannot))
}
