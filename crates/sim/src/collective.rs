//! A collective of the world: its keys, its feeds, and how it founds itself.

use std::collections::BTreeSet;

use commonwheel_collective::UNFOUNDED;
use commonwheel_record::control::{Charter, Content, Delegation, KeySet, Rules, Subject};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, Control, FeedId, Hash, Leaf, NetworkId, PublicKey, SecretKey};

use crate::rng::Rng;

/// A collective with its secret keys.
#[derive(Debug)]
pub(crate) struct Collective {
    pub(crate) id: CollectiveId,
    network: NetworkId,
    root: SecretKey,
    governance: Vec<SecretKey>,
    /// How many of the governance keys must sign.
    threshold: usize,
    genesis: Control,
    /// Collectives that contributions to it may name as stewards.
    pub(crate) stewards: BTreeSet<CollectiveId>,
    /// Its control feeds, the founding one first, each with the node that writes it.
    pub(crate) control: Vec<(FeedId, usize)>,
    /// Its data feed, with the node that writes it; none for a union or a lab.
    pub(crate) data: Option<(FeedId, usize)>,
    /// Whether it rules over its own records only, and never forks.
    pub(crate) honest: bool,
}

/// A feed to be created, and what it begins with.
#[derive(Debug)]
pub(crate) struct NewFeed {
    pub(crate) writer: usize,
    pub(crate) owner: CollectiveId,
    pub(crate) manifest: Manifest,
    pub(crate) key: SecretKey,
    pub(crate) first: Vec<Control>,
}

impl Collective {
    /// Draws keys and signs a genesis charter, which gives the collective its id.
    pub(crate) fn draw(
        rng: &mut Rng,
        network: NetworkId,
        name: &str,
        stewards: BTreeSet<CollectiveId>,
        default_licence: &Licence,
    ) -> Self {
        let root = SecretKey::from_seed(&rng.bytes());
        let count: usize = if rng.chance(200) { 3 } else { 1 };
        let governance: Vec<SecretKey> = (0..count).map(|_| SecretKey::from_seed(&rng.bytes())).collect();
        let threshold = count.div_ceil(2);
        let keys = governance.iter().map(SecretKey::public).collect();
        let charter = Charter {
            number: 0,
            previous: None,
            cut: commonwheel_record::Cut::default(),
            nonce: Hash(rng.bytes()),
            name: name.to_owned(),
            root: KeySet::single(root.public()),
            governance: KeySet { threshold: u8::try_from(threshold).unwrap_or(1), keys },
            next_root: BTreeSet::new(),
            liveness: BTreeSet::new(),
            witnesses: BTreeSet::new(),
            stewards: stewards.clone(),
            lease_hours: 72,
            release_feed: None,
            default_licence: default_licence.clone(),
            terms: None,
            default_preferences: Preferences::UNSET,
            preferences_locked: false,
            rules: Rules::default(),
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

    /// Plans its first control feed, written by a node, and the delegations it begins with.
    pub(crate) fn found(&mut self, rng: &mut Rng, writer: usize, nodes: &[PublicKey]) -> NewFeed {
        let (manifest, key) = self.manifest(rng, UNFOUNDED, Purpose::Control);
        self.control.push((manifest.id(), writer));
        let mut first = vec![self.genesis.clone(), self.delegation(Subject::Feed(manifest.id()))];
        first.extend(nodes.iter().map(|key| self.delegation(Subject::Node { key: *key, region: None })));
        NewFeed { writer, owner: self.id, manifest, key, first }
    }

    /// Plans a further feed of the collective, which its first control feed delegates.
    pub(crate) fn delegate(
        &mut self,
        rng: &mut Rng,
        founding: &mut NewFeed,
        writer: usize,
        purpose: Purpose,
    ) -> NewFeed {
        let (manifest, key) = self.manifest(rng, self.id, purpose);
        let feed = manifest.id();
        match purpose {
            Purpose::Control => self.control.push((feed, writer)),
            Purpose::Data => self.data = Some((feed, writer)),
        }
        founding.first.push(self.delegation(Subject::Feed(feed)));
        NewFeed { writer, owner: self.id, manifest, key, first: Vec::new() }
    }

    fn manifest(&self, rng: &mut Rng, collective: CollectiveId, purpose: Purpose) -> (Manifest, SecretKey) {
        let key = SecretKey::from_seed(&rng.bytes());
        let (network, audience) = (self.network, FeedAudience::Public);
        let writer = key.public();
        (Manifest { version: 1, collective, purpose, audience, writer, network, prologue: None }, key)
    }

    pub(crate) fn delegation(&self, subject: Subject) -> Control {
        let content = Content::Delegation(Delegation { subject });
        Control::new(Some(self.id), content).signed(&self.network, &self.root)
    }

    /// Signs a record by as many governance keys as must.
    pub(crate) fn rule(&self, content: Content) -> Vec<u8> {
        let unsigned = Control::new(Some(self.id), content);
        let sign = |record: Control, key: &SecretKey| record.signed(&self.network, key);
        encode(self.governance.iter().take(self.threshold).fold(unsigned, sign))
    }
}

/// Encodes a control record as a leaf.
pub(crate) fn encode(control: Control) -> Vec<u8> {
    Leaf::Control(Box::new(control)).encode()
}
