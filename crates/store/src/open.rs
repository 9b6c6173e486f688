//! Opening a data directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use commonwheel_ledger::store::StoreError;
use commonwheel_record::FeedId;

use crate::error::{OpenError, io};
use crate::feed::{Disk, Feed};
use crate::index::{Contents, Index, Marks, Opened};
use crate::layout::{BUNDLE, FeedDir, Series};
use crate::lock;
use crate::recover::{Recovered, Repairs, recover};
use crate::state::State;
use crate::store::{FileStore, Options};
use crate::table::{key, mark_key, mark_value};
use crate::verify::Progress;

/// What was found on opening that an operator may want to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Feeds in which something was put right.
    pub repaired: Vec<(FeedId, Repairs)>,
    /// Others' feeds that were damaged beyond repair and moved to `feeds.bad/`, with what was damaged; to be fetched
    /// again.
    pub set_aside: Vec<(FeedId, &'static str)>,
    /// Commits of small state that were damaged and are lost; the old file is `state/journal.bad`.
    pub state_lost: usize,
    /// Why the index was moved to `index.bad-<n>` and built again, if it was.
    pub index_abandoned: Option<String>,
}

impl FileStore {
    /// Opens a data directory, making it if it is not there, and puts right what a crash left.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(data: &Path, options: &Options) -> Result<(Self, OpenReport), OpenError> {
        Self::open_locked(lock::data_dir(data)?, data, options, &mut |_| {})
    }

    pub(crate) fn open_locked(
        lock: File,
        data: &Path,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, OpenReport), OpenError> {
        let Opened { index, contents, abandoned } = Index::open(data, options.index_wait);
        let mut disk = Disk::new(index);
        let (state, state_lost) = State::open(data, &mut disk.files)?;
        let mut report = OpenReport { state_lost, index_abandoned: abandoned, ..OpenReport::default() };
        let mut feeds = BTreeMap::new();
        for id in feed_ids(data)? {
            let marks = contents.get(&id).cloned().unwrap_or_default();
            let dir = FeedDir::new(data, &id);
            match recover(&mut disk, dir.clone(), id, &options.network, &marks, progress)? {
                Recovered::Feed(mut feed, repairs) => {
                    forget_lost(&disk, &mut feed, &marks);
                    if !repairs.is_empty() {
                        report.repaired.push((id, repairs));
                    }
                    feeds.insert(id, *feed);
                }
                Recovered::Unborn => {
                    disk.files.forget_below(dir.path());
                    fs::remove_dir_all(dir.path()).map_err(io("remove", dir.path()))?;
                    disk.files.mark_parent(dir.path());
                }
                Recovered::Damaged(what) if options.own.contains(&id) => {
                    return Err(OpenError::OwnFeed { feed: id, what });
                }
                Recovered::Damaged(what) => {
                    set_aside(&mut disk, data, &id)?;
                    report.set_aside.push((id, what));
                }
            }
        }
        forget_absent(&disk, &contents, &feeds);
        disk.files.sync()?;
        let (data, network) = (data.to_path_buf(), options.network);
        let (changed, rewriting) = (BTreeSet::new(), None);
        Ok((
            Self { data, network, disk, feeds, state, changed, rewriting, failed: None, _lock: lock },
            report,
        ))
    }
}

/// Lists the feeds that have a directory.
pub(crate) fn feed_ids(data: &Path) -> Result<Vec<FeedId>, StoreError> {
    let dir = data.join("feeds");
    let entries = match fs::read_dir(&dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io("list", &dir))?,
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry.map_err(io("list", &dir))?.file_name().to_string_lossy().into_owned();
        // The one spelling; anything else is a stranger, which `verify` names.
        ids.extend(name.parse().ok().filter(|id: &FeedId| id.to_string() == name));
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Makes the index forget what it knows beyond the leaves that are there: an index of a later time.
fn forget_lost(disk: &Disk, feed: &mut Feed, marks: &Marks) {
    let bundles = feed.size().div_ceil(BUNDLE);
    feed.stale.extend(marks.bundles.range(bundles..).map(|(bundle, _)| *bundle));
    feed.marked = marks.committed;
    if feed.marked > feed.size() {
        feed.marked = feed.size();
        let key = mark_key(&feed.id);
        let mark = mark_value(&key, feed.marked);
        disk.index.apply_all(vec![(key, Some(mark))]);
    }
}

/// Makes the index forget feeds that are gone.
fn forget_absent(disk: &Disk, contents: &Contents, feeds: &BTreeMap<FeedId, Feed>) {
    for (id, marks) in contents.iter().filter(|(id, _)| !feeds.contains_key(*id)) {
        let bundles = marks.bundles.keys().copied().chain([u64::MAX]);
        disk.index.apply_all(bundles.map(|bundle| (key(id, bundle), None)).collect());
    }
}

/// Moves a feed's directory out of the way. Its headers and bodies are removed: an erasure would not find them there.
pub(crate) fn set_aside(disk: &mut Disk, data: &Path, id: &FeedId) -> Result<(), StoreError> {
    let dir = FeedDir::new(data, id);
    disk.files.forget_below(dir.path());
    disk.forget(id);
    for erasable in [dir.series(Series::Entries), dir.series(Series::Bodies)] {
        if erasable.exists() {
            fs::remove_dir_all(&erasable).map_err(io("remove", &erasable))?;
        }
    }
    let bad = data.join("feeds.bad");
    disk.files.make_dir(&bad)?;
    let free: Option<PathBuf> = (1..).map(|n: u32| bad.join(format!("{id}-{n}"))).find(|path| !path.exists());
    let to = free.unwrap_or_else(|| bad.join(id.to_string()));
    fs::rename(dir.path(), &to).map_err(io("rename", dir.path()))?;
    disk.files.mark_parent(&to);
    disk.files.mark_parent(dir.path());
    Ok(())
}
