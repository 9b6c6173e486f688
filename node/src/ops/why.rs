//! Why something is answered as it is.

use commonwheel_api::types::{Asker as AskerShown, WhyRecordAnswer, WhyRecordRequest};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::Rung;
use commonwheel_record::terms::Purpose;
use commonwheel_valve::Asker;

use super::{Refusal, not_found};
use crate::engine::Engine;

pub(super) fn record(
    engine: &mut Engine,
    now: u64,
    request: &WhyRecordRequest,
) -> Result<WhyRecordAnswer, Refusal> {
    let purpose = request.purpose.unwrap_or(Purpose::Replicate);
    let asked = request.rung.unwrap_or(Rung::Body);
    let (asker, shown) = match request.audience {
        Some(node) => {
            let audience = engine.sync.views().audience(&node);
            let collectives = audience.collectives.iter().copied().collect();
            (Asker::Peer(audience), AskerShown::Node { node, collectives })
        }
        None => (Asker::SelfNode, AskerShown::SelfNode),
    };
    let decision = engine.sync.why(now, request.record, &asker, purpose, asked)?;
    let decision = decision.ok_or_else(|| not_found(format!("record {}", request.record)))?;
    let held = engine.sync.store().held(&request.record.feed, request.record.index, request.record.index + 1);
    Ok(WhyRecordAnswer {
        record: request.record,
        asker: shown,
        purpose,
        asked,
        decided: (&decision).into(),
        body_held: held.first() == Some(&true),
    })
}
