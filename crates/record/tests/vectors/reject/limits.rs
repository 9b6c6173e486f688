//! One more than the limit.

use commonwheel_record::Hash;
use commonwheel_record::control::{Charter, Content};

use super::{List, charter_leaf, embargo_leaf, release_leaf, sample};
use crate::item::{Item, text};
use crate::samples::{control_leaf, key};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    contributions(&mut list);
    control(&mut list);
    list
}

fn array(count: u64, make: impl Fn(u64) -> Item) -> Item {
    Item::Array((0..count).map(make).collect())
}

fn id(at: u64) -> Item {
    Item::Bytes(vec![u8::try_from(at).expect("few ids"); 32])
}

/// Two ascending letters or digits.
fn word(first: u8, at: u64) -> Item {
    let digit = |value: u64| char::from(first + u8::try_from(value).expect("below 26"));
    text(&format!("{}{}", digit(at / 10), digit(at % 10)))
}

fn extensions(count: u64, len: usize) -> Item {
    Item::Map((0..count).map(|at| (Item::Uint(2 * at), Item::Bytes(vec![0xee; len]))).collect())
}

fn contributions(list: &mut List) {
    let base = sample();
    let record = |at| Item::Array(vec![id(0xfe), Item::Uint(at)]);
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(&[2, 3], array(17, |at| word(b'a', at)), "17 tags", "at most 16 tags");
    edit(&[2, 10, 0], array(33, |at| word(b'A', at)), "33 regions allowed", "at most 32 regions");
    edit(&[2, 10, 1], array(33, |at| word(b'A', at)), "33 regions denied", "at most 32 regions");
    edit(&[2, 12], array(5, id), "5 stewards", "at most 4 stewards");
    edit(&[2, 14, 1], Item::Uint(5), "length bucket 5", "the smallest bucket is 6");
    edit(
        &[2, 14, 1],
        Item::Uint(21),
        "length bucket 21",
        "the largest bucket is 20: a body has at most 1 MiB",
    );
    edit(&[3], extensions(17, 0), "17 extensions", "at most 16 extensions");
    edit(&[3], extensions(1, 1025), "extension of 1,025 bytes", "an extension has at most 1,024 bytes");
    let mut derived = Item::parse(&base);
    *derived.at(&[2, 0]) = Item::Uint(7);
    *derived.at(&[2, 13]) = array(17, record);
    list.add("17 ancestors", &derived.bytes(), "rule", "at most 16 ancestors");
    list.edit(&base, &[2, 14, 1], Item::Uint(256), "unexpected", "length bucket 256", "a bucket fits 8 bits");
    let leaf = "a leaf has at most 4,096 bytes";
    let mut long = Item::parse(&base);
    *long.at(&[3]) = extensions(3, 1024);
    let missing = 4097 - long.bytes().len() - 4;
    *long.at(&[3]) = extensions(4, 1024);
    if let Item::Map(pairs) = long.at(&[3]) {
        pairs[3].1 = Item::Bytes(vec![0xee; missing]);
    }
    assert_eq!(long.bytes().len(), 4097);
    list.add("leaf of 4,097 bytes", &long.bytes(), "too-long", leaf);
    let unknown =
        Item::Array(vec![Item::Uint(1), Item::Uint(99), Item::Bytes(vec![0; 4096]), Item::Map(vec![])]);
    list.add("leaf of an unknown kind, too long", &unknown.bytes(), "too-long", leaf);
}

fn control(list: &mut List) {
    let (charter, embargo, release) = (charter_leaf(), embargo_leaf(), release_leaf());
    let keys = |count: u64| {
        let mut keys: Vec<_> =
            (0..count).map(|at| key(u8::try_from(at).expect("few keys")).public().0.to_vec()).collect();
        keys.sort();
        Item::Array(keys.into_iter().map(Item::Bytes).collect())
    };
    let range = |at| Item::Array(vec![id(0xda), Item::Uint(10 * at), Item::Uint(10 * at + 1)]);
    let row = |at| Item::Array(vec![id(at), Item::Uint(1)]);
    let party = |at| Item::Array(vec![Item::Uint(1), id(at)]);
    let signature = |at| Item::Array(vec![id(at), Item::Bytes(vec![0; 64])]);
    let mut edit =
        |base: &[u8], path: &[usize], item, name, reason| list.edit(base, path, item, "rule", name, reason);
    edit(&charter, &[2, 1, 4], text(&"n".repeat(65)), "name of 65 bytes", "a name has at most 64 bytes");
    edit(&charter, &[2, 1, 5, 1], keys(17), "17 root keys", "at most 16 keys");
    edit(&charter, &[2, 1, 7], array(17, id), "17 next root digests", "at most 16 of each");
    edit(&charter, &[2, 1, 8], array(17, id), "17 liveness keys", "at most 16 of each");
    edit(&charter, &[2, 1, 9], array(17, id), "17 witnesses", "at most 16 of each");
    edit(&charter, &[2, 1, 10], array(17, id), "17 stewards of a charter", "at most 16 of each");
    edit(&charter, &[2, 1, 11], Item::Uint(0), "lease of 0 hours", "a lease lasts 1 to 720 hours");
    edit(&charter, &[2, 1, 11], Item::Uint(721), "lease of 721 hours", "a lease lasts 1 to 720 hours");
    edit(&charter, &[2, 1, 17, 15], Item::Uint(1001), "reserve of 1,001 thousandths", "at most all of it");
    edit(&charter, &[2, 1, 17, 8], Item::Uint(33), "petition of 33 members", "at most 32 signatures");
    let successor = Charter { number: 1, previous: Some(Hash([0x22; 32])), ..crate::samples::charter() };
    let successor = control_leaf(crate::samples::control(Content::Charter(Box::new(successor))));
    edit(&successor, &[2, 1, 2], array(17, row), "charter with a cut of 17 feeds", "at most 16 feeds");
    edit(&charter, &[4], array(17, signature), "17 signatures", "at most 16 signatures");
    edit(&release, &[2, 1, 2], array(0, range), "release of nothing", "1 to 24 ranges");
    edit(&release, &[2, 1, 2], array(25, range), "25 ranges", "1 to 24 ranges");
    edit(&embargo, &[2, 1, 3], array(17, row), "cut of 17 feeds", "a cut names at most 16 feeds");
    edit(&embargo, &[2, 1, 4], array(17, row), "control cut of 17 feeds", "a cut names at most 16 feeds");
    edit(
        &embargo,
        &[2, 1, 1, 3],
        array(17, |at| word(b'a', at)),
        "17 tags in a scope",
        "a scope lists at most 16",
    );
    edit(
        &embargo,
        &[2, 1, 1, 2],
        array(17, |at| word(b'a', at)),
        "17 domains in a scope",
        "a scope lists at most 16",
    );
    edit(
        &embargo,
        &[2, 1, 1, 1],
        array(17, |at| word(b'a', at)),
        "17 languages in a scope",
        "a scope lists at most 16",
    );
    let audience = Item::Array(vec![Item::Uint(2), array(17, party)]);
    edit(&embargo, &[2, 1, 5], audience, "17 parties", "an audience lists at most 16");
    edit(
        &embargo,
        &[2, 1, 9],
        text(&"d".repeat(513)),
        "demand of 513 bytes",
        "a demand has at most 512 bytes",
    );
}
