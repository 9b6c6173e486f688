//! Whether a strike's record would have effect, why not, what to do then, and what it could rest on.

use commonwheel_api::types::{Authorised, Made, PossibleMandate, WithoutEffect};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_collective::{BallotView, Ineffective, Outcome, View};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Embargo, Proposal};
use commonwheel_record::{Leaf, RecordId};

use super::super::control::{Authority, Ready, key, made, rehearsed};
use super::super::{Refusal, invalid};
use super::build::Built;
use crate::engine::Engine;

/// Signs a record with this node's key where it needs one and this node has it.
pub(super) fn signed(engine: &Engine, built: Built) -> Ready {
    let Built { mut ready, by } = built;
    if let Some(key) = key(engine, &ready.collective, by) {
        ready.control = ready.control.signed(&engine.network, &key);
    }
    ready
}

/// Appends a record that would have effect, or says why it would have none and what to do.
pub(super) fn enact(engine: &mut Engine, now: u64, built: Built) -> Result<Made, Refusal> {
    let (collective, by) = (built.ready.collective, built.by);
    if by == Authority::Governance && key(engine, &collective, by).is_none() {
        let why = format!("this node holds no governance key of collective {collective}");
        return Err(ApiError::new(ErrorCode::NoAuthority, why, OTHER_KEYS).into());
    }
    let ready = signed(engine, built);
    if let Some(why) = rehearsal(engine, &ready)?.1 {
        let error = format!("it would have no effect: {why}");
        return Err(ApiError::new(code(&why), error, fix(&why)).into());
    }
    made(engine, now, ready, Authority::Nobody, false)
}

/// Makes the record for others to sign, with this node's signature if it has the key.
pub(super) fn drafted(engine: &mut Engine, now: u64, built: Built) -> Result<Made, Refusal> {
    let Built { ready, by } = built;
    made(engine, now, ready, by, true)
}

const OTHER_KEYS: &str =
    "name the key files with --key, rest it on a mandate, or run this on a node that holds the key";

const fn code(why: &Ineffective) -> ErrorCode {
    match why {
        Ineffective::NotGovernanceSigned | Ineffective::NoMandate | Ineffective::NeedsBallot => {
            ErrorCode::NoAuthority
        }
        _ => ErrorCode::Invalid,
    }
}

/// Returns the view as it would be with a record, where the record would stand, and why it would have no effect, if so.
pub(super) fn rehearsal(
    engine: &mut Engine,
    ready: &Ready,
) -> Result<((RecordId, View), Option<Ineffective>), Refusal> {
    let (feed, view) = rehearsed(engine, ready)?;
    let id = RecordId { feed, index: engine.sync.store().size(&feed) };
    let why = view.ineffective().get(&id).copied();
    Ok(((id, view), why))
}

/// Returns why a record has no effect in words, and what to do about it.
pub(super) fn without_effect(why: &Ineffective) -> WithoutEffect {
    WithoutEffect { why: why.to_string(), fix: fix(why).to_owned() }
}

/// Says what whoever declares strikes can do about a record without effect.
pub(in super::super) const fn fix(why: &Ineffective) -> &'static str {
    match why {
        Ineffective::NoMandate => {
            "hold a ballot with `commonwheel ballot open` and name its mandate with --mandate; where the charter allows \
             one, --emergency declares an embargo for its hours"
        }
        Ineffective::NotGovernanceSigned => {
            "let as many governance keys sign it as the charter asks for, each named with --key, or rest it on a mandate"
        }
        Ineffective::NoValidMandate => "`commonwheel ballot list` shows the mandates that count",
        Ineffective::NotProposed => {
            "leave out everything but --mandate: the embargo is then as the ballot proposed it"
        }
        Ineffective::BeforeNotice => {
            "give a later --starts, or none: it begins as soon as the notice is over"
        }
        Ineffective::AfterMandate => "the mandate is over: hold another ballot",
        Ineffective::BeyondMandate => {
            "leave --starts, --ends and everything else to the ballot, or let the governance keys sign"
        }
        Ineffective::EmergencyTooLong => {
            "give an earlier --ends: the charter says for how many hours at most"
        }
        Ineffective::EmergencyRepeated => "hold a ballot: an emergency embargo comes once in thirty days",
        Ineffective::NeedsBallot => {
            "members voted for it: hold a ballot on its lift, and name that mandate with --mandate"
        }
        Ineffective::NoEmbargo => "`commonwheel strike status` shows the embargoes that count",
        Ineffective::NoSettlement | Ineffective::OtherCondition => {
            "`commonwheel strike status` shows the condition it waits for"
        }
        Ineffective::BodyMissing | Ineffective::NotAllHeld => {
            "connect a peer that holds the collective's control log: what is missing is fetched from it"
        }
        Ineffective::Forked | Ineffective::BeyondRevocation => {
            "append it again to a control feed of the collective that is neither forked nor revoked"
        }
        _ => "see `commonwheel collective show` for what the charter asks",
    }
}

/// Returns what an embargo could rest on, `now` in seconds since 1970.
pub(super) fn authorised(view: &View, embargo: &Embargo, now: u64) -> Authorised {
    let rules = view.charter().map(|charter| &charter.rules);
    let mandate_required = rules.is_some_and(|rules| rules.mandate_required);
    let mut mandates: Vec<PossibleMandate> = view
        .ballots()
        .iter()
        .filter(|ballot| proposes(ballot, embargo) && may_carry(ballot))
        .flat_map(|ballot| possible(view, ballot))
        .filter(|possible| possible.expires > now)
        .collect();
    mandates.sort_by_key(|possible| (possible.earliest, possible.mandate.is_none(), possible.ballot));
    let soonest = mandates.iter().map(|possible| possible.earliest.max(now)).min();
    Authorised {
        mandate_required,
        emergency_hours: rules.map_or(0, |rules| rules.emergency_hours),
        mandates,
        earliest: if mandate_required { soonest } else { Some(now.max(embargo.starts)) },
    }
}

fn proposes(ballot: &BallotView, embargo: &Embargo) -> bool {
    ballot.ballot.proposals.iter().any(|proposal| match proposal {
        Proposal::Embargo(terms) => terms.describe(embargo),
        Proposal::Lift(_) => false,
    })
}

const fn may_carry(ballot: &BallotView) -> bool {
    !matches!(ballot.outcome, Outcome::Failed(_))
}

/// A ballot's mandates, or the one it may have yet.
fn possible(view: &View, ballot: &BallotView) -> Vec<PossibleMandate> {
    let one = |mandate| PossibleMandate {
        ballot: ballot.hash,
        question: ballot.ballot.question.clone(),
        mandate,
        outcome: ballot.outcome.to_string(),
        earliest: ballot.earliest(),
        expires: ballot.expires(),
    };
    let stated = view.mandates().iter().filter(|stated| stated.mandate.ballot == ballot.hash);
    let stated: Vec<PossibleMandate> = stated.map(|stated| one(Some(stated.id))).collect();
    if stated.is_empty() { vec![one(None)] } else { stated }
}

/// Returns the embargo that a record in the store states, whether or not it counts.
pub(super) fn stated_embargo(engine: &Engine, id: &RecordId) -> Result<Option<Embargo>, Refusal> {
    let headers = engine.sync.store().headers(&id.feed, id.index, id.index + 1)?;
    let leaf = headers.into_iter().next().flatten().and_then(|bytes| Leaf::decode(&bytes).ok());
    Ok(match leaf {
        Some(Leaf::Control(control)) => match control.content {
            Content::Embargo(embargo) => Some(*embargo),
            _ => None,
        },
        _ => None,
    })
}

/// Checks that a record can be read again as it is, before anything is done about it.
pub(super) fn readable(ready: &Ready) -> Result<(), Refusal> {
    let leaf = Leaf::Control(Box::new(ready.control.clone())).encode();
    let decoded = Leaf::decode(&leaf);
    Ok(decoded
        .map(drop)
        .map_err(|error| invalid(format!("no such record: {error}"), "change what it names"))?)
}
