//! Withdrawals.

use std::collections::BTreeSet;

use commonwheel_api::types::{WithdrawAnswer, WithdrawRequest};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Range, Rung, Withdrawal};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Cut, FeedId, Leaf};
use commonwheel_valve::Reason;

use super::release::stranger;
use super::{Refusal, check, invalid, own};
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
    if ranges.iter().any(|range| range.end > store.size(&range.feed)) {
        let fix = "`commonwheel feed list` shows how far each feed goes";
        return Err(invalid("a range goes beyond what is held of its feed", fix).into());
    }
    let withdrawal = Withdrawal {
        ranges: ranges.clone(),
        class: request.class,
        rung: request.rung.unwrap_or(Rung::Header),
        cut,
        member: None,
    };
    let content = Content::Withdrawal(withdrawal);
    check(&own, &content)?;
    let held_before = held(engine, &ranges);
    // The fold erases what the valve says is erased, here as on every node that honours it.
    let id = engine.decree(now, content)?;
    let erased = held_before - held(engine, &ranges);
    let mut answer = WithdrawAnswer { id, contributions: 0, erased, still_served: 0 };
    let (server, asker) = stranger();
    for feed in ranges.iter().map(|range| range.feed).collect::<BTreeSet<_>>() {
        engine.sync.survey(&feed, &server, &asker, Purpose::Replicate, |seen| {
            let named = ranges.iter().any(|range| range.contains(&seen.record));
            if named && matches!(seen.leaf, Some(Leaf::Contribution(..))) {
                answer.contributions += 1;
                let given_away = matches!(seen.decision.because, Reason::Irrevocable { .. });
                answer.still_served += u64::from(given_away);
            }
        })?;
    }
    Ok(answer)
}

/// Counts bodies held within ranges.
fn held(engine: &Engine, ranges: &[Range]) -> u64 {
    let store = engine.sync.store();
    let held = |range: &Range| store.held(&range.feed, range.start, range.end);
    ranges.iter().flat_map(held).filter(|held| *held).count() as u64
}
