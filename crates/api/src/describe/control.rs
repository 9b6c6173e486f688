//! Control records as JSON.

use commonwheel_record::control::{
    Affiliate, Audience, Charter, Content, Control, Cut, Embargo, KeySet, Lift, Release, ReleaseMode,
    Revoked, Subject, Withdrawal,
};
use serde_json::{Map, Value, json};

use super::ballot;
use super::{commitment, preferences, scope, text_of, texts, with_extensions};
use crate::word::Word;

pub(super) fn control(record: &Control) -> Value {
    let value = json!({
        "kind": record.content.kind().name(),
        "collective": text_of(record.collective.as_ref()),
        "content": content(&record.content),
        "signed_by": texts(record.signatures.keys()),
    });
    with_extensions(value, &record.extensions)
}

fn content(content: &Content) -> Value {
    match content {
        Content::Charter(charter) => self::charter(charter),
        Content::Delegation(delegation) => subject(&delegation.subject),
        Content::Revocation(revocation) => revoked(&revocation.revoked),
        Content::Affiliate(affiliate) => self::affiliate(affiliate),
        Content::Release(release) => self::release(release),
        Content::Embargo(embargo) => self::embargo(embargo),
        Content::Lift(lift) => self::lift(lift),
        Content::Withdrawal(withdrawal) => self::withdrawal(withdrawal),
        Content::Offer(offer) => json!({
            "title": offer.title,
            "terms": offer.terms.text(),
            "purposes": texts(&offer.purposes),
            "conditions": texts(&offer.conditions),
        }),
        Content::Grant(grant) => json!({
            "offer": grant.offer.text(),
            "to": grant.to.text(),
            "expires": grant.expires,
        }),
        voted => ballot::describe(voted),
    }
}

fn charter(charter: &Charter) -> Value {
    let ratio = |ratio: commonwheel_record::control::Ratio| format!("{}/{}", ratio.over, ratio.under);
    let rules = &charter.rules;
    json!({
        "number": charter.number,
        "previous": text_of(charter.previous.as_ref()),
        "cut": cut(&charter.cut),
        "nonce": charter.nonce.text(),
        "name": charter.name,
        "root": key_set(&charter.root),
        "governance": key_set(&charter.governance),
        "next_root": texts(&charter.next_root),
        "liveness": texts(&charter.liveness),
        "witnesses": texts(&charter.witnesses),
        "stewards": texts(&charter.stewards),
        "lease_hours": charter.lease_hours,
        "release_feed": text_of(charter.release_feed.as_ref()),
        "default_licence": charter.default_licence.as_str(),
        "terms": text_of(charter.terms.as_ref()),
        "default_preferences": preferences(&charter.default_preferences),
        "preferences_locked": charter.preferences_locked,
        "rules": {
            "mandate_required": rules.mandate_required,
            "vote_weight": rules.vote_weight.name(),
            "vote_cap": rules.vote_cap,
            "turnout": ratio(rules.turnout),
            "majority": ratio(rules.majority),
            "support_floor": ratio(rules.support_floor),
            "abstentions_count": rules.abstentions_count,
            "secret_ballots": rules.secret_ballots,
            "petition": rules.petition,
            "grace_hours": rules.grace_hours,
            "lift_by_ballot": rules.lift_by_ballot,
            "notice_days": rules.notice_days,
            "mandate_days": rules.mandate_days,
            "emergency_hours": rules.emergency_hours,
            "cadence_days": rules.cadence_days,
            "reserve_permille": rules.reserve_permille,
            "dividend": rules.dividend.name(),
            "retention_days": rules.retention_days,
        },
    })
}

fn key_set(set: &KeySet) -> Value {
    json!({ "threshold": set.threshold, "keys": texts(&set.keys) })
}

fn subject(subject: &Subject) -> Value {
    match subject {
        Subject::Feed(feed) => json!({ "feed": feed.text() }),
        Subject::Node { key, region } => json!({ "node": key.text(), "region": text_of(region.as_ref()) }),
        Subject::Liveness(key) => json!({ "liveness": key.text() }),
    }
}

fn revoked(revoked: &Revoked) -> Value {
    match revoked {
        Revoked::Feed { feed, size, root } => {
            json!({ "feed": feed.text(), "size": size, "root": root.text() })
        }
        Revoked::Key(key) => json!({ "key": key.text() }),
        Revoked::Affiliate(collective) => json!({ "affiliate": collective.text() }),
    }
}

fn affiliate(affiliate: &Affiliate) -> Value {
    json!({
        "to": affiliate.to.text(),
        "powers": texts(&affiliate.powers),
        "until": affiliate.until,
    })
}

fn release(release: &Release) -> Value {
    let (mode, offer) = match &release.mode {
        ReleaseMode::Open => ("open", None),
        ReleaseMode::Gated(offer) => ("gated", Some(offer)),
        ReleaseMode::Sealed(offer) => ("sealed", Some(offer)),
    };
    json!({
        "licence": release.licence.as_str(),
        "mode": mode,
        "offer": text_of(offer),
        "ranges": texts(&release.ranges),
        "dated_by": release.dated_by.as_ref().map(ballot::witnessed),
    })
}

fn embargo(embargo: &Embargo) -> Value {
    json!({
        "variant": embargo.variant.text(),
        "scope": scope(&embargo.scope),
        "reach": embargo.reach.name(),
        "from_cut": cut(&embargo.from_cut),
        "cut": cut(&embargo.cut),
        "audience": audience(&embargo.audience),
        "rung": embargo.rung.name(),
        "starts": embargo.starts,
        "ends": embargo.ends,
        "demand": embargo.demand,
        "mandate": text_of(embargo.mandate.as_ref()),
    })
}

pub(super) fn audience(audience: &Audience) -> Value {
    match audience {
        Audience::Everyone => json!("everyone"),
        Audience::Only(parties) => json!({ "only": texts(parties) }),
        Audience::Except(parties) => json!({ "except": texts(parties) }),
    }
}

fn lift(lift: &Lift) -> Value {
    json!({
        "embargo": lift.embargo.text(),
        "scope": lift.scope.as_ref().map(scope),
        "reason": lift.reason.name(),
        "settlement": text_of(lift.settlement.as_ref()),
        "mandate": text_of(lift.mandate.as_ref()),
    })
}

fn withdrawal(withdrawal: &Withdrawal) -> Value {
    json!({
        "ranges": texts(&withdrawal.ranges),
        "class": withdrawal.class.name(),
        "rung": withdrawal.rung.name(),
        "cut": cut(&withdrawal.cut),
        "member": withdrawal.member.as_ref().map(commitment),
    })
}

pub(super) fn cut(cut: &Cut) -> Value {
    cut.0.iter().map(|(feed, size)| (feed.text(), (*size).into())).collect::<Map<String, Value>>().into()
}
