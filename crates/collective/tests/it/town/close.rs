//! Closes, erasures, and the heads that witnesses cosign for them.

use commonwheel_collective::ControlLeaf;
use commonwheel_ledger::{Frontier, cosign, tree};
use commonwheel_record::attestation::Head;
use commonwheel_record::control::{Close, Content, Erasure, Range, Stamp, Tally, WitnessedHead};
use commonwheel_record::{Cut, FeedId, Hash, Leaf, RecordId};

use super::{CLOSES, GOVERNANCE, Town, WITNESSES, public, secret};
use crate::world::network;

/// A head of so many leaves with cosignatures by keys, each at a time.
pub(crate) fn witnessed(feed: FeedId, size: u64, stamps: &[(u16, u64)]) -> WitnessedHead {
    cosigned(Head { feed, size, root: Hash([4; 32]) }, stamps)
}

/// The same of a head with a root of its own.
pub(crate) fn cosigned(head: Head, stamps: &[(u16, u64)]) -> WitnessedHead {
    let stamp = |(key, time): &(u16, u64)| {
        let cosigned = cosign::cosign(&network(), &secret(*key), head, *time);
        (public(*key), Stamp { time: *time, signature: cosigned.signature })
    };
    WitnessedHead { head, stamps: stamps.iter().map(stamp).collect() }
}

/// The first two witnesses, which are a majority of three, at one time.
pub(crate) fn majority(time: u64) -> Vec<(u16, u64)> {
    WITNESSES[..2].iter().map(|key| (*key, time)).collect()
}

/// Heads of a cut, each with these cosignatures. A feed without a leaf has no head.
pub(crate) fn heads(cut: &Cut, stamps: &[(u16, u64)]) -> Vec<WitnessedHead> {
    let written = cut.0.iter().filter(|(_, size)| **size > 0);
    written.map(|(feed, size)| witnessed(*feed, *size, stamps)).collect()
}

/// A close of a ballot at a cut.
pub(crate) fn close_at(ballot: Hash, cut: &Cut, result: Option<Tally>, stamps: &[(u16, u64)]) -> Close {
    Close { ballot, heads: heads(cut, stamps), result }
}

impl Town {
    /// The head of a feed as it is held.
    pub(crate) fn head(&self, feed: FeedId) -> Head {
        let mut tree = Frontier::default();
        for leaf in &self.logs[&feed].leaves {
            let ControlLeaf::Record(verified) = leaf else { panic!("{leaf:?}") };
            tree.push(tree::leaf_hash(&Leaf::Control(Box::new(verified.control.clone())).encode()));
        }
        Head { feed, size: tree.size(), root: tree.root() }
    }

    pub(crate) fn say_close(&mut self, feed: usize, close: Close) -> RecordId {
        self.say(feed, Content::Close(Box::new(close)), &[])
    }

    /// Closes a ballot with all that is written, as the votes amount to, a second after its end.
    pub(crate) fn close(&mut self, feed: usize, ballot: Hash) -> RecordId {
        let cut = self.cut();
        let result = self.tally(&ballot, &cut);
        assert!(result.is_some(), "the ballot can be counted");
        let time = self.view().ballot(&ballot).unwrap().ballot.decided() + 1;
        self.say_close(feed, close_at(ballot, &cut, result, &majority(time)))
    }

    /// Ends the voting of a secret ballot with all that is written.
    pub(crate) fn close_voting(&mut self, feed: usize, ballot: Hash) -> RecordId {
        let cut = self.cut();
        self.say_close(feed, close_at(ballot, &cut, None, &majority(CLOSES + 1)))
    }

    /// Closes a ballot and states that it was carried.
    pub(crate) fn carry(&mut self, feed: usize, ballot: Hash) -> RecordId {
        let close = self.close(feed, ballot);
        self.mandate(feed, ballot, close)
    }

    /// Declares records erased, dated by witnesses.
    pub(crate) fn erase(&mut self, close: Option<RecordId>, records: &[RecordId], time: u64) -> RecordId {
        let dated_by = heads(&self.cut(), &majority(time));
        let ranges = ranges(records);
        self.say(0, Content::Erasure(Box::new(Erasure { close, ranges, dated_by })), &GOVERNANCE[..2])
    }
}

/// The ranges that hold just these records.
pub(crate) fn ranges(records: &[RecordId]) -> Vec<Range> {
    let mut records = records.to_vec();
    records.sort_unstable();
    let mut ranges: Vec<Range> = Vec::new();
    for RecordId { feed, index } in records {
        match ranges.last_mut() {
            Some(last) if last.feed == feed && last.end == index => last.end += 1,
            _ => ranges.push(Range { feed, start: index, end: index + 1 }),
        }
    }
    ranges
}
