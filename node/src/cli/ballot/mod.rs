//! `ballot open|petition|list|show|close|erase`.

mod open;
mod petition;
mod show;

use std::path::PathBuf;

use clap::Subcommand;
use commonwheel_api::types::{
    BallotCloseRequest, BallotEraseRequest, BallotListRequest, BallotName, BallotShowRequest,
};
use commonwheel_api::word;
use commonwheel_record::CollectiveId;
use serde_json::json;

use super::error::CliError;
use super::session::Session;
use super::sign::KeyArgs;

/// Asks the members, counts their votes, and shows both.
#[derive(Debug, Subcommand)]
pub(super) enum BallotCommand {
    /// Open a ballot; governance signs
    Open(Box<open::OpenArgs>),
    /// Open a ballot by the members' own signatures, without governance
    #[command(subcommand)]
    Petition(PetitionCommand),
    /// List the ballots
    List {
        /// Only of this collective
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
    /// Show a ballot: what is asked, the votes so far, and what it takes to carry it
    Show {
        /// The ballot: its hash, or a record of it, `<feed>/<index>`
        #[arg(value_parser = word::read::<BallotName>)]
        ballot: BallotName,
    },
    /// Close a ballot that is over, and state its mandate if it was carried; carriers do so by themselves
    Close {
        /// The ballot: its hash, or a record of it, `<feed>/<index>`
        #[arg(value_parser = word::read::<BallotName>)]
        ballot: BallotName,
    },
    /// Erase who voted how, once mandate and retention are over; governance signs
    Erase {
        /// The ballot: its hash, or a record of it, `<feed>/<index>`
        #[arg(value_parser = word::read::<BallotName>)]
        ballot: BallotName,
        #[command(flatten)]
        keys: KeyArgs,
    },
}

/// Opens a ballot by the members' own signatures.
#[derive(Debug, Subcommand)]
pub(super) enum PetitionCommand {
    /// Write the ballot to a file that members sign
    Draft {
        #[command(flatten)]
        open: Box<open::OpenArgs>,
        /// The file; a new one
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Read what the file asks, and sign it; needs no node
    Sign {
        /// The file
        file: PathBuf,
        /// A member's roll key file; may be repeated
        #[arg(long = "key", value_name = "FILE", required = true)]
        keys: Vec<PathBuf>,
    },
    /// Open the ballot through this node, which carries the collective's log
    Open {
        /// The file
        file: PathBuf,
    },
}

pub(super) async fn run(session: &Session, command: &BallotCommand) -> Result<(), CliError> {
    match command {
        BallotCommand::Open(args) => open::run(session, args).await,
        BallotCommand::Petition(PetitionCommand::Draft { open, file }) => {
            petition::draft(session, open, file).await
        }
        BallotCommand::Petition(PetitionCommand::Sign { file, keys }) => petition::sign(session, file, keys),
        BallotCommand::Petition(PetitionCommand::Open { file }) => petition::open(session, file).await,
        BallotCommand::List { collective } => {
            session.ask_and_show(&BallotListRequest { collective: *collective }, show::list).await
        }
        BallotCommand::Show { ballot } => {
            session
                .ask_and_show(&BallotShowRequest { ballot: *ballot }, |answer| show::ballot(&answer.0))
                .await
        }
        BallotCommand::Close { ballot } => {
            session.ask_and_show(&BallotCloseRequest { ballot: *ballot }, show::closed).await
        }
        BallotCommand::Erase { ballot, keys } => erase(session, *ballot, keys).await,
    }
}

async fn erase(session: &Session, ballot: BallotName, keys: &KeyArgs) -> Result<(), CliError> {
    let answer = session.ask(&BallotEraseRequest { ballot, draft: keys.any() }).await?;
    let id = keys.finish(session, answer.made).await?;
    let shown = json!({ "id": id.to_string(), "records": answer.records });
    let records = answer.records;
    session.show(&shown, |_| format!("{id}: the personal parts of {records} records are erased\n"))
}
