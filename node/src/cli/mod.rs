//! The command line: it parses, asks the running node, and shows what it says.
//!
//! Data goes to standard output, everything else to standard error. Every command takes `--json`; exit codes are part
//! of the interface, see [`exit`].

mod access;
mod ballot;
mod carry;
mod charter;
mod collective;
mod error;
mod exit;
mod feed;
mod import;
mod key;
mod logging;
mod member;
mod node;
mod offline;
mod out;
mod peer;
mod progress;
mod receipt;
mod record;
mod release;
mod session;
mod sign;
mod status;
mod strike;
mod table;
#[cfg(test)]
mod tests;
mod vote;
mod waiting;
mod why;
mod withdraw;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use commonwheel_record::Hash;

use error::CliError;
use exit::Exit;
use session::Session;

use crate::time;

/// The node that data co-ops run to release, price and withhold the data that trains AI.
#[derive(Debug, Parser)]
#[command(version, after_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Cli {
    /// The node's data directory
    #[arg(long, global = true, env = "COMMONWHEEL_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a data directory
    Init(node::InitArgs),
    /// Run the node until it is told to stop
    Run,
    /// Run two co-ops and a lab's mirror through a strike, on this machine
    Demo(node::DemoArgs),
    /// Show how the node is
    Status,
    /// Take an export into the waiting room; shares nothing
    Import(Box<import::ImportArgs>),
    /// Review what was imported
    #[command(subcommand)]
    Waiting(waiting::WaitingCommand),
    /// Open contributions
    #[command(subcommand)]
    Release(release::ReleaseCommand),
    /// State terms of access that releases can be gated by, or list them
    Offer(access::OfferArgs),
    /// Give a node or a collective access on an offer's terms, or list who has it
    Grant(access::GrantArgs),
    /// Withhold contributions together, and end that
    #[command(subcommand)]
    Strike(strike::StrikeCommand),
    /// Make and show key files of members
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Enter members on the roll, take them off it, and list them
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// Ask the members, count their votes, and show both
    #[command(subcommand)]
    Ballot(ballot::BallotCommand),
    /// Vote, or reveal a vote in a secret ballot
    Vote(vote::VoteArgs),
    /// Take contributions back
    Withdraw(withdraw::WithdrawArgs),
    /// Explain what a record is answered with, or how things are with a peer
    Why(why::WhyArgs),
    /// Check everything again from raw bytes, while the node is stopped
    Verify(offline::VerifyArgs),
    /// Build the index again from the files, while the node is stopped
    Rebuild,
    /// Add and list peers
    #[command(subcommand)]
    Peer(peer::PeerCommand),
    /// Write, show, compare and amend charters
    #[command(subcommand)]
    Charter(charter::CharterCommand),
    /// Show and follow collectives
    #[command(subcommand)]
    Collective(collective::CollectiveCommand),
    /// List feeds
    #[command(subcommand)]
    Feed(feed::FeedCommand),
    /// Show records
    #[command(subcommand)]
    Record(record::RecordCommand),
}

/// Parses the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    let exit = match perform(cli) {
        Ok(()) => Exit::Done,
        Err(error) => {
            out::failure(&error, json);
            error.exit
        }
    };
    ExitCode::from(exit as u8)
}

fn perform(cli: Cli) -> Result<(), CliError> {
    let session = Session::new(cli.data, cli.json)?;
    match &cli.command {
        Command::Init(args) => node::run_init(&session, args),
        Command::Verify(args) => offline::run_verify(&session, args),
        Command::Rebuild => offline::run_rebuild(&session),
        Command::Key(command) => key::run(&session, command),
        Command::Charter(command) if !command.asks() => charter::run_offline(&session, command),
        asking => runtime()?.block_on(ask(&session, asking)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    runtime.map_err(|error| CliError::failed(format!("the runtime cannot be started: {error}")))
}

/// Threads for sockets and timers; the node's own work has a thread of its own.
const WORKERS: usize = 2;

async fn ask(session: &Session, command: &Command) -> Result<(), CliError> {
    match command {
        Command::Run => node::run_node(session).await,
        Command::Demo(args) => node::run_demo(args).await,
        Command::Status => status::run(session).await,
        Command::Import(args) => import::run(session, args).await,
        Command::Waiting(command) => waiting::run(session, command).await,
        Command::Release(command) => release::run(session, command).await,
        Command::Offer(args) => access::offer(session, args).await,
        Command::Grant(args) => access::grant(session, args).await,
        Command::Strike(command) => strike::run(session, command).await,
        Command::Member(command) => member::run(session, command).await,
        Command::Ballot(command) => ballot::run(session, command).await,
        Command::Vote(args) => vote::run(session, args).await,
        Command::Withdraw(args) => withdraw::run(session, args).await,
        Command::Why(args) => why::run(session, args).await,
        Command::Peer(command) => peer::run(session, command).await,
        Command::Charter(command) => charter::run(session, command).await,
        Command::Collective(command) => collective::run(session, command).await,
        Command::Feed(command) => feed::run(session, command).await,
        Command::Record(command) => record::run(session, command).await,
        Command::Init(_) | Command::Verify(_) | Command::Rebuild | Command::Key(_) => {
            unreachable!("commands that need no running node were performed before")
        }
    }
}

/// Reads a text that a flag names.
fn read_text(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file)
        .map_err(|error| CliError::failed(format!("cannot read {}: {error}", file.display())))
}

/// Returns the first digits of a hash, for people to compare.
fn short(hash: &Hash) -> String {
    commonwheel_api::Word::text(hash).chars().take(16).collect()
}
