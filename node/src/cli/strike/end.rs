//! `strike settle|lift`.

use std::path::Path;

use clap::Args;
use commonwheel_api::types::{
    StrikeDraft, StrikeLiftAnswer, StrikeLiftRequest, StrikeSettleAnswer, StrikeSettleRequest,
};
use commonwheel_api::{Word as _, word};
use commonwheel_record::control::{LiftReason, Party, Scope};
use commonwheel_record::terms::Condition;
use commonwheel_record::{Hash, RecordId};
use sha2::{Digest as _, Sha256};

use super::super::error::CliError;
use super::super::session::Session;
use super::super::sign::KeyArgs;
use super::super::table::Facts;
use super::{ScopeArgs, signed, status_of, words};

/// The largest file that is taken for evidence, in bytes: a longer one is hashed by other tools.
const MAX_EVIDENCE: u64 = 256 * 1024 * 1024;

#[derive(Debug, Args)]
pub(in super::super) struct LiftArgs {
    /// The embargo, `<feed>/<index>`
    #[arg(value_parser = word::read::<RecordId>, value_name = "RECORD")]
    embargo: RecordId,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Why: settled, expired, voted or abandoned
    #[arg(long, default_value = "settled", value_parser = word::read::<LiftReason>)]
    reason: LiftReason,
    /// The settlement it follows
    #[arg(long, value_parser = word::read::<RecordId>, value_name = "RECORD")]
    settlement: Option<RecordId>,
    /// The mandate it rests on, if members voted for it
    #[arg(long, value_parser = word::read::<RecordId>, value_name = "RECORD")]
    mandate: Option<RecordId>,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Debug, Args)]
pub(in super::super) struct SettleArgs {
    /// The preference shift, `<feed>/<index>`
    #[arg(value_parser = word::read::<RecordId>, value_name = "RECORD")]
    embargo: RecordId,
    /// The condition that was met
    #[arg(long, value_parser = word::read::<Condition>)]
    condition: Condition,
    /// What shows it: a file, or the SHA-256 of one as `sha256sum` prints it; only the hash is stated
    #[arg(long, value_name = "FILE|HASH")]
    evidence: String,
    /// With whom: `node:<key>` or `collective:<id>`
    #[arg(long, value_parser = word::read::<Party>, value_name = "PARTY")]
    with: Option<Party>,
    /// The mandate it rests on, if members voted for it
    #[arg(long, value_parser = word::read::<RecordId>, value_name = "RECORD")]
    mandate: Option<RecordId>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub(super) async fn lift(session: &Session, args: &LiftArgs) -> Result<(), CliError> {
    let scope = args.scope.scope();
    let scope = (scope != Scope::default()).then_some(scope);
    let LiftArgs { embargo, reason, settlement, mandate, .. } = args;
    let request = StrikeLiftRequest {
        embargo: *embargo,
        scope,
        reason: *reason,
        settlement: *settlement,
        mandate: *mandate,
    };
    if !args.keys.any() {
        return session.ask_and_show(&request, lifted).await;
    }
    signed(session, &args.keys, StrikeDraft::Lift(request)).await?;
    status_of(session, &args.embargo.to_string()).await
}

pub(super) async fn settle(session: &Session, args: &SettleArgs) -> Result<(), CliError> {
    let request = StrikeSettleRequest {
        embargo: args.embargo,
        condition: args.condition,
        evidence: evidence(&args.evidence)?,
        with: args.with,
        mandate: args.mandate,
    };
    if !args.keys.any() {
        return session.ask_and_show(&request, settled).await;
    }
    signed(session, &args.keys, StrikeDraft::Settle(request)).await?;
    status_of(session, &args.embargo.to_string()).await
}

/// Takes a hash as it is, and anything else for a file's name.
fn evidence(named: &str) -> Result<Hash, CliError> {
    if let Ok(hash) = Hash::read(named) {
        return Ok(hash);
    }
    let file = Path::new(named);
    let failed =
        |error: &dyn std::fmt::Display| CliError::failed(format!("cannot read {}: {error}", file.display()));
    if std::fs::metadata(file).map_err(|error| failed(&error))?.len() > MAX_EVIDENCE {
        let fix = "name its SHA-256 instead, as `sha256sum` prints it";
        return Err(CliError::usage("the file is too large to be hashed here", fix));
    }
    let bytes = std::fs::read(file).map_err(|error| failed(&error))?;
    Ok(Hash(Sha256::digest(&bytes).into()))
}

fn lifted(answer: &StrikeLiftAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("lift", answer.id);
    facts.add("still covers here", words::coverage(&answer.coverage));
    format!("{}\n{}", facts.text(), words::cannot(&answer.cannot))
}

fn settled(answer: &StrikeSettleAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("settlement", answer.id);
    facts.add("still covers here", words::coverage(&answer.coverage));
    format!("{}\n{}", facts.text(), words::cannot(&answer.cannot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_a_hash_or_a_file_of_which_only_the_hash_is_stated() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(evidence(&file.path().display().to_string()).unwrap().text(), hash);
        assert_eq!(evidence(hash).unwrap().text(), hash);
        assert!(evidence("no such file").is_err());
    }
}
