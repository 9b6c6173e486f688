//! A co-op with a partner that carries its log too, and the folds of what a node may hold of both.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::found::{delegate, feed, found, leaf};
use commonwheel_collective::{ControlFeed, ControlLeaf, View, Views, fold};
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{Charter, Content, KeySet, Range, Release, ReleaseMode, Rules, Subject};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::terms::{Language, Licence, Preferences, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Cut, Extensions, FeedId, Hash,
    Leaf, Manifest, NetworkId, PublicKey, RecordId, Regions, SecretKey, Tier,
};

pub(crate) fn network() -> NetworkId {
    NetworkId::named("model")
}

pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    secret(seed).public()
}

pub(crate) const ROOT: u8 = 1;
pub(crate) const GOVERNANCE: u8 = 2;
/// The first of the keys that write control feeds, one after the other.
pub(crate) const WRITER: u8 = 10;
/// Writes the data feed.
const DATA_WRITER: u8 = 9;

/// A control feed as it will be once everything is written.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) manifest: Manifest,
    pub(crate) leaves: Vec<Vec<u8>>,
    pub(crate) opened: Vec<ControlLeaf>,
}

/// A collective with several control feeds; the first is its own.
#[derive(Clone, Debug)]
pub(crate) struct Coop {
    pub(crate) id: CollectiveId,
    pub(crate) logs: Vec<Log>,
    pub(crate) data: Manifest,
}

impl Coop {
    /// Founds it with so many control feeds, a data feed, and a release of all that feed will ever hold.
    pub(crate) fn new(feeds: u8, witnesses: BTreeSet<PublicKey>, rules: Rules) -> Self {
        let charter = Charter {
            number: 0,
            previous: None,
            cut: Cut::default(),
            nonce: Hash([7; 32]),
            name: "Riverside".to_owned(),
            root: KeySet::single(public(ROOT)),
            governance: KeySet::single(public(GOVERNANCE)),
            next_root: BTreeSet::new(),
            liveness: BTreeSet::new(),
            witnesses,
            stewards: BTreeSet::new(),
            lease_hours: 72,
            release_feed: None,
            default_licence: Licence::parse("LicenseRef-default").unwrap(),
            terms: None,
            default_preferences: Preferences::UNSET,
            preferences_locked: false,
            rules,
        };
        let root = secret(ROOT);
        let founding = found(&network(), charter, &[&root], public(WRITER));
        let id = founding.collective;
        let data = feed(&network(), id, Purpose::Data, FeedAudience::Public, public(DATA_WRITER));
        let mut coop = Self { id, logs: Vec::new(), data };
        coop.open(founding.manifest);
        for bytes in founding.leaves {
            coop.append_leaf(0, bytes, None);
        }
        coop.delegate(coop.data.id());
        for nth in 1..feeds {
            let writer = public(WRITER + nth);
            let manifest = feed(&network(), id, Purpose::Control, FeedAudience::Public, writer);
            coop.delegate(manifest.id());
            coop.open(manifest);
        }
        let range = Range { feed: coop.data.id(), start: 0, end: u64::MAX };
        let licence = Licence::parse("LicenseRef-default").unwrap();
        let release = Release { licence, mode: ReleaseMode::Open, ranges: vec![range], dated_by: None };
        coop.govern(0, Content::Release(release));
        coop
    }

    fn open(&mut self, manifest: Manifest) {
        self.logs.push(Log { manifest, leaves: Vec::new(), opened: Vec::new() });
    }

    fn delegate(&mut self, subject: FeedId) {
        let bytes = delegate(&network(), self.id, &[&secret(ROOT)], Subject::Feed(subject));
        self.append_leaf(0, bytes, None);
    }

    /// Appends a record that governance signs.
    pub(crate) fn govern(&mut self, feed: usize, content: Content) -> RecordId {
        let bytes = leaf(&network(), self.id, &[&secret(GOVERNANCE)], content);
        self.append_leaf(feed, bytes, None)
    }

    pub(crate) fn append_leaf(&mut self, feed: usize, bytes: Vec<u8>, body: Option<&SealedBody>) -> RecordId {
        let log = &mut self.logs[feed];
        let index = log.leaves.len() as u64;
        log.opened.push(ControlLeaf::open(&network(), Some(Leaf::decode(&bytes).unwrap()), body));
        log.leaves.push(bytes);
        RecordId { feed: log.manifest.id(), index }
    }

    /// How much of each control feed there is.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.logs.iter().map(|log| log.leaves.len()).collect()
    }

    /// Folds what a node holds: so many leaves of each control feed.
    pub(crate) fn view(&self, held: &[usize]) -> View {
        let feeds = self.logs.iter().zip(held);
        let feeds: BTreeMap<FeedId, ControlFeed<'_>> = feeds
            .map(|(log, held)| {
                let leaves = &log.opened[..*held];
                (log.manifest.id(), ControlFeed { manifest: &log.manifest, leaves, forked: None })
            })
            .collect();
        fold(&network(), self.id, &feeds)
    }

    pub(crate) fn views(&self, held: &[usize]) -> Views {
        let mut views = Views::new(network());
        views.insert(self.view(held));
        views
    }
}

/// A chat in a language.
pub(crate) fn chat(language: &str) -> Leaf {
    let header = Contribution {
        kind: ContributionKind::Chat,
        language: Language::parse(language).unwrap(),
        domain: Slug::parse("housing").unwrap(),
        tags: BTreeSet::new(),
        labelled: false,
        licence: Licence::parse("LicenseRef-default").unwrap(),
        preferences: Preferences::UNSET,
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("model-1").unwrap(),
        stewards: BTreeSet::new(),
        ancestors: BTreeSet::new(),
        commitment: Commitment { hash: Hash([1; 32]), bucket: 8 },
    };
    Leaf::Contribution(Box::new(header), Extensions::default())
}
