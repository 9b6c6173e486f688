//! `charter key`: what a charter says of a key.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::Word as _;
use commonwheel_record::control::next_root_digest;
use serde_json::json;

use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::session::Session;
use super::super::table::Facts;
use super::source;
use crate::engine::keys::{self, KeyFileError};

/// Shows what a charter says of a key: its public part, or the digest by which it commits to a root key that comes
/// next. The file itself goes to nobody.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyArgs {
    /// The key file; only its owner may read it
    file: PathBuf,
    /// The network that the digest is for; that of the data directory by default
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

impl From<KeyFileError> for CliError {
    fn from(error: KeyFileError) -> Self {
        Self::new(
            Exit::Configuration,
            "key",
            error,
            "name a key file that you own; `commonwheel key new` makes one",
        )
    }
}

pub(super) fn run(session: &Session, args: &KeyArgs) -> Result<(), CliError> {
    let key = keys::load(&args.file)?.public();
    let digest = next_root_digest(&source::network(session, args.network.as_deref()), &key).text();
    let shown = json!({ "file": args.file, "key": key.to_string(), "next_root": digest });
    session.show(&shown, |_| {
        let mut facts = Facts::default();
        facts.add("public key", key);
        facts.add("as a next root key", digest);
        facts.text()
    })
}
