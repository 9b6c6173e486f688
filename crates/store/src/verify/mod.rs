//! Checking everything again from raw bytes.
//!
//! Nothing is taken from the index or from what an open store has in memory: manifests and checkpoints are read and
//! their hash and signature checked, the tree is built again from the leaf hashes and compared with the tiles of every
//! level and with the head's root, each header is hashed and decoded, each body checked against its header's
//! commitment and its submission. Nothing is changed.

mod bodies;
mod feed;
mod report;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use commonwheel_ledger::store::{Store as _, StoreError};
use commonwheel_record::NetworkId;

pub use report::{MAX_PROBLEMS, Problem, Progress, Report};

use crate::error::{OpenError, io};
use crate::files::Files;
use crate::open::feed_ids;
use crate::state::{self, State};
use crate::store::FileStore;
use crate::{layout, lock};
use bodies::Consents;
use report::advice;

/// Verifies a data directory that no node has open.
///
/// # Errors
/// [`OpenError::InUse`] if one has; [`OpenError::Store`] if the disk failed. What does not verify is in the report.
pub fn verify(
    data: &Path,
    network: &NetworkId,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, OpenError> {
    let _lock = lock::data_dir(data)?;
    Ok(verify_locked(data, network, progress)?)
}

impl FileStore {
    /// Commits, then verifies everything from raw bytes.
    ///
    /// # Errors
    /// [`StoreError`] if the disk failed. What does not verify is in the report.
    pub fn verify(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<Report, StoreError> {
        self.commit()?;
        verify_locked(self.data(), &self.network, progress)
    }
}

fn verify_locked(
    data: &Path,
    network: &NetworkId,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    let files = Files::new();
    let mut report = Report::default();
    let mut consents = Consents::new(data, &files, network);
    for id in feed_ids(data)? {
        report.feeds += 1;
        feed::verify(data, &files, network, id, &mut consents, &mut report, progress)?;
    }
    let known = |name: &str| name.parse().is_ok_and(|id: commonwheel_record::FeedId| id.to_string() == name);
    strangers(&data.join("feeds"), known, &mut report)?;
    journal(data, &files, &mut report)?;
    Ok(report)
}

fn journal(data: &Path, files: &Files, report: &mut Report) -> Result<(), StoreError> {
    let path = State::path(data);
    let bytes = files.read(&path)?;
    let replay = state::replay(&bytes);
    if replay.corrupt > 0 {
        report.problem(&path, format!("{} damaged stretches", replay.corrupt), advice::STATE);
    } else if replay.end < bytes.len() {
        report.unfinished(&path);
    }
    let known = |name: &str| matches!(name, "journal" | "journal.bad");
    strangers(&data.join("state"), known, report)
}

/// Reports what a directory holds that the store did not put there.
fn strangers(dir: &Path, known: impl Fn(&str) -> bool, report: &mut Report) -> Result<(), StoreError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io("list", dir))?,
    };
    for entry in entries {
        let entry = entry.map_err(io("list", dir))?;
        if !known(&entry.file_name().to_string_lossy()) {
            stranger(&entry.path(), report);
        }
    }
    Ok(())
}

fn stranger(path: &Path, report: &mut Report) {
    if path.to_string_lossy().ends_with(layout::NEW) {
        report.unfinished(path);
    } else {
        report.problem(path, "unexpected file", advice::STRANGER);
    }
}
