//! Votes are erased once nothing rests on them any more, and what they came to still verifies.

use commonwheel_collective::Outcome;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Erasure, Range};

use crate::common::key;
use crate::witnesses::{Town, town};

const DAY: u64 = 86_400;

/// A ballot's day of decision, two days of mandate and three of retention, in seconds.
const KEPT: u64 = 5 * DAY;

impl Town {
    /// Positions of control records whose bodies a node holds.
    fn bodies(&self, node: usize) -> Vec<u64> {
        let (store, feed) = (self.world.nodes[node].sync.store(), &self.coop.control);
        let held = (0..).zip(store.held(feed, 0, store.size(feed)));
        held.filter(|(_, held)| *held).map(|(index, _)| index).collect()
    }
}

#[test]
fn erased_votes_leave_the_files_and_a_newcomer_is_whole_without_them() {
    let mut town = town();
    let poll = town.poll();
    let votes = town.size() - 3..town.size();
    town.world.until(poll.closes + 30);
    let close = town.close(&poll);
    town.world.now = (poll.closes + KEPT + 7200) * 1000;
    let record = town.coop.enrol(&key(50));
    town.append(record);
    town.world.until(poll.closes + KEPT + 7300);
    let with_votes = town.bodies(2);
    assert!(votes.clone().all(|vote| with_votes.contains(&vote)));
    let dated_by = town.witnessed(0, poll.closes + KEPT + 1, u64::MAX);
    let ranges = vec![Range { feed: town.coop.control, start: votes.start, end: votes.end }];
    let erasure = Erasure { close: Some(close), ranges, dated_by };
    let erasure = town.coop.control(Content::Erasure(Box::new(erasure)));
    let erasure = town.append(erasure);
    for node in 0..4 {
        assert_eq!(town.view(node).ineffective().get(&erasure), None);
        let left = town.bodies(node);
        assert_eq!(left.len() + 3, with_votes.len(), "node {node}");
        assert!(votes.clone().all(|vote| !left.contains(&vote)), "node {node}");
    }
    // Nobody has them, nobody asks for them, and everybody comes to the same view.
    let newcomer = town.world.add(key(9), &[town.coop.id], &[town.coop.key.public()]);
    town.world.connect(0, newcomer);
    (1..4).for_each(|witness| town.world.cut(0, witness));
    town.world.restart(1);
    for node in [0, 1, newcomer] {
        assert_eq!(town.view(node).hash(), town.view(0).hash(), "node {node}");
        let ballot = town.view(node).ballot(&poll.hash).unwrap();
        assert_eq!((ballot.outcome, ballot.tally.yes, ballot.sealed), (Outcome::Carried, 3, true));
        let missing = town.world.nodes[node].sync.not_serving(&town.coop.id);
        assert!(!missing.is_some_and(|why| why.contains("missing")), "node {node}");
    }
}
