//! Stages files: how far the items of a batch have come, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::Problem;
use super::frame::{self, Magic};
use super::item::ItemId;
use super::segment::Entry;
use super::stage::Stage;

#[derive(Serialize, Deserialize)]
struct Row {
    id: String,
    stage: Stage,
    reason: Option<Box<str>>,
}

/// A file of the stages of these items; none if all are received, which needs no file.
pub(super) fn encode<'a>(number: u64, entries: impl Iterator<Item = &'a Entry>) -> Option<Vec<u8>> {
    let rows: Vec<Row> = entries
        .filter(|entry| entry.stage != Stage::Received)
        .map(|entry| Row { id: entry.id.to_string(), stage: entry.stage, reason: entry.reason.clone() })
        .collect();
    let count = u32::try_from(rows.len()).expect("a file holds a few thousand items");
    let json = serde_json::to_vec(&rows).expect("rows of strings are JSON");
    let mut body = Vec::new();
    frame::push_blob(&mut body, &number.to_le_bytes(), &json);
    (count > 0).then(|| frame::file(Magic::Stages, number, count, &body))
}

/// Reads a file and gives the items their stages. One that is not there any more was removed.
pub(super) fn apply(number: u64, file: &[u8], entries: &mut [Entry]) -> Result<(), Problem> {
    let (count, mut body) = frame::open(Magic::Stages, number, file)?;
    let json = frame::take_blob(&mut body)?.check(&number.to_le_bytes())?;
    let rows: Vec<Row> = serde_json::from_slice(json).map_err(|_| Problem::Content)?;
    if !body.is_empty() || rows.len() != count as usize {
        return Err(Problem::Length);
    }
    let mut by_id = BTreeMap::new();
    for row in rows {
        by_id.insert(ItemId::parse(&row.id).ok_or(Problem::Content)?, (row.stage, row.reason));
    }
    for entry in entries {
        (entry.stage, entry.reason) = by_id.remove(&entry.id).unwrap_or_default();
    }
    Ok(())
}
