//! What one item gave.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::draft::Draft;
use crate::loose::is_too_long;
use crate::report::{LeftOut, Skip, SkipReason};

/// The candidates of one item, each a draft or a reason.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) candidates: Vec<Result<Draft, Skip>>,
    pub(crate) left_out: BTreeSet<LeftOut>,
}

impl Outcome {
    /// An item that gave nothing.
    pub(crate) fn skipped(item: &str, why: SkipReason) -> Self {
        let mut outcome = Self::default();
        outcome.skip(item.to_owned(), why);
        outcome
    }

    pub(crate) fn skip(&mut self, item: String, why: SkipReason) {
        self.candidates.push(Err(Skip { item, why }));
    }

    pub(crate) fn take(&mut self, draft: Draft) {
        self.candidates.push(Ok(draft));
    }
}

/// Parses an item.
///
/// The parser's own message is not kept: it quotes the data.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SkipReason> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        // Without this, a list would be read as an item's fields in their order.
        return Err(SkipReason::Shape);
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        _ if is_too_long(&error) => SkipReason::TooManyMessages,
        serde_json::error::Category::Data => SkipReason::Shape,
        _ => SkipReason::Malformed,
    })
}
