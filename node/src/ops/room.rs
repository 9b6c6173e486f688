//! The waiting room as this node keeps it: items, the submissions that list them, and what was accepted before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use commonwheel_api::ApiError;
use commonwheel_intake::waiting::{Filter, ItemId, Limits, Stage, WaitingRoom};
use commonwheel_record::{Hash, hex};

use super::internal;
use super::item::{Kept, Payload};

/// Bytes of an item's id in the file of accepted items.
const ID: u64 = 32;

/// What waits for a reviewer, and what was taken in before.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) waiting: WaitingRoom,
    /// Items that were accepted once, so that a second import of an export takes nothing twice.
    pub(super) accepted: BTreeSet<ItemId>,
    /// How many items of each submission wait still; a rejected one does not.
    listed: BTreeMap<Hash, u64>,
    /// Not every item could be read, so that nobody knows which submissions are needed still.
    damaged: bool,
    dir: PathBuf,
}

impl Room {
    pub(super) fn open(data: &Path) -> Result<Self, ApiError> {
        let (waiting, damage) =
            WaitingRoom::open(&data.join("waiting"), Limits::default()).map_err(|error| internal(&error))?;
        for damaged in &damage {
            tracing::error!(file = %damaged.file.display(), problem = %damaged.problem, "waiting room file is damaged");
        }
        let accepted = read_accepted(&data.join("accepted")).map_err(|error| internal(&error))?;
        let (listed, damaged) = (BTreeMap::new(), !damage.is_empty());
        let mut room = Self { waiting, accepted, listed, damaged, dir: data.to_owned() };
        room.count_listed();
        room.sweep().map_err(|error| internal(&error))?;
        room.check_received()?;
        Ok(room)
    }

    pub(super) fn submissions(&self) -> PathBuf {
        self.dir.join("submissions")
    }

    fn count_listed(&mut self) {
        for id in self.waiting.ids(&Filter::default()) {
            match self.stage_and_payload(&id) {
                Ok((Stage::Rejected, _)) => {}
                Ok((_, payload)) => *self.listed.entry(payload.submission).or_default() += 1,
                Err(error) => {
                    tracing::error!(%id, %error, "an item of the waiting room cannot be read");
                    self.damaged = true;
                }
            }
        }
    }

    /// Removes submissions that no item needs: those of an import or a decision that a crash cut short.
    fn sweep(&self) -> std::io::Result<()> {
        let dir = match std::fs::read_dir(self.submissions()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            dir => dir?,
        };
        for entry in dir {
            let entry = entry?;
            let name = hex::decode(&entry.file_name().to_string_lossy()).map(Hash);
            let needed = self.damaged || name.is_some_and(|name| self.lists(&name));
            if !needed {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Returns an item's payload and its stage.
    pub(super) fn stage_and_payload(&self, id: &ItemId) -> Result<(Stage, Payload), ApiError> {
        let item = self.waiting.get(id).map_err(super::review::refusal)?;
        let payload = Payload::decode(&item.bytes).map_err(|error| internal(&error))?;
        Ok((item.listed.stage, payload))
    }

    pub(super) fn kept(&self, submission: &Hash) -> Result<Kept, ApiError> {
        Kept::load(&self.submissions(), submission).map_err(|error| internal(&error))
    }

    /// Notes that further items of a submission wait.
    pub(super) fn list_more(&mut self, submission: Hash, items: u64) {
        *self.listed.entry(submission).or_default() += items;
    }

    /// Notes that items do not wait any more, one a mention; returns the submissions of which none does, whose files
    /// are removed.
    pub(super) fn unlist(
        &mut self,
        submissions: impl IntoIterator<Item = Hash>,
    ) -> Result<Vec<Hash>, ApiError> {
        let mut done = Vec::new();
        for submission in submissions {
            let left = self.listed.get(&submission).map_or(0, |left| left.saturating_sub(1));
            if left > 0 {
                self.listed.insert(submission, left);
            } else if self.listed.remove(&submission).is_some() && !self.damaged {
                done.push(submission);
            }
        }
        for submission in &done {
            self.remove_submission(submission)?;
        }
        Ok(done)
    }

    /// Removes the file of a submission of which nothing waits.
    pub(super) fn remove_submission(&self, submission: &Hash) -> Result<(), ApiError> {
        match std::fs::remove_file(self.submissions().join(submission.to_string())) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(internal(&error)),
            _ => Ok(()),
        }
    }

    /// Says whether a submission's file is there.
    pub(super) fn keeps(&self, submission: &Hash) -> bool {
        self.submissions().join(submission.to_string()).exists()
    }

    /// Says whether an item of a submission waits.
    pub(super) fn lists(&self, submission: &Hash) -> bool {
        self.listed.contains_key(submission)
    }

    /// Remembers that items are appended, then removes them; returns the submissions that none waits of any more.
    pub(super) fn forget(&mut self, items: &[(ItemId, Hash)]) -> Result<Vec<Hash>, ApiError> {
        let ids: Vec<ItemId> = items.iter().map(|(id, _)| *id).collect();
        self.remember(&ids).map_err(|error| internal(&error))?;
        self.waiting.remove(&ids).map_err(super::review::refusal)?;
        self.unlist(items.iter().map(|(_, submission)| *submission))
    }

    fn remember(&mut self, ids: &[ItemId]) -> std::io::Result<()> {
        let path = self.dir.join("accepted");
        let new = !path.exists();
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
        file.write_all(&bytes)?;
        file.sync_data()?;
        if new {
            File::open(&self.dir)?.sync_all()?;
        }
        self.accepted.extend(ids);
        Ok(())
    }
}

/// Reads the ids that were appended whole. What a crash left of a last one is cut off, so that the next one is not
/// appended to it; its item is found again in the feed.
fn read_accepted(path: &Path) -> std::io::Result<BTreeSet<ItemId>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        bytes => bytes?,
    };
    let torn = bytes.len() as u64 % ID;
    if torn > 0 {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(bytes.len() as u64 - torn)?;
        file.sync_all()?;
    }
    let (ids, _) = bytes.as_chunks::<32>();
    Ok(ids.iter().map(|id| ItemId(*id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_id_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accepted");
        assert!(read_accepted(&path).unwrap().is_empty());
        std::fs::write(&path, [[1; 32], [2; 32], [3; 32]].concat()).unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(70).unwrap();
        let mut room = Room::open(dir.path()).unwrap();
        assert_eq!(room.accepted, [ItemId([1; 32]), ItemId([2; 32])].into());
        room.remember(&[ItemId([4; 32])]).unwrap();
        drop(room);
        let room = Room::open(dir.path()).unwrap();
        assert_eq!(room.accepted, [1, 2, 4].map(|n| ItemId([n; 32])).into());
    }

    #[test]
    fn a_submission_that_nothing_waits_of_is_swept_away() {
        let dir = tempfile::tempdir().unwrap();
        let submissions = dir.path().join("submissions");
        std::fs::create_dir(&submissions).unwrap();
        std::fs::write(submissions.join(Hash([7; 32]).to_string()), b"").unwrap();
        drop(Room::open(dir.path()).unwrap());
        assert_eq!(std::fs::read_dir(&submissions).unwrap().count(), 0);
    }
}
