//! A collective of people: everything in it is really signed, and opened as a node opens what arrives.

mod close;
mod say;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlFeed, ControlLeaf, UNFOUNDED, Verified, View, fold, tally_at};
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{Charter, Content, KeySet, Rules, Tally, Terms};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::{
    CollectiveId, Commitment, Control, Cut, FeedId, Hash, PublicKey, RecordId, SecretKey,
};

pub(crate) use self::close::*;
pub(crate) use self::say::*;
use crate::world::{delegate_feed, network};

/// When voting begins in these tests, when it ends, and a day, in seconds.
pub(crate) const OPENS: u64 = 1_800_000_000;
pub(crate) const CLOSES: u64 = OPENS + 7 * DAY;
pub(crate) const DAY: u64 = 86_400;

/// Keys that are no member's.
pub(crate) const ROOT: u16 = 60_000;
pub(crate) const GOVERNANCE: [u16; 3] = [60_010, 60_011, 60_012];
pub(crate) const WITNESSES: [u16; 3] = [60_020, 60_021, 60_022];
pub(crate) const WRITERS: [u16; 5] = [60_030, 60_031, 60_032, 60_033, 60_034];

thread_local! {
    static KEYS: RefCell<BTreeMap<u16, SecretKey>> = const { RefCell::new(BTreeMap::new()) };
}

/// A secret key by its number; members count from 0.
pub(crate) fn secret(number: u16) -> SecretKey {
    let make = || {
        let mut seed = [7; 32];
        seed[..2].copy_from_slice(&number.to_be_bytes());
        SecretKey::from_seed(&seed)
    };
    KEYS.with_borrow_mut(|keys| keys.entry(number).or_insert_with(make).clone())
}

pub(crate) fn public(number: u16) -> PublicKey {
    secret(number).public()
}

fn publics(numbers: &[u16]) -> BTreeSet<PublicKey> {
    numbers.iter().map(|number| public(*number)).collect()
}

pub(crate) fn charter(rules: Rules) -> Charter {
    Charter {
        root: KeySet::single(public(ROOT)),
        governance: KeySet { threshold: 2, keys: publics(&GOVERNANCE) },
        witnesses: publics(&WITNESSES),
        rules,
        ..crate::world::charter()
    }
}

#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) manifest: Manifest,
    pub(crate) leaves: Vec<ControlLeaf>,
    /// How many leaves are good, if the feed's writer signed two branches.
    pub(crate) forked: Option<u64>,
}

/// A collective, its control feeds, and what has been written into them.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) id: CollectiveId,
    pub(crate) charter: Charter,
    /// The hash of the genesis charter's signed bytes.
    pub(crate) charter_hash: Hash,
    /// The control feeds, the first one first.
    pub(crate) feeds: Vec<FeedId>,
    pub(crate) logs: BTreeMap<FeedId, Log>,
    salt: u64,
}

impl Town {
    /// A town under these rules with two control feeds and nobody on its roll.
    pub(crate) fn new(rules: Rules) -> Self {
        Self::chartered(charter(rules), 2)
    }

    pub(crate) fn chartered(charter: Charter, feeds: usize) -> Self {
        let content = Content::Charter(Box::new(charter.clone()));
        let genesis = Control::new(None, content).signed(&network(), &secret(ROOT));
        let id = genesis.owner(&network());
        let charter_hash = Verified::hash_of(&network(), &genesis);
        let logs = BTreeMap::new();
        let mut town = Self { id, charter, charter_hash, feeds: Vec::new(), logs, salt: 0 };
        let first = town.open(UNFOUNDED, WRITERS[0]);
        town.push(first, genesis, None);
        town.root(delegate_feed(first));
        for writer in &WRITERS[1..feeds] {
            let feed = town.open(id, *writer);
            town.root(delegate_feed(feed));
        }
        town
    }

    fn open(&mut self, collective: CollectiveId, writer: u16) -> FeedId {
        let manifest = Manifest {
            version: 1,
            collective,
            purpose: Purpose::Control,
            audience: FeedAudience::Public,
            writer: public(writer),
            network: network(),
            prologue: None,
        };
        let feed = manifest.id();
        self.feeds.push(feed);
        self.logs.insert(feed, Log { manifest, leaves: Vec::new(), forked: None });
        feed
    }

    /// Appends what is left of a record once it went over the wire.
    pub(crate) fn push(&mut self, feed: FeedId, control: Control, body: Option<&SealedBody>) -> RecordId {
        let bytes = commonwheel_record::Leaf::Control(Box::new(control)).encode();
        let leaf = commonwheel_record::Leaf::decode(&bytes).unwrap();
        self.put(feed, ControlLeaf::open(&network(), Some(leaf), body))
    }

    pub(crate) fn put(&mut self, feed: FeedId, leaf: ControlLeaf) -> RecordId {
        let leaves = &mut self.logs.get_mut(&feed).unwrap().leaves;
        leaves.push(leaf);
        RecordId { feed, index: leaves.len() as u64 - 1 }
    }

    /// Appends a record without a body to a feed, by its number.
    pub(crate) fn say(&mut self, feed: usize, content: Content, signers: &[u16]) -> RecordId {
        let control = self.signed(content, signers);
        self.push(self.feeds[feed], control, None)
    }

    pub(crate) fn signed(&self, content: Content, signers: &[u16]) -> Control {
        let control = Control::new(Some(self.id), content);
        signers.iter().fold(control, |control, signer| control.signed(&network(), &secret(*signer)))
    }

    pub(crate) fn root(&mut self, content: Content) -> RecordId {
        self.say(0, content, &[ROOT])
    }

    /// Appends to the first feed under the governance threshold.
    pub(crate) fn govern(&mut self, content: Content) -> RecordId {
        self.say(0, content, &GOVERNANCE[..2])
    }

    /// Commits to a body under a salt never used before.
    pub(crate) fn seal(&mut self, bytes: Vec<u8>) -> (Commitment, SealedBody) {
        self.salt += 1;
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&self.salt.to_be_bytes());
        (Commitment::to(&network(), &salt, &bytes), SealedBody { salt, submission: None, bytes })
    }

    pub(crate) fn size(&self, feed: FeedId) -> u64 {
        self.logs[&feed].leaves.len() as u64
    }

    /// All that is written so far.
    pub(crate) fn cut(&self) -> Cut {
        Cut(self.feeds.iter().map(|feed| (*feed, self.size(*feed))).collect())
    }

    /// Where the next record of a feed will stand.
    pub(crate) fn next(&self, feed: usize) -> RecordId {
        RecordId { feed: self.feeds[feed], index: self.size(self.feeds[feed]) }
    }

    pub(crate) fn leaf(&self, id: RecordId) -> &ControlLeaf {
        &self.logs[&id.feed].leaves[usize::try_from(id.index).unwrap()]
    }

    pub(crate) fn verified(&self, id: RecordId) -> &Verified {
        match self.leaf(id) {
            ControlLeaf::Record(verified) => verified,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn hash_of(&self, id: RecordId) -> Hash {
        self.verified(id).hash
    }

    /// Forgets the body of a record.
    pub(crate) fn forget_body(&mut self, id: RecordId) {
        let leaves = &mut self.logs.get_mut(&id.feed).unwrap().leaves;
        match &mut leaves[usize::try_from(id.index).unwrap()] {
            ControlLeaf::Record(verified) => verified.body = commonwheel_collective::Body::Missing,
            other => panic!("{other:?}"),
        }
    }

    fn as_feeds(&self) -> BTreeMap<FeedId, ControlFeed<'_>> {
        let feeds = self.logs.iter().map(|(id, log)| {
            (*id, ControlFeed { manifest: &log.manifest, leaves: &log.leaves, forked: log.forked })
        });
        feeds.collect()
    }

    /// The view of one node.
    pub(crate) fn view(&self) -> View {
        fold(&network(), self.id, &self.as_feeds())
    }

    /// The view of two nodes that received the records in different orders, one of them some records twice.
    ///
    /// What either knew on the way changes nothing in the end.
    pub(crate) fn fold(&self) -> View {
        let view = self.view();
        let mut other = self.clone();
        other.logs.values_mut().for_each(|log| log.leaves.fill(ControlLeaf::Missing));
        let mut arrivals: Vec<(FeedId, usize)> = Vec::new();
        for (feed, log) in self.logs.iter().rev() {
            arrivals.extend((0..log.leaves.len()).rev().map(|index| (*feed, index)));
        }
        arrivals.extend(arrivals.clone().into_iter().step_by(3));
        let half = arrivals.len() / 2;
        for (count, (feed, index)) in arrivals.into_iter().enumerate() {
            let leaf = self.logs[&feed].leaves[index].clone();
            other.logs.get_mut(&feed).unwrap().leaves[index] = leaf;
            if count == half {
                other.view();
            }
        }
        let met = other.view();
        assert_eq!(view.hash(), met.hash(), "two nodes with the same records");
        assert_eq!(view.ineffective(), met.ineffective());
        view
    }

    /// What a close of the ballot has to state now.
    pub(crate) fn tally(&self, ballot: &Hash, cut: &Cut) -> Option<Tally> {
        tally_at(&network(), self.id, &self.as_feeds(), ballot, cut)
    }
}

/// The terms of a pause that a ballot proposes.
pub(crate) fn terms(demand: &str) -> Terms {
    use commonwheel_record::control::{Audience, Reach, Rung, Scope, Variant};
    Terms {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        audience: Audience::Everyone,
        rung: Rung::Header,
        demand: demand.to_owned(),
    }
}
