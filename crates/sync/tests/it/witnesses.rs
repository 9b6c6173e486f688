//! Witnesses say when they saw which control heads, and a majority of them closes a ballot.
//!
//! ```text
//! witness 1 ── co-op 0 ── witness 2
//!                 │
//!             witness 3
//! ```

use commonwheel_collective::{Outcome, View};
use commonwheel_ledger::cosign::cosign;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::{Attestation, Attested, Head, Statement};
use commonwheel_record::cbor::encode;
use commonwheel_record::control::{
    Ballot, Cast, Choice, Close, Content, Proposal, Tally, Vote, VoteBody, VoteContent, WitnessedHead,
};
use commonwheel_record::{Hash, RecordId, SecretKey};

use crate::common::{Coop, World, key, network};

pub(crate) const GRACE: u64 = 3600;
const WITNESSES: [u8; 3] = [61, 62, 63];

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) coop: Coop,
}

/// A ballot with three members who have voted yes, and when it closes, in seconds since 1970.
pub(crate) struct Poll {
    pub(crate) hash: Hash,
    pub(crate) closes: u64,
}

pub(crate) fn town() -> Town {
    let coop = Coop::chartered(1, |charter| {
        charter.witnesses = WITNESSES.iter().map(|byte| key(*byte).public()).collect();
        charter.rules.grace_hours = 1;
        (charter.rules.mandate_days, charter.rules.retention_days) = (2, 3);
    });
    let mut world = World::new();
    world.add(coop.key.clone(), &[coop.id], &[]);
    for (node, writer) in [2, 3, 4].into_iter().zip(WITNESSES) {
        world.add_witness(key(node), &key(writer), &[coop.id]);
    }
    world.found(0, &coop);
    (1..4).for_each(|witness| world.connect(0, witness));
    Town { world, coop }
}

impl Town {
    pub(crate) fn view(&self, node: usize) -> &View {
        self.world.nodes[node].sync.views().held(&self.coop.id).unwrap()
    }

    pub(crate) fn append(&mut self, record: commonwheel_sync::NewRecord) -> RecordId {
        let control = self.coop.control;
        let index = self.world.append(0, &self.coop, control, vec![record]);
        self.world.run();
        RecordId { feed: control, index }
    }

    pub(crate) fn poll(&mut self) -> Poll {
        for member in 40..43 {
            let record = self.coop.enrol(&key(member));
            self.append(record);
        }
        let now = self.world.now / 1000;
        let ballot = Ballot {
            question: "Shall we end it?".to_owned(),
            proposals: vec![Proposal::Lift(RecordId { feed: self.coop.control, index: 0 })],
            opens: now,
            closes: now + 7200,
            reveals: None,
            charter: *self.view(0).charter_chain().last().unwrap(),
            cut: self.view(0).folded().clone(),
            roll: self.view(0).roll().hash(&network()),
            petition: None,
        };
        let closes = ballot.closes;
        let record = self.coop.control(Content::Ballot(Box::new(ballot)));
        self.append(record);
        let hash = self.view(0).ballots()[0].hash;
        (40..43).for_each(|member| self.vote(hash, &key(member)));
        Poll { hash, closes }
    }

    /// Closes a ballot that all three members voted yes on.
    pub(crate) fn close(&mut self, poll: &Poll) -> RecordId {
        let heads = self.witnessed(0, poll.closes, poll.closes + GRACE);
        let result = Some(Tally { eligible: 3, yes: 3, no: 0, abstained: 0 });
        let close = Close { ballot: poll.hash, heads, result };
        let record = self.coop.control(Content::Close(Box::new(close)));
        self.append(record)
    }

    fn vote(&mut self, ballot: Hash, member: &SecretKey) {
        let sequence = self.world.now;
        let content = VoteContent { ballot, sequence, cast: Cast::Open(Choice::Yes) };
        let body = encode(&VoteBody::sign(&network(), member, content));
        let salt = *Hash::of(commonwheel_record::Domain::TEXT, &network(), &[&body]).as_bytes();
        let record = self.coop.personal(salt, body, |vote| Content::Vote(Vote { ballot, vote }));
        self.append(record);
    }

    fn heads(&self, node: usize, from: u64, to: u64) -> Vec<(u64, usize)> {
        let heads = self.witnessed(node, from, to);
        heads.iter().map(|witnessed| (witnessed.head.size, witnessed.stamps.len())).collect()
    }

    pub(crate) fn witnessed(&self, node: usize, from: u64, to: u64) -> Vec<WitnessedHead> {
        self.world.nodes[node].sync.witnessed_heads(&self.coop.id, from, to).unwrap()
    }

    pub(crate) fn size(&self) -> u64 {
        self.world.nodes[0].sync.store().size(&self.coop.control)
    }
}

#[test]
fn a_majority_of_witnesses_closes_a_ballot_and_not_before_its_time() {
    let mut town = town();
    let poll = town.poll();
    let (size, end) = (town.size(), poll.closes + GRACE);
    town.world.until(poll.closes - 1);
    assert_eq!(town.heads(0, poll.closes, end), [], "nobody cosigns early");
    assert_eq!(town.heads(0, 0, poll.closes - 1).len(), 1, "heads are dated all along");
    // Two of three are enough, and the third is not asked.
    town.world.cut(0, 3);
    town.world.until(poll.closes + 30);
    assert_eq!(town.heads(0, poll.closes, end), [(size, 2)]);
    let heads = town.witnessed(0, poll.closes, end);
    assert!(heads[0].stamps.values().all(|stamp| (poll.closes..=end).contains(&stamp.time)));
    town.close(&poll);
    for node in 0..3 {
        let ballot = town.view(node).ballot(&poll.hash).unwrap();
        assert_eq!((ballot.outcome, ballot.closes.len()), (Outcome::Carried, 1), "node {node}");
    }
}

#[test]
fn one_witness_of_three_closes_nothing() {
    let mut town = town();
    let poll = town.poll();
    town.world.cut(0, 2);
    town.world.cut(0, 3);
    town.world.until(poll.closes + 60);
    assert_eq!(town.heads(0, poll.closes, poll.closes + GRACE), []);
}

#[test]
fn what_comes_within_the_grace_is_cosigned_again() {
    let mut town = town();
    let poll = town.poll();
    town.world.until(poll.closes + 30);
    town.vote(poll.hash, &key(40));
    let size = town.size();
    town.world.until(poll.closes + 60);
    assert_eq!(town.heads(0, poll.closes, poll.closes + GRACE), [(size, 3)]);
}

#[test]
fn later_cosignatures_do_not_lose_those_that_a_close_needs() {
    let mut town = town();
    let poll = town.poll();
    town.world.until(poll.closes + 30);
    let within = town.witnessed(0, poll.closes, poll.closes + GRACE);
    for hour in 1..20 {
        town.world.until(poll.closes + (hour + 1) * 3700);
        let record = town.coop.enrol(&key(100 + hour as u8));
        town.append(record);
    }
    assert!(!town.witnessed(0, poll.closes + 10 * GRACE, u64::MAX).is_empty(), "there are later ones");
    assert_eq!(town.witnessed(0, poll.closes, poll.closes + GRACE), within);
    (1..4).for_each(|witness| town.world.cut(0, witness));
    town.world.restart(0);
    assert_eq!(town.witnessed(0, poll.closes, poll.closes + GRACE), within);
}

/// A witness that holds a vote's leaf alone would vouch for what it could not give to those who count.
#[test]
fn a_head_with_a_body_missing_is_not_cosigned() {
    let mut town = town();
    let poll = town.poll();
    town.world.cut(0, 1);
    let store = town.world.nodes[1].sync.store_mut();
    let last = store.size(&town.coop.control) - 1;
    store.erase_bodies(&town.coop.control, &[last]).unwrap();
    town.world.restart(1);
    town.world.until(poll.closes + 60);
    assert_eq!(town.heads(1, poll.closes, poll.closes + GRACE), []);
    town.world.connect(0, 1);
    town.world.until(poll.closes + 120);
    assert_eq!(town.heads(1, poll.closes, poll.closes + GRACE), [(town.size(), 3)]);
}

#[test]
fn nobody_else_is_a_witness() {
    let mut town = town();
    let poll = town.poll();
    // The co-op alone hears what follows.
    (1..4).for_each(|witness| town.world.cut(0, witness));
    town.world.until(poll.closes + 60);
    let size = town.size();
    let root = town.world.nodes[0].sync.store().head(&town.coop.control).unwrap().head.root;
    let head = Head { feed: town.coop.control, size, root };
    let time = poll.closes + 30;
    let attest = |issuer: &SecretKey, signer: &SecretKey, head: Head| {
        let content = Attested {
            version: 1,
            issuer: issuer.public(),
            subject: Hash(head.feed.0),
            collective: town.coop.id,
            counter: u64::MAX,
            time,
            statement: Statement::Cosignature(cosign(&network(), signer, head, time)),
        };
        Attestation::sign(&network(), issuer, content)
    };
    let other = Head { root: Hash([9; 32]), ..head };
    let said = [
        // The co-op itself, nodes that write nothing, and one witness over and over.
        attest(&town.coop.key, &town.coop.key, head),
        attest(&key(2), &key(2), head),
        attest(&key(3), &key(3), head),
        attest(&key(61), &key(61), head),
        attest(&key(61), &key(61), head),
        // Two witnesses on a branch that is not held here.
        attest(&key(62), &key(62), other),
        attest(&key(63), &key(63), other),
    ];
    said.iter().for_each(|attestation| town.world.gossip(1, 0, attestation));
    assert_eq!(town.heads(0, poll.closes, poll.closes + GRACE), []);
    assert!(town.world.faults.is_empty());
    town.world.blame = true;
    town.world.gossip(1, 0, &attest(&key(62), &key(61), head));
    assert_eq!(town.world.faults, [(0, "gossip that is provably bad")], "a signature that does not hold");
}
