//! Making writes durable, and telling the index what is.

use commonwheel_ledger::store::StoreError;

use crate::layout::BUNDLE;
use crate::store::FileStore;

/// Leaves of a feed after which the index is told how many are committed: beyond them a crash costs reading them through.
const MARK_EVERY: u64 = 64 * BUNDLE;

impl FileStore {
    /// Writes out what waits in memory and makes everything durable.
    pub(crate) fn commit_files(&mut self) -> Result<(), StoreError> {
        for id in &self.changed {
            let Some(feed) = self.feeds.get_mut(id) else { continue };
            feed.stage_rewrites(&mut self.disk)?;
            if let Some(head) = feed.head.filter(|_| feed.head_changed) {
                let note = head.to_note(&feed.manifest);
                self.disk.files.stage(&feed.dir.checkpoint(), note.as_bytes())?;
                feed.head_changed = false;
            }
        }
        self.state.write(&mut self.disk.files)?;
        self.disk.files.sync()
    }

    /// Tells the index what was committed; what it does not take now it is told another time.
    pub(crate) fn tell_index(&mut self) -> Result<(), StoreError> {
        let changed = std::mem::take(&mut self.changed);
        if self.disk.index.is_gone() {
            return Ok(());
        }
        for id in changed {
            let Some(feed) = self.feeds.get_mut(&id) else { continue };
            // A growing bundle changes with each commit, and reading it through is quick.
            let settled = feed.size() / BUNDLE;
            if feed.stale.first().is_none_or(|bundle| *bundle >= settled)
                && feed.size() - feed.marked < MARK_EVERY
            {
                continue;
            }
            let changes = feed.index_changes(&self.disk, settled)?;
            if self.disk.index.apply(changes) {
                feed.told(settled);
            } else {
                self.changed.insert(id);
            }
        }
        Ok(())
    }

    /// Tells the index all that it does not know.
    fn tell_index_all(&mut self) -> Result<(), StoreError> {
        for feed in self.feeds.values_mut().filter(|_| !self.disk.index.is_gone()) {
            if !feed.stale.is_empty() || feed.marked != feed.size() {
                let changes = feed.index_changes(&self.disk, u64::MAX)?;
                self.disk.index.apply_all(changes);
                feed.told(u64::MAX);
            }
        }
        Ok(())
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        // What is not committed is not to become so by accident; the index must only know what is durable.
        let durable = self.failed.is_none() && self.disk.files.is_clean();
        if let Some(error) = durable.then(|| self.tell_index_all().err()).flatten() {
            tracing::warn!(%error, "index not brought up to date");
        }
        self.disk.index.close();
    }
}
