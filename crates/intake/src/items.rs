//! Cuts an import into items, one at a time, so that a bad or huge item costs only itself.

use std::io::Read;

use crate::error::ImportError;
use crate::framing::Framing;
use crate::limits::{MAX_IMPORT_BYTES, MAX_IMPORT_ITEMS, MAX_RAW_ITEM_BYTES};
use crate::nesting::Nesting;
use crate::source::Source;

/// One item's bytes, not yet parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RawItem {
    /// The bytes.
    Bytes(Vec<u8>),
    /// Longer than [`Bounds::item_bytes`]; stepped over.
    Oversize,
}

/// The limits of one import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) bytes: u64,
    pub(crate) items: u64,
    pub(crate) item_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes: MAX_IMPORT_BYTES, items: MAX_IMPORT_ITEMS, item_bytes: MAX_RAW_ITEM_BYTES }
    }
}

/// Where in the input the next item is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Within,
    End,
}

/// The items of an input, in order.
#[derive(Debug)]
pub(crate) struct Items<R> {
    source: Source<R>,
    framing: Framing,
    bounds: Bounds,
    place: Place,
    count: u64,
    line: u64,
}

impl<R: Read> Items<R> {
    pub(crate) fn open(reader: R, bounds: Bounds) -> Result<Self, ImportError> {
        let source = Source::open(reader, bounds.bytes)?;
        let framing = Framing::of(source.prefix());
        Ok(Self { source, framing, bounds, place: Place::Start, count: 0, line: 0 })
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> u64 {
        self.source.position()
    }

    /// Whether the input is a list, which may be empty without being nothing.
    pub(crate) fn is_list(&self) -> bool {
        self.framing == Framing::Array
    }

    /// What to call the item last handed out if it has no name of its own.
    pub(crate) fn label(&self) -> String {
        match self.framing {
            Framing::Lines => format!("line {}", self.line),
            Framing::Array | Framing::Document => format!("item {}", self.count),
        }
    }

    /// The next item; `None` at the end.
    pub(crate) fn next_item(&mut self) -> Result<Option<RawItem>, ImportError> {
        let item = match self.framing {
            Framing::Lines => self.next_line()?,
            Framing::Array => self.next_element()?,
            Framing::Document => self.next_value()?,
        };
        if item.is_some() {
            self.count += 1;
            if self.count > self.bounds.items {
                return Err(ImportError::TooManyItems { limit: self.bounds.items });
            }
        }
        Ok(item)
    }

    fn next_line(&mut self) -> Result<Option<RawItem>, ImportError> {
        loop {
            let mut line = Collector::new(self.bounds.item_bytes);
            let stop = self.source.take_while(|byte| byte != b'\n', |run| line.extend(run))?;
            self.line += 1;
            if stop.is_some() {
                self.source.consume(1);
            }
            if !line.is_blank() {
                return Ok(Some(line.finish()));
            }
            if stop.is_none() {
                return Ok(None);
            }
        }
    }

    fn next_element(&mut self) -> Result<Option<RawItem>, ImportError> {
        if self.place == Place::Start {
            self.skip_blanks(b"")?;
            self.source.consume(1);
            self.place = Place::Within;
        }
        if self.place == Place::End {
            return Ok(None);
        }
        match self.skip_blanks(b",")? {
            None => Err(self.cut_off()),
            Some(b']') => self.end_list(),
            Some(_) => self.element().map(Some),
        }
    }

    fn element(&mut self) -> Result<RawItem, ImportError> {
        let mut nesting = Nesting::default();
        let within = |byte: u8| {
            if nesting.is_closed() && matches!(byte, b',' | b']') {
                return false;
            }
            nesting.push(byte);
            true
        };
        let mut element = Collector::new(self.bounds.item_bytes);
        match self.source.take_while(within, |run| element.extend(run))? {
            Some(_) => Ok(element.finish()),
            None => Err(self.cut_off()),
        }
    }

    fn end_list(&mut self) -> Result<Option<RawItem>, ImportError> {
        self.source.consume(1);
        self.place = Place::End;
        match self.skip_blanks(b"")? {
            None => Ok(None),
            Some(_) => Err(ImportError::TrailingData { at: self.position() }),
        }
    }

    fn next_value(&mut self) -> Result<Option<RawItem>, ImportError> {
        if self.skip_blanks(b",")?.is_none() {
            return Ok(None);
        }
        let mut nesting = Nesting::default();
        let mut value = Collector::new(self.bounds.item_bytes);
        let mut begun = false;
        let within = |byte: u8| {
            let more = !begun || !nesting.is_closed();
            begun = true;
            nesting.push(byte);
            more
        };
        // An object that is never closed is handed on as it is, and skipped as malformed.
        self.source.take_while(within, |run| value.extend(run))?;
        Ok(Some(value.finish()))
    }

    fn skip_blanks(&mut self, besides: &[u8]) -> Result<Option<u8>, ImportError> {
        self.source.take_while(|byte| byte.is_ascii_whitespace() || besides.contains(&byte), |_| {})
    }

    fn cut_off(&self) -> ImportError {
        ImportError::CutOff { at: self.position() }
    }
}

/// Collects an item up to a limit; beyond it, nothing is kept.
struct Collector {
    bytes: Vec<u8>,
    limit: usize,
    oversize: bool,
}

impl Collector {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, oversize: false }
    }

    fn extend(&mut self, run: &[u8]) {
        if self.oversize || self.bytes.len() + run.len() > self.limit {
            self.oversize = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(run);
        }
    }

    fn is_blank(&self) -> bool {
        !self.oversize && self.bytes.trim_ascii().is_empty()
    }

    fn finish(self) -> RawItem {
        if self.oversize { RawItem::Oversize } else { RawItem::Bytes(self.bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Bounds = Bounds { bytes: 1 << 20, items: 100, item_bytes: 64 };

    fn items(text: &str) -> (Vec<String>, Option<ImportError>) {
        let mut items = Items::open(text.as_bytes(), SMALL).unwrap();
        let mut found = Vec::new();
        loop {
            match items.next_item() {
                Ok(None) => return (found, None),
                Ok(Some(RawItem::Oversize)) => found.push("oversize".to_owned()),
                Ok(Some(RawItem::Bytes(bytes))) => {
                    found.push(String::from_utf8(bytes).unwrap().trim().to_owned());
                }
                Err(error) => return (found, Some(error)),
            }
        }
    }

    #[test]
    fn elements_of_a_list_are_cut_apart() {
        let (found, error) = items(r#" [ {"a": "],["} , [1, [2]], 3,"x", null ] "#);
        assert_eq!(found, [r#"{"a": "],["}"#, "[1, [2]]", "3", "\"x\"", "null"]);
        assert!(error.is_none());
        assert_eq!(items("[]").0.len(), 0);
    }

    #[test]
    fn a_list_that_ends_early_or_goes_on_is_an_error() {
        for text in ["[", "[1, ", "[{\"a\": 1", "[\"abc"] {
            assert!(matches!(items(text).1, Some(ImportError::CutOff { .. })), "{text:?}");
        }
        let (found, error) = items("[1] x");
        assert_eq!(found, ["1"]);
        assert!(matches!(error, Some(ImportError::TrailingData { at: 4 })));
    }

    #[test]
    fn blank_lines_are_no_items_and_lines_keep_their_number() {
        let mut items = Items::open(&b"{}\r\n\r\n  \n{}"[..], SMALL).unwrap();
        items.next_item().unwrap().unwrap();
        assert_eq!(items.label(), "line 1");
        items.next_item().unwrap().unwrap();
        assert_eq!(items.label(), "line 4");
        assert_eq!(items.next_item().unwrap(), None);
        assert_eq!(items.next_item().unwrap(), None);
    }

    #[test]
    fn documents_follow_each_other() {
        let (found, error) = items("{\n\"a\": 1\n}\n{\n\"b\": {}\n}\n{\n\"c\":");
        assert_eq!(found, ["{\n\"a\": 1\n}", "{\n\"b\": {}\n}", "{\n\"c\":"]);
        assert!(error.is_none());
    }

    #[test]
    fn a_huge_item_costs_only_itself() {
        let huge = "x".repeat(100_000);
        assert_eq!(items(&format!("[1, \"{huge}\", 2]")).0, ["1", "oversize", "2"]);
        assert_eq!(items(&format!("1\n\"{huge}\"\n2")).0, ["1", "oversize", "2"]);
    }

    #[test]
    fn the_number_of_items_is_bounded() {
        let (found, error) = items(&"1\n".repeat(101));
        assert_eq!(found.len(), 100);
        assert!(matches!(error, Some(ImportError::TooManyItems { limit: 100 })));
    }
}
