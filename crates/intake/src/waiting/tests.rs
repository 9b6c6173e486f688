use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use commonwheel_record::ContributionKind;

use super::room::Shape;
use super::*;
use crate::lang;
use crate::terms::slug;

mod crash;
mod damage;

/// Small files, so that a few items span several of them.
const SMALL: Shape = Shape { bytes: 4_096, items: 3 };

fn item(n: u16) -> NewItem {
    let mut id = [7; 32];
    id[..2].copy_from_slice(&n.to_be_bytes());
    let (kind, lang, domain) = match n % 3 {
        0 => (ContributionKind::Chat, "sw", "health"),
        1 => (ContributionKind::Example, "pt-BR", "law"),
        _ => (ContributionKind::PreferencePair, "pt", "law"),
    };
    let summary =
        Summary { kind, lang: lang::tag(lang).unwrap(), domain: slug(domain), preview: format!("item {n}") };
    NewItem { id: ItemId(id), received: 1_700_000_000 + u64::from(n), summary, bytes: bytes_of(n) }
}

fn bytes_of(n: u16) -> Vec<u8> {
    format!("<payload of {n:05}>").repeat(usize::from(n % 4) + 1).into_bytes()
}

fn items(range: std::ops::Range<u16>) -> Vec<NewItem> {
    range.map(item).collect()
}

fn ids(range: std::ops::Range<u16>) -> Vec<ItemId> {
    range.map(|n| item(n).id).collect()
}

fn open(dir: &Path) -> WaitingRoom {
    let (room, damage) = WaitingRoom::open_shaped(dir, Limits::default(), SMALL).unwrap();
    assert_eq!(damage, []);
    room
}

fn room() -> (tempfile::TempDir, WaitingRoom) {
    let dir = tempfile::tempdir().unwrap();
    let room = open(dir.path());
    (dir, room)
}

/// Everything the room says of its items, bytes included.
fn everything(room: &WaitingRoom) -> Vec<Item> {
    room.ids(&Filter::default()).iter().map(|id| room.get(id).unwrap()).collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().unwrap() != "lock");
    files.sort();
    files
}

/// Whether a text stands in any file of the room.
fn on_disk(dir: &Path, needle: &[u8]) -> bool {
    files(dir).iter().any(|file| fs::read(file).unwrap().windows(needle.len()).any(|window| window == needle))
}

#[test]
fn what_is_put_in_comes_out_after_a_restart() {
    let (dir, mut room) = room();
    assert_eq!(room.put(&items(0..8)).unwrap(), PutReport { added: 8, already: 0 });
    room.set_stage(&ids(0..2), Stage::Checked, "").unwrap();
    room.set_stage(&ids(1..2), Stage::Quarantined, "two telephone numbers").unwrap();
    let before = everything(&room);
    assert_eq!(before.len(), 8);
    assert_eq!(before[1].bytes, bytes_of(1));
    assert_eq!(
        (before[1].listed.stage, before[1].listed.reason.as_str()),
        (Stage::Quarantined, "two telephone numbers")
    );
    assert_eq!(before[7].listed.summary, item(7).summary);
    assert_eq!((before[7].listed.received, before[7].listed.len), (1_700_000_007, bytes_of(7).len() as u64));

    let counts = room.counts();
    drop(room);
    let room = open(dir.path());
    assert_eq!(everything(&room), before);
    assert_eq!(room.counts(), counts);
    assert_eq!((counts.received, counts.checked, counts.quarantined, counts.items()), (6, 1, 1, 8));
}

#[test]
fn an_item_is_put_in_once() {
    let (_dir, mut room) = room();
    room.put(&items(0..2)).unwrap();
    room.set_stage(&ids(0..1), Stage::Checked, "").unwrap();
    let twice = [items(0..3), items(2..3)].concat();
    assert_eq!(room.put(&twice).unwrap(), PutReport { added: 1, already: 3 });
    assert_eq!(room.get(&item(0).id).unwrap().listed.stage, Stage::Checked);
    assert_eq!(room.put(&[]).unwrap(), PutReport::default());
}

#[test]
fn a_large_batch_costs_few_writes() {
    let dir = tempfile::tempdir().unwrap();
    let (mut room, _) = WaitingRoom::open(dir.path(), Limits::default()).unwrap();
    let batch = items(0..20_000);
    room.set_fuse(Some(30));
    room.put(&batch).unwrap();
    room.set_fuse(Some(30));
    room.set_stage(&ids(0..20_000), Stage::Checked, "").unwrap();
    room.set_fuse(Some(30));
    assert_eq!(room.remove(&ids(0..20_000)).unwrap(), 20_000);
    assert_eq!(files(dir.path()), [] as [PathBuf; 0]);
}

#[test]
fn a_full_room_says_so_and_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { items: 5, bytes: 2_000 };
    let (mut room, _) = WaitingRoom::open(dir.path(), limits).unwrap();
    room.put(&items(0..4)).unwrap();
    let (before, held) = (files(dir.path()), room.counts().bytes);

    let error = room.put(&items(0..6)).unwrap_err();
    assert!(matches!(error, WaitingError::TooManyItems { held: 4, offered: 2, limit: 5 }), "{error}");
    let heavy = NewItem { bytes: vec![0; 2_000], ..item(9) };
    let error = room.put(&[heavy]).unwrap_err();
    assert!(
        matches!(error, WaitingError::TooManyBytes { held: h, limit: 2_000, .. } if h == held),
        "{error}"
    );
    let huge = NewItem { bytes: vec![0; MAX_PAYLOAD_BYTES + 1], ..item(9) };
    assert!(matches!(room.put(&[huge]), Err(WaitingError::TooLarge { .. })));

    assert_eq!(files(dir.path()), before);
    assert_eq!(room.put(&items(3..5)).unwrap(), PutReport { added: 1, already: 1 });
    room.remove(&ids(0..1)).unwrap();
    assert_eq!(room.put(&items(5..6)).unwrap().added, 1);
}

#[test]
fn a_refused_move_changes_nothing() {
    let (_dir, mut room) = room();
    room.put(&items(0..5)).unwrap();
    room.set_stage(&ids(0..4), Stage::Checked, "").unwrap();
    let before = everything(&room);

    let error = room.set_stage(&ids(0..5), Stage::Accepted, "").unwrap_err();
    assert!(matches!(error, WaitingError::Transition { id, from: Stage::Received, .. } if id == item(4).id));
    assert!(matches!(room.set_stage(&ids(3..6), Stage::Checked, ""), Err(WaitingError::Unknown { .. })));
    for stage in [Stage::Rejected, Stage::Quarantined] {
        assert!(matches!(room.set_stage(&ids(0..1), stage, " "), Err(WaitingError::ReasonMissing { .. })));
    }
    let long = "x".repeat(MAX_REASON_BYTES + 1);
    assert!(matches!(
        room.set_stage(&ids(0..1), Stage::Rejected, &long),
        Err(WaitingError::ReasonTooLong { .. })
    ));
    assert_eq!(everything(&room), before);
}

#[test]
fn a_move_can_be_repeated() {
    let (_dir, mut room) = room();
    room.put(&items(0..5)).unwrap();
    assert_eq!(room.set_stage(&ids(0..5), Stage::Checked, "").unwrap(), 5);
    assert_eq!(room.set_stage(&ids(0..5), Stage::Checked, "").unwrap(), 0);
    assert_eq!(room.set_stage(&ids(0..3), Stage::Rejected, "spam").unwrap(), 3);
}

#[test]
fn removed_bytes_are_in_no_file() {
    let (dir, mut room) = room();
    room.put(&items(0..7)).unwrap();
    room.set_stage(&ids(0..7), Stage::Checked, "").unwrap();
    room.set_stage(&ids(0..2), Stage::Rejected, "says where Ada lives").unwrap();
    assert!(on_disk(dir.path(), b"payload of 00001") && on_disk(dir.path(), b"item 1"));

    assert_eq!(room.remove(&ids(0..2)).unwrap(), 2);
    for gone in [&b"payload of 00000"[..], b"payload of 00001", b"item 1\"", b"Ada"] {
        assert!(!on_disk(dir.path(), gone));
    }
    assert!(matches!(room.get(&item(1).id), Err(WaitingError::Unknown { .. })));
    assert_eq!(room.remove(&ids(0..2)).unwrap(), 0);

    let rest = everything(&room);
    assert_eq!(rest.len(), 5);
    assert!(rest.iter().all(|item| item.listed.stage == Stage::Checked));
    drop(room);
    assert_eq!(everything(&open(dir.path())), rest);
}

#[test]
fn numbers_of_removed_files_bring_nothing_back() {
    let (dir, mut room) = room();
    room.put(&items(0..3)).unwrap();
    room.set_stage(&ids(0..3), Stage::Checked, "").unwrap();
    room.remove(&ids(0..3)).unwrap();
    drop(room);
    let mut room = open(dir.path());
    room.put(&items(0..3)).unwrap();
    drop(room);
    assert_eq!(open(dir.path()).counts().received, 3);
}

#[test]
fn lists_are_filtered_and_paged() {
    let (_dir, mut room) = room();
    room.put(&items(0..10)).unwrap();
    room.set_stage(&ids(0..6), Stage::Checked, "").unwrap();

    let page = room.list(&Filter::default(), 4, 3).unwrap();
    assert_eq!(page.total, 10);
    assert_eq!(page.items.iter().map(|listed| listed.id).collect::<Vec<_>>(), ids(4..7));
    assert_eq!(page.items[0].summary, item(4).summary);
    assert_eq!(room.list(&Filter::default(), 20, 3).unwrap(), Page { items: vec![], total: 10 });

    let law = Filter { domain: slug("law"), ..Filter::at(Stage::Checked) };
    assert_eq!(room.ids(&law), [1, 2, 4, 5].map(|n| item(n).id));
    let portuguese = Filter { lang: lang::tag("pt"), ..Filter::default() };
    assert_eq!(room.list(&portuguese, 0, 100).unwrap().total, 6);
    let brazilian =
        Filter { lang: lang::tag("pt-BR"), kind: Some(ContributionKind::Example), ..Filter::default() };
    assert_eq!(room.ids(&brazilian), [1, 4, 7].map(|n| item(n).id));
}

#[test]
fn the_room_is_closed_to_others() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/waiting");
    let mut room = open(&dir);
    room.put(&items(0..4)).unwrap();
    room.set_stage(&ids(0..1), Stage::Checked, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("lock")), 0o600);
    assert_eq!(files(&dir).len(), 3);
    assert!(files(&dir).iter().all(|file| mode(file) == 0o600));

    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    drop(room);
    drop(open(&dir));
    assert_eq!(mode(&dir), 0o700);
}

#[test]
fn the_room_is_open_once() {
    let (dir, room) = room();
    let again = WaitingRoom::open(dir.path(), Limits::default());
    assert!(matches!(again, Err(WaitingError::InUse { .. })));
    drop(room);
    drop(open(dir.path()));
}
