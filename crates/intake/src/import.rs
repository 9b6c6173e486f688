//! Reads an export and hands out drafts one at a time.

use std::collections::{BTreeSet, VecDeque};
use std::io::Read;

use crate::content_hash::ContentHash;
use crate::detect::Format;
use crate::draft::{Draft, LangSource};
use crate::error::ImportError;
use crate::items::{Bounds, Items, RawItem};
use crate::limits::MAX_ITEMS_PROBED;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::report::{ImportReport, Skip, SkipReason};
use crate::{jsonl, openwebui, sharegpt};

/// An import under way: an iterator over drafts that keeps account of everything else.
///
/// Nothing is shared or stored by it. An error ends it; drafts handed out before stay good, and the report says how
/// far it came.
#[derive(Debug)]
pub struct Import<R> {
    items: Items<R>,
    options: Options,
    report: ImportReport,
    ready: VecDeque<Draft>,
    seen: BTreeSet<ContentHash>,
    known: BTreeSet<ContentHash>,
    ended: bool,
}

impl<R: Read> Import<R> {
    /// Begins to read an export.
    ///
    /// # Errors
    /// [`ImportError::Io`] if its first bytes cannot be read.
    pub fn new(reader: R, options: Options) -> Result<Self, ImportError> {
        Self::with_bounds(reader, options, Bounds::default())
    }

    fn with_bounds(reader: R, options: Options, bounds: Bounds) -> Result<Self, ImportError> {
        let report = ImportReport { format: options.format, ..ImportReport::default() };
        let items = Items::open(reader, bounds)?;
        let (seen, known) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { items, options, report, ready: VecDeque::new(), seen, known, ended: false })
    }

    /// Names contents that are here already, to be counted instead of handed out.
    #[must_use]
    pub fn knowing(mut self, known: impl IntoIterator<Item = ContentHash>) -> Self {
        self.known.extend(known);
        self
    }

    /// The account so far; complete once the iterator has ended.
    pub fn report(&self) -> &ImportReport {
        &self.report
    }

    /// Ends the import and gives its account.
    pub fn into_report(self) -> ImportReport {
        self.report
    }

    /// Reads one more item; tells whether there was one.
    fn advance(&mut self) -> Result<bool, ImportError> {
        let item = self.items.next_item();
        self.report.bytes = self.items.position();
        let Some(item) = item? else {
            self.check_end()?;
            return Ok(false);
        };
        self.report.items += 1;
        let outcome = self.read_item(item)?;
        self.settle(outcome);
        Ok(true)
    }

    fn read_item(&mut self, item: RawItem) -> Result<Outcome, ImportError> {
        let label = self.items.label();
        let RawItem::Bytes(bytes) = item else {
            return Ok(Outcome::skipped(&label, SkipReason::Oversize));
        };
        let read = match self.format_of(&bytes)? {
            Some(Format::OpenWebui) => openwebui::read,
            Some(Format::Sharegpt) => sharegpt::read,
            Some(Format::Messages) => jsonl::read,
            None => return Ok(Outcome::skipped(&label, SkipReason::Shape)),
        };
        Ok(read(&bytes, &label, &self.options))
    }

    /// The format of the import, told from this item if none before it did.
    fn format_of(&mut self, bytes: &[u8]) -> Result<Option<Format>, ImportError> {
        if self.report.format.is_none() {
            self.report.format = Format::of_item(bytes);
        }
        if self.report.format.is_none() && self.report.items >= MAX_ITEMS_PROBED {
            return Err(ImportError::UnknownFormat);
        }
        Ok(self.report.format)
    }

    fn check_end(&self) -> Result<(), ImportError> {
        match (self.report.items, self.report.format) {
            (0, _) if !self.items.is_list() => Err(ImportError::Empty),
            (1.., None) => Err(ImportError::UnknownFormat),
            _ => Ok(()),
        }
    }

    fn settle(&mut self, outcome: Outcome) {
        let any = outcome.candidates.iter().any(Result::is_ok);
        for left_out in outcome.left_out.into_iter().filter(|_| any) {
            *self.report.left_out.entry(left_out).or_default() += 1;
        }
        for candidate in outcome.candidates {
            self.settle_one(candidate);
        }
    }

    fn settle_one(&mut self, candidate: Result<Draft, Skip>) {
        let draft = match candidate {
            Ok(draft) => draft,
            Err(skip) => return self.report.count_skip(skip),
        };
        let hash = draft.content_hash();
        if self.known.contains(&hash) {
            return self.report.count_known();
        }
        if !self.seen.insert(hash) {
            return self.report.count_duplicate();
        }
        self.report.count_taken(draft.kind);
        self.report.languages_guessed += u64::from(draft.lang_source == LangSource::Guess);
        self.ready.push_back(draft);
    }
}

impl<R: Read> Iterator for Import<R> {
    type Item = Result<Draft, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(draft) = self.ready.pop_front() {
                return Some(Ok(draft));
            }
            if self.ended {
                return None;
            }
            match self.advance() {
                Ok(more) => self.ended = !more,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Reads a whole export from memory.
///
/// # Errors
/// The first [`ImportError`], with which the drafts before it are lost; an [`Import`] keeps them.
pub fn import_all(bytes: &[u8], options: Options) -> Result<(Vec<Draft>, ImportReport), ImportError> {
    let mut import = Import::new(bytes, options)?;
    let drafts = import.by_ref().collect::<Result<_, _>>()?;
    Ok((drafts, import.into_report()))
}

#[cfg(test)]
mod tests;
