//! Closing a ballot by hand, without waiting for the witnesses that are missing.

use commonwheel_api::types::{BallotCloseAnswer, BallotCloseRequest, Unwitnessed};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_record::PublicKey;

use super::super::{Refusal, invalid, not_found};
use super::{find, show};
use crate::engine::Engine;
use crate::engine::closing::CloseError;
use crate::engine::witnessing::Witnessing;

pub(in super::super) fn close(
    engine: &mut Engine,
    now: u64,
    request: BallotCloseRequest,
) -> Result<BallotCloseAnswer, Refusal> {
    let (collective, ballot) = find(engine, request.ballot)?;
    let closed = engine.close_ballot(now, collective, ballot.hash).map_err(refused)?;
    let (_, ballot) = find(engine, request.ballot)?;
    Ok(BallotCloseAnswer {
        close: closed.close,
        mandate: closed.mandate,
        unwitnessed: unwitnessed(closed.witnessing),
        ballot: show::shown(engine, now, collective, &ballot)?,
    })
}

fn unwitnessed(witnessing: Witnessing) -> Vec<Unwitnessed> {
    witnessing.missing.into_iter().map(|(feed, missing)| Unwitnessed { feed, missing }).collect()
}

fn refused(error: CloseError) -> Refusal {
    match error {
        CloseError::Unable(unable) => unable.into(),
        CloseError::Unknown => not_found("the ballot").into(),
        CloseError::Early(_) => ApiError::new(ErrorCode::Conflict, error, "wait until then").into(),
        CloseError::Ineffective(_) => {
            invalid(error, "see `commonwheel ballot show` for what the ballot and its charter ask").into()
        }
        CloseError::Unwitnessed(witnessing) => missing(&witnessing).into(),
    }
}

/// Names the witnesses whose word is missing.
fn missing(witnessing: &Witnessing) -> ApiError {
    let of_feed = witnessing.missing.iter().map(|(feed, witnesses)| {
        let keys: Vec<String> = witnesses.iter().map(PublicKey::to_string).collect();
        format!("control feed {feed} was not stamped by {}", keys.join(", "))
    });
    let told: Vec<String> = of_feed.collect();
    let message = format!("too few witnesses have stamped the end of the ballot: {}", told.join("; "));
    let fix = "wait for them, or ask those who run these nodes to connect; they stamp by themselves";
    ApiError::new(ErrorCode::Conflict, message, fix)
}
