//! What an importer makes of an item: everything that can be read from the data, and nothing that must be asked for.
//!
//! Licence, preferences, attribution and consent have no place here: they come from the member or the collective.
//! Nor have the account, address or device a chat came from: no field could hold them.

use serde::{Deserialize, Serialize};

use crate::content_hash::ContentHash;
use crate::lang::LangTag;
use crate::limits::{BODY_RESERVE_BYTES, MAX_ITEM_BYTES, MESSAGE_OVERHEAD_BYTES};
use crate::terms::Term;

/// The kinds of contribution a draft can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftKind {
    /// A conversation.
    Chat,
    /// A label on something else.
    Label,
    /// A corrected answer.
    Correction,
    /// Two answers to one prompt, one of them preferred.
    PreferencePair,
    /// A text, or a prompt with its ideal answer.
    Example,
    /// Structured feedback.
    Feedback,
    /// Rows of a table.
    Tabular,
}

impl DraftKind {
    /// Every kind, in the order of the format.
    pub const ALL: [Self; 7] = [
        Self::Chat,
        Self::Label,
        Self::Correction,
        Self::PreferencePair,
        Self::Example,
        Self::Feedback,
        Self::Tabular,
    ];

    /// The kind's name in records, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Label => "label",
            Self::Correction => "correction",
            Self::PreferencePair => "preference-pair",
            Self::Example => "example",
            Self::Feedback => "feedback",
            Self::Tabular => "tabular",
        }
    }
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Instructions to the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// What a tool returned to the model.
    Tool,
}

impl Role {
    /// The role that an export's own word means, if it is a known one.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "system" | "developer" => Some(Self::System),
            "user" | "human" | "prompter" => Some(Self::User),
            "assistant" | "gpt" | "chatgpt" | "bot" | "model" => Some(Self::Assistant),
            "tool" | "function" => Some(Self::Tool),
            _ => None,
        }
    }

    /// The role's name in bodies.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The text, exactly as exported.
    pub content: String,
}

impl Message {
    pub(crate) fn body_len(&self) -> usize {
        self.content.len() + MESSAGE_OVERHEAD_BYTES
    }
}

/// The content of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A conversation, oldest message first.
    Thread(Vec<Message>),
    /// Two continuations of one prompt.
    Pair {
        /// The thread up to what is answered.
        prompt: Vec<Message>,
        /// The answer the person went on with.
        chosen: Vec<Message>,
        /// The answer left behind.
        rejected: Vec<Message>,
    },
    /// A plain text.
    Text(String),
}

impl Content {
    /// An upper bound of the bytes this content takes in a body, before what else the body holds.
    pub fn body_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + MESSAGE_OVERHEAD_BYTES,
            _ => self.messages().map(Message::body_len).sum(),
        }
    }

    /// Whether a body can hold this content.
    pub fn fits(&self) -> bool {
        fits(self.body_len())
    }

    /// Every message, in order: of a pair the prompt, the chosen and the rejected answer.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        let (a, b, c): (&[Message], &[Message], &[Message]) = match self {
            Self::Thread(thread) => (thread, &[], &[]),
            Self::Pair { prompt, chosen, rejected } => (prompt, chosen, rejected),
            Self::Text(_) => (&[], &[], &[]),
        };
        a.iter().chain(b).chain(c)
    }

    /// Every text in it, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let plain = match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        };
        plain.into_iter().chain(self.messages().map(|message| message.content.as_str()))
    }
}

/// Whether content of this many bytes fits a body.
pub(crate) fn fits(content_len: usize) -> bool {
    content_len <= MAX_ITEM_BYTES - BODY_RESERVE_BYTES
}

/// Where a draft's language comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LangSource {
    /// The item says so.
    Data,
    /// Whoever imports says so.
    Caller,
    /// A reliable guess from the text; to be shown as a guess.
    Guess,
    /// Nobody knows: `und`.
    Unknown,
}

/// A contribution as far as the data tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it will be a contribution of.
    pub kind: DraftKind,
    /// Its language, `und` where unknown.
    pub lang: LangTag,
    /// Where the language comes from.
    pub lang_source: LangSource,
    /// Its domain.
    pub domain: Option<Term>,
    /// Further terms, without the domain.
    pub tags: Vec<Term>,
    /// Whether it carries a judgement: of a pair, which answer was kept.
    pub labelled: bool,
    /// The content.
    pub content: Content,
    /// Its name within the export. It may come from the exporter's database: for reports, never for a record.
    pub source_id: String,
}

impl Draft {
    /// The hash by which duplicates are found.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash::of(self.kind, &self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_the_usual_exports_are_known() {
        assert_eq!(Role::from_word("human"), Some(Role::User));
        assert_eq!(Role::from_word("GPT"), Some(Role::Assistant));
        assert_eq!(Role::from_word("narrator"), None);
    }

    #[test]
    fn names_match_the_serialised_form() {
        for kind in DraftKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.name()));
        }
    }

    #[test]
    fn a_body_has_room_for_what_else_it_holds() {
        let largest = MAX_ITEM_BYTES - BODY_RESERVE_BYTES - MESSAGE_OVERHEAD_BYTES;
        assert!(Content::Text("x".repeat(largest)).fits());
        assert!(!Content::Text("x".repeat(largest + 1)).fits());
    }
}
