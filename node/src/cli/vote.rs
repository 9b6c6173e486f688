//! `vote` and `vote reveal`: a member's own key signs here, and the node only carries what it signed.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use commonwheel_api::types::{BallotName, BallotShowRequest, BallotShown};
use commonwheel_api::{Word as _, word};
use commonwheel_record::control::{
    Cast, Choice, Content, Reveal, RevealBody, Vote, VoteBody, VoteContent, sealed_choice,
};
use commonwheel_record::{Hash, NetworkId, PublicKey, RecordId, SecretKey};
use serde_json::json;

use super::error::CliError;
use super::out;
use super::receipt::Receipt;
use super::session::Session;
use super::sign;
use super::time;
use crate::engine::keys::random;

/// Votes, or reveals a vote in a secret ballot.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct VoteArgs {
    #[command(subcommand)]
    reveal: Option<VoteCommand>,
    /// The ballot: its hash, or a record of it, `<feed>/<index>`
    #[arg(value_parser = word::read::<BallotName>, required = true)]
    ballot: Option<BallotName>,
    /// yes, no or abstain; of several votes by one key the last one counts
    #[arg(value_parser = choice, required = true)]
    choice: Option<Choice>,
    /// Your roll key file; it is not sent to the node
    #[arg(long, value_name = "FILE", required = true)]
    key: Option<PathBuf>,
    /// Where to keep what reveals a secret vote; a new file in the current directory by default
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum VoteCommand {
    /// Reveal your choice in a secret ballot, once voting has ended
    Reveal {
        /// The ballot: its hash, or a record of it, `<feed>/<index>`
        #[arg(value_parser = word::read::<BallotName>)]
        ballot: BallotName,
        /// The receipt that voting wrote
        #[arg(long, value_name = "FILE")]
        receipt: PathBuf,
    },
}

fn choice(text: &str) -> Result<Choice, String> {
    Choice::named(text).ok_or_else(|| "expected one of yes, no, abstain".to_owned())
}

pub(super) async fn run(session: &Session, args: &VoteArgs) -> Result<(), CliError> {
    if let Some(VoteCommand::Reveal { ballot, receipt }) = &args.reveal {
        return reveal(session, *ballot, receipt).await;
    }
    let (Some(ballot), Some(choice), Some(key)) = (args.ballot, args.choice, &args.key) else {
        return Err(CliError::usage(
            "a vote needs a ballot, a choice and --key",
            "see `commonwheel vote --help`",
        ));
    };
    let ballot = session.ask(&BallotShowRequest { ballot }).await?.0;
    let voter = Voter { network: sign::network(session)?, key: sign::member(key)?, ballot: ballot.ballot };
    let (cast, receipt) = match ballot.reveals {
        None => (Cast::Open(choice), None),
        Some(_) => {
            let (cast, receipt) = voter.seal(choice)?;
            let file = args.receipt.clone().unwrap_or_else(|| receipt.default_file());
            // Kept before anything is sent: a vote without it could never be revealed.
            receipt.write(&file)?;
            (cast, Some(file))
        }
    };
    let id = voter.vote(session, &ballot, cast).await?;
    told(session, id, &ballot, receipt.as_deref())
}

/// A member about to vote.
struct Voter {
    network: NetworkId,
    key: SecretKey,
    ballot: Hash,
}

impl Voter {
    fn seal(&self, choice: Choice) -> Result<(Cast, Receipt), CliError> {
        let nonce = random().map_err(CliError::failed)?;
        let voter = self.key.public();
        let sealed = sealed_choice(&self.network, &nonce, &self.ballot, &voter, choice);
        Ok((Cast::Sealed(sealed), Receipt { ballot: self.ballot, voter, choice, nonce: Hash(nonce) }))
    }

    async fn vote(&self, session: &Session, ballot: &BallotShown, cast: Cast) -> Result<RecordId, CliError> {
        let content = VoteContent { ballot: self.ballot, sequence: millis(), cast };
        let body = VoteBody::sign(&self.network, &self.key, content);
        let (vote, body) = sign::seal(&self.network, &body)?;
        let content = Content::Vote(Vote { ballot: self.ballot, vote });
        sign::append(session, sign::unsigned(ballot.collective, content), Some(body)).await
    }
}

/// A vote's number: a later vote of the same key has a higher one, through whichever node it goes.
fn millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn told(
    session: &Session,
    id: RecordId,
    ballot: &BallotShown,
    receipt: Option<&Path>,
) -> Result<(), CliError> {
    if let (Some(file), Some(reveals)) = (receipt, ballot.reveals) {
        out::note(&format!(
            "your choice is sealed; reveal it between {} and {} with\n  commonwheel vote reveal {} --receipt {}\n\
             Keep the receipt, and keep it to yourself: without it the vote counts as an abstention, and whoever has it \
             knows how you voted.",
            time::show(ballot.closes),
            time::show(reveals),
            ballot.ballot.text(),
            file.display(),
        ));
    }
    let shown = json!({ "id": id.to_string(), "receipt": receipt.map(|file| file.display().to_string()) });
    session.show(&shown, |_| format!("{id}\n"))
}

async fn reveal(session: &Session, ballot: BallotName, file: &Path) -> Result<(), CliError> {
    let receipt = Receipt::read(file)?;
    let ballot = session.ask(&BallotShowRequest { ballot }).await?.0;
    if receipt.ballot != ballot.ballot {
        let message = format!("{} is the receipt of another ballot", file.display());
        return Err(CliError::usage(message, "name the receipt that voting on this ballot wrote"));
    }
    let Receipt { voter, choice, nonce, .. } = receipt;
    let id = append_reveal(session, &ballot, RevealBody { voter, choice, nonce: nonce.0 }).await?;
    let shown =
        json!({ "id": id.to_string(), "voter": PublicKey::to_string(&voter), "choice": choice.name() });
    session.show(&shown, |_| format!("{id}\n"))
}

async fn append_reveal(
    session: &Session,
    ballot: &BallotShown,
    body: RevealBody,
) -> Result<RecordId, CliError> {
    let (reveal, body) = sign::seal(&sign::network(session)?, &body)?;
    let content = Content::Reveal(Reveal { ballot: ballot.ballot, reveal });
    sign::append(session, sign::unsigned(ballot.collective, content), Some(body)).await
}
