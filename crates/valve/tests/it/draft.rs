//! Random worlds, records and questions, small enough that every rule is met often.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{
    Affiliate, Audience, Content, Embargo, Grant, Lift, LiftReason, Offer, Party, Power, Range, Reach,
    Release, ReleaseMode, Revocation, Revoked, Rung, Scope, Settlement, Variant, Withdrawal, WithdrawalClass,
};
use commonwheel_record::manifest::FeedAudience;
use commonwheel_record::terms::{Condition, Licence, Purpose};
use commonwheel_record::{ContributionKind, Control, Cut, Extensions, Hash, RecordId, Tier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::world::*;

pub(crate) const LICENCES: [&str; 4] = ["MIT", "LicenseRef-x", "MIT OR LicenseRef-x", "MIT AND LicenseRef-x"];

/// Positions of a data feed that anything names.
pub(crate) const POSITIONS: u64 = 4;

/// The dates that anything but a release names.
const DATES: std::ops::Range<u64> = 10..30;

/// The dates of releases, and of some leases: around the edges of the first months there are.
pub(crate) const MONTHS: [u64; 5] = [10, 31 * 86_400 - 1, 31 * 86_400, 59 * 86_400 - 1, 59 * 86_400];

/// One control record. A `usize` named `of` is another draft's number, one named `feed` a collective's.
#[derive(Clone, Debug)]
enum Says {
    Release { licence: &'static str, gated: Option<usize>, feed: usize, span: (u64, u64), date: Option<u64> },
    Embargo(Embargo),
    Lift { of: usize, scope: Option<Scope> },
    Settle { of: usize, condition: Condition },
    Offer { purpose: Option<Purpose> },
    Grant { of: usize, to: Result<u8, usize>, expires: Option<u64> },
    Withdraw { feed: usize, span: (u64, u64), class: WithdrawalClass, rung: Rung, cut: Vec<u64> },
    Affiliate { power: Power, until: Option<u64> },
    Revoke { size: u64 },
    Critical,
}

/// A draft with what cannot be written before the world is: who is refused, and the cuts.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    by: usize,
    says: Says,
    signer: u8,
    /// For an embargo or a settlement: sizes of the data feeds and of the control logs, per collective; 0 leaves the feed out.
    cuts: (Vec<u64>, Vec<u64>),
    /// For an embargo: everyone, only these, or all but these.
    refused: (u8, Vec<Result<u8, usize>>),
}

fn scopes() -> impl Strategy<Value = Scope> {
    let kinds = subsequence(vec![ContributionKind::Chat, ContributionKind::Derived], 0..=1);
    let domains = subsequence(vec!["health".parse().unwrap(), "law".parse().unwrap()], 0..=1);
    let tags = subsequence(vec!["x".parse().unwrap()], 0..=1);
    let tiers = subsequence(vec![Tier::Public, Tier::Gated], 0..=1);
    (kinds, domains, tags, tiers).prop_map(|(kinds, domains, tags, tiers)| Scope {
        kinds: kinds.into_iter().collect(),
        languages: BTreeSet::new(),
        domains: domains.into_iter().collect(),
        tags: tags.into_iter().collect(),
        tiers: tiers.into_iter().collect(),
    })
}

fn wide_scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![2 => Just(Scope::default()), 1 => scopes()]
}

fn conditions() -> impl Strategy<Value = Condition> {
    select(vec![Condition::Pay, Condition::Credit])
}

/// Variants, each with a reach it may have.
fn variants() -> impl Strategy<Value = (Variant, Reach)> {
    let shift = conditions().prop_map(Variant::PreferenceShift);
    let plain = prop_oneof![3 => Just(Variant::Pause), 2 => Just(Variant::QualityFreeze)];
    let overlay = prop_oneof![Just(Variant::EvaluationOnly), shift];
    let limited = select(vec![0, 1, 2, 3, 5]).prop_map(Variant::RateLimit);
    prop_oneof![
        4 => (plain, select(Reach::ALL.to_vec())),
        4 => overlay.prop_map(|variant| (variant, Reach::New)),
        3 => (limited, select(vec![Reach::New, Reach::Unreleased])),
    ]
}

fn embargoes() -> impl Strategy<Value = Embargo> {
    let rung = prop_oneof![2 => Just(Rung::Header), 1 => Just(Rung::Commitment)];
    let starts = prop_oneof![2 => Just(0), 1 => DATES];
    let ends = prop_oneof![2 => Just(None), 1 => (DATES.end..40).prop_map(Some)];
    (variants(), wide_scopes(), rung, starts, ends).prop_map(
        |((variant, reach), scope, rung, starts, ends)| Embargo {
            variant,
            scope,
            reach,
            rung,
            starts,
            ends,
            ..pause()
        },
    )
}

fn spans() -> impl Strategy<Value = (u64, u64)> {
    let one = (0..POSITIONS).prop_map(|start| (start, start + 1));
    prop_oneof![3 => Just((0, POSITIONS)), 2 => one, 1 => Just((0, POSITIONS + 3))]
}

fn parties() -> impl Strategy<Value = Result<u8, usize>> {
    let nodes = [NODES.as_slice(), &[ANONYMOUS]].concat();
    prop_oneof![select(nodes).prop_map(Ok), (0..COLLECTIVES).prop_map(Err)]
}

fn sizes() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        1 => Just(vec![100; COLLECTIVES]),
        1 => vec(0..12_u64, COLLECTIVES),
        2 => vec(0..POSITIONS, COLLECTIVES),
        2 => Just(vec![0; COLLECTIVES]),
    ]
}

fn says(drafts: usize) -> impl Strategy<Value = Says> {
    let until = || prop::option::of(DATES);
    let rung = || select(vec![Rung::Header, Rung::Commitment]);
    let owners = || prop_oneof![3 => Just(OWNER), 1 => Just(AFFILIATE)];
    let date = prop::option::weighted(0.9, select(MONTHS.to_vec()));
    let release =
        (select(LICENCES.to_vec()), prop::option::weighted(0.4, 0..drafts), owners(), spans(), date);
    let withdrawal = (owners(), spans(), select(WithdrawalClass::ALL.to_vec()), rung(), sizes());
    prop_oneof![
        8 => release.prop_map(|(licence, gated, feed, span, date)| {
            Says::Release { licence, gated, feed, span, date }
        }),
        8 => embargoes().prop_map(Says::Embargo),
        2 => (0..drafts, prop::option::of(scopes())).prop_map(|(of, scope)| Says::Lift { of, scope }),
        2 => (0..drafts, conditions()).prop_map(|(of, condition)| Says::Settle { of, condition }),
        3 => prop::option::of(select(Purpose::ALL.to_vec())).prop_map(|purpose| Says::Offer { purpose }),
        3 => (0..drafts, parties(), until()).prop_map(|(of, to, expires)| Says::Grant { of, to, expires }),
        1 => withdrawal
            .prop_map(|(feed, span, class, rung, cut)| Says::Withdraw { feed, span, class, rung, cut }),
        2 => (select(Power::ALL.to_vec()), until()).prop_map(|(power, until)| Says::Affiliate { power, until }),
        1 => prop_oneof![(0..POSITIONS).prop_map(|size| Says::Revoke { size }), Just(Says::Critical)],
    ]
}

fn draft(drafts: usize) -> impl Strategy<Value = Draft> {
    let by = prop_oneof![6 => Just(OWNER), 2 => Just(STEWARD), 2 => Just(AFFILIATE), 1 => Just(STRANGER)];
    let signer = prop_oneof![12 => Just(GOVERNANCE), 1 => Just(ROOT)];
    let refused = (0..3_u8, vec(parties(), 0..3));
    (by, says(drafts), signer, (sizes(), sizes()), refused)
        .prop_map(|(by, says, signer, cuts, refused)| Draft { by, says, signer, cuts, refused })
}

/// Releases of everything by the owner, or by the affiliate over its own feed: without them little is ever asked beyond
/// rule 6.
fn released(by: usize) -> Vec<Draft> {
    let says = |licence| Says::Release {
        licence,
        gated: None,
        feed: by,
        span: (0, POSITIONS),
        date: Some(MONTHS[0]),
    };
    let draft = |licence| Draft {
        by,
        says: says(licence),
        signer: GOVERNANCE,
        cuts: (vec![], vec![]),
        refused: (0, vec![]),
    };
    LICENCES.into_iter().map(draft).collect()
}

pub(crate) fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    let some = (1..12_usize).prop_flat_map(|count| vec(draft(count), count));
    (prop::bool::weighted(0.6), prop::bool::weighted(0.3), some).prop_map(|(owner, affiliate, some)| {
        let start = [(owner, OWNER), (affiliate, AFFILIATE)].into_iter().filter(|(starts, _)| *starts);
        aimed(some).into_iter().chain(start.flat_map(|(_, by)| released(by))).collect()
    })
}

/// Lets settlements be of preference shifts of the same collective, where there are any.
fn aimed(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let is_shift = |draft: &Draft| {
        matches!(&draft.says, Says::Embargo(Embargo { variant: Variant::PreferenceShift(_), .. }))
    };
    let shifts: Vec<(usize, usize)> = drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| is_shift(draft))
        .map(|(number, draft)| (number, draft.by))
        .collect();
    for draft in &mut drafts {
        let own: Vec<usize> = shifts.iter().filter(|(_, by)| *by == draft.by).map(|(at, _)| *at).collect();
        if let (Says::Settle { of, .. }, false) = (&mut draft.says, own.is_empty()) {
            *of = own[*of % own.len()];
        }
    }
    drafts
}

/// What a world starts from, before its drafts.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    stewards: Vec<usize>,
    audience: FeedAudience,
    forked: bool,
    /// The collectives whose control logs the answering node holds.
    pub(crate) held: Vec<usize>,
}

pub(crate) fn settings() -> impl Strategy<Value = Setting> {
    let stewards = subsequence(vec![STEWARD, STRANGER], 0..=2);
    let audience = prop_oneof![7 => Just(FeedAudience::Public), 1 => Just(FeedAudience::Members)];
    let all: Vec<usize> = (0..COLLECTIVES).collect();
    let held = prop_oneof![7 => Just(all.clone()), 1 => Just(vec![OWNER, AFFILIATE, LAB]), 1 => subsequence(all, 1..COLLECTIVES)];
    (stewards, audience, prop::bool::weighted(0.05), held)
        .prop_map(|(stewards, audience, forked, held)| Setting { stewards, audience, forked, held })
}

/// Writes the drafts into the control logs of a new world.
pub(crate) fn written(setting: &Setting, drafts: &[Draft]) -> World {
    let mut world = World::new(&setting.stewards, setting.audience);
    let mut next: Vec<RecordId> = world.collectives.iter().map(|collective| collective.next()).collect();
    let mut ids = Vec::new();
    for draft in drafts {
        ids.push(next[draft.by]);
        next[draft.by].index += 1;
    }
    for (draft, id) in drafts.iter().zip(&ids) {
        if let Says::Release { date: Some(date), .. } = draft.says {
            world.dates.insert(*id, date);
        }
        let (control, signer) = draft.control(&world, &ids);
        world.collectives[draft.by].append_control(control, signer);
    }
    world.collectives[OWNER].forked = setting.forked;
    world
}

/// The draft of that number; numbers beyond the last begin again.
fn named(ids: &[RecordId], number: usize) -> RecordId {
    ids[number % ids.len()]
}

fn party(world: &World, party: Result<u8, usize>) -> Party {
    party.map_or_else(|collective| Party::Collective(world.id(collective)), |node| Party::Node(key(node)))
}

fn control_cut(world: &World, sizes: &[u64]) -> Cut {
    let feeds = world.collectives.iter().map(|collective| collective.control.id());
    Cut(feeds.zip(sizes.iter().copied()).filter(|(_, size)| *size > 0).collect())
}

fn range(world: &World, feed: usize, (start, end): (u64, u64)) -> Vec<Range> {
    vec![Range { feed: world.data(feed), start, end }]
}

impl Draft {
    /// Whose control record it is.
    pub(crate) const fn by(&self) -> usize {
        self.by
    }

    fn control(&self, world: &World, ids: &[RecordId]) -> (Control, u8) {
        let collective = Some(world.id(self.by));
        match self.says {
            Says::Critical => {
                let mut control = Control::new(collective, embargo(|_| ()));
                control.extensions = Extensions(BTreeMap::from([(1, vec![])]));
                (control, self.signer)
            }
            Says::Revoke { .. } => (Control::new(collective, self.content(world, ids)), ROOT),
            _ => (Control::new(collective, self.content(world, ids)), self.signer),
        }
    }

    fn content(&self, world: &World, ids: &[RecordId]) -> Content {
        match self.says.clone() {
            Says::Release { licence, gated, feed, span, .. } => Content::Release(Release {
                licence: Licence::parse(licence).unwrap(),
                mode: gated.map_or(ReleaseMode::Open, |of| ReleaseMode::Gated(named(ids, of))),
                ranges: range(world, feed, span),
                dated_by: None,
            }),
            Says::Embargo(embargo) => Content::Embargo(Box::new(self.embargo(world, embargo))),
            Says::Lift { of, scope } => Content::Lift(Lift {
                embargo: named(ids, of),
                scope,
                reason: LiftReason::Settled,
                settlement: None,
                mandate: None,
            }),
            Says::Settle { of, condition } => Content::Settlement(Settlement {
                embargo: named(ids, of),
                condition,
                evidence: Hash([0; 32]),
                with: None,
                until: self.data_cut(world),
                mandate: None,
            }),
            Says::Offer { purpose } => Content::Offer(Offer {
                title: "offer".to_owned(),
                terms: Hash([0; 32]),
                purposes: purpose.into_iter().collect(),
                conditions: BTreeSet::new(),
            }),
            Says::Grant { of, to, expires } => {
                Content::Grant(Grant { offer: named(ids, of), to: party(world, to), expires })
            }
            Says::Withdraw { feed, span, class, rung, cut } => Content::Withdrawal(Withdrawal {
                ranges: range(world, feed, span),
                class,
                rung,
                cut: control_cut(world, &cut),
                member: None,
            }),
            Says::Affiliate { power, until } => {
                Content::Affiliate(Affiliate { to: world.id(AFFILIATE), powers: [power].into(), until })
            }
            Says::Revoke { size } => {
                let revoked = Revoked::Feed { feed: world.data(self.by), size, root: Hash([0; 32]) };
                Content::Revocation(Revocation { revoked })
            }
            Says::Critical => unreachable!("written as a whole"),
        }
    }

    fn data_cut(&self, world: &World) -> Cut {
        let feeds = (0..COLLECTIVES).map(|collective| world.data(collective));
        Cut(feeds.zip(self.cuts.0.iter().copied()).filter(|(_, size)| *size > 0).collect())
    }

    fn embargo(&self, world: &World, embargo: Embargo) -> Embargo {
        let from_cut = self.data_cut(world);
        let parties = self.refused.1.iter().map(|named| party(world, *named)).collect();
        let audience = match self.refused.0 {
            0 => Audience::Everyone,
            1 => Audience::Only(parties),
            _ => Audience::Except(parties),
        };
        Embargo { from_cut, cut: control_cut(world, &self.cuts.1), audience, ..embargo }
    }
}
