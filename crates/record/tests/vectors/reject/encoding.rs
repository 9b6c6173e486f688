//! Bytes that are no canonical CBOR of the profile, whatever they say.

use super::{List, embargo_leaf, release_leaf, sample};
use crate::accept::nested;
use crate::item::{Item, NULL, raw, text, unhex};

/// Single items: what any decoder of the profile refuses without knowing a schema.
pub(super) fn items() -> List {
    let mut list = List::of("item");
    let mut add = |name: &str, hex: &str, error, reason| list.add(name, &unhex(hex), error, reason);

    add("nothing", "", "truncated", "one item is asked for");
    add("two items", "0000", "trailing", "exactly one item is asked for");
    for (name, hex) in [
        ("0 in 1 byte", "1800"),
        ("23 in 1 byte", "1817"),
        ("24 in 2 bytes", "190018"),
        ("255 in 2 bytes", "1900ff"),
        ("256 in 4 bytes", "1a00000100"),
        ("65,535 in 4 bytes", "1a0000ffff"),
        ("65,536 in 8 bytes", "1b0000000000010000"),
        ("4,294,967,295 in 8 bytes", "1b00000000ffffffff"),
        ("length 1 of a byte string in 1 byte", "5801ab"),
        ("length 1 of a text in 2 bytes", "79000161"),
        ("length 1 of an array in 4 bytes", "9a0000000100"),
        ("length 0 of a map in 8 bytes", "bb0000000000000000"),
    ] {
        add(name, hex, "not-canonical", "integers and lengths take the fewest bytes");
    }
    for (name, hex) in [
        ("byte string in chunks", "5f41ab41cdff"),
        ("text in chunks", "7f61616162ff"),
        ("array without a length", "9f0001ff"),
        ("map without a length", "bf0000ff"),
        ("break alone", "ff"),
        ("reserved head 28", "1c"),
        ("reserved head 30", "1e"),
    ] {
        add(name, hex, "unexpected", "lengths are definite, and reserved heads mean nothing");
    }
    for (name, hex) in [
        ("half float 1.0", "f93c00"),
        ("half float NaN", "f97e00"),
        ("NaN with a payload", "fb7ff8000000000001"),
        ("single float", "fa47c35000"),
        ("double float", "fb3ff199999999999a"),
        ("negative integer", "20"),
        ("negative integer of 8 bytes", "3bffffffffffffffff"),
        ("tag", "c100"),
        ("bignum", "c24101"),
        ("self-described", "d9d9f700"),
        ("undefined", "f7"),
        ("simple value 0", "e0"),
        ("simple value 255", "f8ff"),
        ("false as a simple value of 2 bytes", "f814"),
    ] {
        add(name, hex, "unexpected", "no negative integers, tags, floats, undefined or other simple values");
    }
    add("map with a key twice", "a201000100", "not-canonical", "keys are strictly ascending");
    add("map with keys out of order", "a202000100", "not-canonical", "keys are strictly ascending");
    add("map with a key of text", "a1616100", "unexpected", "keys are unsigned integers");
    add("map with a negative key", "a12000", "unexpected", "keys are unsigned integers");
    add("map without its last value", "a101", "truncated", "a map holds as many pairs as it says");
    add("text that is not UTF-8", "61ff", "unexpected", "text is UTF-8");
    add("text with an overlong form", "62c080", "unexpected", "text is UTF-8");
    add("text with a surrogate", "63eda080", "unexpected", "text is UTF-8");
    add("head cut short", "19ff", "truncated", "a head holds its whole argument");
    for (name, hex) in [
        ("byte string of 2^62 bytes", "5b4000000000000000"),
        ("text of 4 GiB", "7affffffff61"),
        ("array of 2^60 items", "9b100000000000000000"),
        ("map of 2^60 pairs", "bb10000000000000000000"),
    ] {
        add(name, hex, "truncated", "a length is no longer than what is left, and reserves nothing");
    }
    list.add("17 arrays in one another", &nested(17, NULL).bytes(), "too-deep", DEPTH);
    list.add("4,000 arrays in one another", &nested(4000, NULL).bytes(), "too-deep", DEPTH);
    let maps = (0..17).fold(NULL, |inner, _| Item::Map(vec![(Item::Uint(0), inner)]));
    list.add("17 maps in one another", &maps.bytes(), "too-deep", DEPTH);
    list
}

const DEPTH: &str = "at most 16 arrays and maps in one another";

/// The same faults inside leaves.
pub(super) fn leaves() -> List {
    let mut list = List::of("leaf");
    let base = sample();
    list.add("empty", &[], "truncated", "a leaf is an array");
    list.add("cut short by a byte", &base[..base.len() - 1], "truncated", "a leaf is whole");
    list.add("a byte behind it", &[&base[..], &[0]].concat(), "trailing", "nothing follows a leaf");
    list.add("a leaf behind it", &[&base[..], &base[..]].concat(), "trailing", "nothing follows a leaf");

    let shortest = "integers and lengths take the fewest bytes";
    let mut edit =
        |path: &[usize], hex, error, name, reason| list.edit(&base, path, raw(hex), error, name, reason);
    edit(&[0], "1801", "not-canonical", "version in 1 byte", shortest);
    edit(&[0], "190001", "not-canonical", "version in 2 bytes", shortest);
    edit(&[0], "1a00000001", "not-canonical", "version in 4 bytes", shortest);
    edit(&[0], "1b0000000000000001", "not-canonical", "version in 8 bytes", shortest);
    edit(&[1], "1800", "not-canonical", "kind in 1 byte", shortest);
    edit(&[2, 1], "78027377", "not-canonical", "length of a text in 1 byte", shortest);
    edit(&[2, 3], "9800", "not-canonical", "length of a set in 1 byte", shortest);
    edit(&[3], "b800", "not-canonical", "length of the extensions in 1 byte", shortest);
    edit(&[0], "f93c00", "unexpected", "version as a float", "no floats");
    edit(&[0], "20", "unexpected", "version -1", "no negative integers");
    edit(&[0], "c24101", "unexpected", "version as a bignum", "no tags");
    edit(&[2, 3], "9fff", "unexpected", "set without a length", "lengths are definite");
    edit(&[2, 1], "7f627377ff", "unexpected", "text in chunks", "lengths are definite");
    edit(&[3], "bfff", "unexpected", "extensions without a length", "lengths are definite");
    edit(&[2, 1], "62ff77", "unexpected", "text that is not UTF-8", "text is UTF-8");
    edit(&[2, 14], "c182405818", "unexpected", "tagged commitment", "no tags");
    edit(
        &[2, 3],
        "9b1000000000000000",
        "truncated",
        "set of 2^60 members",
        "a length is no longer than what is left",
    );
    edit(
        &[2, 1],
        "7b7fffffffffffffff",
        "truncated",
        "text of 2^63 bytes",
        "a length is no longer than what is left",
    );
    edit(&[3], "a202400240", "not-canonical", "an extension twice", "keys are strictly ascending");
    edit(&[3], "a204400240", "not-canonical", "extensions out of order", "keys are strictly ascending");
    edit(&[3], "a12040", "unexpected", "extension with a negative key", "keys are unsigned integers");
    edit(&[3], "a1616140", "unexpected", "extension with a key of text", "keys are unsigned integers");
    edit(
        &[3],
        "a10200",
        "unexpected",
        "extension that is no byte string",
        "an extension's value is a byte string",
    );

    let whole = [&[0x9f], &base[1..], &[0xff]].concat();
    list.add("leaf without a length", &whole, "unexpected", "lengths are definite");
    let end = |hex| raw(hex);
    let release = release_leaf();
    list.edit(
        &release,
        &[2, 1, 2, 0, 2],
        end("1b00000000ffffffff"),
        "not-canonical",
        "position in 8 bytes",
        shortest,
    );
    list.edit(&release, &[2, 1, 3], end("f7"), "unexpected", "undefined for null", "what is absent is null");
    let embargo = embargo_leaf();
    list.edit(&embargo, &[2, 1, 8], end("f97e00"), "unexpected", "an end that is not a number", "no floats");
    unknown_kinds(&mut list);
    list
}

/// A kind without a meaning is checked all the same.
fn unknown_kinds(list: &mut List) {
    let leaf = |content| vec![Item::Uint(1), Item::Uint(99), content, Item::Map(vec![])];
    for (name, content, error, reason) in [
        ("a float", raw("f97e00"), "unexpected", "no floats"),
        ("a tag", raw("c100"), "unexpected", "no tags"),
        ("an integer in too many bytes", raw("1801"), "not-canonical", "integers take the fewest bytes"),
        ("an array without a length", raw("9fff"), "unexpected", "lengths are definite"),
        ("a map with keys out of order", raw("a202000100"), "not-canonical", "keys are strictly ascending"),
        ("a text that is not UTF-8", raw("61ff"), "unexpected", "text is UTF-8"),
        ("16 arrays inside the leaf", nested(16, NULL), "too-deep", DEPTH),
    ] {
        let name = format!("unknown kind with {name}");
        list.add(name, &Item::Array(leaf(content)).bytes(), error, reason);
    }
    let trailing = [Item::Array(leaf(NULL)).bytes(), vec![0]].concat();
    list.add("unknown kind with a byte behind it", &trailing, "trailing", "nothing follows a leaf");
    let mut three = leaf(NULL);
    three.pop();
    list.add(
        "unknown kind with 3 items",
        &Item::Array(three).bytes(),
        "unexpected",
        "a leaf has 4 to 8 items",
    );
    let mut nine = leaf(NULL);
    nine.extend(vec![text(""); 5]);
    list.add(
        "unknown kind with 9 items",
        &Item::Array(nine).bytes(),
        "unexpected",
        "a leaf has 4 to 8 items",
    );
}
