//! `ballot petition draft|sign|open`: a file that is passed around, to be signed by members.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use commonwheel_api::Word as _;
use commonwheel_api::describe;
use commonwheel_api::types::{Draft, Hex, Made};
use commonwheel_record::control::{Ballot, Content, Petition};
use commonwheel_record::{CollectiveId, Control, Leaf, NetworkId, PublicKey, Signature, hex};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::error::CliError;
use super::super::session::Session;
use super::super::{out, sign, time};
use super::open::{self, OpenArgs};

/// The file: a ballot without governance's signature, and who signed it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    /// The network that the signatures are for.
    network: String,
    /// The ballot's record, as hexadecimal digits. What it asks can be read with `ballot petition sign`.
    record: String,
    /// Signatures by roll key.
    signatures: BTreeMap<String, String>,
}

pub(super) async fn draft(session: &Session, args: &OpenArgs, file: &Path) -> Result<(), CliError> {
    let answer = session.ask(&args.request(true)?).await?;
    let Made::Draft(draft) = answer.made else {
        return Err(CliError::failed("the node appended what should have been a draft"));
    };
    let network = sign::network(session)?.text();
    Sheet { network, record: draft.record.text(), signatures: BTreeMap::new() }.write(file, true)?;
    let shown = json!({ "file": file.display().to_string() });
    session.show(&shown, |_| {
        format!("{}: have members sign it with `commonwheel ballot petition sign`\n", file.display())
    })
}

pub(super) fn sign(session: &Session, file: &Path, keys: &[PathBuf]) -> Result<(), CliError> {
    let mut sheet = Sheet::read(file)?;
    let (network, _, ballot) = sheet.ballot(file)?;
    out::note(&asks(&ballot));
    let mut petition = Petition::default();
    for key in keys {
        petition = petition.signed(&network, &sign::member(key)?, &ballot);
    }
    for (key, signature) in petition.signatures {
        sheet.signatures.insert(key.to_string(), hex::encode(&signature.0));
    }
    sheet.write(file, false)?;
    let count = sheet.signatures.len();
    session.show(&json!({ "signatures": count }), |_| format!("{count} signatures\n"))
}

/// Says what a member is about to sign.
fn asks(ballot: &Ballot) -> String {
    let control = Control::new(Some(CollectiveId([0; 32])), Content::Ballot(Box::new(ballot.clone())));
    let described = describe::leaf(&Leaf::Control(Box::new(control)));
    let proposals = serde_json::to_string_pretty(&described["content"]["proposals"]).unwrap_or_default();
    format!(
        "this petition asks: {}\nvoting from {} to {}\nproposals: {proposals}",
        ballot.question,
        time::show(ballot.opens),
        time::show(ballot.closes)
    )
}

pub(super) async fn open(session: &Session, file: &Path) -> Result<(), CliError> {
    let sheet = Sheet::read(file)?;
    let (network, collective, mut ballot) = sheet.ballot(file)?;
    if network != sign::network(session)? {
        let message = format!("{} was signed for another network than this node's", file.display());
        return Err(CliError::usage(message, "open it through a node of that network"));
    }
    let (commitment, body) = sign::seal(&network, &sheet.petition(file)?)?;
    ballot.petition = Some(commitment);
    let control = sign::unsigned(collective, Content::Ballot(Box::new(ballot)));
    let hash = open::hash(session, &control)?;
    let id = sign::append(session, control, Some(body)).await?;
    open::shown(session, &hash, id)
}

impl Sheet {
    fn read(file: &Path) -> Result<Self, CliError> {
        serde_json::from_str(&super::super::read_text(file)?).map_err(|error| broken(file, error))
    }

    /// Writes a new file, or another in place of the old one.
    fn write(&self, file: &Path, new: bool) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(self).map_err(CliError::failed)? + "\n";
        let mut options = OpenOptions::new();
        let options =
            if new { options.write(true).create_new(true) } else { options.write(true).truncate(true) };
        let written = options.open(file).and_then(|mut to| to.write_all(text.as_bytes()));
        written.map_err(|error| CliError::failed(format!("cannot write {}: {error}", file.display())))
    }

    /// Returns the network, the collective and the ballot that the file is about.
    fn ballot(&self, file: &Path) -> Result<(NetworkId, CollectiveId, Ballot), CliError> {
        let network = NetworkId::read(&self.network).map_err(|error| broken(file, error))?;
        let record = Hex::read(&self.record).map_err(|error| broken(file, error))?;
        let control = sign::control(&Draft { record, body: None })?;
        match (control.collective, control.content) {
            (Some(collective), Content::Ballot(ballot)) => Ok((network, collective, *ballot)),
            _ => Err(broken(file, "it holds another record")),
        }
    }

    fn petition(&self, file: &Path) -> Result<Petition, CliError> {
        let signed = self.signatures.iter().map(|(key, signature)| {
            let key = PublicKey::read(key).map_err(|error| broken(file, error))?;
            let signature = hex::decode(signature).map(Signature);
            Ok((key, signature.ok_or_else(|| broken(file, "a signature is 128 hexadecimal digits"))?))
        });
        Ok(Petition { signatures: signed.collect::<Result<_, CliError>>()? })
    }
}

fn broken(file: &Path, why: impl std::fmt::Display) -> CliError {
    CliError::failed(format!("{} is no petition: {why}", file.display()))
}
