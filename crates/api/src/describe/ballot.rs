//! Rolls, ballots and what follows from them, as JSON.

use commonwheel_record::control::{Ballot, Close, Content, Proposal, Tally, WitnessedHead};
use serde_json::{Value, json};

use super::control::{audience, cut};
use super::{commitment, scope, text_of, texts};
use crate::Word as _;

pub(super) fn describe(content: &Content) -> Value {
    match content {
        Content::Enrolment(enrolment) => json!({ "entry": commitment(&enrolment.entry) }),
        Content::Leave(leave) => json!({
            "enrolment": leave.enrolment.text(),
            "notice": leave.notice.as_ref().map(commitment),
        }),
        Content::Ballot(ballot) => self::ballot(ballot),
        Content::Vote(vote) => json!({ "ballot": vote.ballot.text(), "vote": commitment(&vote.vote) }),
        Content::Reveal(reveal) => {
            json!({ "ballot": reveal.ballot.text(), "reveal": commitment(&reveal.reveal) })
        }
        Content::Close(close) => self::close(close),
        Content::Mandate(mandate) => {
            json!({ "ballot": mandate.ballot.text(), "close": mandate.close.text() })
        }
        Content::Settlement(settlement) => json!({
            "embargo": settlement.embargo.text(),
            "condition": settlement.condition.as_str(),
            "evidence": settlement.evidence.text(),
            "with": text_of(settlement.with.as_ref()),
            "until": cut(&settlement.until),
            "mandate": text_of(settlement.mandate.as_ref()),
        }),
        Content::Erasure(erasure) => json!({
            "close": text_of(erasure.close.as_ref()),
            "ranges": texts(&erasure.ranges),
            "dated_by": erasure.dated_by.iter().map(witnessed).collect::<Vec<_>>(),
        }),
        _ => Value::Null,
    }
}

fn ballot(ballot: &Ballot) -> Value {
    json!({
        "question": ballot.question,
        "proposals": ballot.proposals.iter().map(proposal).collect::<Vec<_>>(),
        "opens": ballot.opens,
        "closes": ballot.closes,
        "reveals": ballot.reveals,
        "charter": ballot.charter.text(),
        "cut": cut(&ballot.cut),
        "roll": ballot.roll.text(),
        "petition": ballot.petition.as_ref().map(commitment),
    })
}

fn proposal(proposal: &Proposal) -> Value {
    match proposal {
        Proposal::Lift(embargo) => json!({ "lift": embargo.text() }),
        Proposal::Embargo(terms) => json!({
            "variant": terms.variant.text(),
            "scope": scope(&terms.scope),
            "reach": terms.reach.name(),
            "from_cut": cut(&terms.from_cut),
            "audience": audience(&terms.audience),
            "rung": terms.rung.name(),
            "demand": terms.demand,
        }),
    }
}

fn close(close: &Close) -> Value {
    json!({
        "ballot": close.ballot.text(),
        "heads": close.heads.iter().map(witnessed).collect::<Vec<_>>(),
        "result": close.result.as_ref().map(tally),
    })
}

fn tally(tally: &Tally) -> Value {
    json!({ "eligible": tally.eligible, "yes": tally.yes, "no": tally.no, "abstained": tally.abstained })
}

pub(super) fn witnessed(witnessed: &WitnessedHead) -> Value {
    let stamp = |(key, stamp): (&commonwheel_record::PublicKey, &commonwheel_record::control::Stamp)| json!({ "witness": key.text(), "time": stamp.time });
    json!({
        "feed": witnessed.head.feed.text(),
        "size": witnessed.head.size,
        "root": witnessed.head.root.text(),
        "stamps": witnessed.stamps.iter().map(stamp).collect::<Vec<_>>(),
    })
}
