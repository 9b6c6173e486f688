//! Ballots, votes, reveals, closes and mandates.

use std::collections::BTreeSet;

use commonwheel_record::control::{
    Audience, Ballot, Close, Content, Mandate, Party, Proposal, Reveal, Rung, Tally, Terms, Variant, Vote,
    WitnessedHead,
};
use commonwheel_record::limits::{MAX_CUT, MAX_LEAF, MAX_PROPOSALS, MAX_TEXT};
use commonwheel_record::terms::Condition;
use commonwheel_record::{CollectiveId, Commitment, Control, Cut, FeedId};

use super::List;
use super::strikes::scope;
use crate::samples::{
    BALLOT, ballot, close, collective, commitment, control, control_leaf, cut, key, many, network, record,
    terms, witnessed,
};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    ballots(&mut list);
    proposals(&mut list);
    votes(&mut list);
    closes(&mut list);
    list
}

fn unsigned(content: Content) -> Vec<u8> {
    control_leaf(Control::new(Some(collective()), content))
}

fn ballots(list: &mut List) {
    let leaf = |ballot| Content::Ballot(Box::new(ballot));
    list.add("ballot: open, called by governance", &control_leaf(control(leaf(ballot()))));
    let secret = Ballot { reveals: Some(1_790_864_000), ..ballot() };
    list.add("ballot: secret", &control_leaf(control(leaf(secret))));
    let called = Ballot { petition: Some(commitment()), ..ballot() };
    list.add("ballot: called by members, unsigned", &unsigned(leaf(called)));
    let longest = Commitment { bucket: 12, ..commitment() };
    let both = Ballot { petition: Some(longest), ..ballot() };
    list.add("ballot: called by members and by governance", &control_leaf(control(leaf(both))));
    let copied = control(leaf(ballot())).signed(&network(), &key(3));
    list.add("ballot: signed by one more key, of the same name", &control_leaf(copied));
    let shortest = Ballot {
        question: "?".to_owned(),
        opens: 0,
        closes: 1,
        reveals: Some(2),
        cut: Cut::default(),
        ..ballot()
    };
    list.add("ballot: the shortest question and times", &control_leaf(control(leaf(shortest))));
    let widest = Cut(many(MAX_CUT, |at| FeedId([at; 32])).into_iter().map(|feed| (feed, u64::MAX)).collect());
    let latest = Ballot {
        question: "é".repeat(MAX_TEXT / 2),
        closes: u64::MAX - 1,
        reveals: Some(u64::MAX),
        cut: widest,
        ..ballot()
    };
    list.add(
        "ballot: the longest question, the latest times, the widest cut",
        &control_leaf(control(leaf(latest))),
    );
}

fn proposals(list: &mut List) {
    let mut add = |name: &str, proposals| {
        let leaf = control_leaf(control(Content::Ballot(Box::new(Ballot { proposals, ..ballot() }))));
        list.add(format!("ballot: {name}"), &leaf);
    };
    let embargo = |terms| Proposal::Embargo(Box::new(terms));
    let full = Terms {
        variant: Variant::PreferenceShift(Condition::Pay),
        scope: scope(),
        reach: commonwheel_record::control::Reach::New,
        from_cut: cut([(1, 1000), (2, 0)]),
        audience: Audience::Except(BTreeSet::from([
            Party::Node(key(5).public()),
            Party::Collective(CollectiveId([9; 32])),
        ])),
        rung: Rung::Commitment,
        demand: "Corrections are paid for, or they stop.".to_owned(),
    };
    add("on an embargo, every field", vec![embargo(full.clone())]);
    add("on a lift", vec![Proposal::Lift(record(9))]);
    add("on an embargo and the lift of another", vec![embargo(terms()), Proposal::Lift(record(9))]);
    let most = (0..MAX_PROPOSALS).map(|at| {
        let demand = format!("{}. {}", at + 1, full.demand);
        embargo(Terms { demand, ..full.clone() })
    });
    add("on the most at once", most.collect());
    add("twice on the same", vec![Proposal::Lift(record(9)); 2]);
}

fn votes(list: &mut List) {
    for (name, bucket) in [("the shortest", 6), ("the longest", 12)] {
        let commitment = Commitment { bucket, ..commitment() };
        let vote = Content::Vote(Vote { ballot: BALLOT, vote: commitment });
        list.add(format!("vote: {name} body"), &unsigned(vote));
        let reveal = Content::Reveal(Reveal { ballot: BALLOT, reveal: commitment });
        list.add(format!("reveal: {name} body"), &unsigned(reveal));
    }
    let signed = Content::Vote(Vote { ballot: BALLOT, vote: commitment() });
    list.add("vote: signed by governance, which adds nothing", &control_leaf(control(signed)));
    let mandate = Content::Mandate(Mandate { ballot: BALLOT, close: record(60) });
    list.add("mandate: unsigned", &unsigned(mandate));
}

fn closes(list: &mut List) {
    let mut add = |name: &str, close| {
        let leaf = unsigned(Content::Close(Box::new(close)));
        list.add(format!("close: {name}"), &leaf);
        leaf.len()
    };
    add("with a result", close());
    add("of voting, before choices are revealed", Close { result: None, ..close() });
    add("a head that nobody cosigned", Close { heads: vec![witnessed(1, 0)], ..close() });
    let result = Some(Tally { eligible: u64::MAX, yes: 0, no: u64::MAX, abstained: 1 });
    add("the largest numbers", Close { result, ..close() });
    for (feeds, stamps) in LARGEST {
        let heads: Vec<WitnessedHead> = (1..=feeds).map(|feed| witnessed(feed, stamps)).collect();
        let len = add(&format!("{feeds} heads with {stamps} cosignatures each"), Close { heads, ..close() });
        assert!(len <= MAX_LEAF && (stamps == 16 || len + usize::from(feeds) * STAMP > MAX_LEAF));
    }
}

/// Feeds, and the most cosignatures each of their heads may have in one leaf.
const LARGEST: [(u8, u8); 5] = [(1, 16), (2, 16), (3, 11), (4, 8), (5, 6)];

/// The bytes of one more cosignature.
const STAMP: usize = 107;
