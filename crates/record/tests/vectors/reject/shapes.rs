//! Items of the wrong type, arrays of the wrong length, sets out of order.

use super::{List, charter_leaf, embargo_leaf, release_leaf, sample};
use crate::item::{Item, NULL, text};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    types(&mut list);
    counts(&mut list);
    order(&mut list);
    list
}

fn types(list: &mut List) {
    let base = sample();
    let whole = "a leaf is an array";
    list.add("an integer", &[0], "unexpected", whole);
    list.add("a map", &[0xa0], "unexpected", whole);
    list.add("null", &[0xf6], "unexpected", whole);
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[2], Item::Map(vec![]), "header as a map", "a header is an array of 15 items");
    edit(&[3], Item::Array(vec![]), "extensions as an array", "extensions are a map");
    edit(&[3], NULL, "no extensions as null", "extensions are a map, empty if there are none");
    edit(&[2, 1], Item::Bytes(b"sw".to_vec()), "language as bytes", "a language is a text");
    edit(&[2, 14, 0], text(&"x".repeat(32)), "hash as text", "a hash is a byte string");
    edit(&[2, 14, 0], Item::Array(vec![Item::Uint(0); 32]), "hash as an array", "a hash is a byte string");
    edit(&[2, 14, 0], Item::Bytes(vec![0; 31]), "hash of 31 bytes", "a hash has 32 bytes");
    edit(&[2, 14, 0], Item::Bytes(vec![0; 33]), "hash of 33 bytes", "a hash has 32 bytes");
    edit(&[2, 4], Item::Uint(0), "labelled as an integer", "labelled is a boolean");
    edit(&[2, 0], Item::Simple(20), "kind as a boolean", "a kind is an integer");
    edit(&[2, 0], text("chat"), "kind by name", "a kind is an integer");
    edit(&[2, 9], Item::Map(vec![(Item::Uint(3), Item::Uint(5))]), "tier as a map", "a tier is an integer");
    edit(&[2, 2], NULL, "domain absent", "a header's fields are all there");
    edit(&[2, 6], Item::Uint(0x1_0000), "preferences of 3 bytes", "preferences fit 10 bits");
    let control = charter_leaf();
    list.edit(
        &control,
        &[4],
        Item::Map(vec![]),
        "unexpected",
        "signatures as a map",
        "signatures are an array of pairs",
    );
    list.edit(
        &control,
        &[2, 1, 1],
        Item::Uint(0),
        "unexpected",
        "predecessor as an integer",
        "it is a hash or null",
    );
    let vote_cap = Item::Uint(1 << 32);
    list.edit(&control, &[2, 1, 17, 2], vote_cap, "unexpected", "vote cap of 5 bytes", "it fits 32 bits");
    let threshold = Item::Uint(256);
    list.edit(&control, &[2, 1, 5, 0], threshold, "unexpected", "threshold of 2 bytes", "it fits 8 bits");
}

fn counts(list: &mut List) {
    let change = |base: &[u8], path: &[usize], count: usize| {
        let mut leaf = Item::parse(base);
        leaf.at(path).items().resize(count, NULL);
        leaf.bytes()
    };
    let (data, charter, embargo) = (sample(), charter_leaf(), embargo_leaf());
    for (name, base, path, count) in [
        ("contribution leaf of 3 items", &data, &[][..], 3),
        ("contribution leaf of 5 items", &data, &[], 5),
        ("control leaf of 4 items", &charter, &[], 4),
        ("control leaf of 6 items", &charter, &[], 6),
        ("header of 14 items", &data, &[2], 14),
        ("header of 16 items", &data, &[2], 16),
        ("commitment of 1 item", &data, &[2, 14], 1),
        ("commitment of 3 items", &data, &[2, 14], 3),
        ("regions of 3 items", &data, &[2, 10], 3),
        ("control content of 1 item", &charter, &[2], 1),
        ("control content of 3 items", &charter, &[2], 3),
        ("charter of 17 items", &charter, &[2, 1], 17),
        ("rules of 17 items", &charter, &[2, 1, 17], 17),
        ("signature of 1 item", &charter, &[4, 0], 1),
        ("embargo of 10 items", &embargo, &[2, 1], 10),
        ("scope of 4 items", &embargo, &[2, 1, 1], 4),
        ("pause with an argument", &embargo, &[2, 1, 0], 2),
        ("variant without a code", &embargo, &[2, 1, 0], 0),
        ("everyone with a list", &embargo, &[2, 1, 5], 2),
    ] {
        list.add(
            name,
            &change(base, path, count),
            "unexpected",
            "an array has exactly the items of its table",
        );
    }
    let rate_limit = Item::Array(vec![Item::Uint(4)]);
    let reason = "an array has exactly the items of its table";
    list.edit(&embargo, &[2, 1, 0], rate_limit, "unexpected", "rate-limit without its argument", reason);
    let gated = Item::Array(vec![Item::Uint(1)]);
    list.edit(&release_leaf(), &[2, 1, 1], gated, "unexpected", "gated without an offer", reason);
}

fn order(list: &mut List) {
    let set = |items: &[&str]| Item::Array(items.iter().map(|item| text(item)).collect());
    let ids = |bytes: &[u8]| Item::Array(bytes.iter().map(|byte| Item::Bytes(vec![*byte; 32])).collect());
    let numbers = |numbers: &[u64]| Item::Array(numbers.iter().copied().map(Item::Uint).collect());
    let record = |index| Item::Array(vec![Item::Bytes(vec![0xfe; 32]), Item::Uint(index)]);
    let (ascending, once) = ("a set is in ascending order", "a set holds a member once");
    let base = sample();
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "not-canonical", name, reason);
    edit(&[2, 3], set(&["b", "a"]), "tags out of order", ascending);
    edit(
        &[2, 3],
        set(&["b", "ab"]),
        "tags by length",
        "texts are in the order of their bytes, whatever their length",
    );
    edit(&[2, 3], set(&["a", "a"]), "a tag twice", once);
    edit(&[2, 7], numbers(&[4, 0]), "conditions out of order", ascending);
    edit(&[2, 7], numbers(&[4, 4]), "a condition twice", once);
    edit(&[2, 10, 0], set(&["US", "KE"]), "regions out of order", ascending);
    edit(&[2, 12], ids(&[2, 1]), "stewards out of order", ascending);
    edit(&[2, 12], ids(&[1, 1]), "a steward twice", once);
    edit(&[2, 13], Item::Array(vec![record(300), record(7)]), "ancestors out of order", ascending);
    edit(&[2, 13], Item::Array(vec![record(7), record(7)]), "an ancestor twice", once);

    let embargo = embargo_leaf();
    let table = |bytes: &[u8]| {
        let pair = |byte: &u8| Item::Array(vec![Item::Bytes(vec![*byte; 32]), Item::Uint(5)]);
        Item::Array(bytes.iter().map(pair).collect())
    };
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&embargo, path, item, "not-canonical", name, reason);
    edit(&[2, 1, 1, 0], numbers(&[2, 1]), "kinds of a scope out of order", ascending);
    edit(&[2, 1, 1, 4], numbers(&[3, 3]), "a tier of a scope twice", once);
    edit(&[2, 1, 3], table(&[2, 1]), "cut out of order", "a table is in ascending order of its first column");
    edit(&[2, 1, 4], table(&[1, 1]), "a feed twice in a cut", "a table names a key once");
    let party = |code, byte| Item::Array(vec![Item::Uint(code), Item::Bytes(vec![byte; 32])]);
    let audience = |parties| Item::Array(vec![Item::Uint(1), Item::Array(parties)]);
    let mixed = audience(vec![party(1, 1), party(0, 2)]);
    edit(
        &[2, 1, 5],
        mixed,
        "audience out of order",
        "parties are in the order of their code, then their bytes",
    );
    edit(&[2, 1, 5], audience(vec![party(0, 2), party(0, 2)]), "a party twice", once);

    let mut swapped = Item::parse(&two_signatures());
    swapped.at(&[4]).items().reverse();
    list.add(
        "signatures out of order",
        &swapped.bytes(),
        "not-canonical",
        "signatures are in ascending order of the key",
    );
    let mut doubled = Item::parse(&two_signatures());
    let first = doubled.at(&[4, 0]).clone();
    *doubled.at(&[4, 1]) = first;
    list.add("a key signs twice", &doubled.bytes(), "not-canonical", "a key signs once");
    list.edit(
        &two_signatures(),
        &[4, 0, 1],
        Item::Bytes(vec![0; 63]),
        "unexpected",
        "signature of 63 bytes",
        "a signature has 64 bytes",
    );
}

fn two_signatures() -> Vec<u8> {
    use crate::samples::{control, control_leaf, key, network, release};
    let record = control(commonwheel_record::control::Content::Release(release()));
    control_leaf(record.signed(&network(), &key(3)))
}
