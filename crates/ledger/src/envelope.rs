//! C2SP signed notes: a text and the signature lines under it.
//!
//! See <https://c2sp.org/signed-note>. Only Ed25519 is spoken here; lines of other keys are well-formed or the note is
//! refused, and are otherwise ignored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use commonwheel_record::PublicKey;
use sha2::{Digest, Sha256};

use crate::note::{MAX_NOTE, MAX_SIGNATURES, NoteError};

/// Signature type of plain Ed25519.
pub(crate) const ED25519: u8 = 0x01;
/// Signature type of Ed25519 cosignatures with a time.
pub(crate) const COSIGNATURE: u8 = 0x04;

const DASH: &str = "\u{2014} ";

/// A note as it was parsed; nothing in it is verified.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    /// The signed text, with its final newline.
    pub(crate) text: &'a str,
    lines: Vec<Line<'a>>,
}

#[derive(Debug)]
struct Line<'a> {
    name: &'a str,
    /// The key id's four bytes, then the signature.
    bytes: Vec<u8>,
}

impl<'a> Envelope<'a> {
    /// Splits a note into its text and signature lines.
    pub(crate) fn parse(note: &'a str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::TooLong);
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Malformed("control character"));
        }
        // The text may itself contain empty lines, so the last one separates it from the signatures.
        let at = note.rfind("\n\n").ok_or(NoteError::Malformed("no signatures"))?;
        let (text, rest) = note.split_at(at + 1);
        let lines = rest[1..].strip_suffix('\n').ok_or(NoteError::Malformed("no final newline"))?;
        let lines = lines.split('\n').map(Line::parse).collect::<Result<Vec<_>, _>>()?;
        if lines.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("too many signatures"));
        }
        Ok(Self { text, lines })
    }

    /// Returns the signatures that a name and a key id claim.
    pub(crate) fn signatures(&self, name: &str, id: [u8; 4]) -> impl Iterator<Item = &[u8]> {
        let claimed = self.lines.iter().filter(move |line| line.name == name);
        claimed.filter_map(move |line| line.bytes.strip_prefix(&id))
    }
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed("signature line");
        let (name, encoded) =
            line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(malformed)?;
        if !is_key_name(name) {
            return Err(malformed);
        }
        let bytes = STANDARD.decode(encoded).map_err(|_| malformed)?;
        if bytes.len() > 4 { Ok(Self { name, bytes }) } else { Err(malformed) }
    }
}

/// Says whether a text may name a key: not empty, no spaces of any kind, no plus, nothing that ends a line.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c < ' ' || c == '+')
}

/// Returns the id by which a signature line names its key.
pub(crate) fn key_id(name: &str, kind: u8, key: &PublicKey) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([b'\n', kind]);
    hasher.update(key.0);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
    [a, b, c, d]
}

/// Writes a signature line, with its newline.
pub(crate) fn line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    format!("{DASH}{name} {}\n", base64(&[&id, signature].concat()))
}

/// Writes bytes as padded standard base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads exactly 32 bytes from their canonical base64.
pub(crate) fn base64_hash(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}
