//! A kill before any change of the disk: what was acknowledged is there, what was not is there or not, and nothing is
//! torn.

use super::*;

/// Three files of three checked items each.
fn prepared(dir: &Path) -> WaitingRoom {
    let mut room = open(dir);
    room.put(&items(0..9)).unwrap();
    room.set_stage(&ids(0..9), Stage::Checked, "").unwrap();
    room
}

/// Runs a change with a kill before its first, second, … step, until it goes through; after each kill the room is
/// opened again, looked at, and the change is repeated.
fn kill_everywhere(
    change: impl Fn(&mut WaitingRoom) -> Result<(), WaitingError>,
    look: impl Fn(&WaitingRoom),
    done: impl Fn(&WaitingRoom),
) {
    for steps in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let mut room = prepared(dir.path());
        room.set_fuse(Some(steps));
        let outcome = change(&mut room);
        if outcome.is_ok() {
            assert!(steps > 3, "the change was never interrupted");
            done(&room);
            return;
        }
        assert!(matches!(outcome, Err(WaitingError::Io { .. })), "{outcome:?}");
        assert!(matches!(room.get(&item(0).id), Err(WaitingError::Broken)));
        assert!(matches!(room.put(&items(20..21)), Err(WaitingError::Broken)));
        drop(room);

        let mut room = open(dir.path());
        assert!(!files(dir.path()).iter().any(|file| file.extension().is_some_and(|ending| ending == "tmp")));
        look(&room);
        change(&mut room).unwrap();
        done(&room);
        let after = everything(&room);
        drop(room);
        assert_eq!(everything(&open(dir.path())), after);
    }
}

fn stage_of(room: &WaitingRoom, n: u16) -> Stage {
    room.get(&item(n).id).unwrap().listed.stage
}

#[test]
fn while_putting_in() {
    kill_everywhere(
        |room| room.put(&items(9..17)).map(drop),
        |room| {
            for n in 0..9 {
                assert_eq!(
                    (stage_of(room, n), room.get(&item(n).id).unwrap().bytes),
                    (Stage::Checked, bytes_of(n))
                );
            }
            for item in everything(room).iter().skip(9) {
                assert_eq!(item.listed.stage, Stage::Received);
            }
        },
        |room| assert_eq!((room.counts().checked, room.counts().received), (9, 8)),
    );
}

#[test]
fn while_moving() {
    kill_everywhere(
        |room| room.set_stage(&ids(1..8), Stage::Accepted, "good").map(drop),
        |room| {
            assert_eq!((stage_of(room, 0), stage_of(room, 8)), (Stage::Checked, Stage::Checked));
            for n in 1..8 {
                assert!(matches!(stage_of(room, n), Stage::Checked | Stage::Accepted));
            }
        },
        |room| assert_eq!((room.counts().checked, room.counts().accepted), (2, 7)),
    );
}

#[test]
fn while_removing() {
    kill_everywhere(
        |room| room.remove(&ids(1..8)).map(drop),
        |room| {
            assert!(room.contains(&item(0).id) && room.contains(&item(8).id));
            for item in everything(room) {
                assert_eq!(
                    item.listed.stage,
                    Stage::Checked,
                    "a decided item must not come back as received"
                );
            }
        },
        |room| assert_eq!((room.counts().items(), room.counts().checked), (2, 2)),
    );
}
