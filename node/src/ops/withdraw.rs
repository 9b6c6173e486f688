//! Withdrawals.

use std::collections::BTreeMap;

use commonwheel_api::types::{WithdrawAnswer, WithdrawRequest};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Rung, Withdrawal};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Cut, FeedId, Leaf};
use commonwheel_valve::Reason;

use super::release::stranger;
use super::{Refusal, invalid, own};
use crate::engine::Engine;

pub(super) fn withdraw(
    engine: &mut Engine,
    now: u64,
    request: WithdrawRequest,
) -> Result<WithdrawAnswer, Refusal> {
    let own = own(engine, request.collective)?;
    let mut ranges = request.ranges;
    ranges.sort_unstable();
    let ours = |feed: &FeedId| engine.sync.owner(feed) == Some(own.collective);
    if ranges.is_empty() || !ranges.iter().all(|range| ours(&range.feed)) {
        return Err(invalid(
            "a withdrawal names contributions of this collective",
            "name at least one of them",
        )
        .into());
    }
    let store = engine.sync.store();
    let control =
        engine.sync.views().get(&own.collective).map(|view| view.control_feeds().clone()).unwrap_or_default();
    let cut = Cut(control.iter().map(|feed| (*feed, store.size(feed))).collect());
    let withdrawal = Withdrawal {
        ranges: ranges.clone(),
        class: request.class,
        rung: request.rung.unwrap_or(Rung::Header),
        cut,
        member: None,
    };
    let id = engine.decree(now, Content::Withdrawal(withdrawal))?;
    let mut answer = WithdrawAnswer { id, contributions: 0, erased: 0, still_served: 0 };
    let mut erase: BTreeMap<FeedId, Vec<u64>> = BTreeMap::new();
    let (server, asker) = stranger();
    for feed in ranges.iter().map(|range| range.feed).collect::<std::collections::BTreeSet<_>>() {
        engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
            let named = ranges.iter().any(|range| range.contains(&seen.record));
            if !named || !matches!(seen.leaf, Some(Leaf::Contribution(..))) {
                return;
            }
            answer.contributions += 1;
            match seen.decision.because {
                Reason::Erased { .. } if seen.held => erase.entry(feed).or_default().push(seen.record.index),
                Reason::Irrevocable { .. } => answer.still_served += 1,
                _ => {}
            }
        })?;
    }
    for (feed, indices) in erase {
        engine.sync.store_mut().erase_bodies(&feed, &indices)?;
        answer.erased += indices.len() as u64;
    }
    Ok(answer)
}
