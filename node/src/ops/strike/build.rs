//! The embargo that a request amounts to: one function for the plan and for the deed.

use commonwheel_api::types::StrikeDeclareRequest;
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_collective::{BallotView, MandateView, View, Views};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{
    Audience, Content, Embargo, Power, Proposal, Reach, Rung, Scope, Terms, Variant,
};
use commonwheel_record::limits::MAX_CUT;
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::{CollectiveId, Control, Cut, FeedId};

use super::super::control::{Authority, Ready, key, whose};
use super::super::{Refusal, invalid, not_found};
use crate::engine::Engine;

/// An hour, in seconds.
const HOUR: u64 = 3600;

/// A record to be appended, and whose authority it needs.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) ready: Ready,
    pub(super) by: Authority,
}

impl Built {
    pub(super) const fn new(collective: CollectiveId, content: Content, by: Authority) -> Self {
        let control = Control::new(Some(collective), content);
        Self { ready: Ready { collective, control, body: None }, by }
    }

    pub(super) fn embargo(&self) -> Option<&Embargo> {
        match &self.ready.control.content {
            Content::Embargo(embargo) => Some(embargo),
            _ => None,
        }
    }
}

/// Returns what an embargo of this variant reaches if nothing is said.
pub(in super::super) const fn default_reach(variant: &Variant) -> Reach {
    match variant {
        Variant::QualityFreeze | Variant::Pause => Reach::All,
        Variant::EvaluationOnly | Variant::PreferenceShift(_) => Reach::New,
        Variant::RateLimit(_) => Reach::Unreleased,
    }
}

/// Returns how far this node holds the feeds of one purpose that an embargo of the collective is about: its own, and those
/// of the collectives whose records it may close. There is room for 16, its own first; a feed left out counts as empty.
pub(in super::super) fn cut(engine: &Engine, collective: CollectiveId, purpose: FeedPurpose) -> Cut {
    let store = engine.sync.store();
    let of_purpose = |feed: &FeedId| store.manifest(feed).is_some_and(|manifest| manifest.purpose == purpose);
    let mut cut = Cut::default();
    for view in about(engine.sync.views(), &collective, purpose) {
        for feed in view.feeds().keys().filter(|feed| of_purpose(feed) && store.size(feed) > 0) {
            if cut.0.len() < MAX_CUT {
                cut.0.insert(*feed, store.size(feed));
            }
        }
    }
    cut
}

/// The collective, those whose records it may close, and of control logs also those that may release these: a cut that
/// left their releases out would take them for later than the embargo.
fn about<'a>(views: &'a Views, collective: &CollectiveId, purpose: FeedPurpose) -> Vec<&'a View> {
    let gave_power = |view: &&View| view.affiliates_with(Power::Embargo).any(|(to, _)| to == *collective);
    let own = views.get(collective);
    let mut about: Vec<&View> = own
        .into_iter()
        .chain(views.stewarded_by(collective))
        .chain(views.iter().filter(gave_power))
        .collect();
    if purpose == FeedPurpose::Control {
        let releasing = about.iter().flat_map(|view| view.affiliates_with(Power::Release));
        let releasing: Vec<&View> = releasing.filter_map(|(to, _)| views.get(&to)).collect();
        about.extend(releasing);
    }
    about
}

/// Says whether this node's governance key alone is enough, or others are to sign too.
pub(super) fn governs(engine: &Engine, collective: &CollectiveId, shared: bool) -> bool {
    let charter = engine.sync.views().get(collective).and_then(View::charter);
    let alone = charter.is_some_and(|charter| charter.governance.threshold == 1)
        && key(engine, collective, Authority::Governance).is_some();
    shared || alone
}

/// Builds the embargo that is asked for; `shared` if other keys sign it too.
pub(super) fn embargo(
    engine: &Engine,
    now: u64,
    request: &StrikeDeclareRequest,
    shared: bool,
) -> Result<Built, Refusal> {
    let collective = whose(engine, request.collective)?;
    let governs = governs(engine, &collective, shared);
    let (embargo, by) = match request.mandate {
        None => (unmandated(engine, now, &collective, request)?, Authority::Governance),
        Some(_) if governs => (mandated(engine, now, &collective, request)?, Authority::Governance),
        Some(_) => (as_voted(engine, now, &collective, request)?, Authority::Nobody),
    };
    Ok(Built::new(collective, Content::Embargo(Box::new(embargo)), by))
}

/// An embargo on the governance keys' word.
fn unmandated(
    engine: &Engine,
    now: u64,
    collective: &CollectiveId,
    request: &StrikeDeclareRequest,
) -> Result<Embargo, Refusal> {
    let variant = request.variant.ok_or_else(|| {
        invalid("a strike does something", "name a variant, or the mandate whose ballot proposed one")
    })?;
    let (starts, ends) = if request.emergency {
        emergency(engine, now, collective, request)?
    } else {
        (request.starts, request.ends)
    };
    Ok(Embargo {
        variant,
        scope: request.scope.clone(),
        reach: request.reach.unwrap_or_else(|| default_reach(&variant)),
        from_cut: cut(engine, *collective, FeedPurpose::Data),
        cut: cut(engine, *collective, FeedPurpose::Control),
        audience: request.audience.clone(),
        rung: request.rung.unwrap_or(Rung::Header),
        starts,
        ends,
        demand: request.demand.clone(),
        mandate: None,
    })
}

/// The dates of an emergency embargo: from now on, for as long as the charter allows, where nothing else is said.
fn emergency(
    engine: &Engine,
    now: u64,
    collective: &CollectiveId,
    request: &StrikeDeclareRequest,
) -> Result<(u64, Option<u64>), Refusal> {
    let charter = engine.sync.views().get(collective).and_then(View::charter);
    let hours = charter.map_or(0, |charter| charter.rules.emergency_hours);
    if hours == 0 {
        let fix = "hold a ballot, and name its mandate with --mandate";
        return Err(invalid("the charter allows no emergency embargo", fix).into());
    }
    let starts = if request.starts == 0 { now } else { request.starts };
    let lasts = u64::from(hours) * HOUR;
    Ok((starts, Some(request.ends.unwrap_or_else(|| starts.saturating_add(lasts)))))
}

/// An embargo that members voted for and governance declares: its cuts are of this moment.
fn mandated(
    engine: &Engine,
    now: u64,
    collective: &CollectiveId,
    request: &StrikeDeclareRequest,
) -> Result<Embargo, Refusal> {
    let (mandate, terms) = voted(engine, collective, request)?;
    let control = cut(engine, *collective, FeedPurpose::Control);
    let from_cut = cut(engine, *collective, FeedPurpose::Data);
    let starts = begins(now, request, mandate);
    Ok(Embargo { from_cut, ..terms.embargo(control, starts, request.ends, mandate.id) })
}

/// An embargo that members voted for and any carrier may declare: exactly what the ballot proposed.
fn as_voted(
    engine: &Engine,
    now: u64,
    collective: &CollectiveId,
    request: &StrikeDeclareRequest,
) -> Result<Embargo, Refusal> {
    let (mandate, terms) = voted(engine, collective, request)?;
    if request.ends.is_some() {
        let fix = "leave --ends out: it is over with its mandate, or have the governance keys sign it";
        return Err(invalid("without the governance keys an embargo has no end of its own", fix).into());
    }
    Ok(terms.embargo(mandate.cut.clone(), begins(now, request, mandate), None, mandate.id))
}

fn begins(now: u64, request: &StrikeDeclareRequest, mandate: &MandateView) -> u64 {
    if request.starts == 0 { now.max(mandate.earliest) } else { request.starts }
}

/// Returns the mandate that is named, and the proposal that is meant.
fn voted<'a>(
    engine: &'a Engine,
    collective: &CollectiveId,
    request: &StrikeDeclareRequest,
) -> Result<(&'a MandateView, &'a Terms), Refusal> {
    let (mandate, ballot) = mandate(engine, collective, request)?;
    let proposals = || (1_u32..).zip(&ballot.ballot.proposals);
    let embargoes = || {
        proposals().filter_map(|(number, proposal)| match proposal {
            Proposal::Embargo(terms) => Some((number, &**terms)),
            Proposal::Lift(_) => None,
        })
    };
    let fitting: Vec<(u32, &Terms)> = embargoes()
        .filter(|(number, _)| request.proposal.is_none_or(|asked| asked == *number))
        .filter(|(_, terms)| fits(request, terms))
        .collect();
    match fitting.as_slice() {
        [(_, terms)] => Ok((mandate, terms)),
        [] => Err(not_proposed(ballot).into()),
        _ => {
            Err(invalid("the ballot proposed several embargoes", "say which with --proposal 1, 2, …").into())
        }
    }
}

fn mandate<'a>(
    engine: &'a Engine,
    collective: &CollectiveId,
    request: &StrikeDeclareRequest,
) -> Result<(&'a MandateView, &'a BallotView), Refusal> {
    let id = request.mandate.ok_or_else(|| not_found("a mandate"))?;
    let view =
        engine.sync.views().get(collective).ok_or_else(|| not_found(format!("collective {collective}")))?;
    if let Some(mandate) = view.mandate(&id)
        && let Some(ballot) = view.ballot(&mandate.mandate.ballot)
    {
        return Ok((mandate, ballot));
    }
    if let Some(why) = view.ineffective().get(&id) {
        let fix = "`commonwheel ballot list` shows the ballots and their mandates";
        return Err(
            ApiError::new(ErrorCode::Invalid, format!("{id} is no mandate that counts: {why}"), fix).into()
        );
    }
    Err(not_found(format!("a mandate {id} of this collective")).into())
}

/// Says whether a request asks for these terms, or leaves everything to the ballot.
fn fits(request: &StrikeDeclareRequest, terms: &Terms) -> bool {
    let said = |empty: bool, same: bool| empty || same;
    said(request.variant.is_none(), request.variant == Some(terms.variant))
        && said(request.reach.is_none(), request.reach == Some(terms.reach))
        && said(request.rung.is_none(), request.rung == Some(terms.rung))
        && said(request.scope == Scope::default(), request.scope == terms.scope)
        && said(request.audience == Audience::Everyone, request.audience == terms.audience)
        && said(request.demand.is_empty(), request.demand == terms.demand)
}

fn not_proposed(ballot: &BallotView) -> ApiError {
    let why = format!("the ballot did not propose such an embargo: {}", ballot.ballot.question);
    let fix = "leave out everything but --mandate: the embargo is then as the ballot proposed it";
    invalid(why, fix)
}
