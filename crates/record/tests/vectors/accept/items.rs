//! Single items of the encoding profile.

use super::List;
use crate::item::{Item, NULL, text};

pub(super) fn list() -> List {
    let mut list = List::of("item");
    for value in [0, 1, 23, 24, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
        list.add(format!("integer {value}"), &Item::Uint(value).bytes());
    }
    for len in [0, 23, 24, 255, 256] {
        list.add(format!("byte string of {len}"), &Item::Bytes(vec![0xab; len]).bytes());
        list.add(format!("array of {len}"), &Item::Array(vec![Item::Uint(0); len]).bytes());
        list.add(format!("text of {len}"), &text(&"a".repeat(len)).bytes());
    }
    list.add("text beyond ASCII", &text("Zürich 東京 🌾").bytes());
    for (name, value) in [("false", 20), ("true", 21), ("null", 22)] {
        list.add(name, &Item::Simple(value).bytes());
    }
    let pair = |key| (Item::Uint(key), Item::Bytes(vec![]));
    list.add(
        "map with keys of every width",
        &Item::Map([0, 23, 24, 255, 256, 70_000].map(pair).to_vec()).bytes(),
    );
    list.add("map in a map", &Item::Map(vec![(Item::Uint(1), Item::Map(vec![pair(2)]))]).bytes());
    list.add("16 arrays in one another", &nested(16, NULL).bytes());
    let maps = (0..16).fold(NULL, |inner, _| Item::Map(vec![(Item::Uint(0), inner)]));
    list.add("16 maps in one another", &maps.bytes());
    list
}

/// Puts an item inside so many arrays.
pub(crate) fn nested(depth: usize, innermost: Item) -> Item {
    (0..depth).fold(innermost, |inner, _| Item::Array(vec![inner]))
}
