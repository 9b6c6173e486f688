//! Kinds and versions this format does not know: kept and forwarded, byte for byte.

use super::List;
use super::items::nested;
use crate::item::{Item, NULL, text};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    let mut add =
        |name: &str, items: Vec<Item>| list.add(format!("unknown: {name}"), &Item::Array(items).bytes());
    let leaf =
        |version, kind, content, extensions| vec![Item::Uint(version), Item::Uint(kind), content, extensions];
    let none = || Item::Map(vec![]);
    let extension = |key, value: &[u8]| Item::Map(vec![(Item::Uint(key), Item::Bytes(value.to_vec()))]);

    add("the first data kind without a meaning", leaf(1, 2, NULL, none()));
    add("the last kind of data feeds", leaf(1, 15, Item::Array(vec![]), none()));
    add("the first control kind without a meaning", leaf(1, 35, text("later"), none()));
    add("the largest kind", leaf(1, u64::MAX, Item::Bytes(vec![0; 64]), none()));
    add("a known kind of a later version", leaf(2, 0, Item::Array(vec![text("new")]), none()));
    add("version 0", leaf(0, 16, NULL, none()));
    add("an extension", leaf(1, 2, NULL, extension(2, b"x")));
    add("a critical extension", leaf(1, 2, NULL, extension(1, b"x")));
    let moved = Item::Map(vec![(Item::Uint(1), text("no bytes"))]);
    add("extensions of another shape, none of which is critical", leaf(1, 2, NULL, moved));
    let mut signed = leaf(1, 36, Item::Array(vec![NULL, Item::Uint(5)]), none());
    signed.push(Item::Array(vec![]));
    add("a control kind with signatures", signed);
    let mut eight = leaf(3, 40, NULL, NULL);
    eight.extend([NULL, Item::Uint(1), text("x"), Item::Bytes(vec![1])]);
    add("eight items", eight);
    let integers = [23, 24, 255, 256, 65_535, 65_536, 0xffff_ffff, 0x1_0000_0000, u64::MAX].map(Item::Uint);
    add("integers of every width", leaf(1, 99, Item::Array(integers.to_vec()), none()));
    add("as deep as allowed", leaf(1, 99, nested(15, NULL), none()));
    add(
        "a map with nested values",
        leaf(1, 99, Item::Map(vec![(Item::Uint(0), Item::Array(vec![NULL]))]), none()),
    );
    list
}
