//! `member enrol|leave|list`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use commonwheel_api::types::{
    Decree, DecreeRequest, Enrol, MemberListAnswer, MemberListRequest, MemberShown,
};
use commonwheel_api::word;
use commonwheel_record::control::{Content, Leave, LeaveNotice};
use commonwheel_record::{CollectiveId, PublicKey, RecordId};
use serde_json::json;

use super::error::CliError;
use super::session::Session;
use super::sign::{self, KeyArgs};
use super::table::Table;

/// Enters members on the roll, takes them off it, and lists them.
#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Enter somebody on the roll; governance signs
    Enrol(EnrolArgs),
    /// Take somebody off the roll: governance signs, or the member with --member
    Leave(LeaveArgs),
    /// List the roll, as far as its personal parts are held here
    List {
        /// Whose; the node's own collective by default
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
}

#[derive(Debug, Args)]
pub(super) struct EnrolArgs {
    /// The member's public roll key, as `key show` tells it
    #[arg(long = "pub", value_parser = word::read::<PublicKey>, value_name = "KEY")]
    public: PublicKey,
    /// The collective that the key votes for, if it is no person
    #[arg(long = "collective-id", value_parser = word::read::<CollectiveId>, value_name = "ID")]
    id: Option<CollectiveId>,
    /// Shares held; votes, where the charter counts by shares
    #[arg(long, default_value_t = 1)]
    shares: u32,
    /// Somebody else keeps the key: it has no vote
    #[arg(long)]
    custodial: bool,
    /// A name, for people; erasable like the key
    #[arg(long)]
    name: Option<String>,
    /// Whose roll; that of the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Debug, Args)]
pub(super) struct LeaveArgs {
    /// The enrolment, `<feed>/<index>`
    #[arg(value_parser = word::read::<RecordId>, value_name = "RECORD")]
    enrolment: RecordId,
    /// Whose roll; that of the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    /// The member's own key file: then no governance key is needed
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    member: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub(super) async fn run(session: &Session, command: &MemberCommand) -> Result<(), CliError> {
    match command {
        MemberCommand::Enrol(args) => enrol(session, args).await,
        MemberCommand::Leave(args) => leave(session, args).await,
        MemberCommand::List { collective } => {
            session.ask_and_show(&MemberListRequest { collective: *collective }, list).await
        }
    }
}

async fn enrol(session: &Session, args: &EnrolArgs) -> Result<(), CliError> {
    let enrol = Enrol {
        key: args.public,
        id: args.id,
        shares: args.shares,
        custodial: args.custodial,
        name: args.name.clone(),
    };
    decree(session, args.collective, Decree::Enrol(enrol), &args.keys).await
}

async fn leave(session: &Session, args: &LeaveArgs) -> Result<(), CliError> {
    let Some(file) = &args.member else {
        return decree(session, args.collective, Decree::Leave(args.enrolment), &args.keys).await;
    };
    let network = sign::network(session)?;
    let roll = session.ask(&MemberListRequest { collective: args.collective }).await?;
    let notice = LeaveNotice::sign(&network, &sign::member(file)?, args.enrolment);
    let (notice, body) = sign::seal(&network, &notice)?;
    let content = Content::Leave(Leave { enrolment: args.enrolment, notice: Some(notice) });
    let id = sign::append(session, sign::unsigned(roll.collective, content), Some(body)).await?;
    shown(session, id)
}

/// Has the collective's keys decide something: this node's, or those of key files too.
pub(super) async fn decree(
    session: &Session,
    collective: Option<CollectiveId>,
    decree: Decree,
    keys: &KeyArgs,
) -> Result<(), CliError> {
    let request = DecreeRequest { collective, decree, draft: keys.any() };
    let made = session.ask(&request).await?.0;
    shown(session, keys.finish(session, made).await?)
}

/// Shows the name of a record that was appended.
pub(super) fn shown(session: &Session, id: RecordId) -> Result<(), CliError> {
    session.show(&json!({ "id": id.to_string() }), |_| format!("{id}\n"))
}

fn list(answer: &MemberListAnswer) -> String {
    let mut table = Table::new(&["name", "votes", "shares", "key", "enrolment"]);
    for member in &answer.members {
        table.row(vec![
            name(member),
            if member.custodial { "none (custodial)".to_owned() } else { member.votes.to_string() },
            member.shares.to_string(),
            member.key.to_string(),
            member.enrolment.to_string(),
        ]);
    }
    let mut text = table.text("nobody is on the roll");
    text += &format!("{} have a vote, {} votes in all\n", answer.voters, answer.votes);
    for record in &answer.ineffective {
        text += &format!("no effect: {}: {}\n", record.id, record.why);
    }
    text
}

fn name(member: &MemberShown) -> String {
    let collective = member.id.map(|id| format!("collective {id}"));
    member.name.clone().or(collective).unwrap_or_else(|| "-".to_owned())
}
