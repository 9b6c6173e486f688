//! `charter amend|sign`: the next charter, signed in one place or by several officers in turn.

use std::path::{Path, PathBuf};

use clap::Args;
use commonwheel_api::types::{
    CollectiveShowAnswer, ControlAppendRequest, Draft, FeedListRequest, FeedShown, Hex,
};
use commonwheel_api::word;
use commonwheel_record::control::{Content, Cut};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Control, NetworkId, SecretKey};
use serde_json::json;

use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::out;
use super::super::session::Session;
use super::{show, source};
use crate::charter::amend::{Lack, Predecessor, decode, encode};
use crate::charter::{Document, Own, diff};
use crate::engine::keys::{self, Keys};
use crate::init;

/// Replaces the charter that holds by the next one. It must be signed by the root threshold of both: with the key files
/// given here, or in steps by --draft, `charter sign` and --submit.
#[derive(Debug, Args)]
pub(in crate::cli) struct AmendArgs {
    /// The next charter, as a charter.toml
    #[arg(required_unless_present = "submit")]
    file: Option<PathBuf>,
    /// A root key file; may be repeated; this node's own by default
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Write a draft for others to sign instead of amending
    #[arg(long, value_name = "OUT", conflicts_with = "submit")]
    draft: Option<PathBuf>,
    /// Amend with a draft that enough root keys have signed
    #[arg(long, value_name = "DRAFT", conflicts_with_all = ["file", "keys"])]
    submit: Option<PathBuf>,
    /// Whose charter; the node's own collective's by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    /// Amend with a charter that works against itself all the same
    #[arg(long)]
    force: bool,
}

pub(super) async fn amend(session: &Session, args: &AmendArgs) -> Result<(), CliError> {
    let network = source::network(session, None);
    let answer = source::held(session, args.collective).await?;
    let held = source::shown(&answer)?;
    let before = predecessor(&answer)?;
    let control = match (&args.submit, &args.file) {
        (Some(draft), _) => read_draft(draft)?,
        (None, Some(file)) => made(session, args, &network, &before, &answer, file).await?,
        (None, None) => {
            return Err(CliError::usage("no charter is named", "name a charter.toml, or use --submit"));
        }
    };
    let next = document(&control);
    source::check(&next, args.force)?;
    let changes = diff::changes(&network, &held, &next);
    let lacks = before.lacks(&network, &control);
    // What more signatures would mend is no reason not to make a draft.
    let mut bars = lacks.iter().filter(|lack| args.draft.is_none() || !lack.is_signature());
    if let Some(lack) = bars.next() {
        return Err(refusal(lack));
    }
    if let Some(path) = &args.draft {
        return written(session, path, control, &changes);
    }
    append(session, args, control, &changes).await
}

fn predecessor(answer: &CollectiveShowAnswer) -> Result<Predecessor, CliError> {
    let shown = answer.charter.clone().ok_or_else(|| CliError::failed("the charter is not held"))?;
    Ok(Predecessor::shown(answer.summary.id, *shown))
}

fn document(control: &Control) -> Document {
    match &control.content {
        Content::Charter(charter) => Document::of((**charter).clone(), control.collective),
        _ => Document::default(),
    }
}

/// Makes the next charter, signed by the keys at hand.
async fn made(
    session: &Session,
    args: &AmendArgs,
    network: &NetworkId,
    before: &Predecessor,
    answer: &CollectiveShowAnswer,
    file: &Path,
) -> Result<Control, CliError> {
    let document = source::read(file)?;
    let held = source::shown(answer)?;
    let mut ours = own(session, network)?;
    let feeds = session.ask(&FeedListRequest { collective: Some(before.collective) }).await?.feeds;
    let is_control = |feed: &&FeedShown| {
        feed.purpose == Purpose::Control && feed.size > 0 && answer.control_feeds.contains(&feed.id)
    };
    let cut = feeds.iter().filter(is_control).map(|feed| (feed.id, feed.size)).collect();
    ours.release_feed = feeds.iter().filter(is_control).find(|feed| feed.own).map(|feed| feed.id);
    let control = before.next(network, &document, &ours, Cut(cut)).map_err(|error| {
        CliError::new(Exit::Configuration, "charter", error, "name the public key instead of `own`")
    })?;
    let mut next = self::document(&control);
    next.standing = held.standing.clone();
    if diff::changes(network, &held, &next).is_empty() {
        return Err(CliError::usage(
            "this charter says what the one that holds says",
            "change the file first",
        ));
    }
    let signers = signers(session, args)?;
    Ok(signers.iter().fold(control, |control, key| control.signed(network, key)))
}

/// Returns what `own` means on this node.
fn own(session: &Session, network: &NetworkId) -> Result<Own, CliError> {
    let dir = session.data.join("keys");
    Ok(init::own(network, &Keys::load(&dir)?, &dir)?)
}

/// Reads the key files given; this node's root key by default, unless a draft is made for others to sign.
fn signers(session: &Session, args: &AmendArgs) -> Result<Vec<SecretKey>, CliError> {
    if !args.keys.is_empty() {
        return args.keys.iter().map(|file| Ok(keys::load(file)?)).collect();
    }
    let root = session.data.join("keys/root");
    if root.exists() && args.draft.is_none() { Ok(vec![keys::load(&root)?]) } else { Ok(Vec::new()) }
}

fn read_draft(path: &Path) -> Result<Control, CliError> {
    decode(&source::bytes(path)?).ok_or_else(|| {
        let message = format!("{} is no draft of a charter", path.display());
        CliError::new(Exit::Configuration, "draft", message, Lack::NoCharter.fix())
    })
}

fn refusal(lack: &Lack) -> CliError {
    CliError::new(Exit::Configuration, "amendment", lack, lack.fix())
}

fn written(
    session: &Session,
    path: &Path,
    control: Control,
    changes: &[diff::Change],
) -> Result<(), CliError> {
    let signed: Vec<String> = control.signatures.keys().map(ToString::to_string).collect();
    write_draft(path, control)?;
    if session.json {
        return out::json(&json!({ "draft": path, "signed_by": signed, "changes": changes }));
    }
    out::note(&format!("wrote {}, signed by {} so far; it would change:", path.display(), signed.len()));
    out::data(&show::text(changes))
}

fn write_draft(path: &Path, control: Control) -> Result<(), CliError> {
    let leaf = encode(control);
    if decode(&leaf).is_none() {
        let fix = "list fewer keys, or have fewer of them sign";
        return Err(CliError::new(
            Exit::Configuration,
            "charter",
            "the charter is too long for a record",
            fix,
        ));
    }
    std::fs::write(path, leaf).map_err(|error| {
        let message = format!("cannot write {}: {error}", path.display());
        CliError::new(Exit::Failed, "write", message, "name a file that you may write")
    })
}

async fn append(
    session: &Session,
    args: &AmendArgs,
    control: Control,
    changes: &[diff::Change],
) -> Result<(), CliError> {
    let draft = Draft { record: Hex(encode(control)), body: None };
    let answer = session.ask(&ControlAppendRequest { draft, force: args.force }).await?;
    if let Some(why) = &answer.ineffective {
        let message = format!("{} is appended and has no effect: {why}", answer.id);
        return Err(CliError::new(
            Exit::Refused,
            "ineffective",
            message,
            "look at `commonwheel charter show`",
        ));
    }
    if session.json {
        return out::json(&json!({ "id": answer.id.to_string(), "changes": changes }));
    }
    out::note(&format!("amended by {}:", answer.id));
    out::data(&show::text(changes))
}

/// Signs a draft of the next charter. Read what it changes first: `commonwheel charter diff DRAFT`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SignArgs {
    /// The draft
    draft: PathBuf,
    /// A root key file; may be repeated
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// The network it is for; that of the data directory by default
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(super) fn sign(session: &Session, args: &SignArgs) -> Result<(), CliError> {
    let network = source::network(session, args.network.as_deref());
    let mut control = read_draft(&args.draft)?;
    if control.signers(&network).len() < control.signatures.len() {
        return Err(refusal(&Lack::BadSignature));
    }
    for file in &args.keys {
        control = control.signed(&network, &keys::load(file)?);
    }
    let signed: Vec<String> = control.signatures.keys().map(ToString::to_string).collect();
    write_draft(&args.draft, control)?;
    if session.json {
        return out::json(&json!({ "draft": args.draft, "signed_by": signed }));
    }
    out::data(&signed.iter().map(|key| format!("{key}\n")).collect::<String>())
}
