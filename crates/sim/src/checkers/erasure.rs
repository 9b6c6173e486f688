//! I13: what was withdrawn for personal data is on no honest disk.

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::RecordId;
use commonwheel_record::control::WithdrawalClass;
use commonwheel_record::manifest::Purpose;

use super::knowledge::Knowledge;
use crate::truth::Truth;

/// Says whether a node that knows this much may have erased a body: it was withdrawn, or is that of a submission whose
/// contributions all were.
pub(crate) fn may_erase(known: &Knowledge, truth: &Truth, id: &RecordId) -> bool {
    match truth.item_at(id) {
        Some(item) => {
            // Of a control log that forks, withdrawals count until the fork is known.
            let forked =
                |id: &RecordId| truth.item_at(id).is_some_and(|item| truth.has_forked(&item.collective));
            let mut taken = item.header.ancestors.iter().chain([id]);
            taken.any(|id| forked(id) || is_withdrawn(known, truth, id, None))
        }
        None if is_control(truth, id) => {
            let of = truth.feeds.get(&id.feed).map(|of| of.collective);
            of.and_then(|of| known.log(&of)).is_some_and(|log| log.may_be_erased(id))
        }
        None => truth.items_of(id).all(|(id, _)| is_withdrawn(known, truth, id, None)),
    }
}

fn is_withdrawn(known: &Knowledge, truth: &Truth, id: &RecordId, class: Option<WithdrawalClass>) -> bool {
    let owner = truth.item_at(id).map(|item| item.collective);
    known.withdrawals.iter().any(|withdrawal| {
        Some(withdrawal.by) == owner
            && class.is_none_or(|class| withdrawal.content.class == class)
            && withdrawal.content.ranges.iter().any(|range| range.contains(id))
    })
}

fn is_control(truth: &Truth, id: &RecordId) -> bool {
    truth.feeds.get(&id.feed).is_some_and(|of| of.manifest.purpose == Purpose::Control)
}

/// Describes the votes that a node should have erased and has not.
pub(crate) fn votes_kept(known: &Knowledge, truth: &Truth, store: &MemStore) -> Vec<String> {
    let logs = known.logs().filter(|(of, _)| !truth.has_forked(of));
    let erased = logs.flat_map(|(_, log)| log.erased(&truth.network));
    let held = erased.filter(|id| store.held(&id.feed, id.index, id.index + 1) == [true]);
    held.map(|id| format!("keeps the body of {id:?}, which was declared erased")).collect()
}

/// Describes the bodies that a node should have erased and has not.
pub(crate) fn kept(known: &Knowledge, truth: &Truth, store: &MemStore) -> Vec<String> {
    let held = |id: &RecordId| store.held(&id.feed, id.index, id.index + 1) == [true];
    let personal = |id: &RecordId| is_withdrawn(known, truth, id, Some(WithdrawalClass::PersonalData));
    let of = truth.appended().filter(|(id, item)| {
        !truth.has_forked(&item.collective)
            && (personal(id) || item.header.ancestors.iter().any(personal))
            && held(id)
    });
    of.map(|(id, _)| format!("keeps the body of {id:?}, which was withdrawn for personal data")).collect()
}
