//! What an embargo changes, counted by one function before it is declared and after.
//!
//! A [`Planner`] holds the views without the embargo and with it. Before the declaration the former are real and the latter
//! a rehearsal; afterwards it is the other way round. Either way [`Planner::count`] asks [`decide`] twice about a record,
//! for everybody who is to be told of, and adds the difference to a [`Plan`].

mod counts;

use std::collections::BTreeSet;

use commonwheel_collective::{Audience, Standing, Views};
use commonwheel_record::control::{Audience as Refused, Party, Rung, Variant};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, Contribution, Leaf, PublicKey};

use crate::case::Case;
use crate::cover::{is_covered, sources};
use crate::decide::decide;
use crate::reach::applies;
use crate::reason::{Decision, Reason};
use crate::request::{Asker, Record, Request};
use crate::time::{Clocks, Leases};

pub use counts::{Counts, Plan, Share};

/// A node that nobody knows: it answers for no owner, and it has no part in anything as an asker.
const NOBODY: PublicKey = PublicKey([0xff; 32]);

/// What becomes of a record, whoever of those asked for may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Somebody may have it without the embargo, and may not with it.
    Withheld,
    /// It waits for the embargo's end, or for its month: a release that would be held back, or one that is.
    Queued,
    /// It was given away for good, so it stays out.
    Irrevocable,
    /// Another embargo withholds it.
    Already,
    /// The embargo is about it, and refuses nobody asked for: out of its reach, or not its audience.
    Open,
    /// No release opens it.
    Unreleased,
    /// It is not to be had for another reason: a grant, a tier, a region or a header is missing, or it was erased.
    Closed,
}

/// The same world without an embargo and with it.
#[derive(Clone, Debug)]
pub struct Planner {
    without: Views,
    with: Views,
    leases: Leases,
    by: CollectiveId,
    standing: Standing,
    /// Of audiences that are all answered alike the first one, and before all others one that nobody knows.
    askers: Vec<Asker>,
    /// For each audience, which of the askers is answered like it.
    like: Vec<usize>,
    /// When it is asked, in seconds since 1970.
    at: u64,
    /// Whether records that the embargo is not about are left out: of shares nothing is known then.
    only_covered: bool,
}

impl Planner {
    /// Compares views that differ in one embargo, for the audiences given, at a time in seconds since 1970.
    ///
    /// Whether anything can be had by somebody whom nobody knows is always asked too. An embargo that begins later is
    /// counted at its beginning.
    #[must_use]
    pub fn new(
        (without, with): (Views, Views),
        leases: Leases,
        by: CollectiveId,
        standing: Standing,
        audiences: &[Audience],
        now: u64,
    ) -> Self {
        let at = now.max(standing.embargo.starts);
        let named = named_nodes(&with);
        let mut askers = vec![nobody()];
        let like = audiences.iter().map(|audience| place(&mut askers, audience, &named)).collect();
        let askers = askers.into_iter().map(Asker::Peer).collect();
        Self { without, with, leases, by, standing, askers, like, at, only_covered: false }
    }

    /// Returns what somebody whom nobody knows may have, and loses.
    #[must_use]
    pub fn share_of_unknown(&self, plan: &Plan) -> Share {
        plan.shares.first().copied().unwrap_or_default()
    }

    /// Returns what each audience may have, and loses, in the order they were given in.
    #[must_use]
    pub fn shares(&self, plan: &Plan) -> Vec<Share> {
        self.like.iter().filter_map(|at| plan.shares.get(*at)).copied().collect()
    }

    /// Leaves out records that the embargo is not about: the counts are the same, and shares are not to be asked for.
    #[must_use]
    pub fn only_covered(self) -> Self {
        Self { only_covered: true, ..self }
    }

    /// Returns the embargo.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Returns the time it is asked for, in seconds since 1970.
    #[must_use]
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// Returns a plan that has counted nothing yet.
    #[must_use]
    pub fn begin(&self) -> Plan {
        Plan { shares: vec![Share::default(); self.askers.len()], ..Plan::default() }
    }

    /// Adds a record of a data feed to a plan.
    pub fn count(&self, plan: &mut Plan, record: &Record<'_>) {
        let header = match record.leaf {
            Some(Leaf::Contribution(header, _)) => Some(&**header),
            None => None,
            // A submission gets the answer of its contributions, which are counted themselves.
            Some(_) => return,
        };
        let about = self.is_about(record);
        if self.only_covered && !about {
            return;
        }
        let mut met = Met::default();
        for (asker, share) in self.askers.iter().zip(&mut plan.shares) {
            let before = self.decide(&self.without, record, asker);
            // An embargo changes no answer about a record that it does not cover.
            let after = if about { self.decide(&self.with, record, asker) } else { before };
            share.add(before.serves(Rung::Body), after.serves(Rung::Body));
            met.add(&before, &after, self.standing.is_overlay());
        }
        if about {
            self.enter(plan, record, header, &met);
        }
    }

    fn enter(&self, plan: &mut Plan, record: &Record<'_>, header: Option<&Contribution>, met: &Met) {
        let owner = self.with.owner_of(&record.id, record.manifest).map(|view| view.id());
        let fate = met.fate(self.is_rate_limit(), || self.will_queue(record));
        plan.enter(owner.unwrap_or(record.manifest.collective), header, fate, met.header_lost);
    }

    fn decide(&self, views: &Views, record: &Record<'_>, asker: &Asker) -> Decision {
        let request = Request { audience: asker, purpose: self.purpose(), rung: Rung::Body };
        decide(views, &self.leases, &NOBODY, record, &request, self.at)
    }

    /// What is asked for: an overlay denies training and lets bodies pass, so for anything else it would change nothing.
    const fn purpose(&self) -> Purpose {
        if self.standing.is_overlay() { Purpose::Train } else { Purpose::Replicate }
    }

    const fn is_rate_limit(&self) -> bool {
        matches!(self.standing.embargo.variant, Variant::RateLimit(_))
    }

    /// Says whether the embargo is about a record or an ancestor of it: in scope, and of a collective that it binds.
    fn is_about(&self, record: &Record<'_>) -> bool {
        let case = self.case(record);
        case.subjects().any(|subject| {
            self.standing.covers(subject.header)
                && sources(&case, &subject).any(|source| source.id() == self.by)
        })
    }

    /// Says whether what is not released yet waits for this embargo, and would not without it: its release is held back,
    /// or it would go out bit by bit.
    fn will_queue(&self, record: &Record<'_>) -> bool {
        let covered = |views| is_covered(views, &self.leases, record, self.at);
        if self.is_rate_limit() {
            return self.reaches(record);
        }
        covered(&self.with) && !covered(&self.without)
    }

    fn reaches(&self, record: &Record<'_>) -> bool {
        let case = self.case(record);
        case.subjects().any(|subject| {
            let mut mine = sources(&case, &subject).filter(|source| source.id() == self.by);
            mine.any(|source| applies(&case, None, &subject, source, &self.standing))
        })
    }

    fn case<'a>(&'a self, record: &'a Record<'a>) -> Case<'a> {
        let clocks = Clocks { leases: &self.leases, now: self.at };
        Case::new(&self.with, clocks, &NOBODY, record, Purpose::Replicate)
    }
}

fn nobody() -> Audience {
    Audience { node: NOBODY, collectives: BTreeSet::new(), region: None }
}

/// Returns where an audience's like stands among those asked for, added if it is the first of its kind.
///
/// The valve reads of a node no more than the collectives that delegate it, its region, and its key where one is named.
fn place(askers: &mut Vec<Audience>, audience: &Audience, named: &BTreeSet<PublicKey>) -> usize {
    let like = |other: &Audience| {
        (&other.collectives, other.region) == (&audience.collectives, audience.region)
            && (other.node == audience.node
                || !(named.contains(&other.node) || named.contains(&audience.node)))
    };
    askers.iter().position(like).unwrap_or_else(|| {
        askers.push(audience.clone());
        askers.len() - 1
    })
}

/// Returns the nodes that some control log names by their very key, and not only as a collective's.
fn named_nodes(views: &Views) -> BTreeSet<PublicKey> {
    let mut named = BTreeSet::new();
    for view in views.iter() {
        named.extend(view.carriers());
        let granted = view.grants().iter().map(|grant| &grant.content.to);
        let refused = view.embargoes().iter().flat_map(|standing| match &standing.embargo.audience {
            Refused::Everyone => None,
            Refused::Only(parties) | Refused::Except(parties) => Some(parties),
        });
        named.extend(granted.chain(refused.flatten()).filter_map(|party| match party {
            Party::Node(key) => Some(*key),
            Party::Collective(_) => None,
        }));
    }
    named
}

/// What those asked for were answered about one record.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    lost: bool,
    /// Lost until an overlay is over: what an irrevocable licence would give away is not given before.
    lost_for_now: bool,
    header_lost: bool,
    served: bool,
    irrevocable: bool,
    withheld_before: bool,
    unreleased: bool,
}

impl Met {
    fn add(&mut self, before: &Decision, after: &Decision, overlay: bool) {
        // The owner's own nodes have everything, whatever becomes of it.
        if after.because == Reason::Owner {
            return;
        }
        let loses = |rung| before.serves(rung) && !after.serves(rung);
        let withheld = |decision: &Decision| matches!(decision.because, Reason::Withheld { .. });
        let overlaid = matches!(before.because, Reason::Overlaid { .. });
        let for_now = overlay && withheld(after);
        self.lost |= loses(Rung::Body) && !for_now;
        self.lost_for_now |= loses(Rung::Body) && for_now;
        self.header_lost |= loses(Rung::Header);
        self.served |= after.serves(Rung::Body);
        self.irrevocable |= matches!(after.because, Reason::Irrevocable { .. });
        self.withheld_before |= withheld(before) || overlaid;
        self.unreleased |= before.because == Reason::Unreleased;
    }

    fn fate(&self, rate_limit: bool, held_back: impl FnOnce() -> bool) -> Fate {
        match self {
            Self { lost: true, .. } if !rate_limit => Fate::Withheld,
            Self { lost: true, .. } | Self { lost_for_now: true, .. } => Fate::Queued,
            Self { irrevocable: true, .. } => Fate::Irrevocable,
            Self { withheld_before: true, .. } => Fate::Already,
            Self { served: true, .. } => Fate::Open,
            Self { unreleased: true, .. } if held_back() => Fate::Queued,
            Self { unreleased: true, .. } => Fate::Unreleased,
            _ => Fate::Closed,
        }
    }
}
