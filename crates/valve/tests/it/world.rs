//! A few collectives with control logs, a data feed each, and contributions in them.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlFeed, ControlLeaf, UNFOUNDED, Verified, View, Views, fold};
use commonwheel_record::control::{
    Audience, Charter, Content, Delegation, Embargo, Grant, KeySet, Offer, Party, Range, Reach, Release,
    ReleaseMode, Rules, Rung, Scope, Subject, Variant,
};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::terms::{Language, Licence, Preferences, Purpose as Use, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Control, Cut, Extensions, FeedId,
    Hash, Leaf, Manifest, NetworkId, PublicKey, RecordId, Regions, Tier,
};

/// The owner of most records.
pub(crate) const OWNER: usize = 0;
/// A collective that records may name as steward.
pub(crate) const STEWARD: usize = 1;
/// A collective that the owner may give powers to.
pub(crate) const AFFILIATE: usize = 2;
/// A collective that nobody named.
pub(crate) const STRANGER: usize = 3;
/// A collective that only asks.
pub(crate) const LAB: usize = 4;
pub(crate) const COLLECTIVES: usize = 5;

/// The node of each collective, in the same order; one more that nobody delegates.
pub(crate) const NODES: [u8; COLLECTIVES] = [100, 101, 102, 103, 104];
pub(crate) const ANONYMOUS: u8 = 105;

pub(crate) const ROOT: u8 = 1;
pub(crate) const GOVERNANCE: u8 = 2;

pub(crate) fn network() -> NetworkId {
    NetworkId::named("test")
}

pub(crate) const fn key(seed: u8) -> PublicKey {
    PublicKey([seed; 32])
}

/// One collective's control log and data feed.
#[derive(Clone, Debug)]
pub(crate) struct Collective {
    pub(crate) id: CollectiveId,
    pub(crate) control: Manifest,
    pub(crate) data: Manifest,
    pub(crate) charter: Charter,
    pub(crate) log: Vec<(Control, BTreeSet<PublicKey>)>,
    pub(crate) forked: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) collectives: Vec<Collective>,
    /// When releases were witnessed, in seconds since 1970.
    pub(crate) dates: BTreeMap<RecordId, u64>,
}

fn charter(nonce: usize) -> Charter {
    Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash([u8::try_from(nonce).unwrap(); 32]),
        name: format!("Collective {nonce}"),
        root: KeySet::single(key(ROOT)),
        governance: KeySet::single(key(GOVERNANCE)),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: (nonce != STRANGER).then(|| manifest(UNFOUNDED, Purpose::Control, nonce).id()),
        default_licence: Licence::parse("LicenseRef-default").unwrap(),
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    }
}

fn manifest(collective: CollectiveId, purpose: Purpose, writer: usize) -> Manifest {
    Manifest {
        version: 1,
        collective,
        purpose,
        audience: FeedAudience::Public,
        writer: key(200 + u8::try_from(writer).unwrap()),
        network: network(),
        prologue: None,
    }
}

impl Collective {
    fn found(number: usize, charter: Charter, audience: FeedAudience) -> Self {
        let control = manifest(UNFOUNDED, Purpose::Control, number);
        let genesis = Control::new(None, Content::Charter(Box::new(charter.clone())));
        let id = genesis.owner(&network());
        let data = Manifest { audience, ..manifest(id, Purpose::Data, number) };
        let log = vec![(genesis, BTreeSet::from([key(ROOT)]))];
        let mut founded = Self { id, control, data, charter, log, forked: false };
        founded.delegate(Subject::Feed(founded.control.id()));
        founded.delegate(Subject::Feed(founded.data.id()));
        founded
    }

    pub(crate) fn delegate(&mut self, subject: Subject) {
        self.append(Content::Delegation(Delegation { subject }), ROOT);
    }

    pub(crate) fn append(&mut self, content: Content, signer: u8) -> RecordId {
        self.append_control(Control::new(Some(self.id), content), signer)
    }

    pub(crate) fn append_control(&mut self, control: Control, signer: u8) -> RecordId {
        self.log.push((control, BTreeSet::from([key(signer)])));
        RecordId { feed: self.control.id(), index: self.log.len() as u64 - 1 }
    }

    /// Where the next record will stand.
    pub(crate) fn next(&self) -> RecordId {
        RecordId { feed: self.control.id(), index: self.log.len() as u64 }
    }

    pub(crate) fn view(&self) -> View {
        let leaf = |(control, signers): &(Control, BTreeSet<PublicKey>)| {
            let hash = Verified::hash_of(&network(), control);
            let (control, signers) = (control.clone(), signers.clone());
            ControlLeaf::Record(Box::new(Verified {
                control,
                signers,
                hash,
                body: commonwheel_collective::Body::None,
                witnessed: Vec::new(),
            }))
        };
        let leaves: Vec<ControlLeaf> = self.log.iter().map(leaf).collect();
        let forked = self.forked.then_some(leaves.len() as u64);
        let feed = ControlFeed { manifest: &self.control, leaves: &leaves, forked };
        fold(&network(), self.id, &BTreeMap::from([(self.control.id(), feed)]))
    }
}

impl World {
    /// Founds the collectives; the owner lists stewards, and its data feed has an audience.
    pub(crate) fn new(stewards: &[usize], audience: FeedAudience) -> Self {
        let mut collectives: Vec<Collective> = (1..COLLECTIVES)
            .map(|number| Collective::found(number, charter(number), FeedAudience::Public))
            .collect();
        let listed = stewards.iter().map(|steward| collectives[steward - 1].id).collect();
        let founding = Charter { stewards: listed, ..charter(OWNER) };
        collectives.insert(OWNER, Collective::found(OWNER, founding, audience));
        for (collective, node) in collectives.iter_mut().zip(NODES) {
            let region = ["CH", "CH", "US", "US", "CH"][usize::from(node - NODES[0])].parse().unwrap();
            collective.delegate(Subject::Node { key: key(node), region: Some(region) });
        }
        Self { collectives, dates: BTreeMap::new() }
    }

    pub(crate) fn public() -> Self {
        Self::new(&[STEWARD], FeedAudience::Public)
    }

    pub(crate) fn id(&self, collective: usize) -> CollectiveId {
        self.collectives[collective].id
    }

    pub(crate) fn data(&self, collective: usize) -> FeedId {
        self.collectives[collective].data.id()
    }

    /// Appends to a control log under the governance key.
    pub(crate) fn govern(&mut self, collective: usize, content: Content) -> RecordId {
        self.collectives[collective].append(content, GOVERNANCE)
    }

    pub(crate) fn views(&self) -> Views {
        self.views_of(&(0..COLLECTIVES).collect::<Vec<_>>())
    }

    pub(crate) fn views_of(&self, held: &[usize]) -> Views {
        let mut views = Views::new(network());
        for collective in held {
            views.insert(self.collectives[*collective].view());
        }
        views
    }

    pub(crate) fn release(&self, licence: &str, mode: ReleaseMode, ranges: &[(usize, u64, u64)]) -> Content {
        let range =
            |(of, start, end): &(usize, u64, u64)| Range { feed: self.data(*of), start: *start, end: *end };
        Content::Release(Release {
            licence: Licence::parse(licence).unwrap(),
            mode,
            ranges: ranges.iter().map(range).collect(),
            dated_by: None,
        })
    }
}

pub(crate) fn pause() -> Embargo {
    Embargo {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        cut: Cut::default(),
        audience: Audience::Everyone,
        rung: Rung::Header,
        starts: 0,
        ends: None,
        demand: "demand".to_owned(),
        mandate: None,
    }
}

pub(crate) fn embargo(change: impl FnOnce(&mut Embargo)) -> Content {
    let mut embargo = pause();
    change(&mut embargo);
    Content::Embargo(Box::new(embargo))
}

pub(crate) fn header(licence: &str) -> Contribution {
    Contribution {
        kind: ContributionKind::Chat,
        language: Language::parse("de").unwrap(),
        domain: Slug::parse("health").unwrap(),
        tags: BTreeSet::new(),
        labelled: false,
        licence: Licence::parse(licence).unwrap(),
        preferences: Preferences::UNSET,
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("test-1").unwrap(),
        stewards: BTreeSet::new(),
        ancestors: BTreeSet::new(),
        commitment: Commitment { hash: Hash([1; 32]), bucket: 8 },
    }
}

pub(crate) fn leaf(header: Contribution) -> Leaf {
    Leaf::Contribution(Box::new(header), Extensions::default())
}

pub(crate) fn offer(purposes: &[Use]) -> Content {
    let purposes = purposes.iter().copied().collect();
    Content::Offer(Offer {
        title: "offer".to_owned(),
        terms: Hash([0; 32]),
        purposes,
        conditions: BTreeSet::new(),
    })
}

pub(crate) fn grant(offer: RecordId, to: Party, expires: Option<u64>) -> Content {
    Content::Grant(Grant { offer, to, expires })
}
