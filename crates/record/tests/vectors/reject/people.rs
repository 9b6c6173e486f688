//! Enrolments, leaves, settlements and erasures that break a rule or a limit.

use commonwheel_record::control::{Content, Enrolment, Leave};

use super::List;
use crate::item::{Item, NULL};
use crate::samples::{commitment, control, control_leaf, erasure, record, settlement};

const BUCKET: &str = "the body of a control record has at most 4,096 bytes";
const ITEMS: &str = "an array has exactly the items of its table";

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    bodies(&mut list);
    settlements(&mut list);
    erasures(&mut list);
    list
}

fn bodies(list: &mut List) {
    let enrolment = control_leaf(control(Content::Enrolment(Enrolment { entry: commitment() })));
    let leave = Leave { enrolment: record(3), notice: Some(commitment()) };
    let leave = control_leaf(control(Content::Leave(leave)));
    for (name, base, path) in [("enrolment", &enrolment, &[2, 1, 0, 1][..]), ("leave", &leave, &[2, 1, 1, 1])]
    {
        for (bucket, reason) in [(5, "the smallest bucket is 6"), (13, BUCKET), (20, BUCKET)] {
            let name = format!("{name} with length bucket {bucket}");
            list.edit(base, path, Item::Uint(bucket), "rule", &name, reason);
        }
    }
    list.edit(&enrolment, &[2, 1, 0], NULL, "unexpected", "enrolment without a commitment", "it has a body");
    list.edit(&enrolment, &[2, 1], Item::Array(vec![]), "unexpected", "enrolment of 0 items", ITEMS);
    list.edit(&leave, &[2, 1, 0], NULL, "unexpected", "leave of no enrolment", "it names an enrolment");
    list.edit(
        &leave,
        &[2, 0],
        NULL,
        "rule",
        "leave of no collective",
        "every control record but a genesis charter names its collective",
    );
}

fn settlements(list: &mut List) {
    let base = control_leaf(control(Content::Settlement(settlement())));
    let row = |at| Item::Array(vec![Item::Bytes(vec![at; 32]), Item::Uint(1)]);
    let cut = Item::Array((0..17).map(row).collect());
    list.edit(&base, &[2, 1, 4], cut, "rule", "settlement until 17 feeds", "a cut names at most 16 feeds");
    let code = "the code has no meaning in this version";
    list.edit(&base, &[2, 1, 1], Item::Uint(7), "unexpected", "settlement of condition 7", code);
    let party = Item::Array(vec![Item::Uint(2), Item::Bytes(vec![9; 32])]);
    list.edit(&base, &[2, 1, 3], party, "unexpected", "settlement with party 2", code);
    list.edit(&base, &[2, 1, 2], NULL, "unexpected", "settlement without evidence", "it is a hash");
    let mut short = Item::parse(&base);
    short.at(&[2, 1]).items().pop();
    list.add("settlement of 5 items", &short.bytes(), "unexpected", ITEMS);
}

fn erasures(list: &mut List) {
    let base = control_leaf(control(Content::Erasure(Box::new(erasure()))));
    let ranges = "ranges: 1 to 24, ascending, not empty";
    let range =
        |start, end| Item::Array(vec![Item::Bytes(vec![0xda; 32]), Item::Uint(start), Item::Uint(end)]);
    for (name, items) in [
        ("erasure of nothing", vec![]),
        ("erasure of an empty range", vec![range(5, 5)]),
        ("erasure of ranges that overlap", vec![range(0, 10), range(9, 12)]),
        ("erasure of 25 ranges", (0..25).map(|at| range(10 * at, 10 * at + 1)).collect()),
    ] {
        list.edit(&base, &[2, 1, 1], Item::Array(items), "rule", name, ranges);
    }
    let none = Item::Array(vec![]);
    list.edit(&base, &[2, 1, 2], none, "rule", "erasure without a date", "1 to 5 witnessed heads");
}
