//! A collective of the world: its keys, its members, its feeds, and how it founds itself.

use std::collections::BTreeSet;

use commonwheel_collective::UNFOUNDED;
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{Charter, Content, Delegation, KeySet, Rules, Subject};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, Control, FeedId, Hash, Leaf, NetworkId, PublicKey, SecretKey};

use crate::members::Member;
use crate::rng::Rng;

/// A collective with its secret keys.
#[derive(Debug)]
pub(crate) struct Collective {
    pub(crate) id: CollectiveId,
    network: NetworkId,
    root: SecretKey,
    governance: Vec<SecretKey>,
    /// How many of the governance keys must sign.
    pub(crate) threshold: usize,
    genesis: Control,
    /// Who may be on its roll.
    pub(crate) members: Vec<Member>,
    /// Collectives that contributions to it may name as stewards.
    pub(crate) stewards: BTreeSet<CollectiveId>,
    /// Its control feeds, the founding one first, each with the node that writes it.
    pub(crate) control: Vec<(FeedId, usize)>,
    /// Its data feed, with the node that writes it; none for a union or a lab.
    pub(crate) data: Option<(FeedId, usize)>,
    /// Whether it rules over its own records only, and never forks.
    pub(crate) honest: bool,
}

/// A control record as it is appended.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) control: Control,
    pub(crate) body: Option<SealedBody>,
}

/// A feed to be created, and what it begins with.
#[derive(Debug)]
pub(crate) struct NewFeed {
    pub(crate) writer: usize,
    pub(crate) owner: CollectiveId,
    pub(crate) manifest: Manifest,
    pub(crate) key: SecretKey,
    pub(crate) first: Vec<Written>,
}

/// What a charter says that differs from one collective to another.
#[derive(Clone, Debug)]
pub(crate) struct Articles {
    pub(crate) name: String,
    pub(crate) stewards: BTreeSet<CollectiveId>,
    pub(crate) witnesses: BTreeSet<PublicKey>,
    pub(crate) liveness: BTreeSet<PublicKey>,
    pub(crate) release_feed: Option<FeedId>,
    pub(crate) default_licence: Licence,
    pub(crate) rules: Rules,
}

impl Articles {
    /// A charter of few words: no witnesses, no leases, nobody votes.
    pub(crate) fn plain(name: &str, default_licence: &Licence) -> Self {
        Self {
            name: name.to_owned(),
            stewards: BTreeSet::new(),
            witnesses: BTreeSet::new(),
            liveness: BTreeSet::new(),
            release_feed: None,
            default_licence: default_licence.clone(),
            rules: Rules::default(),
        }
    }
}

impl Collective {
    /// Draws keys and signs a genesis charter, which gives the collective its id.
    pub(crate) fn draw(rng: &mut Rng, network: NetworkId, articles: Articles) -> Self {
        let root = SecretKey::from_seed(&rng.bytes());
        let count: usize = if rng.chance(200) { 3 } else { 1 };
        let governance: Vec<SecretKey> = (0..count).map(|_| SecretKey::from_seed(&rng.bytes())).collect();
        let threshold = count.div_ceil(2);
        let keys = governance.iter().map(SecretKey::public).collect();
        let stewards = articles.stewards.clone();
        let charter = Charter {
            number: 0,
            previous: None,
            cut: commonwheel_record::Cut::default(),
            nonce: Hash(rng.bytes()),
            name: articles.name,
            root: KeySet::single(root.public()),
            governance: KeySet { threshold: u8::try_from(threshold).unwrap_or(1), keys },
            next_root: BTreeSet::new(),
            liveness: articles.liveness,
            witnesses: articles.witnesses,
            stewards: articles.stewards,
            lease_hours: 1,
            release_feed: articles.release_feed,
            default_licence: articles.default_licence,
            terms: None,
            default_preferences: Preferences::UNSET,
            preferences_locked: false,
            rules: articles.rules,
        };
        let genesis = Control::new(None, Content::Charter(Box::new(charter))).signed(&network, &root);
        let id = genesis.owner(&network);
        Self {
            id,
            network,
            root,
            governance,
            threshold,
            genesis,
            members: Vec::new(),
            stewards,
            control: Vec::new(),
            data: None,
            honest: true,
        }
    }

    /// Its genesis charter, as everybody can read it.
    pub(crate) const fn genesis(&self) -> &Control {
        &self.genesis
    }

    /// Plans its first control feed, written by a node under a key, and the delegations it begins with.
    pub(crate) fn found(&mut self, writer: usize, key: &SecretKey, nodes: &[PublicKey]) -> NewFeed {
        let manifest = self.manifest(key, UNFOUNDED, Purpose::Control);
        self.control.push((manifest.id(), writer));
        let mut first = vec![self.genesis.clone(), self.delegation(Subject::Feed(manifest.id()))];
        first.extend(nodes.iter().map(|key| self.delegation(Subject::Node { key: *key, region: None })));
        let first = first.into_iter().map(|control| Written { control, body: None }).collect();
        NewFeed { writer, owner: self.id, manifest, key: key.clone(), first }
    }

    /// Plans a further feed of the collective, which its first control feed delegates.
    pub(crate) fn delegate(
        &mut self,
        founding: &mut NewFeed,
        writer: usize,
        key: &SecretKey,
        purpose: Purpose,
    ) -> NewFeed {
        let manifest = self.manifest(key, self.id, purpose);
        let feed = manifest.id();
        match purpose {
            Purpose::Control => self.control.push((feed, writer)),
            Purpose::Data => self.data = Some((feed, writer)),
        }
        let control = self.delegation(Subject::Feed(feed));
        founding.first.push(Written { control, body: None });
        NewFeed { writer, owner: self.id, manifest, key: key.clone(), first: Vec::new() }
    }

    fn manifest(&self, key: &SecretKey, collective: CollectiveId, purpose: Purpose) -> Manifest {
        let (network, audience) = (self.network, FeedAudience::Public);
        Manifest { version: 1, collective, purpose, audience, writer: key.public(), network, prologue: None }
    }

    pub(crate) fn delegation(&self, subject: Subject) -> Control {
        let content = Content::Delegation(Delegation { subject });
        Control::new(Some(self.id), content).signed(&self.network, &self.root)
    }

    /// Signs an amendment with the root key; the keys stay the same, so the new threshold is the old one.
    pub(crate) fn amend(&self, charter: Charter) -> Control {
        Control::new(Some(self.id), Content::Charter(Box::new(charter))).signed(&self.network, &self.root)
    }

    /// A record without a signature, for what needs none.
    pub(crate) const fn unsigned(&self, content: Content) -> Control {
        Control::new(Some(self.id), content)
    }

    /// Signs a record by as many governance keys as must.
    pub(crate) fn governed(&self, content: Content) -> Control {
        self.signed_by(self.threshold, content)
    }

    /// Signs a record by so many governance keys.
    pub(crate) fn signed_by(&self, keys: usize, content: Content) -> Control {
        let sign = |record: Control, key: &SecretKey| record.signed(&self.network, key);
        self.governance.iter().take(keys).fold(self.unsigned(content), sign)
    }

    /// Signs a record by as many governance keys as must, as a leaf.
    pub(crate) fn rule(&self, content: Content) -> Vec<u8> {
        encode(self.governed(content))
    }
}

/// Encodes a control record as a leaf.
pub(crate) fn encode(control: Control) -> Vec<u8> {
    Leaf::Control(Box::new(control)).encode()
}
