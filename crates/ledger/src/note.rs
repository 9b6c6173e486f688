//! Checkpoints: a feed's head as a signed note.
//!
//! The formats are C2SP's, exactly: <https://c2sp.org/tlog-checkpoint> inside <https://c2sp.org/signed-note>, so that
//! public witnesses and monitors read our feeds as they are. A feed's checkpoint has three lines and no extension
//! lines: origin, size, root.

use std::fmt::Write as _;

use commonwheel_record::attestation::Head;
use commonwheel_record::{FeedId, Hash, KeyError, Manifest, NetworkId, PublicKey, SecretKey, Signature, hex};

use crate::envelope::{self, Envelope};
use crate::tree::{EMPTY_ROOT, MAX_SIZE};

/// A note, in bytes.
pub const MAX_NOTE: usize = 4096;
/// Signature lines of a note.
pub const MAX_SIGNATURES: usize = 32;

/// Why a note or a head was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_NOTE`].
    #[error("note longer than {MAX_NOTE} bytes")]
    TooLong,
    /// Not of the form that C2SP describes.
    #[error("malformed note: {0}")]
    Malformed(&'static str),
    /// The note's origin, or the head's feed, is another feed.
    #[error("head of another feed")]
    Feed,
    /// More than [`MAX_SIZE`] leaves, or none under a root that is not [`EMPTY_ROOT`].
    #[error("impossible size or root")]
    Head,
    /// No signature line is by the key asked for.
    #[error("not signed by the key")]
    Unsigned,
    /// A cosignature's time is 0 or beyond 2^63 - 1.
    #[error("impossible time")]
    Time,
    /// A key is weak, or a signature line of the key asked for does not verify.
    #[error("note: {0}")]
    Key(#[from] KeyError),
}

/// A head under its writer's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// The head.
    pub head: Head,
    /// The writer's signature over the checkpoint's text.
    pub signature: Signature,
}

impl SignedHead {
    /// Signs a head of the manifest's feed with its writer's key.
    #[must_use]
    pub fn sign(manifest: &Manifest, key: &SecretKey, size: u64, root: Hash) -> Self {
        let head = Head { feed: manifest.id(), size, root };
        let signature = key.sign_raw(text(&manifest.network, &head).as_bytes());
        Self { head, signature }
    }

    /// Checks that the manifest's writer signed this head of its feed.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify(&self, manifest: &Manifest) -> Result<(), NoteError> {
        if self.head.feed != manifest.id() {
            return Err(NoteError::Feed);
        }
        check(&self.head)?;
        let text = text(&manifest.network, &self.head);
        Ok(manifest.writer.admit()?.verify_raw(text.as_bytes(), &self.signature)?)
    }

    /// Writes the checkpoint, signed by the feed's writer alone.
    #[must_use]
    pub fn to_note(&self, manifest: &Manifest) -> String {
        let name = origin_of(&manifest.network, &self.head.feed);
        let id = envelope::key_id(&name, envelope::ED25519, &manifest.writer);
        let mut note = text(&manifest.network, &self.head);
        note.push('\n');
        note.push_str(&envelope::line(&name, id, &self.signature.0));
        note
    }

    /// Reads a checkpoint of the manifest's feed and verifies its writer's signature.
    ///
    /// Signature lines of other keys are ignored. Every line of the writer's must verify; the first is kept.
    ///
    /// # Errors
    /// [`NoteError`]; on success [`SignedHead::verify`] holds as well.
    pub fn from_note(manifest: &Manifest, note: &str) -> Result<Self, NoteError> {
        let envelope = Envelope::parse(note)?;
        let head = parse_text(manifest, envelope.text)?;
        let name = origin(manifest);
        let id = envelope::key_id(&name, envelope::ED25519, &manifest.writer);
        let mut first = None;
        for signature in envelope.signatures(&name, id) {
            let signature = Signature(signature.try_into().map_err(|_| KeyError::Signature)?);
            manifest.writer.admit()?.verify_raw(envelope.text.as_bytes(), &signature)?;
            first.get_or_insert(signature);
        }
        let signature = first.ok_or(NoteError::Unsigned)?;
        Ok(Self { head, signature })
    }
}

/// Returns the origin line of a feed's checkpoints, which also names its writer's key.
#[must_use]
pub fn origin(manifest: &Manifest) -> String {
    origin_of(&manifest.network, &manifest.id())
}

/// Returns the same from a feed's id: `commonwheel/<first 16 digits of the network's id>/feed/<feed id>`.
#[must_use]
pub fn origin_of(network: &NetworkId, feed: &FeedId) -> String {
    format!("commonwheel/{}/feed/{feed}", hex::encode(&network.0[..8]))
}

/// Returns a feed's key as other C2SP software is configured with it: `<name>+<key id>+<base64 of type ‖ key>`.
#[must_use]
pub fn verifier_key(manifest: &Manifest) -> String {
    vkey(&origin(manifest), envelope::ED25519, &manifest.writer)
}

pub(crate) fn vkey(name: &str, kind: u8, key: &PublicKey) -> String {
    let id = envelope::key_id(name, kind, key);
    format!("{name}+{}+{}", hex::encode(&id), envelope::base64(&[&[kind], key.0.as_slice()].concat()))
}

/// Writes the text that a checkpoint signs, with its final newline.
#[must_use]
pub fn text(network: &NetworkId, head: &Head) -> String {
    let mut text = origin_of(network, &head.feed);
    // Writing to a string cannot fail.
    let _ = write!(text, "\n{}\n{}\n", head.size, envelope::base64(&head.root.0));
    text
}

/// Reads the text of a checkpoint of the manifest's feed. Nothing of it is verified.
pub(crate) fn parse_text(manifest: &Manifest, text: &str) -> Result<Head, NoteError> {
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let mut next = |what| lines.next().ok_or(NoteError::Malformed(what));
    let (origin_line, size, root) = (next("no origin")?, next("no size")?, next("no root")?);
    if lines.next().is_some() {
        return Err(NoteError::Malformed("extension line"));
    }
    if origin_line != origin(manifest) {
        return Err(NoteError::Feed);
    }
    let size = parse_decimal(size).ok_or(NoteError::Malformed("size"))?;
    let root = envelope::base64_hash(root).ok_or(NoteError::Malformed("root"))?;
    let head = Head { feed: manifest.id(), size, root: Hash(root) };
    check(&head)?;
    Ok(head)
}

/// Checks what no honest head breaks, so that nothing else needs to ask.
pub(crate) fn check(head: &Head) -> Result<(), NoteError> {
    let possible = head.size <= MAX_SIZE && (head.size > 0 || head.root == EMPTY_ROOT);
    if possible { Ok(()) } else { Err(NoteError::Head) }
}

/// Reads a decimal number in its one canonical form: no sign, no leading zeros.
fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}
