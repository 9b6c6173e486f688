//! Flipped bits, torn files and strange ones: each is named, and the rest of the room stays.

use super::*;

fn reopen(dir: &Path) -> (WaitingRoom, Vec<Damage>) {
    WaitingRoom::open_shaped(dir, Limits::default(), SMALL).unwrap()
}

/// Two files of items and the stages of both.
fn prepared() -> tempfile::TempDir {
    let (dir, mut room) = room();
    room.put(&items(0..6)).unwrap();
    room.set_stage(&ids(0..6), Stage::Checked, "").unwrap();
    assert_eq!(files(dir.path()).len(), 4);
    dir
}

fn assert_noticed(dir: &Path, file: &Path, bad: &[u8], what: &str) {
    fs::write(file, bad).unwrap();
    let (room, damage) = reopen(dir);
    let named: Vec<&Path> = damage.iter().map(|damage| damage.file.as_path()).collect();
    assert_eq!(named, [file], "{what}");
    assert_eq!(room.counts().checked, 3, "{what}: the other file's items stay");
    assert_eq!(room.counts().received, 0, "{what}: no decided item comes back as received");
    assert_eq!(fs::read(file).unwrap(), bad, "{what}: what is damaged is left as it is");
}

#[test]
fn one_flipped_bit_anywhere_is_noticed() {
    let dir = prepared();
    for file in files(dir.path()) {
        let good = fs::read(&file).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            assert_noticed(dir.path(), &file, &bad, &format!("{}, byte {at}", file.display()));
        }
        fs::write(&file, good).unwrap();
    }
    assert_eq!(open(dir.path()).counts().checked, 6);
}

#[test]
fn a_file_cut_off_anywhere_is_noticed() {
    let dir = prepared();
    for file in files(dir.path()) {
        let good = fs::read(&file).unwrap();
        for len in 0..good.len() {
            assert_noticed(dir.path(), &file, &good[..len], &format!("{}, length {len}", file.display()));
        }
        assert_noticed(dir.path(), &file, &[good.as_slice(), b"\0"].concat(), "one byte more");
        fs::write(&file, good).unwrap();
    }
}

#[test]
fn files_do_not_verify_in_each_others_place() {
    let dir = prepared();
    let files = files(dir.path());
    let (first, second) = (fs::read(&files[0]).unwrap(), fs::read(&files[2]).unwrap());
    fs::write(&files[0], second).unwrap();
    fs::write(&files[2], first).unwrap();
    let (room, damage) = reopen(dir.path());
    assert_eq!(damage.len(), 2);
    assert_eq!(room.counts().items(), 0);
}

#[test]
fn damage_while_the_room_is_open_is_an_error_that_names_the_file() {
    let dir = prepared();
    let (mut room, _) = reopen(dir.path());
    let file = files(dir.path())[0].clone();
    let mut bad = fs::read(&file).unwrap();
    let at = bad.windows(16).position(|window| window == b"payload of 00000").unwrap();
    bad[at] ^= 1;
    fs::write(&file, &bad).unwrap();

    let named = |error: WaitingError| matches!(&error, WaitingError::Damaged(damage) if damage.file == file);
    assert!(named(room.get(&item(0).id).unwrap_err()));
    assert!(named(room.remove(&ids(1..5)).unwrap_err()));
    assert_eq!(room.get(&item(1).id).unwrap().bytes, bytes_of(1));
    assert_eq!(room.counts().items(), 6, "a refused removal removes nothing");

    fs::write(&file, b"").unwrap();
    assert!(named(room.list(&Filter::default(), 0, 10).unwrap_err()));
}

#[test]
fn numbers_of_damaged_files_are_not_used_again() {
    let dir = prepared();
    let last = files(dir.path())[2].clone();
    fs::write(&last, b"broken").unwrap();
    let (mut room, damage) = reopen(dir.path());
    assert_eq!(damage[0].file, last);
    room.put(&items(10..12)).unwrap();
    assert_eq!(fs::read(&last).unwrap(), b"broken");
}

#[test]
fn strange_files_are_named_and_unfinished_ones_cleared_away() {
    let dir = prepared();
    fs::write(dir.path().join("notes.txt"), "x").unwrap();
    fs::write(dir.path().join("0000000000000009.items.tmp"), "half a file with <payload>").unwrap();
    let (room, damage) = reopen(dir.path());
    assert_eq!(damage, [Damage { file: dir.path().join("notes.txt"), problem: Problem::Name }]);
    assert_eq!(room.counts().items(), 6);
    assert!(!on_disk(dir.path(), b"half a file"));
    assert!(dir.path().join("notes.txt").exists());
}

#[test]
fn an_item_in_two_files_is_noticed() {
    let dir = prepared();
    let encoded = segment::encode_item(9, &item(0));
    let copy = dir.path().join("0000000000000009.items");
    fs::write(&copy, segment::encode(9, 1, &encoded)).unwrap();
    let (room, damage) = reopen(dir.path());
    assert_eq!(damage, [Damage { file: copy, problem: Problem::Twice }]);
    assert_eq!(room.counts().items(), 6);
}
