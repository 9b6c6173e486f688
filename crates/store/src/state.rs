//! Small state: all of it in memory, and a journal of what changed.
//!
//! `state/journal` is a row of frames, one for each commit that changed something:
//! `"CWJ\x01" ‖ payload length (4) ‖ check (4) ‖ checksum (16) ‖ payload`: the starts of the BLAKE3 of the length, and of
//! the payload. A payload is a row of changes: `table (1) ‖ 1 if set, 0 if removed (1) ‖ key length (2) ‖ value length (4)
//! ‖ key ‖ value`. An incomplete last frame was never acknowledged and is cut. When most of the journal is out of date
//! it is replaced by one frame that says all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use commonwheel_ledger::store::{StoreError, Table};

use crate::files::Files;

const MAGIC: [u8; 4] = *b"CWJ\x01";
const CHECK: usize = 4;
const CHECKSUM: usize = 16;
/// Bytes of a frame before its checksum.
const FIXED: usize = 8 + CHECK;
/// Bytes of a frame before its payload.
const HEADER: usize = FIXED + CHECKSUM;
/// Bytes of a change before its key.
const CHANGE: usize = 8;
/// A journal shorter than this is not worth compacting, in bytes.
const COMPACT_FROM: u64 = 1 << 20;
/// How many times longer than its contents a journal may get.
const COMPACT_AT: u64 = 4;

const TABLES: [(u8, Table); 4] =
    [(0, Table::Attestations), (1, Table::Follows), (2, Table::Peers), (3, Table::Node)];

const NEWER: StoreError = StoreError::Refused("state/journal was written by a newer version");
const KEY_TOO_LONG: StoreError = StoreError::Refused("key of small state too long");
const VALUE_TOO_LONG: StoreError = StoreError::Refused("value of small state too long");

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// The tables, and what of them is not on disk yet.
#[derive(Debug)]
pub(crate) struct State {
    path: PathBuf,
    tables: BTreeMap<Table, Rows>,
    /// Changes since the last commit, encoded.
    pending: Vec<u8>,
    /// Bytes of the journal.
    len: u64,
    /// Bytes its contents would take in one frame.
    live: u64,
}

/// A journal as it was found.
#[derive(Debug, Default)]
pub(crate) struct Replay<'a> {
    /// The payloads of its whole frames.
    pub(crate) payloads: Vec<&'a [u8]>,
    /// Where an incomplete last frame starts; the journal's length if there is none.
    pub(crate) end: usize,
    /// How many stretches between frames are no frames.
    pub(crate) corrupt: usize,
}

impl State {
    /// Returns where a data directory's journal is.
    pub(crate) fn path(data: &Path) -> PathBuf {
        data.join("state").join("journal")
    }

    /// Reads the journal, cuts a torn tail, and says how many frames were lost otherwise.
    ///
    /// What is left of a damaged journal is written anew, so that it is found damaged once only; the old file is kept as
    /// `journal.bad`.
    pub(crate) fn open(data: &Path, files: &mut Files) -> Result<(Self, usize), StoreError> {
        let path = Self::path(data);
        let bytes = files.read(&path)?;
        let replay = replay(&bytes);
        let mut state = Self {
            path,
            tables: BTreeMap::new(),
            pending: Vec::new(),
            len: replay.end as u64,
            live: HEADER as u64,
        };
        for payload in &replay.payloads {
            state.apply(payload)?;
        }
        if replay.corrupt > 0 {
            files.stage(&state.path.with_extension("bad"), &bytes)?;
            state.compact(files)?;
        } else if replay.end < bytes.len() {
            files.truncate(&state.path, replay.end as u64)?;
        }
        Ok((state, replay.corrupt))
    }

    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        self.tables.get(&table)?.get(key).map(Vec::as_slice)
    }

    pub(crate) fn rows(&self, table: Table) -> Vec<(&[u8], &[u8])> {
        let rows = self.tables.get(&table).into_iter().flatten();
        rows.map(|(key, value)| (key.as_slice(), value.as_slice())).collect()
    }

    pub(crate) fn set(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        if self.get(table, key) != value {
            push_change(&mut self.pending, table, key, value)?;
            self.put(table, key, value);
        }
        Ok(())
    }

    /// Writes what changed; it is durable with the next sync.
    pub(crate) fn write(&mut self, files: &mut Files) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.len > COMPACT_FROM && self.len > COMPACT_AT * self.live {
            self.pending.clear();
            return self.compact(files);
        }
        let frame = frame(&std::mem::take(&mut self.pending));
        files.write_at(&self.path, self.len, &frame)?;
        self.len += frame.len() as u64;
        Ok(())
    }

    fn compact(&mut self, files: &mut Files) -> Result<(), StoreError> {
        let mut payload = Vec::new();
        for (table, rows) in &self.tables {
            for (key, value) in rows {
                push_change(&mut payload, *table, key, Some(value))?;
            }
        }
        let frame = frame(&payload);
        self.len = frame.len() as u64;
        files.stage(&self.path, &frame)
    }

    fn apply(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        let mut rest = payload;
        while !rest.is_empty() {
            let (table, key, value);
            (table, key, value, rest) = parse_change(rest).ok_or(NEWER)?;
            self.put(table, key, value);
        }
        Ok(())
    }

    fn put(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) {
        let size = |value: &[u8]| (CHANGE + key.len() + value.len()) as u64;
        let rows = self.tables.entry(table).or_default();
        self.live += value.map_or(0, size);
        let old = match value {
            Some(value) => rows.insert(key.to_vec(), value.to_vec()),
            None => rows.remove(key),
        };
        self.live -= old.as_deref().map_or(0, size);
    }
}

/// Finds the frames of a journal. After bytes that are none it goes on with the next one that is whole.
pub(crate) fn replay(bytes: &[u8]) -> Replay<'_> {
    let mut replay = Replay::default();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(payload) = whole_frame(&bytes[at..]) {
            replay.payloads.push(payload);
            at += HEADER + payload.len();
            replay.end = at;
            continue;
        }
        let next = (at + 1..bytes.len()).find(|next| whole_frame(&bytes[*next..]).is_some());
        match next {
            Some(next) => {
                replay.corrupt += 1;
                at = next;
            }
            None => {
                replay.corrupt += usize::from(!is_torn(&bytes[at..]));
                break;
            }
        }
    }
    replay
}

/// Says whether bytes are the beginning of a frame whose end was never written.
fn is_torn(bytes: &[u8]) -> bool {
    match payload_len(bytes) {
        Some(len) => bytes.len() < HEADER + len,
        None => bytes.len() < FIXED && bytes[..bytes.len().min(4)] == MAGIC[..bytes.len().min(4)],
    }
}

fn payload_len(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.strip_prefix(&MAGIC)?;
    let len = rest.split_off(..4)?;
    let sound = rest.get(..CHECK)? == checksum::<CHECK>(len);
    sound.then_some(u32::from_be_bytes(*len.as_array()?) as usize)
}

fn whole_frame(bytes: &[u8]) -> Option<&[u8]> {
    let len = payload_len(bytes)?;
    let payload = bytes.get(HEADER..HEADER + len)?;
    (bytes[FIXED..HEADER] == checksum::<CHECKSUM>(payload)).then_some(payload)
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u32).to_be_bytes();
    [&MAGIC, len.as_slice(), &checksum::<CHECK>(&len), &checksum::<CHECKSUM>(payload), payload].concat()
}

fn checksum<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut check = [0; N];
    check.copy_from_slice(&blake3::hash(bytes).as_bytes()[..N]);
    check
}

fn push_change(
    payload: &mut Vec<u8>,
    table: Table,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    let code = TABLES.iter().find(|(_, known)| *known == table).map_or(u8::MAX, |(code, _)| *code);
    let key_len = u16::try_from(key.len()).map_err(|_| KEY_TOO_LONG)?;
    let value_len = value.unwrap_or_default().len();
    if value_len > 1 << 24 {
        return Err(VALUE_TOO_LONG);
    }
    payload.extend_from_slice(&[code, u8::from(value.is_some())]);
    payload.extend_from_slice(&key_len.to_be_bytes());
    payload.extend_from_slice(&(value_len as u32).to_be_bytes());
    payload.extend_from_slice(key);
    payload.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

type Parsed<'a> = (Table, &'a [u8], Option<&'a [u8]>, &'a [u8]);

fn parse_change(mut rest: &[u8]) -> Option<Parsed<'_>> {
    let &[code, set, a, b, c, d, e, f] = rest.split_off(..CHANGE)?.as_array()?;
    let table = TABLES.iter().find(|(known, _)| *known == code)?.1;
    let key = rest.split_off(..usize::from(u16::from_be_bytes([a, b])))?;
    let value = rest.split_off(..u32::from_be_bytes([c, d, e, f]) as usize)?;
    Some((table, key, (set == 1).then_some(value), rest))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn open(data: &Path) -> (State, usize, Files) {
        let mut files = Files::new();
        let (state, lost) = State::open(data, &mut files).unwrap();
        files.sync().unwrap();
        (state, lost, files)
    }

    fn commit(state: &mut State, files: &mut Files) {
        state.write(files).unwrap();
        files.sync().unwrap();
    }

    /// Five commits, each of two changes.
    fn written(data: &Path) {
        let (mut state, _, mut files) = open(data);
        for i in 0..5_u8 {
            state.set(Table::Peers, &[i], Some(&[i; 9])).unwrap();
            state.set(Table::Node, b"last", Some(&[i])).unwrap();
            commit(&mut state, &mut files);
        }
    }

    #[test]
    fn keeps_what_was_committed_and_removes_what_was_removed() {
        let data = tempfile::tempdir().unwrap();
        written(data.path());
        let (mut state, _, mut files) = open(data.path());
        state.set(Table::Peers, &[3], None).unwrap();
        state.set(Table::Follows, b"never", Some(b"committed")).unwrap();
        state.set(Table::Follows, b"never", None).unwrap();
        commit(&mut state, &mut files);
        state.set(Table::Node, b"lost", Some(b"")).unwrap();
        let (state, lost, _) = open(data.path());
        assert_eq!(state.rows(Table::Peers).len(), 4);
        assert_eq!(state.rows(Table::Node), [(b"last".as_slice(), [4].as_slice())]);
        assert_eq!((state.rows(Table::Follows), lost), (vec![], 0));
    }

    #[test]
    fn a_cut_journal_is_a_prefix_of_the_commits() {
        let data = tempfile::tempdir().unwrap();
        written(data.path());
        let journal = fs::read(State::path(data.path())).unwrap();
        for len in 0..journal.len() {
            fs::write(State::path(data.path()), &journal[..len]).unwrap();
            let (mut state, lost, mut files) = open(data.path());
            let commits = state.rows(Table::Peers).len();
            let last = state.get(Table::Node, b"last").map(|last| usize::from(last[0]) + 1);
            assert_eq!((last.unwrap_or_default(), lost), (commits, 0), "cut to {len}");
            state.set(Table::Node, b"after", Some(b"x")).unwrap();
            commit(&mut state, &mut files);
            assert_eq!(open(data.path()).0.get(Table::Node, b"after"), Some(b"x".as_slice()));
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed_and_costs_one_commit() {
        let data = tempfile::tempdir().unwrap();
        written(data.path());
        let journal = fs::read(State::path(data.path())).unwrap();
        for bit in 0..8 * journal.len() {
            let mut flipped = journal.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(State::path(data.path()), &flipped).unwrap();
            let (state, lost, _) = open(data.path());
            let peers = state.rows(Table::Peers);
            assert_eq!(peers.len(), 4, "bit {bit}");
            assert!(peers.iter().all(|(key, value)| *value == [key[0]; 9]));
            assert_eq!(lost, 1, "bit {bit}");
            assert_eq!(open(data.path()).1, 0, "found damaged once only");
        }
    }

    #[test]
    fn a_journal_of_overwritten_values_is_compacted() {
        let data = tempfile::tempdir().unwrap();
        let (mut state, _, mut files) = open(data.path());
        for i in 0..3000_u32 {
            state.set(Table::Node, b"time", Some(&[i as u8; 1000])).unwrap();
            commit(&mut state, &mut files);
        }
        assert!(fs::metadata(State::path(data.path())).unwrap().len() < 2 << 20);
        assert_eq!(open(data.path()).0.get(Table::Node, b"time"), Some([2999_u32 as u8; 1000].as_slice()));
    }
}
