//! Enrolments, leaves, settlements and erasures.

use commonwheel_record::control::{Content, Enrolment, Erasure, Leave, Party, Settlement};
use commonwheel_record::limits::{MAX_CONTROL_FEEDS, MAX_CUT, MAX_KEYS, MAX_RANGES};
use commonwheel_record::terms::Condition;
use commonwheel_record::{CollectiveId, Commitment, Cut, FeedId};

use super::List;
use crate::samples::{
    commitment, control, control_leaf, cut, erasure, key, many, range, record, settlement, witnessed,
};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    let mut add = |name: &str, content| list.add(name, &control_leaf(control(content)));
    for (name, bucket) in [("enrolment: of the shortest entry", 6), ("enrolment: of the longest entry", 12)] {
        let entry = Commitment { bucket, ..commitment() };
        add(name, Content::Enrolment(Enrolment { entry }));
    }
    let leave = |notice| Content::Leave(Leave { enrolment: record(3), notice });
    add("leave: by governance", leave(None));
    add("leave: by the principal", leave(Some(commitment())));
    settlements(&mut list);
    erasures(&mut list);
    list
}

fn settlements(list: &mut List) {
    let mut add = |name: String, settlement| {
        list.add(format!("settlement: {name}"), &control_leaf(control(Content::Settlement(settlement))));
    };
    for condition in Condition::ALL {
        add(format!("{condition}, with nobody named"), Settlement { condition: *condition, ..settlement() });
    }
    for (name, party) in
        [("a node", Party::Node(key(5).public())), ("a collective", Party::Collective(CollectiveId([9; 32])))]
    {
        let with = Some(party);
        let mandate = Some(record(77));
        add(
            format!("with {name}, every field"),
            Settlement { with, mandate, until: cut([(1, 70), (2, 0)]), ..settlement() },
        );
    }
    let until = Cut(many(MAX_CUT, |at| FeedId([at; 32])).into_iter().map(|feed| (feed, u64::MAX)).collect());
    add("the widest cut".to_owned(), Settlement { until, ..settlement() });
}

fn erasures(list: &mut List) {
    let mut add = |name: &str, erasure| {
        let leaf = control_leaf(control(Content::Erasure(Box::new(erasure))));
        list.add(format!("erasure: {name}"), &leaf);
    };
    add("of a ballot's votes", erasure());
    add("of enrolments alone", Erasure { close: None, ..erasure() });
    let ranges = (0..MAX_RANGES as u64).map(|at| range(10 * at, 10 * at + 10)).collect();
    add("the most ranges", Erasure { ranges, ..erasure() });
    let feeds = u8::try_from(MAX_CONTROL_FEEDS).expect("few feeds");
    let heads = (1..=feeds).map(|feed| witnessed(feed, 2)).collect();
    add("the most heads", Erasure { dated_by: heads, ..erasure() });
    let stamps = u8::try_from(MAX_KEYS).expect("few witnesses");
    add("the most cosignatures", Erasure { dated_by: vec![witnessed(1, stamps)], ..erasure() });
}
