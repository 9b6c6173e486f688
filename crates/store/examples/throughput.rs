//! Appends records of 300-byte headers and 600-byte bodies (salt included) and prints how many a second are durable.
//!
//! `cargo run --release -p commonwheel-store --example throughput -- [records] [records per commit] [directory]`

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a figure for people")]

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use commonwheel_ledger::store::{Position, Store};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::{CollectiveId, FeedId, Hash, Manifest, NetworkId, RecordId, SecretKey};
use commonwheel_store::{FileStore, Options};

const HEADER: usize = 300;
const BODY: usize = 600 - 32;

fn main() {
    let mut args = std::env::args().skip(1);
    let mut number = |default| args.next().map_or(default, |text| text.parse().unwrap());
    let (records, per_commit): (u64, u64) = (number(1_000_000), number(1_000));
    let kept = tempfile::tempdir().unwrap();
    let data = args.next().map_or_else(|| kept.path().to_path_buf(), PathBuf::from);
    let network = NetworkId::named("throughput");
    let manifest = Manifest {
        version: 1,
        collective: CollectiveId([1; 32]),
        purpose: Purpose::Data,
        audience: FeedAudience::Public,
        writer: SecretKey::from_seed(&[1; 32]).public(),
        network,
        prologue: None,
    };
    let feed = manifest.id();
    let (mut store, _) = FileStore::open(&data, &Options::new(network)).unwrap();
    store.create(&manifest).unwrap();
    let started = Instant::now();
    let mut times = [Duration::ZERO; 4];
    for start in (0..records).step_by(usize::try_from(per_commit).unwrap()) {
        let end = (start + per_commit).min(records);
        let (headers, hashes, bodies) = timed(&mut times[0], || made(&feed, start, end));
        let positions: Vec<Position<'_>> = headers
            .iter()
            .zip(&hashes)
            .map(|(header, hash)| Position { hash: *hash, header: Some(header) })
            .collect();
        timed(&mut times[1], || store.append(&feed, &positions).unwrap());
        timed(&mut times[2], || store.put_bodies(&feed, &bodies).unwrap());
        timed(&mut times[3], || store.commit().unwrap());
    }
    let spent = started.elapsed().checked_sub(times[0]).unwrap();
    let rate = |count: u64, time: Duration| count as f64 / time.as_secs_f64();
    println!("{records} records, {per_commit} a commit: {:.0} records/s durable", rate(records, spent));
    println!(
        "append {:.2?}, bodies {:.2?}, commit {:.2?} (making the records, not counted: {:.2?})",
        times[1], times[2], times[3], times[0]
    );
    let closing = Instant::now();
    store.close().unwrap();
    println!("close, with the index brought up to date: {:.2?}", closing.elapsed());
    let opening = Instant::now();
    let (store, _) = FileStore::open(&data, &Options::new(network)).unwrap();
    println!("open: {:.2?}", opening.elapsed());
    let reading = Instant::now();
    for start in (0..records).step_by(256) {
        assert!(store.headers(&feed, start, start + 256).unwrap().iter().all(Option::is_some));
        (start..(start + 256).min(records))
            .for_each(|index| assert!(store.body(&feed, index).unwrap().is_some()));
    }
    println!("read back in order: {:.0} records/s", rate(records, reading.elapsed()));
    drop(store);
    let bytes = size_of_files(&data.join("feeds"));
    let ratio = bytes as f64 / (records * (HEADER + BODY + 32) as u64) as f64;
    println!(
        "feed files: {bytes} bytes, {ratio:.3} times headers and bodies; index: {} bytes",
        size_of_files(&data.join("index"))
    );
    println!("peak resident size: {}", peak_memory());
    let raw = raw_write(&data.join("raw"), bytes, bytes / records * per_commit);
    println!("as many bytes written to one file, fsynced as often: {:.0} records/s", rate(records, raw));
}

/// Writes so many bytes in pieces to one file, syncing after each: what the disk would allow.
fn raw_write(path: &std::path::Path, bytes: u64, piece: u64) -> Duration {
    let piece = vec![7; usize::try_from(piece).unwrap()];
    let mut file = std::fs::File::create(path).unwrap();
    let started = Instant::now();
    for _ in 0..bytes.div_ceil(piece.len() as u64) {
        file.write_all(&piece).unwrap();
        file.sync_data().unwrap();
    }
    started.elapsed()
}

fn timed<T>(time: &mut Duration, task: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = task();
    *time += started.elapsed();
    result
}

type Made = (Vec<Vec<u8>>, Vec<Hash>, Vec<(u64, SealedBody)>);

fn made(feed: &FeedId, start: u64, end: u64) -> Made {
    let fill =
        |index: u64, len: usize| -> Vec<u8> { index.to_be_bytes().into_iter().cycle().take(len).collect() };
    let headers: Vec<Vec<u8>> = (start..end).map(|index| fill(index, HEADER)).collect();
    let hashes = headers.iter().map(|header| leaf_hash(header)).collect();
    let bodies = (start..end).map(|index| {
        let submission = Some(RecordId { feed: *feed, index: index / 256 * 256 });
        (index, SealedBody { salt: [index as u8; 32], submission, bytes: fill(!index, BODY) })
    });
    (headers, hashes, bodies.collect())
}

fn size_of_files(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            if entry.path().is_dir() { size_of_files(&entry.path()) } else { entry.metadata().unwrap().len() }
        })
        .sum()
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
