//! What an import took, what it skipped and why.

use std::collections::BTreeMap;

use commonwheel_record::ContributionKind;
use serde::{Serialize, Serializer};

use crate::detect::Format;
use crate::limits::MAX_SKIPS_NAMED;

/// Why an item, or one answer of it, became no draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Not JSON, or not UTF-8.
    #[error("not valid JSON")]
    Malformed,
    /// JSON, but not an item of the import's format.
    #[error("not an item of this format")]
    Shape,
    /// Its content is larger than a body may be, or its raw form larger than is read.
    #[error("larger than an item may be")]
    Oversize,
    /// More messages than are looked at.
    #[error("too many messages")]
    TooManyMessages,
    /// A message is something else than text.
    #[error("a message is not text")]
    NonText,
    /// A message is by nobody known.
    #[error("a message has no known role")]
    UnknownRole,
    /// A message within the thread is empty.
    #[error("a message is empty")]
    EmptyMessage,
    /// Nobody answered.
    #[error("no answer in it")]
    NoAnswer,
    /// The tree does not say which of its threads is the active one.
    #[error("the current message is missing")]
    DanglingCurrent,
    /// The thread begins with a reply to a message that is missing.
    #[error("a parent message is missing")]
    DanglingParent,
    /// The thread runs in a circle.
    #[error("the thread runs in a circle")]
    Cycle,
    /// One of several answers, none of which is on the active thread.
    #[error("an answer beside the active thread, where none was chosen")]
    OffThread,
    /// A branch that begins with an edited question.
    #[error("a branch that was left for an edited question")]
    AbandonedBranch,
    /// Several answers to nothing.
    #[error("an answer without a question")]
    NoPrompt,
    /// Both answers say the same.
    #[error("both answers are the same")]
    IdenticalAnswers,
    /// One chat has more pairs than are taken from it.
    #[error("too many pairs in one chat")]
    TooManyPairs,
}

/// What was left out of drafts that were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// Files and images of a message.
    Attachments,
    /// A rating of a message.
    Ratings,
    /// A domain or tag that is no term, or none of the vocabulary.
    Terms,
    /// A language that is no tag.
    Languages,
    /// Empty messages at a thread's end.
    EmptyEnds,
}

/// A skipped item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// Its name within the export, or its position.
    pub item: String,
    /// Why.
    pub why: SkipReason,
}

/// The account of an import: `read` is the sum of all drafts taken, all duplicates and all skips.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The format, once known.
    pub format: Option<Format>,
    /// Bytes of input read.
    pub bytes: u64,
    /// Items of the input: chats, lines.
    pub items: u64,
    /// Candidates found in them; a chat with one regenerated answer is two.
    pub read: u64,
    /// Drafts, by kind.
    #[serde(serialize_with = "by_name")]
    pub taken: BTreeMap<ContributionKind, u64>,
    /// Candidates seen before in this import.
    pub duplicates: u64,
    /// Candidates the caller knew already.
    pub known: u64,
    /// Candidates skipped, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// The first [`MAX_SKIPS_NAMED`] of them.
    pub skips: Vec<Skip>,
    /// What taken drafts lack, in items concerned.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// Drafts whose language is a guess.
    pub languages_guessed: u64,
}

impl ImportReport {
    /// Drafts taken, of all kinds.
    pub fn taken_total(&self) -> u64 {
        self.taken.values().sum()
    }

    /// Candidates skipped, for all reasons.
    pub fn skipped_total(&self) -> u64 {
        self.skipped.values().sum()
    }

    pub(crate) fn count_taken(&mut self, kind: ContributionKind) {
        self.read += 1;
        *self.taken.entry(kind).or_default() += 1;
    }

    pub(crate) fn count_duplicate(&mut self) {
        self.read += 1;
        self.duplicates += 1;
    }

    pub(crate) fn count_known(&mut self) {
        self.read += 1;
        self.known += 1;
    }

    pub(crate) fn count_skip(&mut self, skip: Skip) {
        self.read += 1;
        *self.skipped.entry(skip.why).or_default() += 1;
        if self.skips.len() < MAX_SKIPS_NAMED {
            self.skips.push(skip);
        }
    }
}

fn by_name<S: Serializer>(
    counts: &BTreeMap<ContributionKind, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(kind, count)| (kind.name(), count)))
}
