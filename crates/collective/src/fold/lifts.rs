//! What ends embargoes: lifts, and settlements of preference shifts.

use std::collections::BTreeMap;

use commonwheel_record::control::{Lift, Proposal, Settlement, Variant};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::{Cut, Hash, RecordId};

use super::embargoes::{Mandates, Sound};
use super::gather::{Gathered, Refused, Stated};
use crate::ineffective::Ineffective;
use crate::view::{Entry, Standing};

/// Embargoes that count, by where they stand.
type Sounds<'a> = BTreeMap<RecordId, Sound<'a>>;

/// Joins embargoes with what ends them, in ascending order.
///
/// A lift or settlement is of every copy of the embargo it names: otherwise whoever writes a control feed could undo
/// it by appending the embargo's signed bytes again.
pub(super) fn standing(
    gathered: &Gathered<'_>,
    sounds: &Sounds<'_>,
    mandates: Mandates<'_>,
    refused: &mut Refused,
) -> Vec<Standing> {
    let (settlements, settled) = settlements(gathered, sounds, mandates, refused);
    let mut lifts: BTreeMap<Hash, Vec<Entry<Lift>>> = BTreeMap::new();
    for stated in &gathered.lifts {
        match lifted(stated, sounds, mandates, &settlements) {
            Ok(hash) => lifts.entry(hash).or_default().push(stated.entry()),
            Err(why) => {
                refused.insert(stated.id, why);
            }
        }
    }
    let ends = |sound: &Sound<'_>| {
        if is_planted(Fault::ReplayedLift) {
            return lifts.values().flatten().cloned().collect();
        }
        lifts.get(&sound.hash).cloned().unwrap_or_default()
    };
    let join = |sound: &Sound<'_>| Standing {
        id: sound.id,
        embargo: sound.embargo.clone(),
        ends: sound.ends,
        lifts: ends(sound),
        settled: settled.get(&sound.hash).cloned(),
    };
    sounds.values().map(join).collect()
}

/// The settlements that count, with the embargo each is of; and per embargo what is still covered.
fn settlements(
    gathered: &Gathered<'_>,
    sounds: &Sounds<'_>,
    mandates: Mandates<'_>,
    refused: &mut Refused,
) -> (BTreeMap<RecordId, Hash>, BTreeMap<Hash, Cut>) {
    let (mut valid, mut settled) = (BTreeMap::new(), BTreeMap::new());
    for stated in &gathered.settlements {
        match settles(stated, sounds, mandates) {
            Ok(hash) => {
                valid.insert(stated.id, hash);
                let until = &stated.content.until;
                settled.entry(hash).and_modify(|cut| shrink(cut, until)).or_insert_with(|| until.clone());
            }
            Err(why) => {
                refused.insert(stated.id, why);
            }
        }
    }
    (valid, settled)
}

/// Keeps what lies inside both cuts.
fn shrink(cut: &mut Cut, other: &Cut) {
    cut.0.retain(|feed, size| match other.0.get(feed) {
        Some(least) => {
            *size = (*size).min(*least);
            true
        }
        None => false,
    });
}

fn settles(
    stated: &Stated<'_, Settlement>,
    sounds: &Sounds<'_>,
    mandates: Mandates<'_>,
) -> Result<Hash, Ineffective> {
    let content = stated.content;
    if content.mandate.is_none() {
        stated.governed?;
    }
    let sound = sounds.get(&content.embargo).ok_or(Ineffective::NoEmbargo)?;
    if sound.embargo.variant != Variant::PreferenceShift(content.condition) {
        return Err(Ineffective::OtherCondition);
    }
    allowed(sound, content.mandate.as_ref(), sounds, mandates)?;
    Ok(sound.hash)
}

fn lifted(
    stated: &Stated<'_, Lift>,
    sounds: &Sounds<'_>,
    mandates: Mandates<'_>,
    settlements: &BTreeMap<RecordId, Hash>,
) -> Result<Hash, Ineffective> {
    let content = stated.content;
    if content.mandate.is_none() {
        stated.governed?;
    }
    let sound = sounds.get(&content.embargo).ok_or(Ineffective::NoEmbargo)?;
    allowed(sound, content.mandate.as_ref(), sounds, mandates)?;
    // Members voted to end all of it; which part to end is not for whoever appends the record to choose.
    if stated.governed.is_err() && content.scope.is_some() {
        return Err(Ineffective::BeyondMandate);
    }
    let settled = |id: &RecordId| settlements.get(id) == Some(&sound.hash);
    if content.settlement.as_ref().is_none_or(settled) {
        Ok(sound.hash)
    } else {
        Err(Ineffective::NoSettlement)
    }
}

/// An embargo is ended by governance, or by a mandate to end it; by nothing but a mandate if members voted for it
/// under a charter that says so. That governance signed what names no mandate is known by then.
fn allowed(
    sound: &Sound<'_>,
    mandate: Option<&RecordId>,
    sounds: &Sounds<'_>,
    mandates: Mandates<'_>,
) -> Result<(), Ineffective> {
    let Some(mandate) = mandate else {
        return if sound.by_ballot { Err(Ineffective::NeedsBallot) } else { Ok(()) };
    };
    let (mandate, ballot) = mandates.get(mandate)?;
    let proposed = ballot.ballot.proposals.iter().any(|proposal| match proposal {
        Proposal::Lift(id) => sounds.get(id).is_some_and(|named| named.hash == sound.hash),
        Proposal::Embargo(_) => false,
    });
    if !proposed {
        return Err(Ineffective::NotProposed);
    }
    // A lift bears no date. What began after the mandate was over is none of its business.
    if sound.embargo.starts < mandate.expires { Ok(()) } else { Err(Ineffective::AfterMandate) }
}
