//! The formats, and which of them an item looks like.

use std::fmt;
use std::str::FromStr;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A format of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Open WebUI's chat export: trees of messages.
    OpenWebui,
    /// ShareGPT: `conversations` of `from` and `value`.
    Sharegpt,
    /// Lines (or a list) of `{"messages": …}` or `{"text": …}`.
    Messages,
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such format: {name:?}; known are {}", Format::names())]
pub struct FormatError {
    /// The name given.
    pub name: String,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::OpenWebui, Self::Sharegpt, Self::Messages];

    /// The name in flags, reports and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenWebui => "open-webui",
            Self::Sharegpt => "sharegpt",
            Self::Messages => "messages",
        }
    }

    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The format an item looks like, by its keys.
    pub(crate) fn of_item(bytes: &[u8]) -> Option<Self> {
        let keys: Keys = serde_json::from_slice(bytes).ok()?;
        if keys.chat.is_some() || keys.history.is_some() {
            Some(Self::OpenWebui)
        } else if keys.conversations.is_some() {
            Some(Self::Sharegpt)
        } else if keys.messages.is_some() || keys.text.is_some() {
            Some(Self::Messages)
        } else {
            None
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(name: &str) -> Result<Self, FormatError> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| FormatError { name: name.to_owned() })
    }
}

/// The keys that tell formats apart; their values do not matter.
#[derive(Deserialize)]
struct Keys {
    chat: Option<IgnoredAny>,
    history: Option<IgnoredAny>,
    conversations: Option<IgnoredAny>,
    messages: Option<IgnoredAny>,
    text: Option<IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_recognised_by_their_keys() {
        for (item, format) in [
            (r#"{"id": "a", "chat": {"messages": []}}"#, Some(Format::OpenWebui)),
            (r#"{"title": "a", "history": {}}"#, Some(Format::OpenWebui)),
            (r#"{"conversations": []}"#, Some(Format::Sharegpt)),
            (r#"{"messages": []}"#, Some(Format::Messages)),
            (r#"{"lang": "sw", "text": "a"}"#, Some(Format::Messages)),
            (r#"{"mapping": {}, "current_node": "a"}"#, None),
            ("[1]", None),
            ("nonsense", None),
        ] {
            assert_eq!(Format::of_item(item.as_bytes()), format, "{item}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert_eq!(serde_json::to_string(&format).unwrap(), format!("{:?}", format.name()));
        }
        assert_eq!("csv".parse::<Format>().unwrap_err().name, "csv");
    }
}
