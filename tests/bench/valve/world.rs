//! A thousand collectives, each with a data feed, releases and ten embargoes in force, as a busy node holds them.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlFeed, ControlLeaf, Slots, View, Views, fold, found};
use commonwheel_record::control::{
    Audience, Charter, Content, Embargo, KeySet, Party, Range, Reach, Release, ReleaseMode, Rules, Rung,
    Scope, Subject, Variant,
};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::terms::{Condition, Licence, Preferences, Slug};
use commonwheel_record::{
    CollectiveId, ContributionKind, Cut, Domain, FeedId, Hash, Leaf, Manifest, NetworkId, PublicKey,
    RecordId, SecretKey, Tier,
};
use commonwheel_valve::{Leases, slots};

use super::headers::{Coop, headers};
use crate::Failure;

pub(crate) const COLLECTIVES: usize = 1_000;
pub(crate) const EMBARGOES: usize = 10;

/// Positions a release opens, of one licence.
const RANGE: u64 = 1_000;
/// Ranges that are released before the embargoes, of each licence, and after them, of the revocable one.
const RELEASED_BEFORE: u64 = 20;
const RELEASED_AFTER: u64 = 2;
/// Positions of a data feed.
pub(crate) const POSITIONS: u64 = (RELEASED_BEFORE + RELEASED_AFTER) * RANGE;
/// Where the embargoes' new positions begin.
const NEW: u64 = POSITIONS / 2;

/// The node's clock, in seconds since 1970, and when everything was witnessed.
pub(crate) const NOW: u64 = 1_780_000_000;

/// A revocable and an irrevocable licence.
pub(crate) const LICENCES: [&str; 2] = ["LicenseRef-x", "CC-BY-4.0"];

/// What a node that decides holds.
pub(crate) struct World {
    pub(crate) views: Views,
    pub(crate) leases: Leases,
    pub(crate) coops: Vec<Coop>,
}

pub(crate) fn network() -> NetworkId {
    NetworkId::named("bench-valve")
}

/// The key of a node of a collective.
pub(crate) fn node(number: usize) -> PublicKey {
    secret(number, "node").public()
}

fn secret(number: usize, role: &str) -> SecretKey {
    let seed = Hash::of(Domain::TEXT, &network(), &[&number.to_be_bytes(), role.as_bytes()]);
    SecretKey::from_seed(&seed.0)
}

impl World {
    /// Founds the collectives one after the other; each lists two earlier ones as stewards.
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut world = Self { views: Views::new(network()), leases: Leases::default(), coops: Vec::new() };
        let mut ids: Vec<CollectiveId> = Vec::new();
        for number in 0..COLLECTIVES {
            let stewards: BTreeSet<CollectiveId> = [number / 2, number.saturating_sub(1)]
                .iter()
                .filter_map(|other| ids.get(*other))
                .copied()
                .collect();
            let steward = stewards.first().copied();
            let (view, manifest) = collective(number, stewards)?;
            let coop = Coop { feed: manifest.id(), manifest, headers: headers(steward)? };
            ids.push(view.id());
            if number.is_multiple_of(2) {
                world.leases.0.insert(view.id(), NOW);
            }
            let counted = count(&view, &coop);
            world.views.insert(view);
            counted.into_iter().for_each(|(embargo, slots)| world.views.set_slots(embargo, slots));
            world.coops.push(coop);
        }
        Ok(world)
    }
}

/// The slots of a view's rate limits, over the headers of its data feed.
fn count(view: &View, coop: &Coop) -> Vec<(RecordId, Slots)> {
    let of = |standing| slots(view, standing, |_| Some(NOW), &mut { coop });
    view.enforced().filter_map(|standing| Some((standing.id, of(standing)?))).collect()
}

/// Signs a collective's control log and folds it.
fn collective(number: usize, stewards: BTreeSet<CollectiveId>) -> Result<(View, Manifest), Failure> {
    let [root, governance, writer] = ["root", "governance", "writer"].map(|role| secret(number, role));
    let charter = charter(number, [root.public(), governance.public()], stewards)?;
    let founding = found::found(&network(), charter, &[&root], writer.public());
    let (id, control) = (founding.collective, founding.manifest.id());
    let data = found::feed(&network(), id, Purpose::Data, FeedAudience::Public, writer.public());
    let feed = data.id();
    let mut log = founding.leaves;
    for subject in [Subject::Feed(feed), Subject::Node { key: node(number), region: None }] {
        log.push(found::delegate(&network(), id, &[&root], subject));
    }
    let signed = |content| found::leaf(&network(), id, &[&governance], content);
    for range in 0..RELEASED_BEFORE {
        for licence in LICENCES {
            log.push(signed(release(feed, range, licence)?));
        }
    }
    let knew = Cut(BTreeMap::from([(control, log.len() as u64)]));
    for at in 0..EMBARGOES {
        log.push(signed(embargo(at, feed, knew.clone())?));
    }
    for range in RELEASED_BEFORE..RELEASED_BEFORE + RELEASED_AFTER {
        log.push(signed(release(feed, range, LICENCES[0])?));
    }
    let open = |bytes: &Vec<u8>| Ok(ControlLeaf::open(&network(), Some(Leaf::decode(bytes)?), None));
    let leaves = log.iter().map(open).collect::<Result<Vec<_>, Failure>>()?;
    let held = ControlFeed { manifest: &founding.manifest, leaves: &leaves, forked: None };
    Ok((fold(&network(), id, &BTreeMap::from([(control, held)])), data))
}

fn charter(
    number: usize,
    [root, governance]: [PublicKey; 2],
    stewards: BTreeSet<CollectiveId>,
) -> Result<Charter, Failure> {
    let writer = secret(number, "writer").public();
    let first = found::feed(
        &network(),
        commonwheel_collective::UNFOUNDED,
        Purpose::Control,
        FeedAudience::Public,
        writer,
    );
    Ok(Charter {
        number: 0,
        previous: None,
        cut: Cut::default(),
        nonce: Hash::of(Domain::TEXT, &network(), &[&number.to_be_bytes()]),
        name: format!("Co-op {number}"),
        root: KeySet::single(root),
        governance: KeySet::single(governance),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards,
        lease_hours: 72,
        release_feed: Some(first.id()),
        default_licence: Licence::parse(LICENCES[0])?,
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    })
}

fn release(feed: FeedId, range: u64, licence: &str) -> Result<Content, Failure> {
    let ranges = vec![Range { feed, start: range * RANGE, end: (range + 1) * RANGE }];
    let licence = Licence::parse(licence)?;
    Ok(Content::Release(Release { licence, mode: ReleaseMode::Open, ranges, dated_by: None }))
}

/// The variants in turn, each with another scope; a third target the nodes that ask, a third all but those.
fn embargo(at: usize, feed: FeedId, cut: Cut) -> Result<Content, Failure> {
    let variant = match at % 5 {
        0 => Variant::QualityFreeze,
        1 => Variant::Pause,
        2 => Variant::EvaluationOnly,
        3 => Variant::PreferenceShift(Condition::Pay),
        _ => Variant::RateLimit(500),
    };
    let askers: BTreeSet<Party> = (0..2).map(|number| Party::Node(node(number))).collect();
    let audience = match at % 3 {
        0 => Audience::Everyone,
        1 => Audience::Only(askers),
        _ => Audience::Except(askers),
    };
    let withholds = matches!(variant, Variant::Pause | Variant::QualityFreeze);
    Ok(Content::Embargo(Box::new(Embargo {
        variant,
        scope: scope(at)?,
        reach: if withholds && at.is_multiple_of(2) { Reach::Unreleased } else { Reach::New },
        from_cut: Cut(BTreeMap::from([(feed, NEW)])),
        cut,
        audience,
        rung: if at == 1 { Rung::Commitment } else { Rung::Header },
        starts: if at.is_multiple_of(4) { NOW - 1 } else { 0 },
        ends: (at % 4 == 1).then_some(NOW + 86_400),
        demand: format!("demand {at}"),
        mandate: None,
    })))
}

/// Each dimension in turn, twice: once as headers have it, once as few do.
fn scope(at: usize) -> Result<Scope, Failure> {
    let common = at < EMBARGOES / 2;
    let word = |common_word: &str| Slug::parse(if common { common_word } else { "elsewhere" });
    let mut scope = Scope::default();
    match at % 5 {
        0 => scope.domains = [word("health")?].into(),
        1 => scope.tags = [word("care")?].into(),
        2 => scope.languages = [if common { "sw" } else { "yo" }.parse()?].into(),
        3 => scope.kinds = [if common { ContributionKind::Chat } else { ContributionKind::Feedback }].into(),
        _ => scope.tiers = [if common { Tier::Public } else { Tier::Gated }].into(),
    }
    Ok(scope)
}
