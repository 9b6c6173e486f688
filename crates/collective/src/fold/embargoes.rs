//! Embargoes: by whose word each holds, and until when.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Charter, Embargo, Proposal, Terms};
use commonwheel_record::{Hash, RecordId};

use super::gather::{Refused, Stated};
use crate::ineffective::Ineffective;
use crate::view::{BallotView, DAY, MandateView};

/// How far apart two embargoes without a mandate begin, in seconds.
const EMERGENCY_GAP: u64 = 30 * DAY;

/// Ballots and mandates, as embargoes and lifts rest on them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mandates<'v> {
    pub(super) ballots: &'v [BallotView],
    pub(super) mandates: &'v [MandateView],
}

impl<'v> Mandates<'v> {
    /// Returns a valid mandate with its ballot.
    pub(super) fn get(&self, id: &RecordId) -> Result<(&'v MandateView, &'v BallotView), Ineffective> {
        let at = self.mandates.binary_search_by_key(id, |mandate| mandate.id);
        let mandate = at.ok().and_then(|at| self.mandates.get(at)).ok_or(Ineffective::NoValidMandate)?;
        let hash = mandate.mandate.ballot;
        let at = self.ballots.binary_search_by_key(&hash, |ballot| ballot.hash);
        let ballot = at.ok().and_then(|at| self.ballots.get(at)).ok_or(Ineffective::NoValidMandate)?;
        Ok((mandate, ballot))
    }
}

/// An embargo that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sound<'a> {
    pub(super) id: RecordId,
    pub(super) hash: Hash,
    pub(super) embargo: &'a Embargo,
    /// As it says, or when its mandate is over, whichever is first.
    pub(super) ends: Option<u64>,
    /// Whether only a ballot may end it.
    pub(super) by_ballot: bool,
}

/// Finds the embargoes that count, in ascending order.
pub(super) fn embargoes<'a>(
    charter: &Charter,
    stated: &[Stated<'a, Embargo>],
    mandates: Mandates<'_>,
    refused: &mut Refused,
) -> BTreeMap<RecordId, Sound<'a>> {
    let mut sound = BTreeMap::new();
    let mut emergencies = Vec::new();
    for embargo in stated {
        match judge(charter, embargo, mandates) {
            Ok(Ground::Emergency(found)) => emergencies.push(found),
            Ok(Ground::Firm(found)) => {
                sound.insert(found.id, found);
            }
            Err(why) => {
                refused.insert(embargo.id, why);
            }
        }
    }
    let begin = spaced(emergencies.iter().map(|found| found.embargo.starts).collect());
    for found in emergencies {
        if begin.contains(&found.embargo.starts) {
            sound.insert(found.id, found);
        } else {
            refused.insert(found.id, Ineffective::EmergencyRepeated);
        }
    }
    sound
}

/// What an embargo rests on.
enum Ground<'a> {
    /// Governance, or a mandate.
    Firm(Sound<'a>),
    /// Need: it counts if none came shortly before.
    Emergency(Sound<'a>),
}

fn judge<'a>(
    charter: &Charter,
    stated: &Stated<'a, Embargo>,
    mandates: Mandates<'_>,
) -> Result<Ground<'a>, Ineffective> {
    let embargo = stated.content;
    let (id, hash) = (stated.id, stated.verified.hash);
    let sound = Sound { id, hash, embargo, ends: embargo.ends, by_ballot: false };
    if let Some(mandate) = &embargo.mandate {
        let (mandate, ballot) = mandates.get(mandate)?;
        mandated(stated, mandate, ballot)?;
        let ends = Some(embargo.ends.map_or(mandate.expires, |ends| ends.min(mandate.expires)));
        return Ok(Ground::Firm(Sound { ends, by_ballot: ballot.rules.lift_by_ballot, ..sound }));
    }
    stated.governed?;
    if !charter.rules.mandate_required {
        return Ok(Ground::Firm(sound));
    }
    brief(charter, embargo)?;
    Ok(Ground::Emergency(sound))
}

/// An embargo under a mandate begins inside it and is what the ballot proposed; without the governance threshold
/// exactly so, since anybody who writes a control feed may append it.
fn mandated(
    stated: &Stated<'_, Embargo>,
    mandate: &MandateView,
    ballot: &BallotView,
) -> Result<(), Ineffective> {
    let embargo = stated.content;
    let on_terms = proposed(ballot).any(|terms| terms.describe(embargo));
    if !on_terms {
        return Err(Ineffective::NotProposed);
    }
    if embargo.starts < mandate.earliest {
        return Err(Ineffective::BeforeNotice);
    }
    if embargo.starts >= mandate.expires {
        return Err(Ineffective::AfterMandate);
    }
    let exactly = || {
        proposed(ballot).any(|terms| terms.describe(embargo) && terms.from_cut == embargo.from_cut)
            && mandate.cut == embargo.cut
            && embargo.ends.is_none()
    };
    if stated.governed.is_ok() || exactly() { Ok(()) } else { Err(Ineffective::BeyondMandate) }
}

fn proposed(ballot: &BallotView) -> impl Iterator<Item = &Terms> {
    ballot.ballot.proposals.iter().filter_map(|proposal| match proposal {
        Proposal::Embargo(terms) => Some(&**terms),
        Proposal::Lift(_) => None,
    })
}

/// Where the charter demands a mandate, an embargo without one is dated at both ends and short.
fn brief(charter: &Charter, embargo: &Embargo) -> Result<(), Ineffective> {
    let hours = u64::from(charter.rules.emergency_hours);
    let Some(ends) = embargo.ends.filter(|_| hours > 0 && embargo.starts > 0) else {
        return Err(Ineffective::NoMandate);
    };
    let length = ends.saturating_sub(embargo.starts);
    if length <= hours.saturating_mul(3600) { Ok(()) } else { Err(Ineffective::EmergencyTooLong) }
}

/// Of the times at which emergencies begin, those that count: each far enough from the last one that does.
fn spaced(begin: BTreeSet<u64>) -> BTreeSet<u64> {
    let mut counted: BTreeSet<u64> = BTreeSet::new();
    for starts in begin {
        if counted.last().is_none_or(|last| starts - last >= EMERGENCY_GAP) {
            counted.insert(starts);
        }
    }
    counted
}
