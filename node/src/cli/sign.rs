//! Control records that key files sign: the node makes the draft, and never sees the keys.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::types::{ControlAppendRequest, Draft, DraftBody, Hex, Made};
use commonwheel_record::control::Content;
use commonwheel_record::{
    CollectiveId, Commitment, Control, Hash, Leaf, NetworkId, RecordId, SecretKey, cbor,
};

use super::error::CliError;
use super::key;
use super::session::Session;
use crate::engine::keys::random;

/// Key files that sign, besides this node's own key.
#[derive(Debug, Default, Args)]
pub(super) struct KeyArgs {
    /// A key file that signs; may be repeated, as often as the charter asks for
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
}

impl KeyArgs {
    /// Says whether the node should answer with a draft, for these keys to sign.
    pub(super) const fn any(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Signs a draft with every key and appends it; what was appended already is left alone.
    pub(super) async fn finish(&self, session: &Session, made: Made) -> Result<RecordId, CliError> {
        let draft = match made {
            Made::Appended(id) => return Ok(id),
            Made::Draft(draft) => draft,
        };
        let network = network(session)?;
        let mut control = control(&draft)?;
        for file in &self.keys {
            control = control.signed(&network, &key::read(file)?);
        }
        append(session, control, draft.body).await
    }
}

/// Returns the network of the node that is spoken to, under which everything is signed.
pub(super) fn network(session: &Session) -> Result<NetworkId, CliError> {
    Ok(NetworkId::named(&session.config()?.network))
}

/// Reads the record of a draft.
pub(super) fn control(draft: &Draft) -> Result<Control, CliError> {
    match Leaf::decode(&draft.record.0) {
        Ok(Leaf::Control(control)) => Ok(*control),
        _ => Err(CliError::failed("the draft holds no control record that this version can read")),
    }
}

/// Has the node append a record.
pub(super) async fn append(
    session: &Session,
    control: Control,
    body: Option<DraftBody>,
) -> Result<RecordId, CliError> {
    let record = Hex(Leaf::Control(Box::new(control)).encode());
    let request = ControlAppendRequest { draft: Draft { record, body }, force: false };
    Ok(session.ask(&request).await?.id)
}

/// Returns an unsigned record of a collective: its authority is in its body.
pub(super) const fn unsigned(collective: CollectiveId, content: Content) -> Control {
    Control::new(Some(collective), content)
}

/// Seals the personal part of a record.
pub(super) fn seal<T: cbor::Encode>(
    network: &NetworkId,
    part: &T,
) -> Result<(Commitment, DraftBody), CliError> {
    let salt = random().map_err(CliError::failed)?;
    let bytes = cbor::encode(part);
    let commitment = Commitment::to(network, &salt, &bytes);
    Ok((commitment, DraftBody { salt: Hash(salt), bytes: Hex(bytes) }))
}

/// Reads the one key that a member signs with.
pub(super) fn member(file: &std::path::Path) -> Result<SecretKey, CliError> {
    key::read(file)
}
