//! Exact duplicates: a hash over a draft's kind and content.

use std::fmt;

use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;
use commonwheel_record::cbor;

const DOMAIN: &[u8] = b"commonwheel/v1/intake-content\0";

/// BLAKE3 of a draft's kind and canonical content, unsalted.
///
/// Equal exactly if kind, roles and texts are. It stays on the node: whoever has the hash of a short text can guess
/// the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Hashes a contribution's kind and content.
    pub fn of(kind: ContributionKind, content: &Content) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN).update(&kind.code().to_le_bytes()).update(&cbor::encode(content));
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

#[cfg(test)]
mod tests {
    use commonwheel_record::body::{Role, Turn};

    use super::*;

    fn thread(texts: &[(Role, &str)]) -> Content {
        Content::Thread(texts.iter().map(|&(role, text)| Turn { role, text: text.to_owned() }).collect())
    }

    #[test]
    fn texts_do_not_run_together() {
        let a = thread(&[(Role::User, "ab"), (Role::Assistant, "c")]);
        let b = thread(&[(Role::User, "a"), (Role::Assistant, "bc")]);
        let hash = |content| ContentHash::of(ContributionKind::Chat, content);
        assert_ne!(hash(&a), hash(&b));
        assert_eq!(hash(&a), hash(&a.clone()));
    }

    #[test]
    fn role_and_kind_count() {
        let a = thread(&[(Role::User, "a")]);
        let b = thread(&[(Role::System, "a")]);
        let of = ContentHash::of;
        assert_ne!(of(ContributionKind::Chat, &a), of(ContributionKind::Chat, &b));
        assert_ne!(of(ContributionKind::Chat, &a), of(ContributionKind::Example, &a));
    }
}
