//! Canonical, well-typed, and against a rule between fields.

use commonwheel_record::control::{
    Affiliate, Content, Delegation, Offer, Rung, Subject, Withdrawal, WithdrawalClass,
};
use commonwheel_record::{CollectiveId, Cut, Hash, PublicKey};

use super::{List, charter_leaf, embargo_leaf, release_leaf, sample};
use crate::item::{Item, NULL, text};
use crate::samples::{control_leaf, range};

pub(super) fn contributions() -> List {
    let mut list = List::of("leaf");
    let base = sample();
    let record = Item::Array(vec![Item::Bytes(vec![0xfe; 32]), Item::Uint(7)]);
    let ancestors = "derived contributions, and only they, name ancestors";
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(&[2, 9], Item::Uint(0), "tier private", "a private contribution is never appended");
    edit(&[2, 0], Item::Uint(7), "derived without ancestors", ancestors);
    edit(&[2, 13], Item::Array(vec![record]), "chat with an ancestor", ancestors);
    list
}

pub(super) fn control() -> List {
    let mut list = List::of("leaf");
    charters(&mut list);
    ranges(&mut list);
    embargoes(&mut list);
    others(&mut list);
    list
}

fn charters(list: &mut List) {
    let base = charter_leaf();
    let keys = |keys: &[[u8; 32]]| Item::Array(keys.iter().map(|key| Item::Bytes(key.to_vec())).collect());
    let ratio = |over, under| Item::Array(vec![Item::Uint(over), Item::Uint(under)]);
    let (identity, beyond) = (edge(1, 0), edge(0xf0, 0x7f));
    let plain = "a name is 1 to 64 bytes without control or direction-changing characters";
    let threshold = "a threshold lies between 1 and the number of keys";
    let weak = "keys are canonical and not of small order";
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(
        &[2, 1, 0],
        Item::Uint(1),
        "charter 1 without a predecessor",
        "every charter but the first names it",
    );
    edit(&[2, 1, 1], Item::Bytes(vec![0; 32]), "genesis with a predecessor", "the first charter names none");
    edit(
        &[2, 0],
        Item::Bytes(vec![0xc0; 32]),
        "genesis that names a collective",
        "its hash is the collective",
    );
    edit(&[2, 1, 4], text(""), "empty name", plain);
    edit(&[2, 1, 4], text("two\nlines"), "name of two lines", plain);
    edit(&[2, 1, 4], text("\u{202e}evil"), "name that turns the writing around", plain);
    edit(&[2, 1, 4], text("a\u{200b}b"), "name with an invisible space", plain);
    edit(&[2, 1, 5, 0], Item::Uint(0), "threshold 0", threshold);
    edit(&[2, 1, 5, 0], Item::Uint(2), "threshold 2 of 1", threshold);
    edit(&[2, 1, 6, 1], Item::Array(vec![]), "governance without keys", threshold);
    edit(&[2, 1, 5, 1], keys(&[identity]), "root key of small order", weak);
    edit(&[2, 1, 5, 1], keys(&[[0; 32]]), "root key of order 4", weak);
    edit(&[2, 1, 6, 1], keys(&[beyond]), "governance key that is not canonical", weak);
    edit(&[2, 1, 6, 1], keys(&[[2; 32]]), "governance key that is no point", weak);
    let cut = Item::Array(vec![Item::Array(vec![Item::Bytes(vec![1; 32]), Item::Uint(0)])]);
    edit(&[2, 1, 2], cut, "genesis that cuts off a predecessor", "it has no predecessor to cut off");
    edit(&[2, 1, 8], keys(&[identity]), "liveness key of small order", weak);
    edit(&[2, 1, 9], keys(&[[2; 32]]), "witness that is no point", weak);
    let carried = "a mandate outlasts its notice";
    edit(&[2, 1, 17, 11], Item::Uint(365), "notice as long as the mandate", carried);
    edit(&[2, 1, 17, 11], Item::Uint(366), "notice longer than the mandate", carried);
    edit(&[2, 1, 17, 2], Item::Uint(0), "vote cap of 0", "one member has at least one vote");
    edit(&[2, 1, 17, 5], ratio(1, 0), "support floor over 0", "a ratio lies between 0 and 1");
    edit(&[2, 1, 17, 3], ratio(1, 0), "turnout over 0", "a ratio lies between 0 and 1");
    edit(&[2, 1, 17, 4], ratio(3, 2), "majority of 3/2", "a ratio lies between 0 and 1");
}

/// 32 bytes of 0xff or 0 between a first and a last one.
fn edge(first: u8, last: u8) -> [u8; 32] {
    let mut key = [if last == 0 { 0 } else { 0xff }; 32];
    (key[0], key[31]) = (first, last);
    key
}

fn ranges(list: &mut List) {
    let base = release_leaf();
    let range =
        |feed, start, end| Item::Array(vec![Item::Bytes(vec![feed; 32]), Item::Uint(start), Item::Uint(end)]);
    for (name, ranges) in [
        ("empty range", vec![range(1, 5, 5)]),
        ("range that runs backwards", vec![range(1, 5, 4)]),
        ("ranges that overlap", vec![range(1, 0, 10), range(1, 9, 12)]),
        ("ranges out of order", vec![range(1, 10, 12), range(1, 0, 5)]),
        ("feeds of ranges out of order", vec![range(2, 0, 5), range(1, 0, 5)]),
        ("a range twice", vec![range(1, 0, 5), range(1, 0, 5)]),
    ] {
        let reason = "ranges are ascending, not empty, and do not overlap";
        list.edit(&base, &[2, 1, 2], Item::Array(ranges), "rule", name, reason);
    }
    let reason = "every control record but a genesis charter names its collective";
    list.edit(&base, &[2, 0], NULL, "rule", "release of no collective", reason);
}

fn embargoes(list: &mut List) {
    let base = embargo_leaf();
    let variant = |items: &[u64]| Item::Array(items.iter().copied().map(Item::Uint).collect());
    let new_only = "evaluation-only and preference-shift reach new records only";
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(&[2, 1, 6], Item::Uint(2), "embargo that leaves bodies open", "it leaves at most the header open");
    edit(&[2, 1, 0], variant(&[2]), "evaluation-only that reaches all", new_only);
    edit(&[2, 1, 0], variant(&[3, 4]), "preference-shift that reaches all", new_only);
    edit(&[2, 1, 9], text("\u{2066}x"), "demand that turns the writing around", "a demand is plain text");
    edit(&[2, 1, 8], Item::Uint(0), "embargo that ends as it starts", "it ends after it starts");
    edit(&[2, 0], NULL, "embargo of no collective", "every control record but a genesis charter names it");
    let mut backwards = Item::parse(&base);
    *backwards.at(&[2, 1, 7]) = Item::Uint(100);
    *backwards.at(&[2, 1, 8]) = Item::Uint(99);
    list.add("embargo that ends before it starts", &backwards.bytes(), "rule", "it ends after it starts");
}

fn others(list: &mut List) {
    let mut add = |name: &str, content, reason| {
        list.add(name, &control_leaf(crate::samples::control(content)), "rule", reason);
    };
    let weak = "keys are canonical and not of small order";
    let identity = PublicKey(edge(1, 0));
    let node = Subject::Node { key: identity, region: None };
    add("delegation of a weak node key", Content::Delegation(Delegation { subject: node }), weak);
    let liveness = Subject::Liveness(identity);
    add("delegation of a weak liveness key", Content::Delegation(Delegation { subject: liveness }), weak);
    let nothing = Affiliate { to: CollectiveId([9; 32]), powers: Default::default(), until: None };
    add("affiliate without powers", Content::Affiliate(nothing), "an affiliation gives at least one power");
    let withdrawal = |rung, ranges| Withdrawal {
        ranges,
        class: WithdrawalClass::Preference,
        rung,
        cut: Cut::default(),
        member: None,
    };
    let open = withdrawal(Rung::Body, vec![range(0, 1)]);
    add("withdrawal that leaves bodies open", Content::Withdrawal(open), "it leaves at most the header");
    let none = withdrawal(Rung::Header, vec![]);
    add("withdrawal of nothing", Content::Withdrawal(none), "1 to 24 ranges");
    let offer = |title: &str| Offer {
        title: title.to_owned(),
        terms: Hash([0; 32]),
        purposes: Default::default(),
        conditions: Default::default(),
    };
    let title = "a title is 1 to 64 bytes of plain text";
    add("offer without a title", Content::Offer(offer("")), title);
    add("offer with a title of 65 bytes", Content::Offer(offer(&"t".repeat(65))), title);
}
