//! I13: what was withdrawn for personal data is on no honest disk.

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::RecordId;
use commonwheel_record::control::WithdrawalClass;

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
