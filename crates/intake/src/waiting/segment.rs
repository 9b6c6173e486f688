//! Items files: a batch of items, each a summary and its bytes.

use std::ops::Range;

use commonwheel_record::ContributionKind;
use commonwheel_record::terms::{Language, Slug};
use serde::{Deserialize, Serialize};

use super::error::Problem;
use super::frame::{self, BLOB_OVERHEAD_BYTES, HEADER_BYTES, Magic};
use super::item::{ItemId, NewItem, Summary, preview};
use super::stage::Stage;

/// What is kept in memory of an item.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: ItemId,
    pub(super) stage: Stage,
    pub(super) reason: Option<Box<str>>,
    pub(super) received: u64,
    pub(super) kind: ContributionKind,
    pub(super) lang: Language,
    pub(super) domain: Option<Slug>,
    /// Where its summary begins in the file; its bytes follow.
    at: u64,
    summary_len: u32,
    bytes_len: u32,
}

impl Entry {
    /// Bytes of the item itself.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.bytes_len)
    }

    /// Bytes it takes in its file.
    pub(super) fn size(&self) -> u64 {
        u64::from(self.summary_len) + u64::from(self.bytes_len) + 2 * BLOB_OVERHEAD_BYTES as u64
    }

    /// Where its summary is in the file.
    pub(super) fn summary_range(&self) -> (u64, usize) {
        (self.at, self.summary_len as usize + BLOB_OVERHEAD_BYTES)
    }

    /// Where summary and bytes are in the file.
    pub(super) fn whole_range(&self) -> (u64, usize) {
        (self.at, self.size() as usize)
    }

    /// Where it is in the file's bytes.
    pub(super) fn slice(&self) -> Range<usize> {
        let from = self.at as usize;
        from..from + self.size() as usize
    }
}

/// The summary as the file holds it.
#[derive(Serialize, Deserialize)]
struct Meta {
    id: String,
    received: u64,
    kind: String,
    lang: String,
    domain: Option<String>,
    preview: String,
}

/// The bytes an item will take in its file.
pub(super) fn size_of(item: &NewItem) -> u64 {
    (meta_of(item).len() + item.bytes.len() + 2 * BLOB_OVERHEAD_BYTES) as u64
}

/// One item as it stands in a file of this number.
pub(super) fn encode_item(number: u64, item: &NewItem) -> Vec<u8> {
    let meta = meta_of(item);
    let mut out = Vec::with_capacity(meta.len() + item.bytes.len() + 2 * BLOB_OVERHEAD_BYTES);
    frame::push_blob(&mut out, &number.to_le_bytes(), &meta);
    frame::push_blob(&mut out, &item.id.0, &item.bytes);
    out
}

fn meta_of(item: &NewItem) -> Vec<u8> {
    let meta = Meta {
        id: item.id.to_string(),
        received: item.received,
        kind: item.summary.kind.name().to_owned(),
        lang: item.summary.lang.to_string(),
        domain: item.summary.domain.map(|domain| domain.to_string()),
        preview: preview(&item.summary.preview),
    };
    serde_json::to_vec(&meta).expect("a struct of strings and a number is JSON")
}

/// A file of encoded items.
pub(super) fn encode(number: u64, count: usize, items: &[u8]) -> Vec<u8> {
    let count = u32::try_from(count).expect("a file holds a few thousand items");
    frame::file(Magic::Items, number, count, items)
}

/// Reads a file and checks every byte of it.
pub(super) fn decode(number: u64, file: &[u8]) -> Result<Vec<Entry>, Problem> {
    let (count, body) = frame::open(Magic::Items, number, file)?;
    let mut rest = body;
    let mut entries = Vec::new();
    for _ in 0..count {
        let at = (HEADER_BYTES + body.len() - rest.len()) as u64;
        entries.push(take_entry(number, at, &mut rest)?);
    }
    if rest.is_empty() { Ok(entries) } else { Err(Problem::Length) }
}

/// Reads a summary from the bytes at [`Entry::summary_range`].
pub(super) fn decode_summary(number: u64, mut bytes: &[u8]) -> Result<Summary, Problem> {
    let meta = frame::take_blob(&mut bytes)?.check(&number.to_le_bytes())?;
    parse(meta).map(|(_, _, summary)| summary)
}

/// Reads summary and bytes from those at [`Entry::whole_range`].
pub(super) fn decode_item(number: u64, mut bytes: &[u8]) -> Result<(Summary, Vec<u8>), Problem> {
    let meta = frame::take_blob(&mut bytes)?.check(&number.to_le_bytes())?;
    let (id, _, summary) = parse(meta)?;
    let item = frame::take_blob(&mut bytes)?.check(&id.0)?;
    Ok((summary, item.to_vec()))
}

fn take_entry(number: u64, at: u64, rest: &mut &[u8]) -> Result<Entry, Problem> {
    let meta = frame::take_blob(rest)?.check(&number.to_le_bytes())?;
    let (id, received, summary) = parse(meta)?;
    let bytes = frame::take_blob(rest)?.check(&id.0)?;
    Ok(Entry {
        id,
        stage: Stage::Received,
        reason: None,
        received,
        kind: summary.kind,
        lang: summary.lang,
        domain: summary.domain,
        at,
        summary_len: u32::try_from(meta.len()).map_err(|_| Problem::Length)?,
        bytes_len: u32::try_from(bytes.len()).map_err(|_| Problem::Length)?,
    })
}

fn parse(meta: &[u8]) -> Result<(ItemId, u64, Summary), Problem> {
    let meta: Meta = serde_json::from_slice(meta).map_err(|_| Problem::Content)?;
    let domain = meta.domain.map(|domain| Slug::parse(&domain)).transpose();
    let summary = Summary {
        kind: ContributionKind::named(&meta.kind).ok_or(Problem::Content)?,
        lang: Language::parse(&meta.lang).map_err(|_| Problem::Content)?,
        domain: domain.map_err(|_| Problem::Content)?,
        preview: meta.preview,
    };
    Ok((ItemId::parse(&meta.id).ok_or(Problem::Content)?, meta.received, summary))
}
