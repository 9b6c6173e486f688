//! Counts and terms as the local interface shows them.

use std::collections::BTreeMap;

use commonwheel_api::Word as _;
use commonwheel_api::types::{Breakdown, Coverage, EmbargoTerms, Part, ShareShown};
use commonwheel_record::control::Embargo;
use commonwheel_valve::plan::{Counts, Plan, Share};

/// Parts of one breakdown that are shown one by one; the rest are summed up.
const MAX_PARTS: usize = 100;

pub(super) const fn coverage(counts: &Counts) -> Coverage {
    Coverage {
        in_scope: counts.in_scope(),
        withheld: counts.withheld,
        queued: counts.queued,
        irrevocable: counts.irrevocable,
        already: counts.already,
        open: counts.open,
        unreleased: counts.unreleased,
        closed: counts.closed,
        headers: counts.headers,
    }
}

pub(super) fn breakdown(plan: &Plan) -> Breakdown {
    Breakdown {
        total: coverage(&plan.total),
        licences: parts(&plan.classes, |class| class.letter().to_owned()),
        languages: parts(&plan.languages, ToString::to_string),
        domains: parts(&plan.domains, ToString::to_string),
        kinds: parts(&plan.kinds, |kind| kind.text()),
        collectives: parts(&plan.collectives, ToString::to_string),
        unknown: coverage(&plan.unknown),
    }
}

/// The parts in their own order; where there are too many, the largest of them, and the others as one.
fn parts<K: Ord>(counted: &BTreeMap<K, Counts>, name: impl Fn(&K) -> String) -> Vec<Part> {
    let mut by_size: Vec<(&K, &Counts)> = counted.iter().collect();
    by_size.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.in_scope()));
    let others = by_size.split_off(by_size.len().min(MAX_PARTS));
    by_size.sort_by_key(|(key, _)| *key);
    let part = |name: String, counts: &Counts| Part { name, coverage: coverage(counts) };
    let mut parts: Vec<Part> = by_size.into_iter().map(|(key, counts)| part(name(key), counts)).collect();
    if !others.is_empty() {
        let sum = others.iter().fold(Counts::default(), |sum, (_, counts)| sum.and(counts));
        parts.push(part("(others)".to_owned(), &sum));
    }
    parts
}

pub(super) fn share(share: Share) -> ShareShown {
    ShareShown { may_have: share.may_have, refused: share.refused, share: share.part() }
}

pub(super) fn terms(embargo: &Embargo) -> EmbargoTerms {
    EmbargoTerms {
        variant: embargo.variant,
        scope: embargo.scope.clone(),
        reach: embargo.reach,
        audience: embargo.audience.clone(),
        rung: embargo.rung,
        starts: embargo.starts,
        ends: embargo.ends,
        demand: embargo.demand.clone(),
        mandate: embargo.mandate,
    }
}
