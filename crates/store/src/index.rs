//! The index: sled, in a thread of its own, never trusted.
//!
//! sled 0.34 does not make durable what it says it does, drops records after one flipped bit, panics on a corrupt page
//! and can hang on opening. So it holds nothing that the files do not: for each body bundle the offsets of its frames
//! (see [`crate::table`]), with the generation and the length of the file they describe, and for each feed how many
//! leaves were committed. Every value carries a checksum; one that describes another file than the one that is there
//! is ignored, and the file is read instead.
//!
//! Only one thread calls sled. If it panics or does not answer in time, the index is gone for as long as the store is
//! open, and nothing else happens.

mod thread;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

use commonwheel_record::FeedId;

use crate::table::Bits;
use thread::start;

/// How long opening may take before the index is given up. sled spins for ever on a missing blob file.
pub(crate) const OPEN_WAIT: Duration = Duration::from_secs(30);
/// How long one look-up may take.
const GET_WAIT: Duration = Duration::from_secs(2);
/// How long closing may take.
const CLOSE_WAIT: Duration = Duration::from_secs(10);
/// Between two looks whether there is room in the queue, or sled's lock is free.
const PAUSE: Duration = Duration::from_millis(5);
/// Damaged indexes that are kept for whoever wants to know why.
const KEEP_BAD: usize = 3;

/// A change of the index: a key with its value, or without one if it is to go.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

enum Request {
    Get(Vec<u8>, Sender<Option<Vec<u8>>>),
    Apply(Vec<Change>),
    Close(Sender<()>),
}

/// What a file was like when the index last described it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) generation: u32,
    pub(crate) len: u32,
    pub(crate) held: Bits,
}

/// What the index says of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Leaves that were committed, at least.
    pub(crate) committed: u64,
    /// Body bundles.
    pub(crate) bundles: BTreeMap<u64, Mark>,
}

/// All that the index says.
pub(crate) type Contents = BTreeMap<FeedId, Marks>;

/// The index as the store sees it.
#[derive(Debug)]
pub(crate) struct Index {
    requests: SyncSender<Request>,
    failed: AtomicBool,
}

/// An index that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) index: Index,
    pub(crate) contents: Contents,
    /// Why the index that was there had to be given up, if it had.
    pub(crate) abandoned: Option<String>,
}

impl Index {
    /// Opens the index of a data directory. One that is damaged is moved aside, and an empty one takes its place.
    pub(crate) fn open(data: &Path, wait: Duration) -> Opened {
        if wait.is_zero() {
            return Opened { index: Self::none(), contents: Contents::new(), abandoned: None };
        }
        let dir = data.join("index");
        let marker = data.join("index.opening");
        // A corrupt length can make sled ask for more memory than there is, which ends the process.
        let first = if marker.exists() {
            Err("opening it ended the process the last time".to_owned())
        } else {
            let marked = fs::write(&marker, b"").map_err(|error| error.to_string());
            marked.and_then(|()| start(dir.clone(), wait))
        };
        let (tried, abandoned) = match first {
            Ok(opened) => (Ok(opened), None),
            Err(why) => {
                tracing::warn!(%why, "index given up; it is built again from the feed files");
                (set_aside(data, &dir).and_then(|()| start(dir, wait)), Some(why))
            }
        };
        if let Err(error) = fs::remove_file(&marker) {
            tracing::warn!(%error, "index.opening stays; the index is built again with the next start");
        }
        match tried {
            Ok((requests, contents)) => {
                Opened { index: Self { requests, failed: AtomicBool::new(false) }, contents, abandoned }
            }
            Err(why) => {
                tracing::warn!(%why, "no index; every answer is read from the feed files");
                Opened { index: Self::none(), contents: Contents::new(), abandoned: Some(why) }
            }
        }
    }

    /// Returns an index that knows nothing and keeps nothing.
    pub(crate) fn none() -> Self {
        Self { requests: sync_channel(0).0, failed: AtomicBool::new(true) }
    }

    /// Says whether the index no longer answers, or there is none.
    pub(crate) fn is_gone(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Returns what the index has under a key, if it answers.
    pub(crate) fn get(&self, key: Vec<u8>) -> Option<Vec<u8>> {
        if self.is_gone() {
            return None;
        }
        let (reply, answer) = channel();
        // A queue that is full is no failure: reading the file is quicker than waiting.
        self.requests.try_send(Request::Get(key, reply)).ok()?;
        let answered = answer.recv_timeout(GET_WAIT);
        if answered.is_err() {
            self.fail();
        }
        answered.ok()?
    }

    /// Hands changes over; returns whether they were taken. They are written some time later.
    pub(crate) fn apply(&self, changes: Vec<Change>) -> bool {
        !self.is_gone() && self.requests.try_send(Request::Apply(changes)).is_ok()
    }

    /// Hands changes over, waiting for room.
    pub(crate) fn apply_all(&self, changes: Vec<Change>) {
        self.send(Request::Apply(changes));
    }

    /// Waits until all that was handed over is written and sled is closed.
    pub(crate) fn close(&self) {
        let (reply, done) = channel();
        self.send(Request::Close(reply));
        if !self.is_gone() && done.recv_timeout(CLOSE_WAIT).is_err() {
            self.fail();
        }
    }

    /// Queues a request, waiting for room, but not for ever.
    fn send(&self, mut request: Request) {
        for _ in 0..CLOSE_WAIT.as_millis() / PAUSE.as_millis() {
            if self.is_gone() {
                return;
            }
            request = match self.requests.try_send(request) {
                Ok(()) => return,
                Err(TrySendError::Full(request)) => request,
                Err(TrySendError::Disconnected(_)) => break,
            };
            std::thread::sleep(PAUSE);
        }
        self.fail();
    }

    fn fail(&self) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            tracing::warn!("the index no longer answers; going on without it");
        }
    }
}

/// Moves a damaged index aside and forgets the oldest of those.
fn set_aside(data: &Path, dir: &Path) -> Result<(), String> {
    let mut bad: Vec<u64> = fs::read_dir(data)
        .map_err(|error| error.to_string())?
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_prefix("index.bad-")?.parse().ok())
        .collect();
    bad.sort_unstable();
    let name = |number: u64| data.join(format!("index.bad-{number}"));
    while bad.len() >= KEEP_BAD {
        fs::remove_dir_all(name(bad.remove(0))).map_err(|error| error.to_string())?;
    }
    match fs::rename(dir, name(bad.last().map_or(1, |last| last + 1))) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        renamed => renamed.map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock;
    use crate::table::{self, Table};

    fn change(bundle: u64) -> Change {
        let key = table::key(&FeedId([1; 32]), bundle);
        let value = Table::empty(3).value(&key);
        (key, Some(value))
    }

    #[test]
    fn keeps_what_it_is_given_across_a_close() {
        let data = tempfile::tempdir().unwrap();
        let opened = Index::open(data.path(), OPEN_WAIT);
        assert!(opened.index.apply(vec![change(1), change(2)]));
        assert_eq!(opened.index.get(change(1).0), change(1).1);
        opened.index.close();
        assert_eq!(opened.index.get(change(1).0), None, "closed");
        let again = Index::open(data.path(), OPEN_WAIT);
        assert_eq!(again.abandoned, None);
        assert_eq!(again.contents[&FeedId([1; 32])].bundles.len(), 2);
    }

    #[test]
    fn a_wrong_value_abandons_the_whole_index() {
        let data = tempfile::tempdir().unwrap();
        let opened = Index::open(data.path(), OPEN_WAIT);
        assert!(opened.index.apply(vec![change(1), (change(2).0, change(1).1)]));
        opened.index.close();
        let again = Index::open(data.path(), OPEN_WAIT);
        assert!(again.abandoned.is_some() && again.contents.is_empty());
        assert!(data.path().join("index.bad-1").is_dir());
    }

    #[test]
    fn one_whose_opening_ended_the_process_is_not_tried_again() {
        let data = tempfile::tempdir().unwrap();
        Index::open(data.path(), OPEN_WAIT).index.close();
        assert!(!data.path().join("index.opening").exists());
        fs::write(data.path().join("index.opening"), b"").unwrap();
        assert!(Index::open(data.path(), OPEN_WAIT).abandoned.is_some());
        assert!(data.path().join("index.bad-1").is_dir() && !data.path().join("index.opening").exists());
    }

    #[test]
    fn one_that_does_not_open_in_time_is_given_up() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("index")).unwrap();
        // The thread waits for the lock as it would for a sled that hangs.
        let held = fs::File::create(data.path().join("index/db")).unwrap();
        lock::exclusive(&held, data.path()).unwrap();
        let opened = Index::open(data.path(), Duration::from_millis(50));
        assert_eq!(opened.abandoned.as_deref(), Some("opening it: timed out waiting on channel"));
        assert!(data.path().join("index.bad-1/db").exists());
    }

    #[test]
    fn one_that_was_closed_a_moment_ago_is_not_given_up() {
        let data = tempfile::tempdir().unwrap();
        let opened = Index::open(data.path(), OPEN_WAIT);
        assert!(opened.index.apply(vec![change(1)]));
        opened.index.close();
        // sled still has it.
        let held = fs::File::open(data.path().join("index/db")).unwrap();
        while lock::exclusive(&held, data.path()).is_err() {
            std::thread::sleep(PAUSE);
        }
        let lets_go = std::thread::spawn(move || {
            std::thread::sleep(10 * PAUSE);
            drop(held);
        });
        let again = Index::open(data.path(), OPEN_WAIT);
        assert_eq!((again.abandoned, again.contents.len()), (None, 1));
        lets_go.join().unwrap();
    }

    #[test]
    fn without_a_wait_there_is_none() {
        let data = tempfile::tempdir().unwrap();
        let opened = Index::open(data.path(), Duration::ZERO);
        assert!(!opened.index.apply(vec![change(1)]) && opened.abandoned.is_none());
        assert!(!data.path().join("index").exists());
    }

    #[test]
    fn a_half_written_snapshot_is_removed() {
        let data = tempfile::tempdir().unwrap();
        let opened = Index::open(data.path(), OPEN_WAIT);
        assert!(opened.index.apply(vec![change(1)]));
        opened.index.close();
        fs::write(data.path().join("index/snap.0000000000000123.generating"), b"torn").unwrap();
        assert_eq!(Index::open(data.path(), OPEN_WAIT).abandoned, None);
    }

    #[test]
    fn only_the_newest_damaged_indexes_are_kept() {
        let data = tempfile::tempdir().unwrap();
        for _ in 0..5 {
            fs::create_dir(data.path().join("index")).unwrap();
            set_aside(data.path(), &data.path().join("index")).unwrap();
        }
        let kept: Vec<bool> = (1..=5).map(|n| data.path().join(format!("index.bad-{n}")).is_dir()).collect();
        assert_eq!(kept, [false, false, true, true, true]);
    }
}
