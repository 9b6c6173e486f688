//! `verify` and `rebuild`: they need the data directory for themselves, so the node is stopped.

use clap::Args;
use commonwheel_record::NetworkId;
use commonwheel_record::attestation::NodeRole;
use commonwheel_store::{FileGuard, FileStore, OpenError, Options, Rebuilt, Report, rebuild, verify};
use serde_json::json;

use super::error::CliError;
use super::exit::Exit;
use super::out;
use super::progress::Progress;
use super::session::Session;
use super::table::Facts;
use crate::config::Config;

/// Problems that are named one by one.
const PROBLEMS_SHOWN: usize = 50;

/// Checks everything again from raw bytes.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Repair first: compute again what can be, and drop what cannot, so that it is fetched from a peer
    #[arg(long)]
    repair: bool,
}

/// Tells how far a feed is.
fn teller(what: &'static str) -> impl FnMut(commonwheel_store::Progress) {
    let mut progress = Progress::begin();
    move |at| {
        let told = || format!("{what} feed {}: {} of {} leaves", at.feed.short(), at.done, at.leaves);
        progress.tell(told);
    }
}

pub(super) fn run_verify(session: &Session, args: &VerifyArgs) -> Result<(), CliError> {
    let config = session.config()?;
    if args.repair {
        repair(session, &config)?;
    }
    let network = NetworkId::named(&config.network);
    let report = verify(&session.data, &network, &mut teller("verifying")).map_err(unusable)?;
    if session.json {
        out::json(&report_json(&report))?;
    } else {
        out::data(&report_text(&report))?;
    }
    if report.is_clean() {
        return Ok(());
    }
    let problems = report.problems.len() as u64 + report.more_problems;
    let message = format!("{problems} problems were found");
    Err(CliError::new(Exit::Problems, "problems", message, "follow the advice beside each of them"))
}

/// Repairs what can be, on opening and then throughout, and tells of it.
fn repair(session: &Session, config: &Config) -> Result<(), CliError> {
    let (mut store, opened) = FileStore::open(&session.data, &options(session, config)?).map_err(unusable)?;
    let throughout = store.repair(&mut teller("repairing")).map_err(|error| unusable(error.into()))?;
    for (feed, repairs) in opened.repaired.iter().chain(&throughout) {
        out::note(&format!("repaired feed {feed}: {repairs:?}"));
    }
    for (feed, what) in &opened.set_aside {
        out::note(&format!("set aside feed {feed}, now in feeds.bad: damaged {what}; it is fetched again"));
    }
    store.close().map_err(|error| unusable(error.into()))
}

/// Returns how the store is opened. Feeds this node signs are never set aside, and the tip guard knows them.
fn options(session: &Session, config: &Config) -> Result<Options, CliError> {
    let mut options = Options::new(NetworkId::named(&config.network));
    let guard = config.settings(&session.data).guard;
    // Opening a guard makes one, and a new one in place of a lost one would let this node sign anything.
    if guard.exists() {
        options.own = FileGuard::open(&guard).map_err(unusable)?.feeds().collect();
    } else if config.profile != NodeRole::Mirror {
        let message = format!("the tip guard {} is gone", guard.display());
        return Err(CliError::new(Exit::Configuration, "guard-lost", message, "put the file back"));
    }
    Ok(options)
}

pub(super) fn run_rebuild(session: &Session) -> Result<(), CliError> {
    let options = options(session, &session.config()?)?;
    let rebuilt = rebuild(&session.data, &options, &mut teller("reading")).map_err(unusable)?;
    if session.json { out::json(&rebuilt_json(&rebuilt)) } else { out::data(&rebuilt_text(&rebuilt)) }
}

fn unusable(error: OpenError) -> CliError {
    let fix = match &error {
        OpenError::InUse(_) => "stop the node first",
        OpenError::OwnFeed { .. } => "the message says what to restore",
        OpenError::Store(_) => "check the disk and who owns the files, then try again",
    };
    CliError::new(Exit::Configuration, "data-directory", error, fix)
}

fn report_text(report: &Report) -> String {
    let mut facts = Facts::default();
    facts.add("feeds", report.feeds);
    facts.add("leaves", report.leaves);
    facts.add("headers", format!("{} verified, {} missing", report.headers, report.missing_headers));
    facts.add("bodies", format!("{} verified, {} of unknown kinds", report.bodies, report.opaque_bodies));
    facts.add("submissions", report.submissions);
    facts.add("without consent held", report.unproven_bodies);
    facts.list("unfinished", report.unfinished.iter().map(|file| file.display().to_string()));
    let mut text = facts.text();
    for problem in report.problems.iter().take(PROBLEMS_SHOWN) {
        text +=
            &format!("\nproblem: {}: {}\nfix: {}\n", problem.file.display(), problem.what, problem.advice);
    }
    text + if report.is_clean() { "\neverything held verifies\n" } else { "" }
}

fn report_json(report: &Report) -> serde_json::Value {
    let problems = report.problems.iter().map(|problem| {
        json!({ "file": problem.file.display().to_string(), "what": problem.what, "fix": problem.advice })
    });
    json!({
        "clean": report.is_clean(),
        "feeds": report.feeds,
        "leaves": report.leaves,
        "headers": report.headers,
        "missing_headers": report.missing_headers,
        "bodies": report.bodies,
        "opaque_bodies": report.opaque_bodies,
        "submissions": report.submissions,
        "unproven_bodies": report.unproven_bodies,
        "unfinished": report.unfinished.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
        "more_problems": report.more_problems,
    })
}

fn rebuilt_text(rebuilt: &Rebuilt) -> String {
    let mut facts = Facts::default();
    facts.add("feeds", rebuilt.feeds);
    facts.add("leaves", rebuilt.leaves);
    facts.add("bodies", rebuilt.bodies);
    facts.add("state hash", commonwheel_api::Word::text(&rebuilt.state_hash));
    facts.text()
}

fn rebuilt_json(rebuilt: &Rebuilt) -> serde_json::Value {
    json!({
        "feeds": rebuilt.feeds,
        "leaves": rebuilt.leaves,
        "bodies": rebuilt.bodies,
        "state_hash": commonwheel_api::Word::text(&rebuilt.state_hash),
    })
}
