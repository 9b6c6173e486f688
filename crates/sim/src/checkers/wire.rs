//! I2, I7 and I14: every byte that an honest node hands to its transport.

use std::collections::BTreeSet;

use commonwheel_record::terms::Purpose;
use commonwheel_record::{PublicKey, RecordId};
use commonwheel_sync::Output;
use commonwheel_sync::wire::{BodyItem, Reply, decode};

use super::Leaving;
use super::knowledge::Knowledge;
use super::oracle::Question;
use crate::truth::{Marks, marks};

/// How long after its commit an embargo may be without effect, in milliseconds (I2).
const GRACE: u64 = 1_000;

type Found = Vec<(&'static str, String)>;

/// Looks for what must not leave.
pub(crate) fn check(leaving: &Leaving<'_>, known: &Knowledge, purpose: Option<Purpose>) -> Found {
    match leaving.output {
        Output::Respond { peer, bytes, .. } => reply(leaving, known, purpose, peer, bytes),
        Output::Request { bytes, .. } | Output::Publish { bytes, .. } => {
            let marks = marks(bytes);
            let content = marks.bodies.iter().chain(&marks.headers).next();
            let leak = |item| ("I14", format!("node {} spreads content of item {item}", leaving.node));
            content.map(leak).into_iter().collect()
        }
        Output::Validate { .. } | Output::Disconnect { .. } | Output::Event(_) => Found::new(),
    }
}

fn reply(
    leaving: &Leaving<'_>,
    known: &Knowledge,
    purpose: Option<Purpose>,
    peer: &PublicKey,
    bytes: &[u8],
) -> Found {
    let Marks { bodies, headers } = marks(bytes);
    let question = Question {
        known,
        truth: leaving.truth,
        server: leaving.server,
        asker: peer,
        purpose: purpose.unwrap_or(Purpose::Replicate),
        clock: leaving.clock,
        known_by: leaving.now.saturating_sub(GRACE),
        holds: None,
    };
    let mut found = Found::new();
    for number in &bodies {
        found.extend(judge(leaving, peer, "body", *number, &question));
    }
    for number in &headers {
        found.extend(judge(leaving, peer, "header", *number, &question));
    }
    found.extend(submissions(leaving, peer, bytes, &question));
    found
}

fn judge(
    leaving: &Leaving<'_>,
    peer: &PublicKey,
    part: &str,
    number: u64,
    question: &Question<'_>,
) -> Option<(&'static str, String)> {
    let item = leaving.truth.item(number)?;
    let to = format!("node {} sends {} the {part} of item {number}", leaving.node, peer.short());
    let Some(id) = item.record else { return Some(("I14", format!("{to}, which is in no feed"))) };
    if leaving.truth.has_forked(&item.collective) {
        // Which of its rulings count is up to the branch; bodies are closed once the fork is known.
        return None;
    }
    let answer = if part == "body" { question.body(&id, item) } else { question.header(&id, item) };
    answer.err().map(|denied| (denied.promise(), format!("{to} ({id:?}): {denied:?}")))
}

/// A submission's body leaves with, or for, a contribution of it whose body may leave.
fn submissions(leaving: &Leaving<'_>, peer: &PublicKey, bytes: &[u8], question: &Question<'_>) -> Found {
    let Ok(Reply::Bodies(page)) = decode(bytes) else { return Found::new() };
    let Ok((submissions, items)) = page.read() else {
        return vec![("I9", format!("node {} sends a page that cannot be read", leaving.node))];
    };
    let sent: BTreeSet<RecordId> = items.iter().filter_map(submission_of).collect();
    let may_be_asked = |submission: &RecordId| {
        let forked = leaving.truth.is_forked(&submission.feed);
        forked || leaving.truth.items_of(submission).any(|(id, item)| question.body(id, item).is_ok())
    };
    let stray = submissions.iter().filter(|s| !sent.contains(&s.record) && !may_be_asked(&s.record));
    let what =
        |record: RecordId| format!("node {} sends {} the submission {record:?}", leaving.node, peer.short());
    stray.map(|submission| ("I7", what(submission.record))).collect()
}

fn submission_of(item: &BodyItem) -> Option<RecordId> {
    match item {
        BodyItem::Body(_, body) => body.submission,
        BodyItem::Refused(..) => None,
    }
}
