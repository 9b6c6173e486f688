//! What a contribution holds: content, and all that describes the person.

use std::collections::BTreeMap;

use crate::cbor::{self, Decode, DecodeError, Decoder, Encode, Encoder, coded_enum, fixed_array};
use crate::commit::Salt;
use crate::extensions::Extensions;
use crate::id::RecordId;
use crate::limits::MAX_BODY;

coded_enum! {
    /// Who speaks in a thread.
    Role {
        /// The person.
        User = 0 "user",
        /// The model.
        Assistant = 1 "assistant",
        /// Instructions to the model.
        System = 2 "system",
        /// A tool's answer.
        Tool = 3 "tool",
    }
}

/// One turn of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub text: String,
}

fixed_array!(Turn { role, text });

/// The content itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A conversation.
    Thread(Vec<Turn>),
    /// A prompt and two continuations.
    Pair {
        /// What both answer.
        prompt: Vec<Turn>,
        /// The preferred continuation.
        chosen: Vec<Turn>,
        /// The other one.
        rejected: Vec<Turn>,
    },
    /// Plain text.
    Text(String),
    /// Rows of text cells, the first row naming the columns.
    Table(Vec<Vec<String>>),
}

impl Encode for Content {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Thread(turns) => {
                encoder.array(2);
                encoder.uint(0);
                turns.encode(encoder);
            }
            Self::Pair { prompt, chosen, rejected } => {
                encoder.array(4);
                encoder.uint(1);
                [prompt, chosen, rejected].iter().for_each(|turns| turns.encode(encoder));
            }
            Self::Text(text) => {
                encoder.array(2);
                encoder.uint(2);
                encoder.text(text);
            }
            Self::Table(rows) => {
                encoder.array(2);
                encoder.uint(3);
                rows.encode(encoder);
            }
        }
    }
}

impl Decode for Content {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 2) => Vec::decode(decoder).map(Self::Thread),
            (1, 4) => Ok(Self::Pair {
                prompt: Decode::decode(decoder)?,
                chosen: Decode::decode(decoder)?,
                rejected: Decode::decode(decoder)?,
            }),
            (2, 2) => String::decode(decoder).map(Self::Text),
            (3, 2) => Vec::decode(decoder).map(Self::Table),
            _ => Err(DecodeError::Unexpected("content")),
        }
    }
}

/// A contribution's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The format's version, 1.
    pub version: u8,
    /// The content.
    pub content: Content,
    /// A label's value or a rating, as the source wrote it.
    pub label: Option<String>,
    /// What the contributor wants it used for, in their words.
    pub intent: Option<String>,
    /// The name to attribute it to.
    pub display_name: Option<String>,
    /// The preference statement it came with, as received.
    pub raw_preferences: Option<String>,
    /// How many pieces of personal data of each class a heuristic found.
    pub personal_data: BTreeMap<String, u64>,
    /// Extensions.
    pub extensions: Extensions,
}

fixed_array!(Body {
    version,
    content,
    label,
    intent,
    display_name,
    raw_preferences,
    personal_data,
    extensions,
});

impl Body {
    /// Makes a body of content alone.
    #[must_use]
    pub const fn of(content: Content) -> Self {
        Self {
            version: 1,
            content,
            label: None,
            intent: None,
            display_name: None,
            raw_preferences: None,
            personal_data: BTreeMap::new(),
            extensions: Extensions(BTreeMap::new()),
        }
    }

    /// Encodes the body.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond [`MAX_BODY`].
    pub fn encode(&self) -> Result<Vec<u8>, DecodeError> {
        let bytes = cbor::encode(self);
        if bytes.len() <= MAX_BODY { Ok(bytes) } else { Err(DecodeError::TooLong(MAX_BODY)) }
    }

    /// Decodes a body. The ledger itself never does: to it a body is bytes that a commitment opens to.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no canonical body of version 1.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let body: Self = cbor::decode(bytes, MAX_BODY)?;
        if body.version == 1 { Ok(body) } else { Err(DecodeError::Unexpected("body version")) }
    }
}

/// A body as it is stored and sent: with its salt and, for a contribution, the submission that covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBody {
    /// The commitment's salt.
    pub salt: Salt,
    /// The submission that lists the contribution; none for the body of a submission or a control record.
    pub submission: Option<RecordId>,
    /// The body's bytes.
    pub bytes: Vec<u8>,
}
