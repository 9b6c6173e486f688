//! Cosignatures: a witness, or a collective's liveness key, states a head and the time it saw it.
//!
//! The format is C2SP's `cosignature/v1` (<https://c2sp.org/tlog-cosignature>), Ed25519. The signed message names no
//! cosigner, so one key must have one name; ours have [`name`].

use commonwheel_record::attestation::{Cosigned, Head};
use commonwheel_record::{Manifest, NetworkId, PublicKey, SecretKey, Signature, hex};

use crate::envelope::{self, Envelope};
use crate::note::{self, NoteError};

/// The latest time a cosignature may state, in seconds since 1970.
pub const MAX_TIME: u64 = i64::MAX as u64;

/// Cosigns a head at a time in seconds since 1970, which must be in `1..=MAX_TIME` for others to accept it.
#[must_use]
pub fn cosign(network: &NetworkId, key: &SecretKey, head: Head, time: u64) -> Cosigned {
    let signature = key.sign_raw(message(network, &head, time).as_bytes());
    Cosigned { head, time, signature }
}

/// Checks a cosignature by a key.
///
/// # Errors
/// [`NoteError`].
pub fn verify(cosigned: &Cosigned, network: &NetworkId, key: &PublicKey) -> Result<(), NoteError> {
    note::check(&cosigned.head)?;
    if !(1..=MAX_TIME).contains(&cosigned.time) {
        return Err(NoteError::Time);
    }
    let message = message(network, &cosigned.head, cosigned.time);
    Ok(key.admit()?.verify_raw(message.as_bytes(), &cosigned.signature)?)
}

/// Returns the name of a cosigning key of ours: `commonwheel/<first 16 digits of the network's id>/key/<key>`.
#[must_use]
pub fn name(network: &NetworkId, key: &PublicKey) -> String {
    format!("commonwheel/{}/key/{key}", hex::encode(&network.0[..8]))
}

/// Returns a cosigning key as other C2SP software is configured with it.
#[must_use]
pub fn verifier_key(name: &str, key: &PublicKey) -> String {
    note::vkey(name, envelope::COSIGNATURE, key)
}

/// Writes the signature line, with its newline, to be added under the head's checkpoint.
///
/// # Errors
/// [`NoteError::Malformed`] if the name cannot name a key.
pub fn line(cosigned: &Cosigned, name: &str, key: &PublicKey) -> Result<String, NoteError> {
    if !envelope::is_key_name(name) {
        return Err(NoteError::Malformed("key name"));
    }
    let id = envelope::key_id(name, envelope::COSIGNATURE, key);
    let signature = [&cosigned.time.to_be_bytes()[..], &cosigned.signature.0].concat();
    Ok(envelope::line(name, id, &signature))
}

/// Reads the cosignatures of a key from a checkpoint of the manifest's feed, and verifies each.
///
/// The writer's own signature is not asked for: see [`note::SignedHead::from_note`].
///
/// # Errors
/// [`NoteError`]; [`NoteError::Unsigned`] if there is none.
pub fn from_note(
    manifest: &Manifest,
    note: &str,
    name: &str,
    key: &PublicKey,
) -> Result<Vec<Cosigned>, NoteError> {
    let envelope = Envelope::parse(note)?;
    let head = note::parse_text(manifest, envelope.text)?;
    let id = envelope::key_id(name, envelope::COSIGNATURE, key);
    let mut found = Vec::new();
    for bytes in envelope.signatures(name, id) {
        let (time, signature) = split(bytes).ok_or(NoteError::Malformed("cosignature"))?;
        let cosigned = Cosigned { head, time, signature };
        verify(&cosigned, &manifest.network, key)?;
        found.push(cosigned);
    }
    if found.is_empty() { Err(NoteError::Unsigned) } else { Ok(found) }
}

/// Splits a timestamped signature: eight bytes of time, big-endian, then the signature.
pub(crate) fn split(bytes: &[u8]) -> Option<(u64, Signature)> {
    let (time, signature) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*time), Signature(signature.try_into().ok()?)))
}

fn message(network: &NetworkId, head: &Head, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{}", note::text(network, head))
}
