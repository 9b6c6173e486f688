//! Who takes part in a run: co-ops, a union, mirrors, liars, and who is connected with whom.

use std::collections::BTreeSet;

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::terms::{Language, Licence, Purpose, Slug};
use commonwheel_record::{CollectiveId, NetworkId, PublicKey, SecretKey};
use commonwheel_sync::{Config, Selection};

use crate::collective::{Collective, NewFeed};
use crate::founding::{Founded, Ground};
use crate::mutant::Mutant;
use crate::node::Node;
use crate::rng::Rng;

/// Nodes of a run at most, twins apart.
const MAX_NODES: usize = 7;
/// Honest nodes of a run at least.
const MIN_HONEST: usize = 3;

/// The vocabulary of a run.
#[derive(Debug)]
pub(crate) struct Words {
    /// Two contracts, which can be withheld again, and two licences that cannot.
    pub(crate) licences: Vec<Licence>,
    pub(crate) languages: Vec<Language>,
    pub(crate) domains: Vec<Slug>,
}

impl Words {
    fn new() -> Self {
        let licence = |text| Licence::parse_canonical(text).expect("a licence of the vocabulary");
        let language = |text| Language::parse_canonical(text).expect("a language of the vocabulary");
        let slug = |text| Slug::parse(text).expect("a domain of the vocabulary");
        Self {
            licences: ["LicenseRef-cooperative-1.0", "LicenseRef-cooperative-2.0", "CC-BY-4.0", "CC0-1.0"]
                .map(licence)
                .into(),
            languages: ["en", "sw", "de"].map(language).into(),
            domains: ["health", "farming", "care"].map(slug).into(),
        }
    }
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) words: Words,
    pub(crate) collectives: Vec<Collective>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) feeds: Vec<NewFeed>,
    pub(crate) links: Vec<(usize, usize)>,
}

/// What a node of the cast is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The first node of a co-op.
    Coop,
    /// A second node of the first co-op.
    Spare,
    /// The node of a union, which is steward of what names it.
    Union,
    /// A mirror, anonymous or of a lab.
    Mirror { lab: bool },
    /// A mirror that lies, and rules over others in the name of a collective of its own.
    Liar,
    /// The node of a co-op that will sign two heads.
    Equivocator,
    /// The mirror of a lab that says of every embargo that it is in force there, and goes on serving.
    Pretender,
}

fn parts(rng: &mut Rng) -> Vec<Part> {
    let mut parts = vec![Part::Coop; usize::from(rng.chance(600)) + 1];
    if rng.chance(200) {
        parts.push(Part::Spare);
    }
    if rng.chance(400) {
        parts.push(Part::Union);
    }
    parts.push(Part::Mirror { lab: rng.chance(500) });
    if rng.chance(500) {
        parts.push(Part::Mirror { lab: rng.chance(500) });
    }
    while parts.len() < MIN_HONEST {
        parts.push(Part::Mirror { lab: false });
    }
    // Liars come last: what is left without them must still be connected.
    if rng.chance(550) {
        parts.push(Part::Liar);
    }
    if rng.chance(250) {
        parts.push(Part::Equivocator);
    }
    if parts.len() < MAX_NODES && rng.chance(400) {
        parts.push(Part::Pretender);
    }
    parts.truncate(MAX_NODES);
    parts
}

impl Cast {
    /// Draws a cast.
    pub(crate) fn draw(rng: &mut Rng, network: NetworkId, mutant: Option<Mutant>) -> Self {
        let parts = parts(rng);
        let mut draw =
            || -> Vec<SecretKey> { parts.iter().map(|_| SecretKey::from_seed(&rng.bytes())).collect() };
        let (keys, writers) = (draw(), draw());
        let public: Vec<PublicKey> = keys.iter().map(SecretKey::public).collect();
        let words = Words::new();
        let ground = Ground { network, parts: &parts, keys: &public, writers: &writers, words: &words };
        let Founded { collectives, homes, feeds } = ground.found(rng);
        let links = topology(rng, &parts);
        let mut cast = Self { words, collectives, nodes: Vec::new(), feeds, links };
        for (number, (part, key)) in parts.iter().zip(keys).enumerate() {
            let config = cast.config(rng, network, &parts, &public, number, key);
            let config = Config { witness: Some(writers[number].clone()), ..config };
            let honest = !matches!(part, Part::Liar | Part::Equivocator | Part::Pretender);
            let mut node = Node::new(config, homes[number], honest, mutant);
            (node.lies, node.pretends) = (*part == Part::Liar, *part == Part::Pretender);
            node.writer = Some(writers[number].clone());
            cast.nodes.push(node);
        }
        if let Some(equivocator) = parts.iter().position(|part| *part == Part::Equivocator) {
            cast.add_twin(equivocator);
        }
        cast
    }

    /// Adds a clone of a node, which every second neighbour will be connected with instead.
    fn add_twin(&mut self, of: usize) {
        let original = &self.nodes[of];
        let mut twin = Node::new(original.config.clone(), original.home, false, None);
        twin.twin_of = Some(of);
        twin.disk = None;
        let number = self.nodes.len();
        self.nodes.push(twin);
        let neighbours = self.links.iter().filter(|(a, b)| *a == of || *b == of);
        let twins: Vec<(usize, usize)> =
            neighbours.map(|(a, b)| (if *a == of { *b } else { *a }, number)).step_by(2).collect();
        self.links.extend(twins);
    }

    fn config(
        &self,
        rng: &mut Rng,
        network: NetworkId,
        parts: &[Part],
        keys: &[PublicKey],
        number: usize,
        key: SecretKey,
    ) -> Config {
        let is_mirror = matches!(parts[number], Part::Mirror { .. } | Part::Liar | Part::Pretender);
        let everyone: BTreeSet<CollectiveId> = self.collectives.iter().map(|c| c.id).collect();
        let picky = is_mirror && rng.chance(250);
        let follow = everyone.into_iter().filter(|_| !picky || rng.chance(700)).collect();
        let partner = |(a, b): &(usize, usize)| match (*a == number, *b == number) {
            (true, _) => Some(*b),
            (_, true) => Some(*a),
            _ => None,
        };
        let follows_all = |other: &usize| matches!(parts[*other], Part::Coop | Part::Spare | Part::Union);
        let partners = self.links.iter().filter_map(partner).filter(follows_all).map(|at| keys[at]);
        Config {
            network,
            key,
            role: match parts[number] {
                Part::Mirror { .. } | Part::Liar | Part::Pretender => NodeRole::Mirror,
                Part::Union => NodeRole::Collective,
                _ => NodeRole::Coop,
            },
            follow,
            partners: partners.collect(),
            own_feeds: BTreeSet::new(),
            purpose: if is_mirror && rng.chance(500) { Purpose::Train } else { Purpose::Replicate },
            selection: if is_mirror { self.selection(rng) } else { Selection::default() },
            witness: None,
            seed: [0; 32],
        }
    }

    fn selection(&self, rng: &mut Rng) -> Selection {
        let mut selection = Selection { headers_only: rng.chance(60), ..Selection::default() };
        if rng.chance(150) {
            selection.languages.extend(rng.pick(&self.words.languages).copied());
        }
        if rng.chance(100) {
            selection.domains.extend(rng.pick(&self.words.domains).copied());
        }
        selection
    }
}

/// Everybody with everybody, or a ring of the honest with a few chords; liars reach everyone.
fn topology(rng: &mut Rng, parts: &[Part]) -> Vec<(usize, usize)> {
    let full = rng.chance(600);
    let mut links = Vec::new();
    for a in 0..parts.len() {
        for b in a + 1..parts.len() {
            let hostile = |at: &usize| matches!(parts[*at], Part::Liar | Part::Equivocator | Part::Pretender);
            if full || [a, b].iter().any(hostile) || b == a + 1 || rng.chance(300) {
                links.push((a, b));
            }
        }
    }
    links
}
