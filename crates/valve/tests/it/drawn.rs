//! Random records and questions about them.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::Rung;
use commonwheel_record::submission::Submission;
use commonwheel_record::terms::{Preference, Preferences, Purpose};
use commonwheel_record::{
    Commitment, Contribution, ContributionKind, Extensions, Hash, Leaf, RecordId, Regions, Tier,
};
use commonwheel_valve::Leases;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::draft::{LICENCES, MONTHS, POSITIONS};
use crate::question::{Held, Item, Question};
use crate::world::*;

/// A contribution's terms, and what of it and its ancestors is held.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    licence: &'static str,
    domain: &'static str,
    tagged: bool,
    labelled: bool,
    deny_training: bool,
    tier: Tier,
    allow: Option<&'static str>,
    stewards: Vec<usize>,
    /// A collective and a position for each ancestor.
    ancestors: Vec<(usize, u64)>,
}

fn terms() -> impl Strategy<Value = Terms> {
    let stewards =
        prop_oneof![1 => Just(vec![]), 1 => subsequence(vec![STEWARD, AFFILIATE, STRANGER], 1..=3)];
    let tier = prop_oneof![6 => Just(Tier::Public), 2 => Just(Tier::Gated), 1 => Just(Tier::Collective)];
    let ancestor = (select(vec![OWNER, AFFILIATE]), 0..POSITIONS);
    let ancestors = prop_oneof![2 => Just(vec![]), 1 => vec(ancestor, 0..3)];
    let allow = prop_oneof![4 => Just(None), 1 => Just(Some("CH"))];
    (
        select(LICENCES.to_vec()),
        select(vec!["health", "law"]),
        (any::<bool>(), any::<bool>(), prop::bool::weighted(0.25)),
        tier,
        allow,
        stewards,
        ancestors,
    )
        .prop_map(|(licence, domain, flags, tier, allow, stewards, ancestors)| Terms {
            licence,
            domain,
            tagged: flags.0,
            labelled: flags.1,
            deny_training: flags.2,
            tier,
            allow,
            stewards,
            ancestors,
        })
}

/// What is asked about: a leaf of the owner's data feed.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Contribution(Terms),
    Missing,
    Critical(Terms),
    Submission,
    SubmissionOf(Terms),
    Control,
}

#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    asked: Asked,
    index: u64,
    /// The terms of any ancestor, and how much is held of it: 0 nothing, 1 the manifest, 2 the leaf as well.
    ancestor: (Terms, u8),
    /// The headers held at each position of the owner's feed.
    shelf: Vec<Option<Terms>>,
}

pub(crate) fn items() -> impl Strategy<Value = Drawn> {
    let asked = prop_oneof![
        12 => terms().prop_map(Asked::Contribution),
        1 => Just(Asked::Missing),
        1 => terms().prop_map(Asked::Critical),
        1 => Just(Asked::Submission),
        1 => terms().prop_map(Asked::SubmissionOf),
        1 => Just(Asked::Control),
    ];
    let shelf = vec(prop::option::weighted(0.8, terms()), usize::try_from(POSITIONS).unwrap());
    (asked, 0..POSITIONS, (terms(), 0..3_u8), shelf).prop_map(|(asked, index, ancestor, shelf)| Drawn {
        asked,
        index,
        ancestor,
        shelf,
    })
}

impl Terms {
    fn header(&self, world: &World) -> Contribution {
        let ancestors: BTreeSet<RecordId> = self
            .ancestors
            .iter()
            .map(|(collective, index)| RecordId { feed: world.data(*collective), index: *index })
            .collect();
        let train = if self.deny_training { Preference::Deny } else { Preference::Unset };
        Contribution {
            kind: if ancestors.is_empty() { ContributionKind::Chat } else { ContributionKind::Derived },
            domain: self.domain.parse().unwrap(),
            tags: self.tagged.then(|| "x".parse().unwrap()).into_iter().collect(),
            labelled: self.labelled,
            preferences: Preferences { train, ..Preferences::UNSET },
            tier: self.tier,
            regions: Regions {
                allow: self.allow.map(|region| region.parse().unwrap()).into_iter().collect(),
                deny: BTreeSet::new(),
            },
            stewards: self.stewards.iter().map(|steward| world.id(*steward)).collect(),
            ancestors,
            ..header(self.licence)
        }
    }
}

impl Drawn {
    pub(crate) const fn is_control(&self) -> bool {
        matches!(self.asked, Asked::Control)
    }

    pub(crate) fn item(&self, world: &World) -> Item {
        let commitment = Commitment { hash: Hash([2; 32]), bucket: 8 };
        let submission = Leaf::Submission(Submission { commitment }, Extensions::default());
        let new = |leaf| Item { shelf: self.shelf(world), ..Item::new(world, OWNER, self.index, leaf) };
        match &self.asked {
            Asked::Contribution(terms) => self.contribution(world, terms, Extensions::default()),
            Asked::Critical(terms) => {
                self.contribution(world, terms, Extensions(BTreeMap::from([(3, vec![])])))
            }
            Asked::Missing => new(None),
            Asked::Submission => new(Some(submission)),
            Asked::SubmissionOf(terms) => {
                let through = self.contribution(world, terms, Extensions::default());
                Item { via: Some(Box::new(through)), ..new(Some(submission)) }
            }
            Asked::Control => {
                let manifest = world.collectives[OWNER].control.clone();
                let leaf = Leaf::Control(Box::new(world.collectives[OWNER].log[0].0.clone()));
                Item { id: RecordId { feed: manifest.id(), index: 0 }, manifest, ..new(Some(leaf)) }
            }
        }
    }

    fn contribution(&self, world: &World, terms: &Terms, extensions: Extensions) -> Item {
        let header = terms.header(world);
        let held = |id: &RecordId| {
            let collective = world.collectives.iter().find(|collective| collective.data.id() == id.feed);
            let manifest = collective.map(|collective| collective.data.clone());
            let own = Terms { ancestors: vec![], ..self.ancestor.0.clone() };
            Held {
                id: *id,
                manifest: manifest.filter(|_| self.ancestor.1 > 0),
                leaf: (self.ancestor.1 > 1).then(|| leaf(own.header(world))),
            }
        };
        let ancestors = header.ancestors.iter().map(held).collect();
        let leaf = Leaf::Contribution(Box::new(header), extensions);
        Item { ancestors, shelf: self.shelf(world), ..Item::new(world, OWNER, self.index, Some(leaf)) }
    }

    fn shelf(&self, world: &World) -> BTreeMap<RecordId, Leaf> {
        let feed = world.data(OWNER);
        let held = (0..).zip(&self.shelf);
        held.filter_map(|(index, terms)| {
            Some((RecordId { feed, index }, leaf(terms.as_ref()?.header(world))))
        })
        .collect()
    }
}

/// A question without its leases, which name collectives by number.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    question: Question,
    leases: Vec<(usize, u64)>,
}

pub(crate) fn queries() -> impl Strategy<Value = Query> {
    let carrier = 200;
    let askers = [&NODES[1..], &[ANONYMOUS, carrier]].concat();
    let asker =
        prop_oneof![14 => select(askers).prop_map(Some), 1 => Just(Some(NODES[OWNER])), 1 => Just(None)];
    let me = prop_oneof![1 => Just(NODES[OWNER]), 3 => Just(NODES[STRANGER])];
    let rung = prop_oneof![4 => Just(Rung::Body), 1 => select(vec![Rung::Commitment, Rung::Header])];
    let purposes = prop_oneof![2 => Just(Purpose::Train), 1 => select(Purpose::ALL.to_vec())];
    let date = prop_oneof![5 => 0..40_u64, 1 => select(MONTHS.to_vec())];
    let leases = vec((0..COLLECTIVES, date), 0..4);
    (me, asker, purposes, rung, 0..40_u64, leases).prop_map(|(me, asker, purpose, rung, now, leases)| Query {
        question: Question { me, asker, purpose, rung, now, leases: Leases::default() },
        leases,
    })
}

impl Query {
    pub(crate) fn question(&self, world: &World) -> Question {
        let leases = self.leases.iter().map(|(of, time)| (world.id(*of), *time)).collect();
        Question { leases: Leases(leases), ..self.question.clone() }
    }
}
