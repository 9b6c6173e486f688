//! Public keys that no signature may be checked against.

use super::List;
use crate::item::unhex;

/// All encodings of points of small order, and of points beyond the field.
const REFUSED: [(&str, &str); 16] = [
    ("order 1", "0100000000000000000000000000000000000000000000000000000000000000"),
    ("order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("order 4", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("order 4, negative", "0000000000000000000000000000000000000000000000000000000000000080"),
    ("order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ("order 8, negative", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    ("order 8, other", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    ("order 8, other negative", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    ("order 1 with a sign", "0100000000000000000000000000000000000000000000000000000000000080"),
    ("order 2 with a sign", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ("y = p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("y = p with a sign", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ("y = p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("y = p + 3, a large order", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("y = 2, no point", "0200000000000000000000000000000000000000000000000000000000000000"),
    ("y = 7 mod p, no point", "0700000000000000000000000000000000000000000000000000000000000000"),
];

pub(super) fn list() -> List {
    let mut list = List::of("key");
    for (name, key) in REFUSED {
        list.add(name, &unhex(key), "key", "a key is a canonical point that is not of small order");
    }
    list
}
