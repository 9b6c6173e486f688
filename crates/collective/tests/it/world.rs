//! A collective to write control logs for, with signers stated instead of signatures made.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlFeed, ControlLeaf, UNFOUNDED, Verified, View, fold};
use commonwheel_record::control::{
    Affiliate, Audience, Charter, Content, Delegation, Embargo, Grant, KeySet, Lift, LiftReason, Offer,
    Party, Power, Range, Reach, Release, ReleaseMode, Revocation, Revoked, Rules, Rung, Scope, Subject,
    Variant, Withdrawal, WithdrawalClass,
};
use commonwheel_record::manifest::{FeedAudience, Prologue, Purpose};
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{
    CollectiveId, Commitment, Control, Cut, Extensions, FeedId, Hash, Manifest, NetworkId, PublicKey,
    RecordId,
};

pub(crate) const ROOT: u8 = 1;
pub(crate) const GOVERNANCE: u8 = 2;

pub(crate) fn network() -> NetworkId {
    NetworkId::named("test")
}

pub(crate) const fn key(seed: u8) -> PublicKey {
    PublicKey([seed; 32])
}

pub(crate) fn keys(seeds: &[u8]) -> BTreeSet<PublicKey> {
    seeds.iter().map(|seed| key(*seed)).collect()
}

pub(crate) fn key_set(threshold: u8, seeds: &[u8]) -> KeySet {
    KeySet { threshold, keys: keys(seeds) }
}

/// A data feed that nobody writes.
pub(crate) const fn data_feed(seed: u8) -> FeedId {
    FeedId([seed; 32])
}

pub(crate) fn charter() -> Charter {
    Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash([9; 32]),
        name: "Coop".to_owned(),
        root: key_set(1, &[ROOT]),
        governance: key_set(1, &[GOVERNANCE]),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: Licence::parse("LicenseRef-default").unwrap(),
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    }
}

pub(crate) fn manifest(collective: CollectiveId, writer: u8) -> Manifest {
    Manifest {
        version: 1,
        collective,
        purpose: Purpose::Control,
        audience: FeedAudience::Public,
        writer: key(writer),
        network: network(),
        prologue: None,
    }
}

pub(crate) fn verified(control: Control, signers: &[u8]) -> ControlLeaf {
    let hash = Verified::hash_of(&network(), &control);
    ControlLeaf::Record(Box::new(Verified {
        control,
        signers: keys(signers),
        hash,
        body: commonwheel_collective::Body::None,
        witnessed: Vec::new(),
    }))
}

#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) manifest: Manifest,
    pub(crate) leaves: Vec<ControlLeaf>,
    pub(crate) forked: Option<u64>,
}

/// A collective's control feeds, the first one founded.
#[derive(Clone)]
pub(crate) struct Coop {
    pub(crate) id: CollectiveId,
    pub(crate) first: FeedId,
    pub(crate) genesis: Control,
    pub(crate) logs: BTreeMap<FeedId, Log>,
}

impl Coop {
    pub(crate) fn new() -> Self {
        Self::founded(charter(), &[ROOT])
    }

    pub(crate) fn founded(charter: Charter, signers: &[u8]) -> Self {
        // Two collectives do not share a writer: their first manifests name nothing else that would differ.
        let writer = charter.nonce.0[0];
        let genesis = Control::new(None, Content::Charter(Box::new(charter)));
        let id = genesis.owner(&network());
        let manifest = manifest(UNFOUNDED, 91 + writer);
        let first = manifest.id();
        let leaves = vec![verified(genesis.clone(), signers)];
        let logs = BTreeMap::from([(first, Log { manifest, leaves, forked: None })]);
        let mut coop = Self { id, first, genesis, logs };
        coop.append(first, delegate_feed(first), signers);
        coop
    }

    /// Adds an empty control feed that nothing delegates yet.
    pub(crate) fn open(&mut self, writer: u8) -> FeedId {
        self.open_as(manifest(self.id, writer))
    }

    pub(crate) fn open_as(&mut self, manifest: Manifest) -> FeedId {
        let id = manifest.id();
        self.logs.insert(id, Log { manifest, leaves: Vec::new(), forked: None });
        id
    }

    /// Adds a control feed that the first feed delegates.
    pub(crate) fn open_delegated(&mut self, writer: u8) -> FeedId {
        let feed = self.open(writer);
        self.root(delegate_feed(feed));
        feed
    }

    pub(crate) fn append(&mut self, feed: FeedId, content: Content, signers: &[u8]) -> RecordId {
        self.append_control(feed, Control::new(Some(self.id), content), signers)
    }

    pub(crate) fn append_control(&mut self, feed: FeedId, control: Control, signers: &[u8]) -> RecordId {
        let leaves = &mut self.logs.get_mut(&feed).unwrap().leaves;
        leaves.push(verified(control, signers));
        RecordId { feed, index: leaves.len() as u64 - 1 }
    }

    /// Appends to the first feed under the governance key.
    pub(crate) fn govern(&mut self, content: Content) -> RecordId {
        self.append(self.first, content, &[GOVERNANCE])
    }

    /// Appends to the first feed under the root key.
    pub(crate) fn root(&mut self, content: Content) -> RecordId {
        self.append(self.first, content, &[ROOT])
    }

    pub(crate) fn size(&self, feed: FeedId) -> u64 {
        self.logs[&feed].leaves.len() as u64
    }

    /// All that is written so far.
    pub(crate) fn cut(&self) -> Cut {
        Cut(self.logs.keys().map(|feed| (*feed, self.size(*feed))).collect())
    }

    pub(crate) fn fork(&mut self, feed: FeedId, good: u64) {
        self.logs.get_mut(&feed).unwrap().forked = Some(good);
    }

    pub(crate) fn fold(&self) -> View {
        let feeds = self.logs.iter().map(|(id, log)| {
            (*id, ControlFeed { manifest: &log.manifest, leaves: &log.leaves, forked: log.forked })
        });
        fold(&network(), self.id, &feeds.collect())
    }

    /// The hash that the successor of this charter names.
    pub(crate) fn genesis_hash(&self) -> Hash {
        Verified::hash_of(&network(), &self.genesis)
    }
}

pub(crate) fn critical(mut control: Control) -> Control {
    control.extensions = Extensions(BTreeMap::from([(1, vec![0])]));
    control
}

pub(crate) fn delegate_feed(feed: FeedId) -> Content {
    Content::Delegation(Delegation { subject: Subject::Feed(feed) })
}

pub(crate) fn delegate_node(seed: u8, region: Option<&str>) -> Content {
    let region = region.map(|region| region.parse().unwrap());
    Content::Delegation(Delegation { subject: Subject::Node { key: key(seed), region } })
}

pub(crate) fn revoke(revoked: Revoked) -> Content {
    Content::Revocation(Revocation { revoked })
}

pub(crate) fn revoke_feed(feed: FeedId, size: u64) -> Content {
    revoke(Revoked::Feed { feed, size, root: Hash([0; 32]) })
}

pub(crate) fn affiliate(to: u8, powers: &[Power], until: Option<u64>) -> Content {
    let powers = powers.iter().copied().collect();
    Content::Affiliate(Affiliate { to: CollectiveId([to; 32]), powers, until })
}

pub(crate) fn release(licence: &str, mode: ReleaseMode, ranges: &[(u8, u64, u64)]) -> Content {
    let range =
        |(feed, start, end): &(u8, u64, u64)| Range { feed: data_feed(*feed), start: *start, end: *end };
    Content::Release(Release {
        licence: Licence::parse(licence).unwrap(),
        mode,
        ranges: ranges.iter().map(range).collect(),
        dated_by: None,
    })
}

pub(crate) fn pause(demand: &str) -> Content {
    embargo(Variant::Pause, demand)
}

pub(crate) fn embargo(variant: Variant, demand: &str) -> Content {
    Content::Embargo(Box::new(Embargo {
        variant,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        cut: Cut::default(),
        audience: Audience::Everyone,
        rung: Rung::Header,
        starts: 0,
        ends: None,
        demand: demand.to_owned(),
        mandate: None,
    }))
}

pub(crate) fn lift(embargo: RecordId, scope: Option<Scope>) -> Content {
    Content::Lift(Lift { embargo, scope, reason: LiftReason::Settled, settlement: None, mandate: None })
}

pub(crate) fn offer(title: &str) -> Content {
    Content::Offer(Offer {
        title: title.to_owned(),
        terms: Hash([3; 32]),
        purposes: BTreeSet::new(),
        conditions: BTreeSet::new(),
    })
}

pub(crate) fn grant(offer: RecordId, to: Party, expires: Option<u64>) -> Content {
    Content::Grant(Grant { offer, to, expires })
}

pub(crate) fn withdraw(range: (u8, u64, u64), class: WithdrawalClass, of_member: bool) -> Content {
    let (feed, start, end) = range;
    Content::Withdrawal(Withdrawal {
        ranges: vec![Range { feed: data_feed(feed), start, end }],
        class,
        rung: Rung::Header,
        cut: Cut::default(),
        member: of_member.then_some(Commitment { hash: Hash([1; 32]), bucket: 6 }),
    })
}

pub(crate) fn prologue(feed: FeedId, size: u64) -> Prologue {
    Prologue { feed, size, root: Hash([0; 32]) }
}
