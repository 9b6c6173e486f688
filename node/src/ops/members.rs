//! The roll, as far as its personal parts are held.

use commonwheel_api::types::{MemberListAnswer, MemberListRequest, MemberShown};
use commonwheel_collective::Seat;
use commonwheel_record::control::{Content, Principal};

use super::Refusal;
use super::ballots::ineffective;
use super::control::whose;
use crate::engine::Engine;

pub(super) fn list(engine: &Engine, request: MemberListRequest) -> Result<MemberListAnswer, Refusal> {
    let collective = whose(engine, request.collective)?;
    let of_people = |content: &Content| matches!(content, Content::Enrolment(_) | Content::Leave(_));
    let ineffective = ineffective(engine, &collective, of_people)?;
    let roll = engine.sync.views().get(&collective).map(commonwheel_collective::View::roll);
    Ok(MemberListAnswer {
        collective,
        voters: roll.map_or(0, commonwheel_collective::Roll::voters),
        votes: roll.map_or(0, commonwheel_collective::Roll::votes),
        members: roll.into_iter().flat_map(|roll| roll.seats().map(shown)).collect(),
        ineffective,
    })
}

fn shown(seat: &Seat) -> MemberShown {
    let id = match seat.principal {
        Principal::Member(_) => None,
        Principal::Collective { id, .. } => Some(id),
    };
    MemberShown {
        enrolment: seat.enrolment,
        key: *seat.principal.key(),
        id,
        name: seat.name.clone(),
        shares: seat.shares,
        votes: seat.votes,
        custodial: seat.custodial,
    }
}
