//! The thread that alone calls sled.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::{Change, Contents, Mark, PAUSE, Request};
use crate::error::OpenError;
use crate::lock;
use crate::table::{self, Table};

/// Requests that may wait for the thread; beyond them writes are kept back by the store and reads go to the files.
const REQUESTS: usize = 64;
/// sled's page cache, in bytes. Its resident size is some ten times that at worst.
const CACHE_BYTES: u64 = 32 << 20;
/// How long sled may take to let go of its lock.
const UNLOCK_WAIT: Duration = Duration::from_secs(5);

/// Starts a thread that opens sled and serves requests, and waits until it has read what is there.
pub(super) fn start(dir: PathBuf, wait: Duration) -> Result<(SyncSender<Request>, Contents), String> {
    let (requests, queue) = sync_channel(REQUESTS);
    let (report, opened) = sync_channel(1);
    let thread = std::thread::Builder::new().name("index".to_owned());
    thread.spawn(move || serve(&dir, &queue, &report)).map_err(|error| error.to_string())?;
    match opened.recv_timeout(wait) {
        Ok(contents) => Ok((requests, contents?)),
        // The channel closes without a word when the thread panics.
        Err(error) => Err(format!("opening it: {error}")),
    }
}

fn serve(dir: &Path, queue: &Receiver<Request>, report: &SyncSender<Result<Contents, String>>) {
    let opened = open(dir).and_then(|db| {
        let contents = read(&db)?;
        Ok((db, contents))
    });
    let (db, contents) = match opened {
        Ok((db, contents)) => (db, Ok(contents)),
        Err(why) => return drop(report.send(Err(why))),
    };
    // Whoever waited may have given up.
    if report.send(contents).is_err() {
        return;
    }
    while let Ok(request) = queue.recv() {
        let answered = match request {
            Request::Get(key, reply) => db.get(key).map(|value| drop(reply.send(value.map(|v| v.to_vec())))),
            Request::Apply(changes) => db.apply_batch(batch(changes)),
            Request::Close(reply) => {
                let flushed = db.flush().map(drop);
                drop(db);
                // The store may not wait any longer.
                let _ = reply.send(());
                return report_error(flushed);
            }
        };
        if answered.is_err() {
            return report_error(answered);
        }
    }
}

fn report_error(result: Result<(), sled::Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "index");
    }
}

fn batch(changes: Vec<Change>) -> sled::Batch {
    let mut batch = sled::Batch::default();
    for (key, value) in changes {
        match value {
            Some(value) => batch.insert(key, value),
            None => batch.remove(key),
        }
    }
    batch
}

fn open(dir: &Path) -> Result<sled::Db, String> {
    await_unlocked(dir);
    // sled takes a half-written snapshot for the newest one and then refuses to open.
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path()).map_err(|error| error.to_string())?;
        }
    }
    sled::Config::new()
        .path(dir)
        .cache_capacity(CACHE_BYTES)
        .use_compression(false)
        .mode(sled::Mode::LowSpace)
        .open()
        .map_err(|error| error.to_string())
}

/// Waits until nothing holds sled's lock: what was closed a moment ago lets go of it some time later, in a thread of
/// sled's own. No other process has it, since the data directory is locked.
fn await_unlocked(dir: &Path) {
    let Ok(file) = OpenOptions::new().read(true).write(true).open(dir.join("db")) else { return };
    for _ in 0..UNLOCK_WAIT.as_millis() / PAUSE.as_millis() {
        if !matches!(lock::exclusive(&file, dir), Err(OpenError::InUse(_))) {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Reads all of the index; one wrong value and nothing of it is believed.
fn read(db: &sled::Db) -> Result<Contents, String> {
    let mut contents = Contents::new();
    for pair in db.iter() {
        let (key, value) = pair.map_err(|error| error.to_string())?;
        let wrong = || "a value's checksum is wrong".to_owned();
        let (feed, bundle) = table::parse_key(&key).ok_or_else(wrong)?;
        let marks = contents.entry(feed).or_default();
        if bundle == u64::MAX {
            marks.committed = table::parse_mark(&key, &value).ok_or_else(wrong)?;
        } else {
            let table = Table::from_value(&key, &value).ok_or_else(wrong)?;
            let mark = Mark { generation: table.generation, len: table.len, held: table.bits() };
            marks.bundles.insert(bundle, mark);
        }
    }
    Ok(contents)
}
