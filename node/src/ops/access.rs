//! Offers and grants.

use commonwheel_api::types::{
    GrantListAnswer, GrantListRequest, GrantMakeAnswer, GrantMakeRequest, GrantShown, OfferListAnswer,
    OfferListRequest, OfferMakeAnswer, OfferMakeRequest, OfferShown,
};
use commonwheel_record::control::{Content, Grant, Offer};
use commonwheel_record::limits::MAX_NAME;
use commonwheel_record::submission::text_hash;
use commonwheel_record::text::is_plain;

use super::{Refusal, invalid, not_found, own};
use crate::engine::Engine;

pub(super) fn make_offer(
    engine: &mut Engine,
    now: u64,
    request: OfferMakeRequest,
) -> Result<OfferMakeAnswer, Refusal> {
    own(engine, request.collective)?;
    if !is_plain(&request.title, MAX_NAME) {
        return Err(
            invalid("a title is 1 to 64 bytes of plain text", "shorten it; the terms may be longer").into()
        );
    }
    let terms = text_hash(&engine.network, &request.terms);
    let offer =
        Offer { title: request.title, terms, purposes: request.purposes, conditions: request.conditions };
    let id = engine.decree(now, Content::Offer(offer))?;
    Ok(OfferMakeAnswer { id, terms })
}

pub(super) fn offers(engine: &Engine, request: OfferListRequest) -> OfferListAnswer {
    let views = engine.sync.views().iter().filter(|view| request.collective.is_none_or(|id| id == view.id()));
    let offers = views.flat_map(|view| {
        view.offers().iter().map(|(id, offer)| OfferShown {
            id: *id,
            collective: view.id(),
            title: offer.title.clone(),
            terms: offer.terms,
            purposes: offer.purposes.clone(),
            conditions: offer.conditions.clone(),
            grants: view.grants().iter().filter(|grant| grant.content.offer == *id).count() as u64,
        })
    });
    OfferListAnswer { offers: offers.collect() }
}

pub(super) fn make_grant(
    engine: &mut Engine,
    now: u64,
    request: GrantMakeRequest,
) -> Result<GrantMakeAnswer, Refusal> {
    let own = own(engine, None)?;
    let offered = engine
        .sync
        .views()
        .get(&own.collective)
        .is_some_and(|view| view.offers().contains_key(&request.offer));
    if !offered {
        return Err(not_found(format!("offer {}", request.offer)).into());
    }
    if request.expires.is_some_and(|expires| expires <= now / 1000) {
        return Err(invalid("the grant would have expired already", "give a later time").into());
    }
    let grant = Grant { offer: request.offer, to: request.to, expires: request.expires };
    Ok(GrantMakeAnswer { id: engine.decree(now, Content::Grant(grant))? })
}

pub(super) fn grants(engine: &Engine, now: u64, request: GrantListRequest) -> GrantListAnswer {
    let views = engine.sync.views().iter().filter(|view| request.collective.is_none_or(|id| id == view.id()));
    let grants = views.flat_map(|view| {
        let known = now.max(engine.sync.leases().newest(&view.id()).unwrap_or(0).saturating_mul(1000)) / 1000;
        view.grants().iter().map(move |entry| GrantShown {
            id: entry.id,
            collective: view.id(),
            offer: entry.content.offer,
            to: entry.content.to,
            expires: entry.content.expires,
            expired: entry.content.expires.is_some_and(|expires| expires <= known),
        })
    });
    GrantListAnswer { grants: grants.collect() }
}
