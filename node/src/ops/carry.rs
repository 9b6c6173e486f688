//! Carrying another collective's control records.

use commonwheel_api::types::{CarryAnswer, CarryRequest};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::attestation::NodeRole;

use super::{Refusal, not_found};
use crate::engine::Engine;

/// Makes, or finds, the control feed of this node for a collective, and follows the collective from now on.
pub(super) fn carry(engine: &mut Engine, now: u64, request: CarryRequest) -> Result<CarryAnswer, Refusal> {
    let collective = request.collective;
    if engine.settings.role == NodeRole::Mirror {
        let fix = "run a node with the profile `coop` or `collective` for it";
        return Err(ApiError::new(ErrorCode::WrongProfile, "a mirror only reads", fix).into());
    }
    // Bytes that name no collective would make a feed that nobody ever delegates.
    if engine.sync.views().held(&collective).is_none() && !engine.sync.follow().contains(&collective) {
        return Err(not_found(format!("the control log of collective {collective}")).into());
    }
    let new = engine.control_feed(&collective).is_none();
    let feed = engine.carry(now, collective)?;
    engine.sync.store_mut().set_state(Table::Follows, &collective.0, Some(b"followed"))?;
    engine.sync.add_follow(now, collective);
    let delegated = engine.counts_for(&collective);
    Ok(CarryAnswer { feed, writer: engine.keys.writer.public(), new, delegated })
}
