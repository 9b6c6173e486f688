//! Exact duplicates: a hash over a draft's kind and content.

use std::fmt;

use crate::draft::{Content, DraftKind, Message};

const DOMAIN: &[u8] = b"commonwheel/v1/intake-content\0";

/// BLAKE3 of a draft's kind and content, unsalted.
///
/// Equal exactly if kind, roles and texts are. It stays on the node: whoever has the hash of a short text can guess
/// the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Hashes a draft's kind and content.
    pub fn of(kind: DraftKind, content: &Content) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN);
        put(&mut hasher, kind.name());
        match content {
            Content::Thread(thread) => {
                put(&mut hasher, "thread");
                put_messages(&mut hasher, thread);
            }
            Content::Pair { prompt, chosen, rejected } => {
                put(&mut hasher, "pair");
                for messages in [prompt, chosen, rejected] {
                    put_messages(&mut hasher, messages);
                }
            }
            Content::Text(text) => {
                put(&mut hasher, "text");
                put(&mut hasher, text);
            }
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

fn put_messages(hasher: &mut blake3::Hasher, messages: &[Message]) {
    hasher.update(&(messages.len() as u64).to_le_bytes());
    for message in messages {
        put(hasher, message.role.name());
        put(hasher, &message.content);
    }
}

/// Length first, so that no two lists of texts run together.
fn put(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Role;

    fn thread(texts: &[(Role, &str)]) -> Content {
        Content::Thread(
            texts.iter().map(|&(role, text)| Message { role, content: text.to_owned() }).collect(),
        )
    }

    #[test]
    fn texts_do_not_run_together() {
        let a = thread(&[(Role::User, "ab"), (Role::Assistant, "c")]);
        let b = thread(&[(Role::User, "a"), (Role::Assistant, "bc")]);
        assert_ne!(ContentHash::of(DraftKind::Chat, &a), ContentHash::of(DraftKind::Chat, &b));
        assert_eq!(ContentHash::of(DraftKind::Chat, &a), ContentHash::of(DraftKind::Chat, &a.clone()));
    }

    #[test]
    fn role_and_kind_count() {
        let a = thread(&[(Role::User, "a")]);
        let b = thread(&[(Role::System, "a")]);
        assert_ne!(ContentHash::of(DraftKind::Chat, &a), ContentHash::of(DraftKind::Chat, &b));
        assert_ne!(ContentHash::of(DraftKind::Chat, &a), ContentHash::of(DraftKind::Example, &a));
    }
}
