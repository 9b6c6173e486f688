//! Where charters come from: files, drafts, and the running node.

use std::path::Path;

use commonwheel_api::types::{
    CollectiveListRequest, CollectiveShowAnswer, CollectiveShowRequest, FollowReason,
};
use commonwheel_record::control::Content;
use commonwheel_record::{CollectiveId, NetworkId};

use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::out;
use super::super::session::Session;
use crate::charter::Document;
use crate::charter::amend::decode;
use crate::charter::check::{Problem, Weight, problems};
use crate::charter::file::{self, FileError};
use crate::config;

/// Bytes of a charter's file; one that is longer is something else.
const MAX_FILE: usize = 1 << 20;

impl From<FileError> for CliError {
    fn from(error: FileError) -> Self {
        Self::new(Exit::Configuration, "charter", &error, error.fix())
    }
}

/// Reads a file's bytes.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    let unreadable = |what: &dyn std::fmt::Display| {
        let message = format!("cannot read {}: {what}", path.display());
        CliError::new(
            Exit::Configuration,
            "charter",
            message,
            "name a charter.toml, or a draft of an amendment",
        )
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    if bytes.len() > MAX_FILE { Err(unreadable(&"it is too long for a charter")) } else { Ok(bytes) }
}

/// Reads a file's text.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    String::from_utf8(bytes(path)?).map_err(|_| {
        let message = format!("{} is neither a charter's file nor a draft", path.display());
        CliError::new(
            Exit::Configuration,
            "charter",
            message,
            "name a charter.toml, or a draft of an amendment",
        )
    })
}

/// Reads a charter from its file, or from a draft of an amendment.
pub(crate) fn read(path: &Path) -> Result<Document, CliError> {
    if let Some(control) = decode(&bytes(path)?)
        && let Content::Charter(charter) = control.content
    {
        return Ok(Document::of(*charter, control.collective));
    }
    Ok(file::read(path, &text(path)?)?)
}

/// Returns the network that a command is about: the one named, or that of the data directory's node.
pub(super) fn network(session: &Session, named: Option<&str>) -> NetworkId {
    let configured = || session.config().map(|config| config.network);
    NetworkId::named(&named.map_or_else(|| configured().unwrap_or_else(|_| config::network()), str::to_owned))
}

/// Asks the running node for a collective, its own by default.
pub(super) async fn held(
    session: &Session,
    collective: Option<CollectiveId>,
) -> Result<CollectiveShowAnswer, CliError> {
    let id = match collective {
        Some(id) => id,
        None => own(session).await?,
    };
    session.ask(&CollectiveShowRequest { id }).await
}

async fn own(session: &Session) -> Result<CollectiveId, CliError> {
    let list = session.ask(&CollectiveListRequest {}).await?.collectives;
    let own = list.into_iter().find(|collective| collective.follow == FollowReason::Own);
    own.map(|collective| collective.id).ok_or_else(|| {
        CliError::usage("this node has no collective of its own", "name one with --collective")
    })
}

/// Returns the charter that a node showed.
pub(super) fn shown(answer: &CollectiveShowAnswer) -> Result<Document, CliError> {
    let charter = answer.charter.clone().ok_or_else(|| {
        let message = format!("the control log of {} is not held", answer.summary.id);
        CliError::new(Exit::Refused, "not-held", message, "connect a peer that holds it, and wait for it")
    })?;
    Ok(Document::shown(*charter, answer.summary.id))
}

/// Refuses a charter that cannot be, or works against itself unless that is forced; tells the rest.
pub(crate) fn check(document: &Document, force: bool) -> Result<(), CliError> {
    let found = problems(document);
    for problem in &found {
        let passes = problem.weight == Weight::Note || force && problem.weight == Weight::Risk;
        if !passes {
            return Err(refusal(problem));
        }
        out::note(&remark(problem));
    }
    Ok(())
}

fn refusal(problem: &Problem) -> CliError {
    let message = format!("{}: {}", problem.path, problem.what);
    let forced = if problem.weight == Weight::Risk { "; --force does it all the same" } else { "" };
    CliError::new(Exit::Configuration, "charter", message, format!("{}{forced}", problem.fix))
}

/// Returns a problem as somebody is told of it.
pub(super) fn remark(problem: &Problem) -> String {
    let sort = if problem.weight == Weight::Note { "note" } else { "warning" };
    format!("{sort}: {}: {} ({})", problem.path, problem.what, problem.fix)
}
